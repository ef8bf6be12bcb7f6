"""Ingest: what is to be read, and the stream of events that tells what becomes of it.

Owns how a file is named and found, and that a stream which nobody follows any more reads no further. How a file
becomes a document is ``rag/ingest_run.py``'s.
"""

from __future__ import annotations

import asyncio
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.ingest_run import Run

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
    from pathlib import Path

    from rag.encoder import Encoder
    from rag.events import IngestEvent
    from rag.lazy import Lazy
    from rag.pdfium_process import PdfiumProcess
    from rag.settings import IngestSettings
    from storage.library import Library

__all__ = ["Ingester", "Source", "files_below"]

_NO_CHARACTER = re.compile("[\ud800-\udfff]")
"""How Python writes the bytes of a file's name that are no text: nobody else takes them."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file to be read: where it lies, what people call it, and the path it belongs to."""

    path: Path
    name: str
    origin: str | None
    """The absolute path that a changed file replaces; None for a copy that a browser handed over."""
    shown: str
    """What events call it."""
    collection: str | None = None
    """Id of the collection it is brought into; None leaves a document that is there where it is."""

    @classmethod
    def on_disk(cls, path: Path, collection: str | None = None) -> Source:
        """Return a file of the person's own folders."""
        # Not Path.resolve, to which a link that leads to itself is an error.
        origin = os.path.realpath(path).encode(errors="backslashreplace").decode()
        return cls(path, _speakable(path.name), origin, _speakable(str(path)), collection)

    @classmethod
    def uploaded(cls, path: Path, name: str, collection: str | None = None) -> Source:
        """Return a copy that a browser handed over under ``name``."""
        return cls(path, _speakable(name), None, _speakable(name), collection)


def files_below(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the files among ``paths`` and in the folders among them, in order of name; hidden ones are left alone."""
    for path in paths:
        # os.path, because Path's own questions fail where a path cannot be looked at.
        if os.path.isdir(path):  # noqa: PTH112
            below = (found for found in path.rglob("*") if os.path.isfile(found))  # noqa: PTH113
            yield from sorted(found for found in below if not _hidden(found.relative_to(path)))
        else:
            yield path


def _hidden(path: Path) -> bool:
    """Say whether a path is one that people do not see: dot files, and the lock files of office programs."""
    return any(part.startswith((".", "~$")) for part in path.parts)


def _speakable(name: str) -> str:
    """Return a name that can be shown and stored: what is no character in it becomes the mark for that."""
    return _NO_CHARACTER.sub("\N{REPLACEMENT CHARACTER}", name)


class Ingester:
    """Reads files into one library."""

    def __init__(
        self, library: Library, encoder: Lazy[Encoder], pdfium: PdfiumProcess, settings: IngestSettings
    ) -> None:
        self._library = library
        self._encoder = encoder
        self._pdfium = pdfium
        self._settings = settings

    async def ingest(self, sources: Sequence[Source]) -> AsyncGenerator[IngestEvent, None]:
        """Yield what happens to each file, then one ``IngestFinished``; closing the iterator cancels the rest."""
        run = Run(self._library, self._encoder, self._pdfium, self._settings)
        task = asyncio.create_task(run.all(sources))
        task.add_done_callback(lambda _: run.events.put_nowait(None))
        try:
            while (event := await run.events.get()) is not None:
                yield event
            await task
        finally:
            task.cancel()
            await asyncio.wait([task])
