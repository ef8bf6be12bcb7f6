"""Connections to the data folder's SQLite file, and what a transaction on it means.

Owns the pragmas, a small pool so that any thread may ask, and the translation of SQLite's troubles into the error tree.
It knows no table. Readers see the last commit while somebody writes (write-ahead log), in this process or another.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from storage.errors import FolderUnusable, LibraryLocked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Database"]

BUSY_SECONDS = 30.0
"""How long one transaction waits for another: each is short, even where a book's pages are written."""

FILE_PRAGMAS = (
    # Must come before the first table; lets a removed document's pages be given back to the disk.
    "PRAGMA auto_vacuum = INCREMENTAL",
    "PRAGMA journal_mode = WAL",
)

CONNECTION_PRAGMAS = (
    "PRAGMA foreign_keys = ON",
    # What is deleted is overwritten, not just forgotten.
    "PRAGMA secure_delete = ON",
    # A commit survives a power cut, not only the end of the process.
    "PRAGMA synchronous = FULL",
)

PRIMARY_CODE = 0xFF
"""SQLite's extended result codes carry the primary one in their low byte."""


class Database:
    """One SQLite file, safe to use from any thread and beside other processes."""

    def __init__(self, file: Path, seconds: float = BUSY_SECONDS) -> None:
        """Name the file; it is made by ``lay_out`` or, empty, by the first transaction."""
        self.folder = file.parent
        self._file = file
        self._seconds = seconds
        self._idle: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
        self._closed = False

    def lay_out(self) -> None:
        """Give a new file the properties that it keeps; call it under the writer's lock. Harmless on an old file."""
        with self._connection() as connection:
            for pragma in FILE_PRAGMAS:
                connection.execute(pragma)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One moment of the file: every select inside the block sees the same commit."""
        with self._connection() as connection, _transaction(connection, "BEGIN"):
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """All of the block or nothing of it, on disk when the block ends."""
        with self._connection() as connection, _transaction(connection, "BEGIN IMMEDIATE"):
            yield connection

    def erase(self) -> bool:
        """Leave no byte of what was deleted in the file or its log; False where somebody reads on who needs the log.

        Writing the whole file anew is the only way: what is deleted is overwritten, but where SQLite moves rows from
        one page to another it leaves copies behind.
        """
        with self._connection() as connection:
            connection.execute("VACUUM")
            (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy

    def shrink(self) -> None:
        """Give free pages back to the disk, and the log with them as far as no reader needs it."""
        with self._connection() as connection:
            connection.execute("PRAGMA incremental_vacuum").fetchall()
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Close every idle connection; one in use is closed by its user's return."""
        with self._guard:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection: no thread ever shares one with another, and few are ever opened."""
        try:
            connection = self._borrow()
            try:
                yield connection
            finally:
                self._give_back(connection)
        except sqlite3.DatabaseError as error:
            self._raise_as_trouble(error)
            raise

    def _borrow(self) -> sqlite3.Connection:
        """Take an idle connection or open another."""
        with self._guard:
            if self._idle:
                return self._idle.pop()
        # Autocommit: a transaction begins and ends where this module says, nowhere else.
        connection = sqlite3.connect(self._file, timeout=self._seconds, isolation_level=None, check_same_thread=False)
        for pragma in CONNECTION_PRAGMAS:
            connection.execute(pragma)
        return connection

    def _give_back(self, connection: sqlite3.Connection) -> None:
        """Keep the connection for the next one who asks."""
        with self._guard:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()

    def _raise_as_trouble(self, error: sqlite3.DatabaseError) -> None:
        """Say what a person can do something about; anything else is a bug and stays as it is."""
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & PRIMARY_CODE
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise LibraryLocked(self.folder, self._seconds) from error
        if code in _DISK_TROUBLES:
            raise FolderUnusable(self.folder, str(error)) from error


_DISK_TROUBLES = frozenset(
    {
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_READONLY,
    }
)


@contextmanager
def _transaction(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
    """Commit at the end of the block, or undo all of it."""
    connection.execute(begin)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
