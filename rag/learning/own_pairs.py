"""A person's own questions and the passages that answer them, from a file of lines, as a question set.

A line is ``{"question": …, "passage": …}``; ``answer`` and ``title`` may stand in it too, and whatever else does is
passed over. A passage that several questions name is one passage. What is learned from them is not known here.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from rag.learning.question_sets import Question, QuestionSet
from storage.records import Chunk

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["UnusablePairs", "read_pairs"]


class UnusablePairs(Exception):
    """A file that holds no pairs; its text says where and why."""


class _NoPair(UnusablePairs):
    """A line that is no question with its passage."""

    def __init__(self, file: Path, line: int) -> None:
        super().__init__(f'{file}, line {line}: expected {{"question": "…", "passage": "…"}}')


class _NotUtf8(UnusablePairs):
    """A file in another encoding, or no text at all."""

    def __init__(self, file: Path) -> None:
        super().__init__(f"{file} is not text in UTF-8: save it in that encoding, and give it again")


def read_pairs(file: Path) -> QuestionSet:
    """Read a file of pairs; raises UnusablePairs, or OSError where it cannot be read."""
    passages: dict[str, Chunk] = {}
    relevant: dict[str, set[str]] = defaultdict(set)
    answers: dict[str, set[str]] = defaultdict(set)
    for row in _rows(file):
        passage = _passage(row, len(passages))
        passages.setdefault(passage.id, passage)
        relevant[row["question"]].add(passage.id)
        answers[row["question"]].update({row["answer"]} if row.get("answer") else ())
    questions = tuple(
        Question(_id_of(text), text, frozenset(ids), answers=tuple(sorted(answers[text])))
        for text, ids in relevant.items()
    )
    return QuestionSet(file.stem, questions, (), tuple(passages.values()), scoped=False)


def _rows(file: Path) -> Iterator[Mapping[str, Any]]:
    # A line ends at its newline only: JSON text may well hold the other characters that Python would split at.
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise _NotUtf8(file) from error
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield _row(file, number, line)


def _row(file: Path, number: int, line: str) -> Mapping[str, Any]:
    try:
        row = json.loads(line)
        json.dumps(row, ensure_ascii=False).encode()  # an escaped half of a character is no text
    except (ValueError, RecursionError) as error:
        raise _NoPair(file, number) from error
    if not isinstance(row, dict) or not all(_is_text(row.get(key)) for key in ("question", "passage")):
        raise _NoPair(file, number)
    if not all(isinstance(row.get(key, ""), str) for key in ("answer", "title")):
        raise _NoPair(file, number)
    return row


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _passage(row: Mapping[str, Any], ordinal: int) -> Chunk:
    text, title = row["passage"], row.get("title", "")
    id_ = _id_of(f"{title}\n{text}")
    return Chunk(
        id=id_,
        document_id=id_,
        ordinal=ordinal,
        page=None,
        place="",
        heading="",
        prefix=title,
        text=text,
        char_start=0,
        char_end=len(text),
    )


def _id_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
