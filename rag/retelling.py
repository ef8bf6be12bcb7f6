"""Answers as they are told when a document they rested on has been removed, and its quotes with it.

What goes: quotes, quick answers and passages of the document, its name, and what would tell which file it was. Of a
written answer that was given any of its passages to read, the lines go that cite it or cite nothing: they are the
language model's words, but who removes a letter does not expect to find its contents retold, and of a line without a
source nobody can tell where it comes from. What stays: the person's question, lines that cite other documents only,
figures, and in the place of what went that it was a removed document. Answers given later in the same conversation,
from other documents, stay as they are. Owns these rules and knows nothing of where answers are kept.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.draft import begin
from rag.sentences import REMOVED_DOCUMENT, REMOVED_LINES
from rag.serialize import answer_from_json, answer_to_json
from storage.records import Chunk, Document

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rag.evidence import Answer, Evidence, QuickAnswer
    from storage.records import Citation, Turn

__all__ = ["is_removed", "retold", "without_documents"]

_MARKER = re.compile(r"\[(\d{1,3})\]")
_NO_DOCUMENT = Document("", REMOVED_DOCUMENT, REMOVED_DOCUMENT, "", 0, None, None, 0, "")


def is_removed(document_id: str) -> bool:
    """Whether a passage, quote or citation with this id of a document is one of which nothing may be told."""
    return not document_id


def retold(turn: Turn, gone: frozenset[str]) -> Turn:
    """Return a stored turn without anything of these documents."""
    if turn.answer:
        answer = without_documents(answer_from_json(turn.answer), gone)
        return replace(turn, text=answer.text, citations=answer.citations, answer=answer_to_json(answer))
    answer = without_documents(replace(begin(turn.question), text=turn.text, citations=turn.citations), gone)
    return replace(turn, text=answer.text, citations=answer.citations)


def without_documents(answer: Answer, gone: frozenset[str]) -> Answer:
    """Return an answer without anything of these documents; one that has nothing of them is returned as it is."""
    names = _names(answer, gone)
    if not names and not _is_named(answer, gone):
        return answer
    return replace(
        answer,
        searched_for=answer.question,
        plan=None,
        answerable_parts=(),
        text=_lines_left(answer.text, _markers(answer, gone)),
        quick_answer=None if answer.quick_answer is None else _quick(answer.quick_answer, names),
        more_quotes=tuple(_quick(each, names) for each in answer.more_quotes),
        citations=tuple(_citation(each, names) for each in answer.citations),
        evidence=tuple(_evidence(each, names) for each in answer.evidence if each.used or each.chunk.id not in names),
    )


def _is_named(answer: Answer, gone: frozenset[str]) -> bool:
    """Whether one of these documents was searched by its name."""
    return answer.plan is not None and any(gone & {*each.documents} for each in answer.plan.filters)


def _names(answer: Answer, gone: frozenset[str]) -> Mapping[str, str]:
    """What the passages of these documents are called from here on: their own ids are made from the files' bytes."""
    ids = (chunk_id for chunk_id, document_id in _mentioned(answer) if document_id in gone)
    return {chunk_id: f"removed-{number}" for number, chunk_id in enumerate(dict.fromkeys(ids), 1)}


def _mentioned(answer: Answer) -> Iterable[tuple[str, str]]:
    """Every passage that an answer mentions, with its document."""
    yield from ((each.chunk.id, each.document.id) for each in answer.evidence)
    yield from ((each.chunk_id, each.document_id) for each in answer.citations)
    quotes = (answer.quick_answer, *answer.more_quotes)
    yield from ((each.chunk_id, each.document_id) for each in quotes if each is not None)


def _markers(answer: Answer, gone: frozenset[str]) -> frozenset[int]:
    """The numbers by which the language model knew passages of these documents."""
    read = {each.marker for each in answer.evidence if each.marker is not None and each.document.id in gone}
    return frozenset(read | {each.marker for each in answer.citations if each.document_id in gone})


def _lines_left(text: str, markers: frozenset[int]) -> str:
    """The lines that cite other passages and none of these; one sentence stands for all that went."""
    if not text or not markers:
        return text
    lines = text.split("\n")
    stays = [bool(cited) and not cited & markers for cited in map(_cited, lines)]
    left = [line for line, stay in zip(lines, stays, strict=True) if stay]
    return "\n\n".join([*left, REMOVED_LINES])


def _cited(line: str) -> frozenset[int]:
    return frozenset(int(number) for number in _MARKER.findall(line))


def _quick(quick: QuickAnswer, names: Mapping[str, str]) -> QuickAnswer:
    quick = replace(quick, found_for="")
    if quick.chunk_id not in names:
        return quick
    return replace(
        quick,
        text="",
        chunk_id=names[quick.chunk_id],
        document=REMOVED_DOCUMENT,
        document_id="",
        page=None,
        place="",
        char_start=0,
        char_end=0,
    )


def _citation(citation: Citation, names: Mapping[str, str]) -> Citation:
    if citation.chunk_id not in names:
        return citation
    return replace(
        citation,
        chunk_id=names[citation.chunk_id],
        document_id="",
        document=REMOVED_DOCUMENT,
        page=None,
        place="",
        quote="",
        char_start=0,
        char_end=0,
    )


def _evidence(evidence: Evidence, names: Mapping[str, str]) -> Evidence:
    if evidence.chunk.id not in names:
        return replace(evidence, found_for="") if evidence.found_for else evidence
    nothing = Chunk(names[evidence.chunk.id], "", 0, None, "", "", "", "", 0, 0)
    return replace(evidence, chunk=nothing, highlights=(), document=_NO_DOCUMENT, found_for="", wider=None)
