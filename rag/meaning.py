"""By which model's vectors passages are found at this moment, and by which they are to be.

The built-in model is always there. Another one can be named; what the library has vectors of is what counts for a
question, whatever is wanted, and where that model's weights are gone, the built-in one's vectors find. Owns which
models are loaded. How a library goes over from one to the next is ``rag/reencoding.py``'s.
"""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from rag.encoder import Encoder
from rag.errors import BadSetting, EmbeddingModelUnavailable, TeamModelMissing
from rag.named_encoder import NamedEncoder, fingerprint_of, name_in
from storage.errors import OtherModel, VectorsReplaced
from storage.library import Library
from storage.records import BUILT_IN, ModelVector
from storage.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from storage.admission import AddStatus
    from storage.foundation import Team
    from storage.records import Chunk, EncodedChunk, NamedModel, NewDocument
    from storage.upgrade import Tell

__all__ = ["EveryEncoder", "Meaning", "add_as_found", "rebuilt"]

_log = logging.getLogger(__name__)

_BUILT_IN_NAMES = frozenset({"all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2"})
"""Who names the model that is built in anyway need not have it a second time."""
_QUESTIONS_KEPT = 64
_ATTEMPTS = 3
"""A library goes over to another model once in a while, not twice while a few documents come in."""


class Meaning:
    """The models that passages of one library are found by; safe to share between threads."""

    def __init__(
        self, library: Library, wanted: str = "", load: Callable[[str], NamedEncoder] = NamedEncoder.load
    ) -> None:
        """``wanted`` is the name or folder that a person set; empty for the built-in model.

        In a library that others use too, empty means whatever they chose.
        """
        self.wanted = "" if wanted in _BUILT_IN_NAMES else wanted
        self._shared_at = library.shared_at
        self._follows = bool(library.shared_at) and not wanted
        self._changeover = library.changeover
        self._load = load
        self._loading = threading.Lock()
        self._loaded: dict[str, NamedEncoder | EmbeddingModelUnavailable] = {}
        self.of_question = self._kept()

    @property
    def settled(self) -> bool:
        """Whether passages are found by what is wanted. Raises EmbeddingModelUnavailable; loads nothing."""
        return self._follows or self._changeover.present().name == (fingerprint_of(self.wanted) if self.wanted else "")

    @property
    def found_by(self) -> str:
        """What the model is called that passages are found by; empty for the built-in one."""
        return name_in(self._changeover.present().name)

    def trouble(self) -> EmbeddingModelUnavailable | None:
        """Load the model that the library has vectors of; why it finds no passages, or None where it does."""
        try:
            self._present()
        except EmbeddingModelUnavailable as error:
            return error
        return None

    def next_encoder(self) -> NamedEncoder | None:
        """The model that is wanted; None for the built-in one. Raises EmbeddingModelUnavailable."""
        return self._get(fingerprint_of(self.wanted)) if self.wanted else None

    def of_passages(self, chunks: Sequence[EncodedChunk]) -> list[EncodedChunk]:
        """The same chunks with what the present model makes of them, as far as it is at hand.

        Raises TeamModelMissing where others find by it too: their vectors are not to be given up because of us.
        """
        encoder = self.for_passages()
        if encoder is None or not chunks:
            return [replace(each, named=None) for each in chunks]
        vectors = encoder.of_passages([each.chunk.indexed_text for each in chunks])
        name = encoder.model.name
        return [replace(each, named=ModelVector(name, vector)) for each, vector in zip(chunks, vectors, strict=True)]

    def for_passages(self) -> NamedEncoder | None:
        """The model that new passages need beside the built-in one, if it is at hand. Raises TeamModelMissing."""
        try:
            return self._present()
        except EmbeddingModelUnavailable as error:
            if self._shared_at:
                raise TeamModelMissing(self._shared_at, error.name, error.detail) from error
            return None

    def do_without_what_is_gone(self) -> None:
        """Find by the built-in vectors where the present model is not at hand: what comes in would lack its own.

        In a library that is ours alone.
        """
        if not self._shared_at and (error := self.trouble()):
            _log.warning("%s: its vectors are given up, as documents come in", error)
            self._changeover.complete(BUILT_IN)

    def _kept(self) -> Callable[[str], ModelVector | None]:
        """What the present model makes of a question, quick to repeat; None for the built-in model, and without it."""

        @lru_cache(_QUESTIONS_KEPT)
        def made(text: str, present: NamedModel) -> ModelVector | None:
            try:
                encoder = self._get(present.name) if present != BUILT_IN else None
            except EmbeddingModelUnavailable:
                return None
            return encoder.of_question(text) if encoder else None

        return lambda text: made(text, self._changeover.present())

    def _present(self) -> NamedEncoder | None:
        present = self._changeover.present()
        return None if present == BUILT_IN else self._get(present.name)

    def _get(self, fingerprint: str) -> NamedEncoder:
        """Load a model once; one that was not there is not looked for again. Raises EmbeddingModelUnavailable."""
        with self._loading:
            if fingerprint not in self._loaded:
                self._loaded[fingerprint] = self._loaded_or_not(fingerprint)
            found = self._loaded[fingerprint]
        if isinstance(found, EmbeddingModelUnavailable):
            raise found
        return found

    def _loaded_or_not(self, fingerprint: str) -> NamedEncoder | EmbeddingModelUnavailable:
        name = name_in(fingerprint)
        try:
            encoder = self._load(name)
        except EmbeddingModelUnavailable as error:
            return error
        if encoder.model.name != fingerprint:
            return EmbeddingModelUnavailable(name, "its weights are others than before")
        return encoder


