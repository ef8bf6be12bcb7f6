"""The folders of this computer that a person added: which there are, and how their files come into the queue.

Only what has changed since it was last seen is handed over, and never twice; how a folder is kept in sight is
``rag/folder_watch.py``'s, and what becomes of a file in the queue ``rag/ingest_queue.py``'s. A file that is deleted
takes no document with it.
"""

from __future__ import annotations

import asyncio
import os
import threading
import uuid
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import FolderOfLibrary, FolderTooWide
from rag.folder_chooser import look_into
from rag.folder_watch import sights
from rag.source import Source, speakable
from storage.records import QueuedFile
from storage.watched_folders import digest_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from rag.folder_chooser import FolderView
    from rag.folder_watch import Sight
    from storage.library import Library
    from storage.records import WatchedFolder

__all__ = ["FolderNews", "Folders"]


@dataclass(frozen=True, slots=True)
class FolderNews:
    """What became known of a folder."""

    files: tuple[QueuedFile, ...] = ()
    """What was put into the queue just now."""
    missing: bool = False
    """Whether it cannot be found at present."""
    not_read: int = 0
    """How many of its files are of kinds that no reader knows."""
    closed: tuple[str, ...] = ()
    """The folders in it that may not be looked into."""
    unsettled: bool = False
    """Whether files are being written, so that more is to come."""


class Folders:
    """The folders of one library."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._store = library.watched_folders
        self._own = Path(os.path.realpath(library.folder))
        self._one_by_one = threading.Lock()

    def all(self) -> tuple[WatchedFolder, ...]:
        """Return every folder, in the order in which they were added."""
        return self._store.all()

    async def look_into(self, asked: str) -> FolderView:
        """Show a folder of this computer and those in it; nothing asked stands for the person's own.

        Raises FolderMissing.
        """
        return await asyncio.to_thread(look_into, asked)

    async def add(self, path: str, *, watched: bool, collection: str | None = None) -> WatchedFolder:
        """Put a folder on the list; ``follow`` has its files read. Raises FolderError."""
        view = await asyncio.to_thread(look_into, path)
        if view.trouble is not None:
            raise view.trouble
        if self._own == Path(view.path) or self._own in Path(view.path).parents:
            raise FolderOfLibrary(view.path)
        if view.path == os.sep:
            raise FolderTooWide(view.path)
        return await asyncio.to_thread(self._store.add, view.path, watched=watched, collection=collection)

    async def keep_watching(self, folder_id: str, *, watched: bool) -> WatchedFolder:
        """Keep a folder in sight from now on, or no longer. Raises FolderNotListed."""
        return await asyncio.to_thread(self._store.keep_watching, folder_id, watched=watched)

    async def forget(self, folder_id: str) -> None:
        """Take a folder off the list; the documents that came of it stay."""
        await asyncio.to_thread(self._store.forget, folder_id)

    async def follow(self, folder: WatchedFolder) -> AsyncGenerator[FolderNews, None]:
        """Yield what becomes known of a folder, its new and changed files already in the queue.

        One that is watched is followed until the iterator is closed, another looked through once. Raises
        FolderNotListed where it was taken off the list meanwhile.
        """
        async with aclosing(sights(Path(folder.path), but=self._own, watched=folder.watched)) as all_:
            async for sight in all_:
                files = await asyncio.to_thread(self._hand_over, folder, sight)
                yield FolderNews(files, sight.missing, sight.not_read, sight.closed, sight.unsettled)

    def _hand_over(self, folder: WatchedFolder, sight: Sight) -> tuple[QueuedFile, ...]:
        """Put into the queue what is not as it was seen before, and remember how it is now.

        A thread that was given up may still be at it when the next begins.
        """
        with self._one_by_one:
            seen = self._store.seen(folder.id) if sight.files else {}
            marked = {name: (digest_of(name), mark) for name, mark in sight.files.items()}
            changed = {name: entry for name, entry in marked.items() if seen.get(entry[0]) != entry[1]}
            files = tuple(self._queued(folder, name) for name in changed)
            if files:
                self._store.hand_over(folder.id, files, dict(changed.values()))
            return files

    def _queued(self, folder: WatchedFolder, name: str) -> QueuedFile:
        """A file that made a document before leaves its next version where the person has put that."""
        path, inside = Path(folder.path, name), Path(Path(folder.path).name, name).parent
        known = self._library.source_of(str(Source.on_disk(path).origin))
        return QueuedFile(
            key=uuid.uuid4().hex[:12],
            path=str(path),
            name=speakable(path.name),
            folder=speakable(inside.as_posix()),
            collection=folder.collection if known is None else None,
            from_folder=folder.id,
        )
