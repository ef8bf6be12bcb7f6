"""What an answer rests on: sections whose passages were found are read as one, and can be cited to the word."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rag.evidence import LeftOut
from rag.settings import GenerationSettings
from tests.assembled import answer_of, events_of, writing_with

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rag.chain import Stages
    from rag.evidence import Answer
    from storage.library import Library
    from storage.records import EncodedChunk
    from tests.doubles.ollama import OllamaDouble

REPAIRS = "Who pays for repairs?"
"""Two passages of a sheet are found for it."""


class _WithoutTokenVectors:
    """A library that is too large to keep token vectors."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def __getattr__(self, name: str) -> Any:
        return getattr(self._library, name)

    def fetch(self, ids: Iterable[str]) -> dict[str, EncodedChunk]:
        return {id_: replace(each, tokens=None) for id_, each in self._library.fetch(ids).items()}


class _Watched:
    """A library that notes on which thread passages are fetched of it."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self.threads: list[threading.Thread] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._library, name)

    def fetch(self, ids: Iterable[str]) -> dict[str, EncodedChunk]:
        self.threads.append(threading.current_thread())
        return self._library.fetch(ids)


def _answer(stages: Stages, ollama: OllamaDouble, library: Any = None) -> Answer:
    settings = GenerationSettings(server=ollama.url)
    return answer_of(events_of(writing_with(stages, stages.encode, library or stages.library, settings), REPAIRS))


def test_passages_of_a_section_are_read_as_one(stages: Stages, ollama: OllamaDouble) -> None:
    """A slice of the page; the passages are shown as they were found, and why one of them has no number."""
    answer = _answer(stages, ollama)
    read = next(each for each in answer.evidence if each.wider is not None)
    merged = next(each for each in answer.evidence if each.left_out is LeftOut.MERGED)
    page = stages.library.page(read.document.id, read.chunk.page or 1).text
    assert read.read.text == page[read.read.char_start : read.read.char_end]
    assert read.chunk.text in read.read.text
    assert merged.chunk.text in read.read.text
    assert [each.marker for each in answer.evidence if each.used] == list(
        range(1, sum(each.used for each in answer.evidence) + 1)
    )


def test_what_is_read_around_a_passage_can_be_cited_to_the_word(stages: Stages, ollama: OllamaDouble) -> None:
    """Every row of the section, whichever of its passages it is in."""
    first = _answer(stages, ollama)
    read = next(each for each in first.evidence if each.wider is not None)
    merged = next(each for each in first.evidence if each.left_out is LeftOut.MERGED)
    page = stages.library.page(read.document.id, read.chunk.page or 1).text
    for part in (read, merged):
        row = part.chunk.text.strip().split("\n")[-1]
        ollama.answer = f"{row} [{read.marker}]."
        (citation,) = _answer(stages, ollama).citations
        assert citation.quote == page[citation.char_start : citation.char_end]
        assert citation.quote.split() == row.split()


def test_it_can_be_cited_where_no_token_vectors_are_kept(stages: Stages, ollama: OllamaDouble) -> None:
    """They are computed for the citation: of what was read, only the passages that were found have theirs."""
    read = next(each for each in _answer(stages, ollama).evidence if each.wider is not None)
    row = read.read.text.strip().split("\n")[-1]
    ollama.answer = f"{row} [{read.marker}]."
    (citation,) = _answer(stages, ollama, _WithoutTokenVectors(stages.library)).citations
    assert citation.quote.split() == row.split()


def test_nothing_waits_while_passages_are_fetched_for_a_citation(stages: Stages, ollama: OllamaDouble) -> None:
    """What runs in the event loop's own thread holds up every other question and page."""
    library = _Watched(stages.library)
    read = next(each for each in _answer(stages, ollama).evidence if each.wider is not None)
    row = read.read.text.strip().split("\n")[-1]
    ollama.answer = f"{row} [{read.marker}]. And so on."
    (citation,) = _answer(stages, ollama, library).citations
    assert citation.quote.split() == row.split()
    assert library.threads
    assert threading.current_thread() not in library.threads
