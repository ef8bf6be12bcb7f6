"""A question set is read as the program's own chunks, and a sample of it keeps questions and answers together."""

from __future__ import annotations

import io
import json
import tarfile
from typing import TYPE_CHECKING

import pytest

from rag.learning.question_sets import read_set, sampled

if TYPE_CHECKING:
    from pathlib import Path

PASSAGES = [
    {"id": "d0#0", "title": "The boathouse", "text": "It is red."},
    {"id": "d0#1", "title": "The boathouse", "text": "It is old."},
    {"id": "d1#0", "title": "2001.03131", "text": "It is a paper.", "doc": "2001.03131"},
]
QUESTIONS = [
    {"id": "q0", "text": "What colour?"},
    {"id": "q1", "text": "And how old?", "history": ["user: What colour?", "agent: Red."]},
    {"id": "q4", "text": "Hi.", "history": ["agent: What may I do for you?"]},
    {"id": "q2", "text": "What is it?", "doc": "2001.03131"},
    {"id": "q3", "text": "Answered by nothing?"},
]
FILES = {
    "corpus.jsonl": "\n".join(map(json.dumps, PASSAGES)),
    "queries.jsonl": "\n".join(map(json.dumps, QUESTIONS)),
    "unanswerable.jsonl": json.dumps({"id": "u0", "text": "Who owns it?"}),
    "qrels.tsv": "query-id\tcorpus-id\tscore\nq0\td0#0\t1\nq0\td0#1\t0\nq1\td0#1\t1\nq4\td0#1\t1\nq2\td1#0\t2\n",
    "meta.json": json.dumps({"scope": "doc"}),
}


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "little.tar.xz"
    with tarfile.open(path, "w:xz") as tar:
        for name, text in FILES.items():
            entry = tarfile.TarInfo(f"little/{name}")
            entry.size = len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))
    return path


def test_questions_know_their_answers_and_grade_nought_is_none(archive: Path) -> None:
    read = read_set(archive)

    assert read.name == "little"
    assert read.scoped
    assert {question.id: set(question.relevant) for question in read.questions} == {"q0": {"d0#0"}, "q2": {"d1#0"}}
    assert [(question.text, question.relevant) for question in read.unanswerable] == [("Who owns it?", frozenset())]


def test_turns_of_a_dialogue_are_left_out_unless_they_are_asked_for(archive: Path) -> None:
    """They lean on what was said before."""
    assert [question.id for question in read_set(archive).questions] == ["q0", "q2"]
    (turn,) = read_set(archive, follow_ups=True).questions
    assert (turn.id, turn.earlier) == ("q1", ("What colour?",))


def test_passages_are_chunks_with_their_title_as_prefix(archive: Path) -> None:
    """A title that is only a number says nothing and is dropped, as the program's chunks drop it."""
    first, second, third = read_set(archive).passages

    assert first.indexed_text == "The boathouse\nIt is red."
    assert third.indexed_text == "It is a paper."
    assert first.document_id == second.document_id != third.document_id
    assert len(first.document_id) == 64
    assert read_set(archive).questions[1].document_id == third.document_id


def test_a_sample_keeps_whole_documents_and_only_questions_they_answer(archive: Path) -> None:
    read = read_set(archive)

    one = sampled(read, passages=1, questions=10)

    documents = {passage.document_id for passage in one.passages}
    assert len(documents) == 1
    assert [p for p in read.passages if p.document_id in documents] == list(one.passages)
    assert all(question.relevant <= {passage.id for passage in one.passages} for question in one.questions)
    assert sampled(read, passages=1, questions=10) == one
