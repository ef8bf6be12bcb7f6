"""The default reranker: late interaction over the token vectors that are kept beside each chunk.

At LangChain's seam it is a ``BaseDocumentCompressor``; underneath, ``rank`` takes and gives candidates. It needs no
model but the encoder that the question has been through anyway. Where token vectors are not kept, as in a library that
is too large for that, they are computed here, for the candidates that came first. How evidence becomes a probability is
the affair of ``rag/calibration.py``, where candidates come from that of ``rag/retriever.py``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from langchain_core.documents import BaseDocumentCompressor

from rag.calibration import evidence_of, passage_probabilities
from rag.evidence import StageScore
from rag.retriever import as_passage, candidate_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from langchain_core.callbacks import Callbacks
    from langchain_core.documents import Document as PassageDocument
    from numpy.typing import NDArray

    from rag.encoder import EncodedQuestion
    from rag.evidence import Candidate
    from storage.records import EncodedChunk

__all__ = ["COMPUTED", "LateInteractionReranker", "in_order", "rank", "with_token_vectors"]

COMPUTED = 50
"""Candidates whose token vectors are computed for a question where they are not kept: as many as in balanced mode."""


class LateInteractionReranker(BaseDocumentCompressor):
    """Orders passages by the probability that they answer the question; each carries its ``Candidate``."""

    encode: Any
    """``str -> EncodedQuestion``, quick to repeat."""
    complete: Any
    """Chunks without token vectors to the same with them: see ``Encoder.with_token_vectors``."""

    def compress_documents(
        self,
        documents: Sequence[PassageDocument],
        query: str,
        callbacks: Callbacks = None,  # noqa: ARG002  (LangChain's signature)
    ) -> list[PassageDocument]:
        """Return new documents, best first; those given stay as they are."""
        candidates = with_token_vectors([candidate_of(passage) for passage in documents], self.complete)
        return [as_passage(candidate) for candidate in rank(self.encode(query), candidates)]


def with_token_vectors(
    candidates: Sequence[Candidate], complete: Callable[[Sequence[EncodedChunk]], Sequence[EncodedChunk]]
) -> list[Candidate]:
    """Candidates, in their order, with the token vectors that were not kept; beyond ``COMPUTED`` they are left out."""
    lacking = [candidate.chunk for candidate in candidates if candidate.chunk.tokens is None]
    if not lacking:
        return list(candidates)
    completed = {chunk.chunk.id: chunk for chunk in complete(lacking[:COMPUTED])}
    whole = (replace(each, chunk=completed.get(each.chunk.chunk.id, each.chunk)) for each in candidates)
    return [each for each in whole if each.chunk.tokens is not None]


def rank(question: EncodedQuestion, candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Order candidates by probability and fill in their rerank scores."""
    if not candidates:
        return ()
    return in_order(candidates, passage_probabilities(evidence_of(question, candidates)))


def in_order(candidates: Sequence[Candidate], probabilities: NDArray[np.float64]) -> tuple[Candidate, ...]:
    """Candidates with their rerank scores, best first; of equal ones the one given first comes first."""
    order = np.argsort(-probabilities, kind="stable")
    return tuple(
        replace(candidates[i], scores=replace(candidates[i].scores, rerank=StageScore(place, float(probabilities[i]))))
        for place, i in enumerate(order, start=1)
    )
