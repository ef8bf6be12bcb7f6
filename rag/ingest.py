"""Ingest: the stream of events that tells what becomes of files, and that ends where nobody follows it.

How a file becomes a document is ``rag/ingest_run.py``'s.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rag.ingest_run import Run

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from rag.encoder import Encoder
    from rag.events import IngestEvent
    from rag.lazy import Lazy
    from rag.reading_process import ReadingProcesses
    from rag.settings import IngestSettings
    from rag.source import Source
    from storage.library import Library

__all__ = ["Ingester"]


class Ingester:
    """Reads files into one library."""

    def __init__(
        self, library: Library, encoder: Lazy[Encoder], processes: ReadingProcesses, settings: IngestSettings
    ) -> None:
        self._library = library
        self._encoder = encoder
        self._processes = processes
        self._settings = settings
        self._runs: set[Run] = set()

    async def ingest(self, sources: Sequence[Source]) -> AsyncGenerator[IngestEvent, None]:
        """Yield what happens to each file, then one ``IngestFinished``; closing the iterator cancels the rest."""
        run = Run(self._library, self._encoder, self._processes, self._settings)
        self._runs.add(run)
        task = asyncio.create_task(run.all(sources))
        task.add_done_callback(lambda _: run.events.put_nowait(None))
        try:
            while (event := await run.events.get()) is not None:
                yield event
            await task
        finally:
            self._runs.discard(run)
            task.cancel()
            await asyncio.wait([task])

    def cancel(self, *keys: str) -> None:
        """Give up the files of the queue that have these keys, wherever they are on their way."""
        for run in self._runs:
            run.cancel(*keys)
