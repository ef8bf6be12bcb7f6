"""The default reranker: late interaction over the token vectors that are stored beside each chunk.

At LangChain's seam it is a ``BaseDocumentCompressor``; underneath, ``rank`` takes and gives candidates. It needs no
model but the encoder that the question has been through anyway. How evidence becomes a probability is the affair of
``rag/calibration.py``, where candidates come from that of ``rag/retriever.py``.
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
    from collections.abc import Sequence

    from langchain_core.callbacks import Callbacks
    from langchain_core.documents import Document as PassageDocument
    from numpy.typing import NDArray

    from rag.encoder import EncodedQuestion
    from rag.evidence import Candidate

__all__ = ["LateInteractionReranker", "in_order", "rank"]


class LateInteractionReranker(BaseDocumentCompressor):
    """Orders passages by the probability that they answer the question; each carries its ``Candidate``."""

    encode: Any
    """``str -> EncodedQuestion``, quick to repeat."""

    def compress_documents(
        self,
        documents: Sequence[PassageDocument],
        query: str,
        callbacks: Callbacks = None,  # noqa: ARG002  (LangChain's signature)
    ) -> list[PassageDocument]:
        """Return new documents, best first; those given stay as they are."""
        candidates = [candidate_of(passage) for passage in documents]
        return [as_passage(candidate) for candidate in rank(self.encode(query), candidates)]


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
