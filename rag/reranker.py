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
from rag.late_interaction import highlights
from rag.retriever import as_passage, candidate_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from langchain_core.callbacks import Callbacks
    from langchain_core.documents import Document as PassageDocument
    from numpy.typing import NDArray

    from rag.encoder import EncodedQuestion
    from rag.evidence import Candidate
    from rag.tokens import MiniLMTokenizer

__all__ = ["HIGHLIGHTED", "LateInteractionReranker", "in_order", "rank"]

HIGHLIGHTED = 20
"""The best candidates have their words marked; it means tokenizing their text again, half a millisecond each. As many
as a cross-encoder puts in another order, so that whichever it brings to the front has its marks."""


class LateInteractionReranker(BaseDocumentCompressor):
    """Orders passages by the probability that they answer the question; each carries its ``Candidate``."""

    encode: Any
    """``str -> EncodedQuestion``, quick to repeat."""
    tokenizer: Any
    """The encoder's ``MiniLMTokenizer``."""
    highlighted: int = HIGHLIGHTED

    def compress_documents(
        self,
        documents: Sequence[PassageDocument],
        query: str,
        callbacks: Callbacks = None,  # noqa: ARG002  (LangChain's signature)
    ) -> list[PassageDocument]:
        """Return new documents, best first; those given stay as they are."""
        candidates = [candidate_of(passage) for passage in documents]
        ranked = rank(self.encode(query), candidates, self.tokenizer, highlighted=self.highlighted)
        return [as_passage(candidate) for candidate in ranked]


def rank(
    question: EncodedQuestion,
    candidates: Sequence[Candidate],
    tokenizer: MiniLMTokenizer,
    *,
    highlighted: int = HIGHLIGHTED,
) -> tuple[Candidate, ...]:
    """Order candidates by probability, fill in their rerank scores, and mark the words of the best ``highlighted``."""
    if not candidates:
        return ()
    ordered = in_order(candidates, passage_probabilities(evidence_of(question, candidates)))
    return (*_marked(question, ordered[:highlighted], tokenizer), *ordered[highlighted:])


def in_order(candidates: Sequence[Candidate], probabilities: NDArray[np.float64]) -> tuple[Candidate, ...]:
    """Candidates with their rerank scores, best first; of equal ones the one given first comes first."""
    order = np.argsort(-probabilities, kind="stable")
    return tuple(
        replace(candidates[i], scores=replace(candidates[i].scores, rerank=StageScore(place, float(probabilities[i]))))
        for place, i in enumerate(order, start=1)
    )


def _marked(
    question: EncodedQuestion, candidates: Sequence[Candidate], tokenizer: MiniLMTokenizer
) -> Iterator[Candidate]:
    """The same candidates with the words that answered."""
    tokens = tokenizer.tokenize_all([candidate.chunk.chunk.indexed_text for candidate in candidates])
    for candidate, its_tokens in zip(candidates, tokens, strict=True):
        yield replace(candidate, highlights=highlights(question, candidate.chunk, its_tokens))
