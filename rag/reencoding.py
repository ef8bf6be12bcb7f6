"""A library goes over to another embedding model in the background, as a stream of events.

Chunks are encoded with the model that is wanted, a second's work at a time, and kept as they come; the library is asked
and added to meanwhile. When each document has its vectors, the library goes over. Stopped or killed, it goes on where
it was. Where vectors are kept is ``storage/changeover.py``'s, which model is wanted ``rag/meaning.py``'s.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import aclosing
from typing import TYPE_CHECKING

from rag.errors import LIBRARY_TROUBLE, EmbeddingModelUnavailable
from rag.events import GoneOver, Reencoded, ReencodingFailed
from rag.named_encoder import name_in
from rag.priority import in_the_background
from rag.sentences import NOT_GONE_OVER, sentence_for
from storage.errors import DocumentNotFound, FootnoteError
from storage.records import BUILT_IN

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from rag.events import ReencodingEvent
    from rag.meaning import Meaning
    from rag.named_encoder import NamedEncoder
    from storage.library import Library
    from storage.records import Chunk, Document, NamedModel

__all__ = ["Reencoder"]

_log = logging.getLogger(__name__)

_FEWEST, _FIRST, _MOST = 1, 8, 64
"""Chunks encoded in one step: as many as take about a second, since whoever stops it waits for the end of one."""
_SHORT_STEP, _LONG_STEP = 0.5, 2.0
"""Seconds."""
_OTHERS_SECONDS = 1.0
"""How long to leave alone what another program is doing already."""


class Reencoder:
    """The way of one library to the model that is wanted."""

    def __init__(self, library: Library, meaning: Meaning) -> None:
        self.meaning = meaning
        self._library = library
        self._changeover = library.changeover
        self._per_step = _FIRST

    def progress(self) -> Reencoded | None:
        """How far it has come by now, whoever has done it; None where nothing is left to do or it cannot be done."""
        try:
            if self.meaning.settled:
                return None
            encoder = self.meaning.next_encoder()
        except EmbeddingModelUnavailable:
            return None
        return self._said(encoder.model if encoder else BUILT_IN)

    def remark(self) -> str:
        """Return what a person should know of the model that passages are found by; empty where all is as it should be.

        Where the present model was not needed yet, it is loaded.
        """
        try:
            if not self.meaning.settled:
                return NOT_GONE_OVER
        except EmbeddingModelUnavailable as error:
            return sentence_for(error)
        trouble = self.meaning.trouble()
        return sentence_for(trouble) if trouble is not None else ""

    async def run(self) -> AsyncGenerator[ReencodingEvent, None]:
        """Go over to the model that is wanted; the last event says what came of it. Closing the iterator stops it."""
        try:
            if await asyncio.to_thread(lambda: self.meaning.settled):
                await asyncio.to_thread(self._changeover.give_up)
            else:
                encoder = await asyncio.to_thread(self.meaning.next_encoder)
                async with aclosing(self._encode_all(encoder)) as events:
                    async for event in events:
                        yield event
            yield GoneOver(self.meaning.found_by)
        except FootnoteError as error:
            yield ReencodingFailed(self.meaning.wanted, sentence_for(error))
        except LIBRARY_TROUBLE as error:
            _log.exception("encoding with %s failed", self.meaning.wanted)
            unavailable = EmbeddingModelUnavailable(self.meaning.wanted, str(error))
            yield ReencodingFailed(self.meaning.wanted, sentence_for(unavailable))

    async def _encode_all(self, encoder: NamedEncoder | None) -> AsyncGenerator[ReencodingEvent, None]:
        """Encode until nothing is missing, what comes in meanwhile too, and go over."""
        to = encoder.model if encoder is not None else BUILT_IN
        await asyncio.to_thread(self._changeover.give_up, to)
        yield await asyncio.to_thread(self._said, to)
        while not await asyncio.to_thread(self._changeover.complete, to):
            stepped = False
            for document in await asyncio.to_thread(self._changeover.remaining, to):
                assert encoder is not None  # noqa: S101  (the built-in model's vectors are never missing)
                async with aclosing(self._encode(encoder, document)) as steps:
                    async for _ in steps:
                        stepped = True
                        yield await asyncio.to_thread(self._said, to)
            if not stepped:  # another program is at it
                await asyncio.sleep(_OTHERS_SECONDS)

    async def _encode(self, encoder: NamedEncoder, document: Document) -> AsyncGenerator[None, None]:
        """Encode what is missing of a document, step by step."""
        try:
            chunks = await asyncio.to_thread(self._library.document_chunks, document.id)
        except DocumentNotFound:  # removed meanwhile
            return
        done = await asyncio.to_thread(self._changeover.encoded, encoder.model, document.id)
        loop = asyncio.get_running_loop()
        while step := chunks[done : done + self._per_step]:
            begun = time.perf_counter()
            if not await loop.run_in_executor(in_the_background(), self._keep, encoder, step, done):
                return
            done += len(step)
            self._pace(time.perf_counter() - begun)
            yield

    def _keep(self, encoder: NamedEncoder, chunks: Sequence[Chunk], behind: int) -> bool:
        vectors = encoder.of_passages([chunk.indexed_text for chunk in chunks])
        return self._changeover.keep(encoder.model, chunks, vectors, behind=behind)

    def _pace(self, seconds: float) -> None:
        """Take more at once, or less, than took so long."""
        if seconds > _LONG_STEP:
            self._per_step = max(_FEWEST, self._per_step // 2)
        elif seconds < _SHORT_STEP:
            self._per_step = min(_MOST, self._per_step * 2)

    def _said(self, to: NamedModel) -> Reencoded:
        return Reencoded(name_in(to.name), *self._changeover.progress(to))
