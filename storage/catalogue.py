"""The one place that decides which documents exist.

Owns the documents' rows, where each came from, and the text of their pages, in SQLite. A document is on the way in
(``pending``), there (``ready``), on the way out (``removing``), or known but without vectors (``unencoded``, after a
change of model). Only ``ready`` ones exist for a reader, whatever other files hold of the rest; one transaction takes a
whole batch from one state to the next. The catalogue knows nothing of vectors, files or locks: its changes are called
under the writer's lock.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from storage.errors import AmbiguousName, DocumentNotFound, PageNotFound
from storage.records import Document, Page, PageUnit

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from storage.database import Database

__all__ = ["AddStatus", "Catalogue", "Snapshot"]

SHORTEST_PREFIX = 6
"""A beginning of an id shorter than this is more likely a word."""

_DOCUMENTS = """
    SELECT id, name, title, media_type, size, unit, pages, chunks, added_at,
           (SELECT path FROM sources WHERE document_id = id ORDER BY sources.rowid LIMIT 1)
    FROM documents
"""


class AddStatus(StrEnum):
    """What came of adding a document."""

    ADDED = "added"
    REPLACED = "replaced"
    """The file at this path had other bytes before; the document made from those is gone."""
    UNCHANGED = "unchanged"
    """These very bytes were there already."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Which documents exist at one moment, as a search needs to know it."""

    revision: int
    model: str | None
    """The fingerprint of the model that encoded them; None before the first opening."""
    ready: frozenset[str]
    hidden: frozenset[str]
    """Documents that do not exist though the chunk table may hold rows of them."""
    fresh: frozenset[str]
    """Those of the ready ones that the full-text index does not cover yet."""


