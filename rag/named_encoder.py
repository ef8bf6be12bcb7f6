"""An embedding model that a person named: texts to vectors of its own, in the way that this model wants to be used.

Any model that sentence-transformers loads, by name or folder, with its prefixes (``rag/embedding_models.py``). Nothing
is downloaded, and no code that comes with a model is run. What is done with the vectors is not known here.
"""

from __future__ import annotations

import threading
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.embedding_models import EmbeddingUse, embedding_use
from rag.errors import LIBRARY_TROUBLE, EmbeddingModelUnavailable
from rag.model_folder import ModelMissing, digest_of, folder_of
from rag.token_vectors import unit
from storage.records import ModelVector, NamedModel

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["NamedEncoder", "fingerprint_of", "name_in"]

_BATCH = 16
_APART = "#"
"""Between what a model is called and what tells its weights from others."""


class NamedEncoder:
    """One loaded model; safe to share between threads, one of which computes at a time."""

    def __init__(self, name: str, transformer: Any, use: EmbeddingUse) -> None:  # noqa: ANN401  (a SentenceTransformer)
        self._transformer = transformer
        self._use = use
        self._alone = threading.Lock()
        self.model = NamedModel(name, int(transformer.get_embedding_dimension()))

    @classmethod
    def load(cls, name: str) -> NamedEncoder:
        """Load a model by its name or folder. Raises EmbeddingModelUnavailable where there is none that can be used."""
        fingerprint = fingerprint_of(name)
        folder, known = folder_of(name), embedding_use(name)
        from safetensors import SafetensorError

        try:
            transformer = _opened(folder, known)
            return cls(fingerprint, transformer, known or _said_by(transformer))
        except (*LIBRARY_TROUBLE, ImportError, SafetensorError) as error:
            # Whatever lies there, it is no model that can be used.
            raise EmbeddingModelUnavailable(name, str(error)) from error

    def of_question(self, text: str) -> ModelVector:
        """What a question means."""
        return ModelVector(self.model.name, self._encoded([self._use.query_prefix + text])[0])

    def of_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """What passages mean, in the order given: shape (passages, dimension), unit length."""
        return self._encoded([self._use.passage_prefix + text for text in texts])

    def _encoded(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Texts with their prefixes; a prompt of the folder's own must not come before them once more."""
        with self._alone:
            made = self._transformer.encode(list(texts), prompt="", batch_size=_BATCH, show_progress_bar=False)
        return unit(np.asarray(made, np.float32))


def fingerprint_of(name: str) -> str:
    """Name a model, its weights and its use. Raises EmbeddingModelUnavailable where it is not on this computer."""
    try:
        files = digest_of(folder_of(name))
        return f"{name}{_APART}{sha256(f'{files} {embedding_use(name)}'.encode()).hexdigest()[:12]}"
    except (ModelMissing, OSError) as error:
        raise EmbeddingModelUnavailable(name, str(error)) from error


def name_in(fingerprint: str) -> str:
    """What the model of a fingerprint is called."""
    return fingerprint.rpartition(_APART)[0]


def _opened(folder: Path, known: EmbeddingUse | None) -> Any:  # noqa: ANN401  (a SentenceTransformer)
    """The model in a folder, made as its folder says, and where it says nothing as is known of it."""
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    # What is written to the terminal is the program's own affair.
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    if known is None or (folder / "modules.json").is_file():
        transformer = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    else:
        transformer = SentenceTransformer(modules=_modules(folder, known), device="cpu")
    if known is not None:
        transformer.max_seq_length = min(known.longest, transformer.max_seq_length or known.longest)
        transformer.tokenizer.padding_side = "left" if known.pads_left else "right"
    return transformer


def _modules(folder: Path, known: EmbeddingUse) -> list[Any]:
    """The parts of a model whose folder holds a transformer and nothing else."""
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer

    transformer = Transformer(str(folder), processor_kwargs={"local_files_only": True})
    return [transformer, Pooling(transformer.get_embedding_dimension(), pooling_mode=known.pooling.value)]


def _said_by(transformer: Any) -> EmbeddingUse:  # noqa: ANN401  (a SentenceTransformer)
    """What the configuration of a model that is not known says of its prompts."""
    prompts: dict[str, str] = transformer.prompts or {}
    passage = next((prompts[name] for name in ("document", "passage", "corpus") if prompts.get(name)), "")
    return EmbeddingUse(prompts.get("query") or "", passage)
