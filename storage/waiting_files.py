"""The files that are to be read, remembered from the moment they are handed over until they have been.

It keeps their names and states; the bytes lie where they were put, and what is done with them is not known here.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from storage.records import QueuedFile

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from storage.database import Database

__all__ = ["WaitingFiles", "drop_questions", "put_last"]

_COLUMNS = "key, path, name, folder, state, decision, collection_id, from_folder"


class WaitingFiles:
    """A queue that outlives the program."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> tuple[QueuedFile, ...]:
        """Every file, in the order in which they came."""
        with self._database.reading() as connection:
            rows = connection.execute(f"SELECT {_COLUMNS} FROM waiting_files ORDER BY position").fetchall()  # noqa: S608
        return tuple(map(_file, rows))

    def one(self, key: str) -> QueuedFile | None:
        """Return the file of this key; None where it is not waiting any more."""
        with self._database.reading() as connection:
            row = connection.execute(f"SELECT {_COLUMNS} FROM waiting_files WHERE key = ?", (key,)).fetchone()  # noqa: S608
        return None if row is None else _file(row)

    def add(self, files: Iterable[QueuedFile]) -> None:
        """Put files at the end; they are remembered on return."""
        with self._database.writing() as connection:
            put_last(connection, files)

    def change(self, file: QueuedFile) -> None:
        """Remember a file's new state and decision."""
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE waiting_files SET state = ?, decision = ? WHERE key = ?", (file.state, file.decision, file.key)
            )

    def remove(self, keys: Iterable[str]) -> None:
        """Forget files that are done with."""
        with self._database.writing() as connection:
            connection.executemany("DELETE FROM waiting_files WHERE key = ?", [(key,) for key in keys])


def put_last(connection: sqlite3.Connection, files: Iterable[QueuedFile]) -> None:
    """Put files at the end, as a part of what else is being written."""
    rows = [
        (
            each.key,
            _kept(each.path),
            each.name,
            each.folder,
            each.state,
            each.decision,
            each.collection,
            each.from_folder,
        )
        for each in files
    ]
    connection.executemany(
        # A collection that was deleted a moment ago is no reason to refuse them.
        f"INSERT INTO waiting_files ({_COLUMNS})"  # noqa: S608
        " VALUES (?, ?, ?, ?, ?, ?, (SELECT id FROM collections WHERE id = ?), ?)",
        rows,
    )


def drop_questions(connection: sqlite3.Connection, files: Iterable[QueuedFile]) -> None:
    """Forget that a person was asked about an earlier self of these files: it is no question any more."""
    again = {(_kept(each.path), each.from_folder) for each in files}
    # One look at the few that wait for a person, not one at the whole queue for each of thousands of files.
    asked = connection.execute("SELECT key, path, from_folder FROM waiting_files WHERE state <> 'waiting'").fetchall()
    connection.executemany(
        "DELETE FROM waiting_files WHERE key = ?", [(key,) for key, *file in asked if tuple(file) in again]
    )


def _kept(path: str) -> str | bytes:
    """Return a path as SQLite can keep it: one whose bytes are no text as these bytes."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return os.fsencode(path)
    return path


def _file(row: Sequence[str]) -> QueuedFile:
    key, path, *rest = row
    return QueuedFile(key, os.fsdecode(path), *rest)