class Catalogue:
    """The documents of one data folder."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._last = Snapshot(-1, None, frozenset(), frozenset(), frozenset())

    # What exists ------------------------------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """Return the present moment; cheap where nothing has changed since the last call."""
        last = self._last
        with self._database.reading() as connection:
            revision, model = connection.execute("SELECT revision, model FROM library").fetchone()
            if revision == last.revision:
                return last
            rows = connection.execute("SELECT id, state, indexed FROM documents").fetchall()
        self._last = Snapshot(
            revision,
            model,
            ready=frozenset(id_ for id_, state, _ in rows if state == "ready"),
            hidden=frozenset(id_ for id_, state, _ in rows if state != "ready"),
            fresh=frozenset(id_ for id_, state, indexed in rows if state == "ready" and not indexed),
        )
        return self._last

    def documents(self) -> tuple[Document, ...]:
        """All documents, the one added last first."""
        with self._database.reading() as connection:
            rows = connection.execute(f"{_DOCUMENTS} WHERE state = 'ready' ORDER BY sequence DESC").fetchall()
        return tuple(map(_document, rows))

    def unencoded(self) -> tuple[Document, ...]:
        """Documents whose vectors were given up, oldest first: each waits to be added again from its original."""
        with self._database.reading() as connection:
            rows = connection.execute(f"{_DOCUMENTS} WHERE state = 'unencoded' ORDER BY sequence").fetchall()
        return tuple(map(_document, rows))

    def document(self, document_id: str) -> Document:
        """Return one document. Raises DocumentNotFound."""
        with self._database.reading() as connection:
            row = connection.execute(f"{_DOCUMENTS} WHERE state = 'ready' AND id = ?", (document_id,)).fetchone()
        if row is None:
            raise DocumentNotFound(document_id)
        return _document(row)

    def resolve(self, asked: str) -> Document:
        """Find a document by its id, by a beginning of its id that only it has, or by its name.

        Raises DocumentNotFound, and AmbiguousName where several fit.
        """
        with self._database.reading() as connection:
            rows = _by_id(connection, asked) or _by_name(connection, asked)
        if not rows:
            raise DocumentNotFound(asked)
        found = tuple(map(_document, rows))
        if len(found) > 1:
            raise AmbiguousName(asked, tuple(document.id for document in found))
        return found[0]

    def source_of(self, path: str) -> str | None:
        """Id of the document last added from this path, or None where there is none."""
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT id FROM sources JOIN documents ON id = document_id WHERE path = ? AND state = 'ready'", (path,)
            ).fetchone()
        return None if row is None else str(row[0])

    def page(self, document_id: str, number: int) -> Page:
        """Return one page's text. Raises DocumentNotFound and PageNotFound."""
        document = self.document(document_id)
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT number, label, text FROM pages WHERE document_id = ? AND number = ?", (document_id, number)
            ).fetchone()
            (last,) = connection.execute(
                "SELECT coalesce(max(number), 0) FROM pages WHERE document_id = ?", (document_id,)
            ).fetchone()
        if row is None:
            raise PageNotFound(document.name, number, last)
        return Page(*row)

    def pages(self, document_id: str) -> tuple[Page, ...]:
        """Every page's text, in order. Raises DocumentNotFound."""
        self.document(document_id)
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT number, label, text FROM pages WHERE document_id = ? ORDER BY number", (document_id,)
            ).fetchall()
        return tuple(Page(*row) for row in rows)

    # Changes, under the writer's lock ---------------------------------------------------------------------------------

    def adopt(self, model: str) -> str:
        """Make ``model`` the one that encodes, unless another one's documents are there; return the one that does."""
        with self._database.writing() as connection:
            (found,) = connection.execute("SELECT model FROM library").fetchone()
            (count,) = connection.execute("SELECT count(*) FROM documents WHERE state <> 'unencoded'").fetchone()
            if found == model or (found is not None and count):
                return str(found)
            _set_model(connection, model)
        return model

    def give_up_vectors(self, model: str) -> None:
        """Declare every document unencoded: from here on ``model`` encodes."""
        with self._database.writing() as connection:
            connection.execute("UPDATE documents SET state = 'unencoded', indexed = 0 WHERE state = 'ready'")
            _set_model(connection, model)

    def announce(self, batch: Iterable[tuple[Document, Sequence[Page]]]) -> None:
        """Write down documents that are about to come in, with their pages; no reader sees them yet."""
        with self._database.writing() as connection:
            for document, pages in batch:
                _announce(connection, document, pages)
            _bump(connection)

    def admit(self, arrivals: Iterable[tuple[str, str | None]]) -> tuple[AddStatus, ...]:
        """Make announced documents exist, all at once, and what they replace cease to.

        Each arrival is a document's id and the path it came from (None for a copy that was handed over).
        """
        with self._database.writing() as connection:
            statuses = tuple(_admit(connection, document_id, path) for document_id, path in arrivals)
            _bump(connection)
        return statuses

    def dismiss(self, document_ids: Iterable[str]) -> None:
        """Make documents cease to exist, all at once. Raises DocumentNotFound, and then none of them has."""
        with self._database.writing() as connection:
            for document_id in document_ids:
                _require(_change(connection, document_id, "ready unencoded", "removing"), document_id)
            _bump(connection)

    def mark_indexed(self) -> None:
        """Note that the full-text index covers every document there is."""
        with self._database.writing() as connection:
            connection.execute("UPDATE documents SET indexed = 1 WHERE state = 'ready'")
            _bump(connection)

    def leftovers(self) -> frozenset[str]:
        """Documents that came only half-way in or out: nothing of them is to stay."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT id FROM documents WHERE state IN ('pending', 'removing')").fetchall()
        return frozenset(id_ for (id_,) in rows)

    def forget(self, document_ids: Iterable[str]) -> None:
        """Delete the rows and pages of documents of which nothing else is left."""
        with self._database.writing() as connection:
            connection.executemany("DELETE FROM documents WHERE id = ?", [(id_,) for id_ in document_ids])
            _bump(connection)

    def fresh_chunks(self) -> int:
        """How many chunks the full-text index does not cover yet."""
        with self._database.reading() as connection:
            (count,) = connection.execute(
                "SELECT coalesce(sum(chunks), 0) FROM documents WHERE state = 'ready' AND NOT indexed"
            ).fetchone()
        return int(count)

    def known(self) -> frozenset[str]:
        """Every document there is a row of, in whatever state."""
        with self._database.reading() as connection:
            return frozenset(id_ for (id_,) in connection.execute("SELECT id FROM documents"))


def _by_id(connection: sqlite3.Connection, asked: str) -> list[tuple[object, ...]]:
    """Rows whose id this is, or begins with it."""
    prefix = asked.lower()
    if len(prefix) < SHORTEST_PREFIX or not set(prefix) <= set("0123456789abcdef"):
        return []
    where = "WHERE state = 'ready' AND id >= ? AND id < ? ORDER BY sequence DESC"
    return connection.execute(f"{_DOCUMENTS} {where}", (prefix, prefix + "g")).fetchall()


def _by_name(connection: sqlite3.Connection, asked: str) -> list[tuple[object, ...]]:
    """Rows of this name."""
    where = "WHERE state = 'ready' AND name = ? ORDER BY sequence DESC"
    return connection.execute(f"{_DOCUMENTS} {where}", (asked,)).fetchall()


def _document(row: Sequence[object]) -> Document:
    """One row as a value."""
    id_, name, title, media_type, size, unit, *rest = row
    return Document(id_, name, title, media_type, size, None if unit is None else PageUnit(unit), *rest)  # type: ignore[arg-type]


def _announce(connection: sqlite3.Connection, document: Document, pages: Sequence[Page]) -> None:
    """One row and its pages; a document that waits to be encoded again stays in that state until it is admitted."""
    connection.execute(
        """
        INSERT INTO documents (id, name, title, media_type, size, unit, pages, chunks, added_at, state)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending')
        ON CONFLICT (id) DO UPDATE SET title = excluded.title, unit = excluded.unit, pages = excluded.pages,
            chunks = excluded.chunks
        """,
        (
            document.id,
            document.name,
            document.title,
            document.media_type,
            document.size,
            document.unit,
            document.pages,
            document.chunks,
            document.added_at,
        ),
    )
    connection.execute("DELETE FROM pages WHERE document_id = ?", (document.id,))
    connection.executemany(
        "INSERT INTO pages VALUES (?, ?, ?, ?)", [(document.id, page.number, page.label, page.text) for page in pages]
    )


def _admit(connection: sqlite3.Connection, document_id: str, path: str | None) -> AddStatus:
    """Let one document in and note where it came from."""
    arrived = _change(connection, document_id, "pending unencoded", "ready")
    if not arrived:
        _require(_change(connection, document_id, "ready", "ready"), document_id)
    if path is None:
        connection.execute("UPDATE documents SET copied = 1 WHERE id = ?", (document_id,))
    elif _take_over(connection, document_id, path):
        return AddStatus.REPLACED
    return AddStatus.ADDED if arrived else AddStatus.UNCHANGED


def _take_over(connection: sqlite3.Connection, document_id: str, path: str) -> bool:
    """Make this the path's document. True where the one before has nowhere else to come from, and so goes."""
    before = connection.execute("SELECT document_id FROM sources WHERE path = ?", (path,)).fetchone()
    connection.execute(
        "INSERT INTO sources VALUES (?, ?) ON CONFLICT (path) DO UPDATE SET document_id = excluded.document_id",
        (path, document_id),
    )
    if before is None or before[0] == document_id:
        return False
    gone = connection.execute(
        """
        UPDATE documents SET state = 'removing'
        WHERE id = ? AND NOT copied AND NOT EXISTS (SELECT 1 FROM sources WHERE document_id = id)
        """,
        before,
    )
    return bool(gone.rowcount)


def _change(connection: sqlite3.Connection, document_id: str, before: str, after: str) -> bool:
    """Take a document from one of the states in ``before`` to ``after``; False where it was in none of them."""
    done = connection.execute(
        "UPDATE documents SET state = ? WHERE id = ? AND instr(?, state)", (after, document_id, before)
    )
    return bool(done.rowcount)


def _require(found: bool, document_id: str) -> None:  # noqa: FBT001  (the caller's condition, nothing to choose)
    """Complain about a document that is not there."""
    if not found:
        raise DocumentNotFound(document_id)


def _set_model(connection: sqlite3.Connection, model: str) -> None:
    """Write the fingerprint down."""
    connection.execute("UPDATE library SET model = ?", (model,))
    _bump(connection)


def _bump(connection: sqlite3.Connection) -> None:
    """Tell every reader that something has changed."""
    connection.execute("UPDATE library SET revision = revision + 1")
