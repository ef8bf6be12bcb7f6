"""What is read of a page for a passage: the section around it, neighbouring sentences, and never anything twice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from rag.encoder import Encoder
from rag.evidence import Candidate, Scores, Span, StageScore
from rag.widening import alone, merged, widened
from storage.records import Chunk

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rag.encoder import EncodedQuestion
    from rag.widening import Stretch

SENTENCES = (
    "The kitchen was painted in May.",
    "The rent is due on the third working day.",
    "It is paid to the landlord's account.",
    "The bicycle stands in the yard.",
    "Cats are allowed.",
    "The cellar is dry.",
)
PAGE = " ".join(SENTENCES)


@pytest.fixture(scope="module")
def encoder(model_cache: Path) -> Encoder:
    return Encoder.load(model_cache)


def found(encoder: Encoder, *ordinals: int, page: int | None = None, heading: str = "") -> list[Candidate]:
    """The sentences of the page as passages, each found in this order."""
    starts = [PAGE.index(sentence) for sentence in SENTENCES]
    chunks = [
        Chunk(
            f"d-{at}", "d", at, page, f"line {at + 1}", heading, "", SENTENCES[at], starts[at],
            starts[at] + len(SENTENCES[at]),
        )
        for at in ordinals
    ]  # fmt: skip
    return [
        Candidate(encoded, Scores(dense=StageScore(1, 0.5), rerank=StageScore(rank, 1 / (rank + 1))))
        for rank, encoded in enumerate(encoder.encode_chunks(chunks), start=1)
    ]


def question(encoder: Encoder) -> EncodedQuestion:
    return encoder.encode_question("To which account is the rent paid, and when is it due?")


def texts(stretches: Sequence[Stretch]) -> list[str]:
    for stretch in stretches:
        assert stretch.chunk.text == PAGE[stretch.chunk.char_start : stretch.chunk.char_end]
    return [stretch.chunk.text for stretch in stretches]


def test_neighbours_of_a_section_are_read_as_one(encoder: Encoder) -> None:
    """Under the id of the best of them, from the first word to the last."""
    stretches = merged(question(encoder), found(encoder, 2, 5, 1), lambda _: PAGE)
    assert texts(stretches) == [f"{SENTENCES[1]} {SENTENCES[2]}", SENTENCES[5]]
    assert (stretches[0].chunk.id, stretches[0].chunk.place) == ("d-2", "lines 2–3")
    assert [part.chunk.chunk.id for part in stretches[0].parts] == ["d-1", "d-2"]


def test_one_passage_between_two_is_taken_along_but_not_two(encoder: Encoder) -> None:
    assert texts(merged(question(encoder), found(encoder, 1, 3), lambda _: PAGE)) == [" ".join(SENTENCES[1:4])]
    assert texts(merged(question(encoder), found(encoder, 1, 4), lambda _: PAGE)) == [SENTENCES[1], SENTENCES[4]]


def test_what_is_read_with_better_passages_is_not_read_once_more(encoder: Encoder) -> None:
    """Though it was found behind those that are merged: it is a part of what lies between two of them."""
    far = [replace(one, chunk=replace(one.chunk, chunk=replace(one.chunk.chunk, document_id=f"other-{place}")))
           for place, one in enumerate(found(encoder, *[5] * 8))]  # fmt: skip
    stretches = merged(question(encoder), [*found(encoder, 1, 3), *far, *found(encoder, 2)], lambda _: PAGE)
    assert len(stretches) == 9
    whole = next(each for each in stretches if each.chunk.document_id == "d")
    assert [part.chunk.chunk.ordinal for part in whole.parts] == [1, 2, 3]
    assert whole.chunk.text == " ".join(SENTENCES[1:4])


def test_nothing_is_merged_over_the_edge_of_a_page_or_a_section(encoder: Encoder) -> None:
    first, second = found(encoder, 1, 2)
    elsewhere = replace(second.chunk, chunk=replace(second.chunk.chunk, page=2))
    other_section = replace(second.chunk, chunk=replace(second.chunk.chunk, heading="Payment"))
    for other in (elsewhere, other_section):
        stretches = merged(question(encoder), [first, replace(second, chunk=other)], lambda _: PAGE)
        assert texts(stretches) == [SENTENCES[1], SENTENCES[2]]


def test_a_section_that_is_too_long_to_be_read_as_one_is_not(encoder: Encoder) -> None:
    one, other = found(encoder, 1, 2)
    page = f"{PAGE[: one.chunk.chunk.char_end]} {'x' * 3000} {SENTENCES[2]}"
    start = page.index(SENTENCES[2])
    far = replace(other.chunk.chunk, char_start=start, char_end=start + len(SENTENCES[2]))
    stretches = merged(question(encoder), [one, replace(other, chunk=replace(other.chunk, chunk=far))], lambda _: page)
    assert len(stretches) == 2


def test_nothing_is_merged_on_a_page_that_has_been_removed_meanwhile(encoder: Encoder) -> None:
    assert texts(merged(question(encoder), found(encoder, 1, 2), lambda _: "")) == [SENTENCES[1], SENTENCES[2]]


def test_what_answers_no_better_together_stays_behind_a_likelier_passage(encoder: Encoder) -> None:
    first, *others = found(encoder, 1, 4, 5)
    sure = replace(first, scores=replace(first.scores, rerank=StageScore(1, 0.99)))
    stretches = merged(question(encoder), [sure, *others], lambda _: PAGE)
    assert texts(stretches) == [SENTENCES[1], f"{SENTENCES[4]} {SENTENCES[5]}"]


def test_what_answers_better_together_rises(encoder: Encoder) -> None:
    """Either half was found behind another passage; the whole of the answer stands before it."""
    halves = found(encoder, 5, 1, 2)
    assert texts(alone(halves)) == [SENTENCES[5], SENTENCES[1], SENTENCES[2]]
    assert texts(merged(question(encoder), halves, lambda _: PAGE)) == [" ".join(SENTENCES[1:3]), SENTENCES[5]]


def test_a_window_ends_with_a_sentence_at_the_page_and_at_what_is_read_already(encoder: Encoder) -> None:
    (rent,) = (one.chunk.chunk for one in found(encoder, 1))
    assert widened(rent, PAGE, 45).text == " ".join(SENTENCES[0:3])
    assert widened(rent, PAGE, 20).text == SENTENCES[1]
    assert widened(rent, PAGE, 1000).text == PAGE
    bicycle = PAGE.index(SENTENCES[3])
    assert widened(rent, PAGE, 1000, [Span(bicycle, bicycle + 10)]).text == " ".join(SENTENCES[0:3])
