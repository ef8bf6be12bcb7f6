"""The thorough reranker: a cross-encoder, which reads question and passage together, where its weights are at hand.

Any model that sentence-transformers' ``CrossEncoder`` loads, by name or folder; nothing is ever downloaded here. It
costs most of a second for the few candidates that it reads, so those beyond keep the order they came in. A model made
by ``rag/learning/train_cross_encoder.py`` has a vote and no verdict: beside its weights stands how much its word counts
next to that of the reranker before it. Of a model from elsewhere nothing is known, and its own probability is taken.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from langchain_core.documents import BaseDocumentCompressor

from rag.calibration import log_odds_from, values_of
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

__all__ = ["BLEND_FILE", "READ", "Blend", "CrossEncoderReranker", "logits_of", "weights_folder"]

READ = 20
"""Candidates that the cross-encoder reads in thorough mode."""
BLEND_FILE = "blend.json"
"""Lies beside the weights where it was fitted how much they count."""


@dataclass(frozen=True, slots=True)
class Blend:
    """Log-odds are the sum of both rerankers' words, each with its weight, and a bias."""

    late_interaction: float = 0.0
    """Of the log-odds that candidates came with."""
    cross_encoder: float = 1.0
    """Of the model's logits."""
    bias: float = 0.0

    def probabilities(self, before: NDArray[np.float64], logits: NDArray[np.float64]) -> NDArray[np.float64]:
        """From the probabilities that candidates came with, and what the model says of them; shape (candidates,)."""
        log_odds = self.late_interaction * log_odds_from(before) + self.cross_encoder * logits + self.bias
        return 1 / (1 + np.exp(-log_odds))


class CrossEncoderReranker(BaseDocumentCompressor):
    """Reads the first candidates again, and orders them by the probability that comes of what the model says."""

    model: Any
    """A sentence-transformers ``CrossEncoder`` with a single output."""
    blend: Blend = Blend()
    """How much its word counts; by itself, its sigmoid is the probability."""

    @classmethod
    def load(cls, name: str) -> CrossEncoderReranker:
        """Load a model by its name or folder; raises CrossEncoderUnavailable where its weights are not here."""
        folder = weights_folder(name)
        from safetensors import SafetensorError
        from sentence_transformers import CrossEncoder

        try:
            _require_cross_encoder(folder)
            model = CrossEncoder(str(folder), device="cpu", local_files_only=True)
            blend = _blend_in(folder)
        except (OSError, ValueError, TypeError, RuntimeError, KeyError, SafetensorError) as error:
            # Whatever lies there, it is no model that can be used.
            raise CrossEncoderUnavailable(name, str(error)) from error
        if model.num_labels != 1:
            raise CrossEncoderUnavailable(name, f"{model.num_labels} outputs instead of one")
        if known := reranker_use(name):
            model.max_seq_length = min(known.longest, model.max_seq_length or known.longest)
        return cls(model=model, blend=blend)

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
        before = values_of(candidates, "rerank")
        texts = [candidate.chunk.chunk.indexed_text for candidate in candidates[:READ]]
        read = self.blend.probabilities(before[:READ], logits_of(self.model, question, texts))
        return in_order(candidates, np.concatenate([read, np.minimum(before[READ:], read.min())]))


def logits_of(model: Any, question: str, texts: Sequence[str]) -> NDArray[np.float64]:  # noqa: ANN401  (a CrossEncoder)
    """What a cross-encoder says of each text, before any sigmoid: shape (texts,)."""
    from torch.nn import Identity

    pairs = [(question, text) for text in texts]
    logits = model.predict(pairs, activation_fn=Identity(), show_progress_bar=False, convert_to_numpy=True)
    return np.asarray(logits, np.float64)


def weights_folder(name: str) -> Path:
    """Where a model's weights lie on this machine; raises CrossEncoderUnavailable. Imports no torch."""
    try:
        return folder_of(name)
    except ModelMissing as error:
        raise CrossEncoderUnavailable(name, str(error)) from error


def _require_cross_encoder(folder: Path) -> None:
    """Complain of an embedding model, which would load as well, and judge by weights made up at random. ValueError."""
    modules, config = (
        (folder / name).read_text(encoding="utf-8") if (folder / name).is_file() else "{}"
        for name in ("modules.json", "config.json")
    )
    said = json.loads(config)
    architectures = (said.get("architectures") if isinstance(said, dict) else None) or ()
    if "Pooling" in modules or any(each.endswith("Model") for each in architectures):
        raise ValueError("an embedding model, no cross-encoder")


def _blend_in(folder: Path) -> Blend:
    """The blend beside the weights, where there is one; raises ValueError or TypeError where it is damaged."""
    file = folder / BLEND_FILE
    return Blend(**json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else Blend()
