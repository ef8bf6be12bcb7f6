"""Scripted folders for the page: real folders to choose from, and news of them when a test says so."""
# ruff: noqa: D102  (the program's own class says what each method does)

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import FolderOfLibrary
from rag.folder_chooser import look_into
from rag.folders import FolderNews, Folders
from storage.errors import FolderNotListed
from storage.records import QueuedFile, WatchedFolder

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from rag.folder_chooser import FolderView

__all__ = ["FakeFolders"]


class FakeFolders(Folders):
    """The folders' surface over values in memory; every file of a folder is handed over at its first look."""

    def __init__(self, queue: dict[str, QueuedFile]) -> None:
        self.followed: list[str] = []
        """The folders that are being followed now."""
        self.looked_into: list[str] = []
        self.trouble: list[Exception] = []
        """What goes wrong with the next folders that are followed."""
        self.to_come: dict[str, asyncio.Queue[FolderNews]] = defaultdict(asyncio.Queue)
        """What will be said of a watched folder, by its path."""
        self._queue = queue
        self._folders: dict[str, WatchedFolder] = {}
        self._given: set[str] = set()

    def all(self) -> tuple[WatchedFolder, ...]:
        return tuple(self._folders.values())

    async def look_into(self, asked: str) -> FolderView:
        self.looked_into.append(asked)
        return look_into(asked)

    async def add(self, path: str, *, watched: bool, collection: str | None = None) -> WatchedFolder:
        if path.endswith("footnote"):
            raise FolderOfLibrary(path)
        known = next((each.id for each in self.all() if each.path == path), f"folder-{len(self._folders)}")
        self._folders[known] = WatchedFolder(known, path, collection, watched, "2026-11-20T09:00:00Z")
        return self._folders[known]

    async def keep_watching(self, folder_id: str, *, watched: bool) -> WatchedFolder:
        if folder_id not in self._folders:
            raise FolderNotListed(folder_id)
        self._folders[folder_id] = replace(self._folders[folder_id], watched=watched)
        return self._folders[folder_id]

    async def forget(self, folder_id: str) -> None:
        self._folders.pop(folder_id, None)

    async def follow(self, folder: WatchedFolder) -> AsyncGenerator[FolderNews, None]:
        self.followed.append(folder.path)
        try:
            await asyncio.sleep(0.01)
            if self.trouble:
                raise self.trouble.pop()
            yield FolderNews(self._hand_over_all(folder))
            while folder.watched:
                yield await self.to_come[folder.path].get()
        finally:
            self.followed.remove(folder.path)

    def _hand_over_all(self, folder: WatchedFolder) -> tuple[QueuedFile, ...]:
        paths = [each for each in sorted(Path(folder.path).rglob("*")) if each.is_file()]
        new = [each for each in paths if str(each) not in self._given]
        self._given |= {str(each) for each in new}
        name = Path(folder.path).name
        files = [
            QueuedFile(str(each), str(each), each.name, name, collection=folder.collection, from_folder=folder.id)
            for each in new
        ]
        self._queue |= {each.key: each for each in files}
        return tuple(files)
