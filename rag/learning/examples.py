"""What the reranker's coefficients are fitted on: questions with the candidates that retrieval really gives them.

Every training question makes up to five examples: against its whole set; against the set without the documents that
answer it; the same two against a handful of passages, as in a library that has just been begun; and against its set
without the answering passages alone, whose neighbours stay and are about the same. Scores come out of a
real library, so they are those of the program. What is fitted from the examples is not known here.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from rag.answerability import first_passages_signs
from rag.calibration import evidence_of
from rag.encoder import model_fingerprint
from rag.fusion import fuse
from rag.retriever import HybridRetriever, candidate_of
from storage.library import Library
from storage.records import Document, NewDocument

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from rag.encoder import Encoder
    from rag.evidence import Candidate
    from rag.learning.question_sets import Question, QuestionSet
    from storage.records import EncodedChunk

__all__ = ["Example", "examples_of", "filled_library", "searched"]

_DEPTH = 100
"""Candidates of each question, twice as many as balanced mode has; the first ten are what passages are fitted on."""
_HANDFULS = (1, 2, 5)
_ADDED_AT_ONCE = 200


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One question against one choice of documents; passages by falling evidence."""

    evidence: NDArray[np.float64]
    """Shape (candidates,)."""
    relevant: NDArray[np.bool_]
    """Which candidates answer the question, shape (candidates,)."""
    signs: NDArray[np.float64]
    """``first_passages_signs`` of the candidates."""
    among_neighbours: bool = False
    """Whether only the answering passages were left out, and not their documents."""


def filled_library(folder: Path, questions: QuestionSet, encoder: Encoder) -> Library:
    """A library of a set's passages."""
    library = Library.open(folder, model_fingerprint())
    encoded = sorted(encoder.encode_chunks(questions.passages), key=_document_id)
    documents = [_new_document(id_, list(chunks)) for id_, chunks in groupby(encoded, _document_id)]
    for start in range(0, len(documents), _ADDED_AT_ONCE):
        library.add(documents[start : start + _ADDED_AT_ONCE])
    library.tidy()
    return library


def searched(library: Library, encoder: Encoder, question: Question) -> list[Candidate]:
    """The question's candidates as the program finds them, in fused order, as many as are learned from."""
    scope = None if question.document_id is None else frozenset({question.document_id})
    retriever = HybridRetriever(library=library, encode=encoder.encode_question, fuse=fuse, depth=_DEPTH, scope=scope)
    return [candidate_of(passage) for passage in retriever.invoke(question.text)]


def examples_of(questions: QuestionSet, encoder: Encoder, *, seed: int = 0) -> Iterator[Example]:
    """All examples of a set's questions."""
    chance = random.Random(seed)  # noqa: S311  (a sample, not a secret)
    documents = {passage.id: passage.document_id for passage in questions.passages}
    with TemporaryDirectory() as folder:
        library = filled_library(Path(folder), questions, encoder)
        for question in questions.questions:
            answering = {documents[passage] for passage in question.relevant}
            found = searched(library, encoder, question)
            for chosen in _choices(found, question.relevant, answering, chance):
                yield _example(encoder, question, chosen)
            if neighbours := _neighbours(found, question.relevant):
                yield replace(_example(encoder, question, neighbours), among_neighbours=True)
        library.close()


def _choices(
    found: Sequence[Candidate], relevant: frozenset[str], answering: set[str], chance: random.Random
) -> Iterator[Sequence[Candidate]]:
    """The choices of documents that one question is put to, each as the candidates that it leaves."""
    right = [candidate for candidate in found if candidate.chunk.chunk.id in relevant]
    wrong = [candidate for candidate in found if candidate.chunk.chunk.document_id not in answering]
    handful = chance.choice(_HANDFULS)
    if not right or len(wrong) < handful:
        return
    yield found
    yield wrong
    yield [chance.choice(right), *chance.sample(wrong, handful - 1)]
    yield chance.sample(wrong, handful)


def _neighbours(found: Sequence[Candidate], relevant: frozenset[str]) -> list[Candidate]:
    """The candidates without those that answer; none where retrieval found no answer to leave out."""
    left = [candidate for candidate in found if candidate.chunk.chunk.id not in relevant]
    return left if len(left) < len(found) else []


def _example(encoder: Encoder, question: Question, candidates: Sequence[Candidate]) -> Example:
    encoded = encoder.encode_question(question.text)
    evidence = evidence_of(encoded, candidates)
    order = np.argsort(-evidence, kind="stable")
    ordered = [candidates[i] for i in order]
    relevant = np.array([candidate.chunk.chunk.id in question.relevant for candidate in ordered], np.bool_)
    return Example(evidence[order], relevant, first_passages_signs(encoded, ordered))


def _document_id(encoded: EncodedChunk) -> str:
    return encoded.chunk.document_id


def _new_document(id_: str, chunks: Sequence[EncodedChunk]) -> NewDocument:
    name = chunks[0].chunk.prefix or id_
    document = Document(id_, name, name, "text/plain", 0, None, None, len(chunks), "2026-01-01T00:00:00Z")
    return NewDocument(document, (), chunks)
