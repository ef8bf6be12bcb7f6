"""The folders of this computer, as every page sees them: each kept in sight in a task of its own, page or no page.

What a folder brings goes the way of every other file. How a folder is looked at, and what has changed in it, is the
assistant's to know.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from rag.folders import FolderNews
from rag.sentences import sentence_for
from storage.errors import FolderNotListed, FootnoteError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from rag.folders import Folders
    from storage.records import WatchedFolder
    from ui.file_bench import FileBench

__all__ = ["FolderBench", "FolderRow"]

_AFTER_TROUBLE = 30.0
"""Seconds; the library is in use elsewhere, say."""


@dataclass(frozen=True, slots=True)
class FolderRow:
    """One folder, and what is known of it."""

    folder: WatchedFolder
    news: FolderNews = field(default_factory=FolderNews)
    looking: bool = False
    """Whether it is being looked through."""
    trouble: str = ""
    """Why its files cannot be taken at present."""


class FolderBench:
    """The folders of one assistant; must be used inside one event loop."""

    def __init__(
        self,
        folders: Folders,
        files: FileBench,
        run: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        changed: Callable[[], None],
    ) -> None:
        """``run`` lets work go on by itself; ``changed`` is called when a row has changed."""
        self.rows: dict[str, FolderRow] = {}
        """The folders by their ids, in the order in which they were added."""
        self._folders = folders
        self._files = files
        self._run = run
        self._changed = changed
        self._tasks: dict[str, asyncio.Task[None]] = {}

    @property
    def busy(self) -> bool:
        """Whether a folder is being looked through."""
        return any(row.looking for row in self.rows.values())

    def resume(self) -> None:
        """Keep in sight again what an earlier run of the program did, and list the rest."""
        for folder in self._folders.all():
            self._list(folder)
            if folder.watched:
                self._follow(folder)

    async def add(self, path: str, *, watched: bool, collection: str | None) -> None:
        """Put a folder on the list and have its files read."""
        folder = await self._folders.add(path, watched=watched, collection=collection)
        self._list(folder)
        self._follow(folder)

    async def keep_watching(self, folder_id: str, *, watched: bool) -> None:
        """Keep a folder in sight from now on, or no longer."""
        folder = await self._folders.keep_watching(folder_id, watched=watched)
        self._leave(folder_id)
        self._list(folder)
        if watched:
            self._follow(folder)

    def look_again(self, folder_id: str) -> None:
        """Look a folder through for what has changed."""
        if (row := self.rows.get(folder_id)) is not None:
            self._follow(row.folder)

    async def forget(self, folder_id: str) -> None:
        """Take a folder off the list, with what still waits of it; its documents stay."""
        self._leave(folder_id)
        await self._folders.forget(folder_id)
        await self._files.cancel_folder(folder_id)
        self.rows.pop(folder_id, None)
        self._changed()

    def _list(self, folder: WatchedFolder) -> None:
        self._show(replace(self.rows.get(folder.id, FolderRow(folder)), folder=folder, looking=False))

    def _leave(self, folder_id: str) -> None:
        if (task := self._tasks.pop(folder_id, None)) is not None:
            task.cancel()

    def _follow(self, folder: WatchedFolder) -> None:
        """Look a folder through, and keep it in sight where that is wanted; begin anew where that goes on already."""
        self._leave(folder.id)
        self._show(replace(self.rows[folder.id], looking=True, trouble=""))
        self._tasks[folder.id] = self._run(self._following(folder))

    async def _following(self, folder: WatchedFolder) -> None:
        """Whatever is wrong with the library for a while, a folder that is watched stays watched."""
        while True:
            try:
                await self._hear_of(folder)
            except FolderNotListed:  # in another window
                self.rows.pop(folder.id, None)
                self._changed()
                return
            except FootnoteError as error:
                self._show(replace(self.rows[folder.id], trouble=sentence_for(error), looking=False))
            if not folder.watched:
                return
            await asyncio.sleep(_AFTER_TROUBLE)

    async def _hear_of(self, folder: WatchedFolder) -> None:
        async with aclosing(self._folders.follow(folder)) as all_news:
            async for news in all_news:
                self._show(FolderRow(folder, news, looking=news.unsettled))
                self._files.resume()

    def _show(self, row: FolderRow) -> None:
        self.rows[row.folder.id] = row
        self._changed()
