"""Question sets for fitting and measuring: questions, passages, and which passage answers which question.

It reads the packed folders that benchmarks and fitting scripts are given, and samples them; it knows nothing of models
or scores.
"""

from __future__ import annotations

import hashlib
import io
import json
import random
import re
import tarfile
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from storage.records import Chunk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

__all__ = ["Question", "QuestionSet", "read_set", "sampled"]

_NOT_A_NAME = re.compile(r"[\W\d_]*")


@dataclass(frozen=True, slots=True)
class Question:
    """One question and the ids of the passages that answer it."""

    id: str
    text: str
    relevant: frozenset[str]
    """Empty for a question that no passage answers."""
    document_id: str | None = None
    """Where the set says so, the only document it may be answered from."""
    answers: tuple[str, ...] = ()
    """Where the set has them, the words that answer it."""
    earlier: tuple[str, ...] = ()
    """What the person asked before, in the same conversation, oldest first."""


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions over passages."""

    name: str
    questions: tuple[Question, ...]
    unanswerable: tuple[Question, ...]
    passages: tuple[Chunk, ...]
    scoped: bool
    """Whether each question is asked of one document only."""


def read_set(archive: Path, *, follow_ups: bool = False) -> QuestionSet:
    """Read ``NAME.tar.xz``: the questions that stand on their own, or with ``follow_ups`` those that others precede."""
    name = archive.name.removesuffix(".tar.xz")
    with tarfile.open(archive, "r:xz") as tar:
        files = {
            member.name.rpartition("/")[2]: file.read().decode() for member in tar if (file := tar.extractfile(member))
        }
    relevant = _relevant(files["qrels.tsv"])
    answers = {row["query_id"]: tuple(row["answers"]) for row in _rows(files.get("answers.jsonl", ""))}
    asked = files["queries.jsonl"]
    scoped = json.loads(files["meta.json"]).get("scope") == "doc"
    return QuestionSet(
        name,
        tuple(each for each in _questions(asked, relevant, answers, follow_ups=follow_ups) if each.relevant),
        tuple(_questions(files.get("unanswerable.jsonl", ""), {}, {}, follow_ups=follow_ups)),
        tuple(_passage(row, ordinal) for ordinal, row in enumerate(_rows(files["corpus.jsonl"]))),
        scoped,
    )


def sampled(whole: QuestionSet, *, passages: int, questions: int, seed: int = 0) -> QuestionSet:
    """A smaller set: whole documents at random up to ``passages``, and questions whose answers are among them."""
    chance = random.Random(seed)  # noqa: S311  (a sample, not a secret)
    by_document: dict[str, list[Chunk]] = defaultdict(list)
    for passage in whole.passages:
        by_document[passage.document_id].append(passage)
    documents = chance.sample(sorted(by_document), len(by_document))
    chosen: list[Chunk] = []
    for document in documents:
        if len(chosen) < passages:
            chosen += by_document[document]
    present = {passage.id for passage in chosen}
    answered = [question for question in whole.questions if question.relevant <= present]
    kept = chance.sample(answered, min(questions, len(answered)))
    return replace(whole, questions=tuple(kept), passages=tuple(chosen))


def _rows(text: str) -> Iterator[dict[str, Any]]:
    return (json.loads(line) for line in io.StringIO(text) if line.strip())


def _relevant(text: str) -> dict[str, set[str]]:
    """The qrels, without their header line."""
    relevant: dict[str, set[str]] = defaultdict(set)
    for line in text.splitlines()[1:]:
        question, passage, grade = line.split("\t")
        if int(grade) > 0:
            relevant[question].add(passage)
    return relevant


def _questions(
    text: str,
    relevant: Mapping[str, set[str]],
    answers: Mapping[str, tuple[str, ...]],
    *,
    follow_ups: bool,
) -> Iterator[Question]:
    """Those that stand on their own, which no turn of a dialogue does, or those that the person asked others before."""
    for row in _rows(text):
        answering = frozenset(relevant.get(row["id"], ()))
        document = _document_id(row["doc"]) if "doc" in row else None
        history = row.get("history", ())
        earlier = tuple(_asked_before(history))
        if earlier if follow_ups else not history:
            yield Question(row["id"], row["text"], answering, document, answers.get(row["id"], ()), earlier)


def _asked_before(history: Iterable[str]) -> Iterator[str]:
    """What the person said, of turns like ``user: …`` and ``agent: …``."""
    for turn in history:
        who, _, said = turn.partition(":")
        if who == "user":
            yield said.strip()


def _document_id(name: str) -> str:
    """An id like those of the program's own documents."""
    return hashlib.sha256(name.encode()).hexdigest()


def _passage(row: dict[str, Any], ordinal: int) -> Chunk:
    """A passage as a chunk, with its title as the prefix the way the program's own chunks have it."""
    title = row.get("title") or ""
    return Chunk(
        id=row["id"],
        document_id=_document_id(row.get("doc") or row["id"].rpartition("#")[0] or row["id"]),
        ordinal=ordinal,
        page=None,
        place="",
        heading="",
        prefix="" if _NOT_A_NAME.fullmatch(title) else title,
        text=row["text"],
        char_start=0,
        char_end=len(row["text"]),
    )
