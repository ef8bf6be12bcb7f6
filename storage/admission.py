"""How documents come to exist and cease to: the one place that decides it.

One SQLite transaction takes a whole batch from one state to the next (``storage/catalogue.py`` says which there are),
with what it replaces. Every change raises the revision by which readers notice. Nothing here knows of vectors or files;
all of it is called under the writer's lock.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from storage.errors import DocumentNotFound
from storage.quotes import allow, unquote
from storage.vocabulary import keep_words, pack
from storage.word_boxes import keep_pictures

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterable, Sequence

    from storage.analysis import AnalysedDocument
    from storage.database import Database
    from storage.quotes import Retelling
    from storage.records import Document, NamedModel, Page

__all__ = ["AddStatus", "Admission", "Arrival", "bump"]


class AddStatus(StrEnum):
    """What came of adding a document."""

    ADDED = "added"
    REPLACED = "replaced"
    """The file at this path had other bytes before; the document made from those is gone."""
    UNCHANGED = "unchanged"
    """These very bytes were there already."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A document at the door."""

    document_id: str
    path: str | None
    """Where it came from; None for a copy that was handed over."""
    collection_id: str | None = None
    """The collection it is brought into; None leaves it where it is."""
    replaces: str | None = None
    """The document that the person said it is to replace."""

    @classmethod
    def of(cls, document: Document, replaces: str | None) -> Self:
        """What has to be known here of a document that comes in."""
        return cls(document.id, document.source, document.collection, replaces)


class Admission:
    """The way in and out of one data folder."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def adopt(self, model: str) -> str:
        """Make ``model`` the one that encodes, unless another one's documents are there; return the one that does."""
        with self._database.writing() as connection:
            (found,) = connection.execute("SELECT model FROM library").fetchone()
            (count,) = connection.execute("SELECT count(*) FROM documents WHERE state <> 'unencoded'").fetchone()
            if found == model or (found is not None and count):
                return str(found)
            _set_model(connection, model)
        return model

    def give_up_vectors(self, model: str, chunk_table: str) -> None:
        """Declare every document unencoded: from here on ``model`` encodes, into a table that is not there yet."""
        with self._database.writing() as connection:
            connection.execute("UPDATE documents SET state = 'unencoded', indexed = 0 WHERE state = 'ready'")
            connection.execute(
                "UPDATE library SET chunk_table = ?, named_model = '', named_dimension = 0", (chunk_table,)
            )
            _set_model(connection, model)

    def announce(self, batch: Iterable[tuple[Document, Sequence[Page], AnalysedDocument]]) -> None:
        """Write down documents that are about to come in, with their pages and words; no reader sees them yet."""
        with self._database.writing() as connection:
            for document, pages, found in batch:
                _announce(connection, document, pages)
                keep_words(connection, document.id, found.language, pack(found.words))
            bump(connection)

    def admit(self, arrivals: Iterable[Arrival]) -> tuple[AddStatus, ...]:
        """Make announced documents exist, all at once, and what they replace cease to."""
        with self._database.writing() as connection:
            statuses = tuple(_admit(connection, arrival) for arrival in arrivals)
            bump(connection)
        return statuses

    def dismiss(self, document_ids: Collection[str], retell: Retelling | None) -> None:
        """Make documents cease to exist, all at once, and with ``retell`` what answers quote of them.

        Raises DocumentNotFound, and then none of them has.
        """
        with self._database.writing() as connection:
            for document_id in document_ids:
                _require(_change(connection, document_id, "ready unencoded", "removing"), document_id)
            if retell is not None:
                unquote(connection, document_ids, retell)
            _owe_erasure(connection)
            bump(connection)

    def mark_indexed(self, chunk_table: str, vocabularies: Iterable[tuple[str, str, bytes]] = ()) -> None:
        """Note that the full-text index of this table, the present one from here on, covers every document there is.

        With it ``vocabularies`` are written down that have just been made: document id, language and packed words.
        """
        with self._database.writing() as connection:
            for vocabulary in vocabularies:
                keep_words(connection, *vocabulary)
            connection.execute("UPDATE documents SET indexed = 1 WHERE state = 'ready'")
            connection.execute("UPDATE library SET chunk_table = ?", (chunk_table,))
            bump(connection)

    def go_over(self, chunk_table: str, named: NamedModel) -> None:
        """Find passages by ``named`` from now on: this table, now the present one, has its vectors of all there is."""
        with self._database.writing() as connection:
            connection.execute("UPDATE documents SET indexed = 1 WHERE state = 'ready'")
            connection.execute(
                "UPDATE library SET chunk_table = ?, named_model = ?, named_dimension = ?",
                (chunk_table, named.name, named.dimension),
            )
            bump(connection)

    def forget(self, document_ids: Iterable[str]) -> None:
        """Delete the rows and pages of documents of which nothing else is left but bytes that no query finds."""
        with self._database.writing() as connection:
            connection.executemany("DELETE FROM documents WHERE id = ?", [(id_,) for id_ in document_ids])
            _owe_erasure(connection)
            bump(connection)

    def mark_erased(self) -> None:
        """Note that no byte is left of documents that are gone."""
        with self._database.writing() as connection:
            connection.execute("UPDATE library SET erasing = 0")


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
        "INSERT INTO pages VALUES (?, ?, ?, ?)", ((document.id, page.number, page.label, page.text) for page in pages)
    )
    keep_pictures(connection, document.id, pages)


def _admit(connection: sqlite3.Connection, arrival: Arrival) -> AddStatus:
    """Let one document in, note where it came from, and let the one go that it is to replace."""
    document_id, path, replaces = arrival.document_id, arrival.path, arrival.replaces
    # Nothing is half-way out when a change begins: what is now was replaced in this batch, and is whole still.
    arrived = _change(connection, document_id, "pending unencoded removing", "ready")
    allow(connection, document_id)
    if not arrived:
        _require(_change(connection, document_id, "ready", "ready"), document_id)
    if arrival.collection_id is not None:
        _bring_into(connection, document_id, arrival.collection_id)
    if path is None:
        connection.execute("UPDATE documents SET copied = 1 WHERE id = ?", (document_id,))
    elif _take_over(connection, document_id, path):
        return AddStatus.REPLACED
    if replaces not in {None, document_id} and _change(connection, str(replaces), "ready", "removing"):
        return AddStatus.REPLACED
    return AddStatus.ADDED if arrived else AddStatus.UNCHANGED


def _bring_into(connection: sqlite3.Connection, document_id: str, collection_id: str) -> None:
    """Put it into a collection; one that was deleted while the document was read is no reason to refuse it."""
    connection.execute(
        "UPDATE documents SET collection_id = ? WHERE id = ? AND EXISTS (SELECT 1 FROM collections WHERE id = ?)",
        (collection_id, document_id, collection_id),
    )


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
    if gone.rowcount:
        _inherit(connection, document_id, before[0])
    return bool(gone.rowcount)


def _inherit(connection: sqlite3.Connection, document_id: str, before: str) -> None:
    """A file that has changed stays in the collection that it was in, unless it was brought into another."""
    connection.execute(
        """
        UPDATE documents SET collection_id = (SELECT collection_id FROM documents WHERE id = ?)
        WHERE id = ? AND collection_id IS NULL
        """,
        (before, document_id),
    )


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
    bump(connection)


def _owe_erasure(connection: sqlite3.Connection) -> None:
    """Write down that bytes are to be erased, before anything else is done about it."""
    connection.execute("UPDATE library SET erasing = 1")


def bump(connection: sqlite3.Connection) -> None:
    """Tell every reader that something has changed."""
    connection.execute("UPDATE library SET revision = revision + 1")
