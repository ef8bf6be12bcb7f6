"""Which documents exist, where each came from, and the text of their pages: what a reader may know.

A document is on the way in (``pending``), there (``ready``), on the way out (``removing``), or known but without
vectors (``unencoded``, after a change of model). Only ``ready`` ones exist for a reader, whatever other files hold of
the rest; ``storage/admission.py`` takes them from one state to the next. The catalogue knows nothing of vectors, files
or locks.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from storage.errors import AmbiguousName, DocumentNotFound, PageNotFound
from storage.records import BUILT_IN, Document, NamedModel, Page, PageUnit
from storage.word_boxes import boxes_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from storage.database import Database
    from storage.records import WordBox

__all__ = ["Catalogue", "Snapshot"]

SHORTEST_PREFIX = 6
"""A beginning of an id shorter than this is more likely a word."""

_DOCUMENTS = """
    SELECT id, name, title, media_type, size, unit, pages, chunks, added_at,
           (SELECT path FROM sources WHERE document_id = id ORDER BY sources.rowid LIMIT 1), collection_id,
           (SELECT group_concat(page) FROM pictures WHERE document_id = id AND words IS NULL)
    FROM documents
"""
_LIBRARY = "SELECT revision, model, named_model, named_dimension FROM library"
_LANGUAGES = "SELECT DISTINCT language FROM vocabularies JOIN documents ON id = document_id WHERE state = 'ready'"


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
    sizes: Mapping[str, int] = field(default_factory=dict)
    """Chunks of each of the ready ones."""
    languages: frozenset[str] = frozenset()
    """In which the ready ones are written."""
    named: NamedModel = BUILT_IN
    """The model whose vectors passages are found by, where it is not that one."""


class Catalogue:
    """The documents of one data folder."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listed: tuple[int, tuple[Document, ...]] = (-1, ())
        self._last = Snapshot(-1, None, frozenset(), frozenset(), frozenset())

    def snapshot(self) -> Snapshot:
        """Return the present moment; cheap where nothing has changed since the last call."""
        last = self._last
        with self._database.reading() as connection:
            revision, model, *named = connection.execute(_LIBRARY).fetchone()
            if revision == last.revision:
                return last
            rows = connection.execute("SELECT id, state, indexed, chunks FROM documents").fetchall()
            languages = connection.execute(_LANGUAGES).fetchall()
        present = Snapshot(
            revision,
            model,
            ready=frozenset(id_ for id_, state, *_ in rows if state == "ready"),
            hidden=frozenset(id_ for id_, state, *_ in rows if state != "ready"),
            fresh=frozenset(id_ for id_, state, indexed, _ in rows if state == "ready" and not indexed),
            sizes={id_: chunks for id_, state, _, chunks in rows if state == "ready"},
            languages=frozenset(language for (language,) in languages),
            named=NamedModel(*named),
        )
        # Returned is what was read here: another thread, which read earlier, may set it back at any time.
        self._last = present
        return present

    def model(self) -> str | None:
        """Return ``Snapshot.model`` alone; by itself, for the same reason as ``named``."""
        with self._database.reading() as connection:
            _, model, *_ = connection.execute(_LIBRARY).fetchone()
        return None if model is None else str(model)

    def named(self) -> NamedModel:
        """Return ``Snapshot.named`` alone: after each change a whole snapshot reads all documents again."""
        with self._database.reading() as connection:
            _, _, *named = connection.execute(_LIBRARY).fetchone()
        return NamedModel(*named)

    def holds(self, document_id: str) -> bool:
        """Whether a document exists; by itself, for the same reason."""
        with self._database.reading() as connection:
            found = connection.execute("SELECT 1 FROM documents WHERE id = ? AND state = 'ready'", (document_id,))
            return found.fetchone() is not None

    def count_chunks(self) -> int:
        """How many chunks the documents have; by itself, for the same reason."""
        with self._database.reading() as connection:
            (count,) = connection.execute("SELECT TOTAL(chunks) FROM documents WHERE state = 'ready'").fetchone()
        return int(count)

    def documents(self) -> tuple[Document, ...]:
        """All documents, the one added last first; cheap where nothing has changed since the last call."""
        revision, documents = self._listed
        with self._database.reading() as connection:
            (present,) = connection.execute("SELECT revision FROM library").fetchone()
            if present == revision:
                return documents
            rows = connection.execute(f"{_DOCUMENTS} WHERE state = 'ready' ORDER BY sequence DESC").fetchall()
        documents = tuple(map(_document, rows))
        self._listed = present, documents
        return documents

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

    def word_boxes(self, document_id: str, number: int) -> tuple[WordBox, ...]:
        """Where the words of a page stand on its picture; none where the page was not read from one."""
        with self._database.reading() as connection:
            return boxes_of(connection, document_id, number)

    def leftovers(self) -> frozenset[str]:
        """Documents that came only half-way in or out: nothing of them is to stay."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT id FROM documents WHERE state IN ('pending', 'removing')").fetchall()
        return frozenset(id_ for (id_,) in rows)

    def fresh_chunks(self) -> int:
        """How many chunks the full-text index does not cover yet."""
        with self._database.reading() as connection:
            (count,) = connection.execute(
                "SELECT coalesce(sum(chunks), 0) FROM documents WHERE state = 'ready' AND NOT indexed"
            ).fetchone()
        return int(count)

    def unanalysed(self) -> bool:
        """Whether documents are there that came in before it was told in which language they are written."""
        with self._database.reading() as connection:
            (found,) = connection.execute(
                "SELECT EXISTS (SELECT 1 FROM documents WHERE state = 'ready'"
                " AND NOT EXISTS (SELECT 1 FROM vocabularies WHERE document_id = id))"
            ).fetchone()
        return bool(found)

    def chunk_table(self) -> str:
        """Name of the chunk table that is the present one."""
        with self._database.reading() as connection:
            (name,) = connection.execute("SELECT chunk_table FROM library").fetchone()
        return str(name)

    def erasing(self) -> bool:
        """Whether bytes of documents that are gone may still be on the disk."""
        with self._database.reading() as connection:
            (erasing,) = connection.execute("SELECT erasing FROM library").fetchone()
        return bool(erasing)

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
    *known, unread = row
    id_, name, title, media_type, size, unit, *rest = known
    document = Document(id_, name, title, media_type, size, None if unit is None else PageUnit(unit), *rest)  # type: ignore[arg-type]
    return replace(document, unread=tuple(sorted(map(int, str(unread).split(","))))) if unread else document
