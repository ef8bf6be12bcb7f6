"""Collections: named sets of documents, in SQLite. A document is in one of them or in none.

Owns what they are called (no two alike, whatever the capitals) and which documents were moved into them. That a
document comes into one as it is added is ``storage/admission.py``'s. Nothing is found or answered differently for a
collection: whoever asks takes its documents as the scope. It knows nothing of files, vectors or pages.
"""

from __future__ import annotations

import unicodedata
import uuid
from dataclasses import astuple
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from storage.admission import bump
from storage.errors import CollectionNameTaken, CollectionNameUnfit, CollectionNotFound, DocumentNotFound
from storage.records import Collection

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from storage.database import Database

__all__ = ["LONGEST_NAME", "CollectionStore"]

LONGEST_NAME = 60
"""Characters."""

_JOINERS = "\u200c\u200d"
"""Characters that cannot be seen but belong to words of some scripts, and to pictures made of several."""

_COLLECTIONS = "SELECT id, name, created_at FROM collections"


class CollectionStore:
    """Every collection of one data folder; safe from any thread. What a method reports done is on disk."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self) -> tuple[Collection, ...]:
        """All collections, in order of name."""
        with self._database.reading() as connection:
            rows = connection.execute(f"{_COLLECTIONS} ORDER BY folded").fetchall()
        return tuple(Collection(*row) for row in rows)

    def resolve(self, asked: str) -> Collection:
        """Find a collection by its name, in whatever capitals, or by its id. Raises CollectionNotFound."""
        with self._database.reading() as connection:
            row = _named(connection, _shown(asked)) or _one(connection, _shown(asked))
        if row is None:
            raise CollectionNotFound(asked)
        return row

    def create(self, name: str) -> Collection:
        """Make an empty collection. Raises CollectionNameTaken and CollectionNameUnfit."""
        shown = _fit(name)
        with self._database.writing() as connection:
            _require_free(connection, shown)
            return _insert(connection, shown)

    def obtain(self, name: str) -> Collection:
        """Return the collection of this name, making it where there is none. Raises CollectionNameUnfit."""
        shown = _fit(name)
        with self._database.writing() as connection:
            return _named(connection, shown) or _insert(connection, shown)

    def rename(self, collection_id: str, name: str) -> Collection:
        """Call it otherwise. Raises CollectionNotFound, CollectionNameTaken and CollectionNameUnfit."""
        shown = _fit(name)
        with self._database.writing() as connection:
            before = _require(connection, collection_id)
            if _folded(before.name) != _folded(shown):
                _require_free(connection, shown)
            connection.execute(
                "UPDATE collections SET name = ?, folded = ? WHERE id = ?", (shown, _folded(shown), collection_id)
            )
        return Collection(before.id, shown, before.created_at)

    def delete(self, collection_id: str) -> None:
        """Forget the collection; its documents stay in the library, in none. Raises CollectionNotFound."""
        with self._database.writing() as connection:
            _require(connection, collection_id)
            connection.execute("DELETE FROM collections WHERE id = ?", (collection_id,))
            bump(connection)

    def move(self, document_ids: Iterable[str], collection_id: str | None) -> None:
        """Move documents into a collection, or out of any; all of them or none.

        Raises CollectionNotFound and DocumentNotFound.
        """
        with self._database.writing() as connection:
            if collection_id is not None:
                _require(connection, collection_id)
            for document_id in document_ids:
                moved = connection.execute(
                    "UPDATE documents SET collection_id = ? WHERE id = ? AND state IN ('ready', 'unencoded')",
                    (collection_id, document_id),
                )
                if not moved.rowcount:
                    raise DocumentNotFound(document_id)
            bump(connection)


def _one(connection: sqlite3.Connection, collection_id: str) -> Collection | None:
    row = connection.execute(f"{_COLLECTIONS} WHERE id = ?", (collection_id,)).fetchone()
    return None if row is None else Collection(*row)


def _named(connection: sqlite3.Connection, shown: str) -> Collection | None:
    row = connection.execute(f"{_COLLECTIONS} WHERE folded = ?", (_folded(shown),)).fetchone()
    return None if row is None else Collection(*row)


def _require(connection: sqlite3.Connection, collection_id: str) -> Collection:
    """Complain about a collection that is not there."""
    found = _one(connection, collection_id)
    if found is None:
        raise CollectionNotFound(collection_id)
    return found


def _require_free(connection: sqlite3.Connection, shown: str) -> None:
    """Complain about a name that another collection has."""
    other = _named(connection, shown)
    if other is not None:
        raise CollectionNameTaken(other.name)


def _insert(connection: sqlite3.Connection, shown: str) -> Collection:
    made = Collection(uuid.uuid4().hex, shown, datetime.now(UTC).isoformat(timespec="seconds"))
    connection.execute(
        "INSERT INTO collections (id, name, created_at, folded) VALUES (?, ?, ?, ?)", (*astuple(made), _folded(shown))
    )
    return made


def _fit(name: str) -> str:
    """Return a name as it will be shown, or complain that it cannot be."""
    shown = _shown(name)
    if len(shown) > LONGEST_NAME or not any(unicodedata.category(each)[0] in "LNPS" for each in shown):
        raise CollectionNameUnfit(name, LONGEST_NAME)
    return shown


def _shown(name: str) -> str:
    """Return a name without what cannot be seen in it, its words one space apart."""
    flat = " ".join(unicodedata.normalize("NFC", name).split())
    return "".join(each for each in flat if each in _JOINERS or unicodedata.category(each)[0] != "C")


def _folded(shown: str) -> str:
    """Return what is the same for two names that a person takes for one."""
    return unicodedata.normalize("NFC", shown.casefold())
