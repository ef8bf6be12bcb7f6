"""The folders of this computer that a person added, and what was last seen of the files in them.

It keeps paths, choices and marks; nothing here looks at a disk or knows what becomes of a file. That a file was seen is
written in the same transaction as that it waits to be read, so that whenever the program dies it is read exactly once.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from dataclasses import astuple
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from storage.errors import FolderNotListed
from storage.records import FileMark, WatchedFolder
from storage.waiting_files import drop_questions, put_last

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from storage.database import Database
    from storage.records import QueuedFile

__all__ = ["WatchedFolders", "digest_of"]

_FOLDERS = "SELECT id, path, collection_id, watched, added_at FROM watched_folders"


class WatchedFolders:
    """The folders of one data folder; safe from any thread. What a method reports done is on disk."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> tuple[WatchedFolder, ...]:
        """Every folder, in the order in which they were added."""
        with self._database.reading() as connection:
            rows = connection.execute(f"{_FOLDERS} ORDER BY added_at, rowid").fetchall()
        return tuple(WatchedFolder(id_, path, where, bool(watched), added) for id_, path, where, watched, added in rows)

    def add(self, path: str, *, watched: bool, collection: str | None) -> WatchedFolder:
        """Put a folder on the list; one that is there takes the new choices, and what was seen of it stays."""
        new = WatchedFolder(
            uuid.uuid4().hex[:12], path, collection, watched, datetime.now(UTC).isoformat(timespec="microseconds")
        )
        with self._database.writing() as connection:
            connection.execute(
                """
                INSERT INTO watched_folders (id, path, collection_id, watched, added_at)
                VALUES (?, ?, (SELECT id FROM collections WHERE id = ?), ?, ?)
                ON CONFLICT (path) DO UPDATE SET collection_id = excluded.collection_id, watched = excluded.watched
                """,
                astuple(new),
            )
        return next(each for each in self.all() if each.path == path)

    def keep_watching(self, folder_id: str, *, watched: bool) -> WatchedFolder:
        """Keep a folder in sight from now on, or no longer. Raises FolderNotListed."""
        with self._database.writing() as connection:
            connection.execute("UPDATE watched_folders SET watched = ? WHERE id = ?", (watched, folder_id))
        return self.folder(folder_id)

    def folder(self, folder_id: str) -> WatchedFolder:
        """Return one folder. Raises FolderNotListed."""
        found = next((each for each in self.all() if each.id == folder_id), None)
        if found is None:
            raise FolderNotListed(folder_id)
        return found

    def forget(self, folder_id: str) -> None:
        """Take a folder off the list, with what was seen of it; documents that came of it stay."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM watched_folders WHERE id = ?", (folder_id,))

    def seen(self, folder_id: str) -> dict[bytes, FileMark]:
        """What was last seen of a folder's files, by the digests of their names."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT digest, size, changed FROM seen_files WHERE folder_id = ?", (folder_id,)
            ).fetchall()
        return {digest: FileMark(size, changed) for digest, size, changed in rows}

    def hand_over(self, folder_id: str, files: Iterable[QueuedFile], marks: Mapping[bytes, FileMark]) -> None:
        """Have files read, and remember how they were seen. Raises FolderNotListed where the folder went meanwhile."""
        with self._database.writing() as connection:
            if not connection.execute("SELECT 1 FROM watched_folders WHERE id = ?", (folder_id,)).fetchone():
                raise FolderNotListed(folder_id)
            waiting = tuple(files)
            drop_questions(connection, waiting)
            put_last(connection, waiting)
            connection.executemany(
                "INSERT OR REPLACE INTO seen_files (folder_id, digest, size, changed) VALUES (?, ?, ?, ?)",
                [(folder_id, digest, mark.size, mark.changed) for digest, mark in marks.items()],
            )


def digest_of(name: str) -> bytes:
    """Return what a file is known by: a digest of its path below the folder."""
    return hashlib.sha256(os.fsencode(name)).digest()[:16]
