"""The files that are to be read, remembered from the moment they are handed over until they have been.

It keeps their names and states; the bytes lie where they were put, and what is done with them is not known here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.records import QueuedFile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from storage.database import Database

__all__ = ["WaitingFiles"]

_COLUMNS = "key, path, name, folder, state, decision, collection_id"


class WaitingFiles:
    """A queue that outlives the program."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> tuple[QueuedFile, ...]:
        """Every file, in the order in which they came."""
        with self._database.reading() as connection:
            rows = connection.execute(f"SELECT {_COLUMNS} FROM waiting_files ORDER BY position").fetchall()  # noqa: S608
        return tuple(QueuedFile(*row) for row in rows)

    def add(self, files: Iterable[QueuedFile]) -> None:
        """Put files at the end; they are remembered on return."""
        rows = [
            (each.key, each.path, each.name, each.folder, each.state, each.decision, each.collection) for each in files
        ]
        with self._database.writing() as connection:
            connection.executemany(
                f"INSERT INTO waiting_files ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
                rows,
            )

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