class EveryEncoder(Encoder):
    """The built-in encoder, and beside it, for chunks, the model that passages are found by."""

    def __init__(self, encoder: Encoder, meaning: Meaning) -> None:
        super().__init__(encoder.session, encoder.tokenizer)
        self._meaning = meaning

    def encode_chunks(self, chunks: Sequence[Chunk]) -> list[EncodedChunk]:
        """Encode chunks with both models, in the order given. Raises TeamModelMissing, before it begins."""
        self._meaning.for_passages()
        return self._meaning.of_passages(super().encode_chunks(chunks))

    def encode_anew(self, chunks: Sequence[EncodedChunk]) -> list[EncodedChunk]:
        """Chunks whose library has gone over to another model meanwhile."""
        self._meaning.do_without_what_is_gone()
        return self._meaning.of_passages(chunks)


def add_as_found(library: Library, encoder: Encoder, documents: list[NewDocument]) -> tuple[AddStatus, ...]:
    """Add documents; where the library has gone over to another model since they were encoded, with its vectors."""
    for _ in range(_ATTEMPTS):
        try:
            return library.add(documents)
        except VectorsReplaced:
            documents = [replace(new, chunks=_anew(library, encoder, new.chunks)) for new in documents]
    return library.add(documents)


def _anew(library: Library, encoder: Encoder, chunks: Sequence[EncodedChunk]) -> Sequence[EncodedChunk]:
    spool: Spool[EncodedChunk] = Spool(library.folder)
    for start in range(0, len(chunks), _QUESTIONS_KEPT):
        spool.extend(encoder.encode_anew(chunks[start : start + _QUESTIONS_KEPT]))
    return spool


def rebuilt(place: Path | Team, model: str, wanted: str, tell: Tell = lambda _: None) -> Library:
    """Open a library whose vectors are to be made anew; none is given up where only another model is ``wanted``.

    ``model`` is the built-in one's fingerprint; ``tell`` hears of the upgrade of a library of an earlier version.
    Raises what ``Library.rebuild`` does, EmbeddingModelUnavailable, and BadSetting where a team finds by a model that
    is not named: it would be lost with its vectors.
    """
    with suppress(OtherModel):
        library = Library.open(place, model, tell)
        meaning = Meaning(library, wanted)
        if not meaning.settled:
            return library
        found_by = meaning.found_by
        library.close()
        if found_by and not wanted:
            raise BadSetting("FOOTNOTE_EMBEDDING", "", f"{found_by}, by which the others find, or all-MiniLM-L6-v2")
    return Library.rebuild(place, model)
