"""The thorough reranker: a cross-encoder, which reads question and passage together, where its weights are at hand.

Any model that sentence-transformers' ``CrossEncoder`` loads, by name or folder; nothing is ever downloaded here. It
costs most of a second for the few candidates that it reads, so those beyond keep the order they came in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from langchain_core.documents import BaseDocumentCompressor

from rag.embedding_models import reranker_use
from rag.errors import CrossEncoderUnavailable
from rag.model_folder import ModelMissing, folder_of
from rag.reranker import in_order
from rag.retriever import as_passage, candidate_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from langchain_core.callbacks import Callbacks
    from langchain_core.documents import Document as PassageDocument
    from numpy.typing import NDArray

    from rag.evidence import Candidate

__all__ = ["READ", "CrossEncoderReranker", "weights_folder"]

READ = 20
"""Candidates that the cross-encoder reads in thorough mode."""


class CrossEncoderReranker(BaseDocumentCompressor):
    """Reads the first candidates again, and orders them by the sigmoid of what the model says."""

    model: Any
    """A sentence-transformers ``CrossEncoder`` with a single output."""

    @classmethod
    def load(cls, name: str) -> CrossEncoderReranker:
        """Load a model by its name or folder; raises CrossEncoderUnavailable where its weights are not here."""
        folder = weights_folder(name)
        from safetensors import SafetensorError
        from sentence_transformers import CrossEncoder

        try:
            model = CrossEncoder(str(folder), device="cpu", local_files_only=True)
        except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as error:
            # Whatever lies there, it is no model that can be used.
            raise CrossEncoderUnavailable(name, str(error)) from error
        if model.num_labels != 1:
            raise CrossEncoderUnavailable(name, f"{model.num_labels} outputs instead of one")
        if known := reranker_use(name):
            model.max_seq_length = min(known.longest, model.max_seq_length or known.longest)
        return cls(model=model)

    def compress_documents(
        self,
        documents: Sequence[PassageDocument],
        query: str,
        callbacks: Callbacks = None,  # noqa: ARG002  (LangChain's signature)
    ) -> list[PassageDocument]:
        """Return new documents, best first; those given stay as they are."""
        ranked = self.rank(query, [candidate_of(passage) for passage in documents])
        return [as_passage(candidate) for candidate in ranked]

    def rank(self, question: str, candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
        """Reorder the first ``READ`` of the candidates; the others follow in the order they came in.

        One that was not read counts as no more probable than the last one that was, whatever it had before.
        """
        if not candidates:
            return ()
        read = self._probabilities(question, candidates[:READ])
        before = np.array([_probability(candidate) for candidate in candidates[READ:]])
        return in_order(candidates, np.concatenate([read, np.minimum(before, read.min())]))

    def _probabilities(self, question: str, candidates: Sequence[Candidate]) -> NDArray[np.float64]:
        from torch.nn import Sigmoid

        pairs = [(question, candidate.chunk.chunk.indexed_text) for candidate in candidates]
        read = self.model.predict(pairs, activation_fn=Sigmoid(), show_progress_bar=False, convert_to_numpy=True)
        return np.asarray(read, np.float64)


def weights_folder(name: str) -> Path:
    """Where a model's weights lie on this machine; raises CrossEncoderUnavailable. Imports no torch."""
    try:
        return folder_of(name)
    except ModelMissing as error:
        raise CrossEncoderUnavailable(name, str(error)) from error


def _probability(candidate: Candidate) -> float:
    return candidate.scores.rerank.value if candidate.scores.rerank else 0.0
