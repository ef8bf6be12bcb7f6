"""The queue of files that a person handed over: remembered until each has been read, whatever becomes of the program.

It owns which file is next, what a person decided about it, and that exactly one reading is going on. Copies that it was
given are deleted when they are done with; what is read and how is ``rag/ingest_run.py``'s. Used inside one event loop.
"""

from __future__ import annotations

import asyncio
import uuid
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rag.events import FileAsks, FileCancelled, FileFailed, FileFinished, FileSkipped
from rag.source import Source, speakable
from storage.files import delete
from storage.records import QueuedFile

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Collection, Sequence

    from rag.events import IngestEvent
    from rag.ingest import Ingester
    from rag.passwords import Passwords
    from storage.waiting_files import WaitingFiles

__all__ = ["IngestQueue"]


class IngestQueue:
    """What waits to be read, and the one reading of it."""

    def __init__(
        self, store: WaitingFiles, ingester: Callable[[], Ingester], passwords: Passwords, copies: Path
    ) -> None:
        """``ingester`` may take long the first time; files in the folder ``copies`` are deleted when they are done."""
        self._store = store
        self._ingester = ingester
        self._passwords = passwords
        self._copies = copies
        self._at_work: Ingester | None = None
        self._cancelled: set[str] = set()
        """Since the program started: what is about to be read may have been looked up before."""

    def files(self) -> tuple[QueuedFile, ...]:
        """Return what has not been read yet, in order."""
        return self._store.all()

    def add(self, handed: Sequence[tuple[Path, str, str]], collection: str | None = None) -> tuple[QueuedFile, ...]:
        """Put files at the end: where each lies, its name, and the folder inside the one that it came with."""
        files = tuple(
            QueuedFile(uuid.uuid4().hex[:12], str(path), speakable(name), speakable(folder), collection=collection)
            for path, name, folder in handed
        )
        self._store.add(files)
        return files

    def bound_for(self, collections: Collection[str | None], keys: Collection[str]) -> int:
        """How many of the files with these keys go into the collection, if it is one; they may answer for it yet."""
        named = {collection for collection in collections if collection is not None}
        return sum({file.collection} == named for file in self.files() if file.key in keys)

    def decide(self, key: str, decision: str) -> None:
        """Note whether a file is to "replace" the document that has its name, or both are to "keep"."""
        self._change(key, state="waiting", decision=decision)

    def unlock(self, key: str, password: str) -> None:
        """Have a locked file tried again with a password; it is remembered until the program ends."""
        self._passwords.remember(key, password)
        self._change(key, state="waiting")

    async def cancel(self, *keys: str) -> None:
        """Give files up, whether they wait or are being read."""
        self._cancelled.update(keys)
        await asyncio.to_thread(self._done_with, *keys)
        if self._at_work is not None:
            self._at_work.cancel(*keys)

    async def read(self) -> AsyncGenerator[IngestEvent, None]:
        """Read whatever waits until nothing does; closing the iterator leaves the rest waiting."""
        while await self._waiting():
            self._at_work = await asyncio.to_thread(self._ingester)
            # Asked anew, because the first time that took long, and without what was given up in this moment.
            waiting = [file for file in await self._waiting() if file.key not in self._cancelled]
            async with aclosing(self._at_work.ingest([Source.queued(file) for file in waiting])) as events:
                async for event in events:
                    await self._note(event)
                    yield event

    async def _waiting(self) -> list[QueuedFile]:
        return [file for file in await asyncio.to_thread(self.files) if file.state == "waiting"]

    async def _note(self, event: IngestEvent) -> None:
        """Remember what is to be known of a file after the program has ended."""
        match event:
            case FileAsks(key=key):
                await asyncio.to_thread(self._change, key, state="asking")
            case FileFailed(key=key, locked=True):
                await asyncio.to_thread(self._change, key, state="locked")
            case FileFinished(key=key) | FileSkipped(key=key) | FileFailed(key=key) | FileCancelled(key=key):
                await asyncio.to_thread(self._done_with, key)

    def _change(self, key: str, **changes: str) -> None:
        if (file := self._store.one(key)) is not None:
            self._store.change(replace(file, **changes))

    def _done_with(self, *keys: str) -> None:
        files = [file for key in keys if (file := self._store.one(key)) is not None]
        if files:
            self._store.remove([file.key for file in files])
        for file in files:
            if not file.from_folder and Path(file.path).is_relative_to(self._copies):
                delete(Path(file.path))
