"""What the person chose, as names and strings; whoever owns a setting knows what its string means."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.database import Database

__all__ = ["Preferences"]


class Preferences:
    """A small dictionary that outlives the program."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str, default: str) -> str:
        """Return what was last set, or ``default``."""
        with self._database.reading() as connection:
            row = connection.execute("SELECT value FROM preferences WHERE name = ?", (name,)).fetchone()
        return default if row is None else str(row[0])

    def set(self, name: str, value: str) -> None:
        """Remember ``value``; it is on disk on return."""
        with self._database.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO preferences (name, value) VALUES (?, ?)", (name, value))
