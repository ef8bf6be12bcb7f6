"""The shape of the SQLite file, as the ordered steps that led to it.

Owns every ``CREATE`` and ``ALTER``. A step that has been released is never edited: the next change is the next step.
The names of the steps taken stand in the file itself, so a file from a later version of the program is recognised.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.errors import LibraryTooNew

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from storage.database import Database

__all__ = ["MIGRATIONS", "migrate", "up_to_date"]


def create_catalogue(connection: sqlite3.Connection) -> None:
    """Documents, where they came from, and the text of their pages."""
    # One row: the number goes up with every change, so that a reader knows cheaply whether what it holds is current.
    connection.execute("CREATE TABLE library (revision INTEGER NOT NULL, model TEXT)")
    connection.execute("INSERT INTO library (revision, model) VALUES (0, NULL)")
    connection.execute(
        """
        CREATE TABLE documents (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL,
            title TEXT NOT NULL,
            media_type TEXT NOT NULL,
            size INTEGER NOT NULL,
            unit TEXT,
            pages INTEGER,
            chunks INTEGER NOT NULL,
            added_at TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('pending', 'ready', 'removing', 'unencoded')),
            indexed INTEGER NOT NULL DEFAULT 0,
            copied INTEGER NOT NULL DEFAULT 0
        )
        """
    )
    connection.execute("CREATE INDEX documents_by_name ON documents (name)")
    connection.execute(
        """
        CREATE TABLE sources (
            path TEXT PRIMARY KEY,
            document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE
        )
        """
    )
    connection.execute("CREATE INDEX sources_by_document ON sources (document_id)")
    connection.execute(
        """
        CREATE TABLE pages (
            document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            label TEXT NOT NULL,
            text TEXT NOT NULL,
            UNIQUE (document_id, number)
        )
        """
    )


def create_conversations(connection: sqlite3.Connection) -> None:
    """Threads of questions and answers, what the answers cite, and what people said of them."""
    connection.execute(
        """
        CREATE TABLE conversations (
            id TEXT PRIMARY KEY,
            title TEXT NOT NULL,
            created_at TEXT NOT NULL,
            updated_at TEXT NOT NULL
        )
        """
    )
    connection.execute(
        """
        CREATE TABLE turns (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
            question TEXT NOT NULL,
            outcome TEXT,
            text TEXT NOT NULL DEFAULT '',
            answer TEXT NOT NULL DEFAULT '',
            asked_at TEXT NOT NULL
        )
        """
    )
    connection.execute("CREATE INDEX turns_by_conversation ON turns (conversation_id)")
    connection.execute(
        """
        CREATE TABLE citations (
            turn_id TEXT NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            marker INTEGER NOT NULL,
            chunk_id TEXT NOT NULL,
            document_id TEXT NOT NULL,
            document TEXT NOT NULL,
            page INTEGER,
            place TEXT NOT NULL,
            quote TEXT NOT NULL,
            char_start INTEGER NOT NULL,
            char_end INTEGER NOT NULL,
            PRIMARY KEY (turn_id, position)
        ) WITHOUT ROWID
        """
    )
    connection.execute(
        """
        CREATE TABLE feedback (
            turn_id TEXT PRIMARY KEY REFERENCES turns (id) ON DELETE CASCADE,
            helpful INTEGER NOT NULL,
            given_at TEXT NOT NULL
        )
        """
    )


def create_preferences(connection: sqlite3.Connection) -> None:
    """What the person chose, by name."""
    connection.execute("CREATE TABLE preferences (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID")


def create_collections(connection: sqlite3.Connection) -> None:
    """Named sets of documents; a document is in one of them or in none, and stays when its collection goes."""
    connection.execute(
        """
        CREATE TABLE collections (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            folded TEXT NOT NULL UNIQUE,
            created_at TEXT NOT NULL
        )
        """
    )
    connection.execute(
        "ALTER TABLE documents ADD COLUMN collection_id TEXT REFERENCES collections (id) ON DELETE SET NULL"
    )
    connection.execute("CREATE INDEX documents_by_collection ON documents (collection_id)")


def create_waiting_files(connection: sqlite3.Connection) -> None:
    """The files that were handed over and have not been read yet."""
    connection.execute(
        """
        CREATE TABLE waiting_files (
            position INTEGER PRIMARY KEY AUTOINCREMENT,
            key TEXT NOT NULL UNIQUE,
            path TEXT NOT NULL,
            name TEXT NOT NULL,
            folder TEXT NOT NULL,
            state TEXT NOT NULL,
            decision TEXT NOT NULL,
            collection_id TEXT REFERENCES collections (id) ON DELETE SET NULL
        )
        """
    )


def create_erasure(connection: sqlite3.Connection) -> None:
    """What is still to be erased, and which chunk table is the present one, now that a removal makes another."""
    connection.execute("ALTER TABLE library ADD COLUMN chunk_table TEXT NOT NULL DEFAULT 'chunks'")
    connection.execute("ALTER TABLE library ADD COLUMN erasing INTEGER NOT NULL DEFAULT 0")
    # Documents that no answer may quote any more: one may be on its way while its document is removed.
    connection.execute("CREATE TABLE unquotable (document_id TEXT PRIMARY KEY) WITHOUT ROWID")


def create_watched_folders(connection: sqlite3.Connection) -> None:
    """Folders of the person's own computer, what was last seen of the files in them, and where waiting files belong."""
    connection.execute(
        """
        CREATE TABLE watched_folders (
            id TEXT PRIMARY KEY,
            path TEXT NOT NULL UNIQUE,
            collection_id TEXT REFERENCES collections (id) ON DELETE SET NULL,
            watched INTEGER NOT NULL,
            added_at TEXT NOT NULL
        )
        """
    )
    # A file is known by a digest of its name: what was removed from the library must leave no name behind either.
    connection.execute(
        """
        CREATE TABLE seen_files (
            folder_id TEXT NOT NULL REFERENCES watched_folders (id) ON DELETE CASCADE,
            digest BLOB NOT NULL,
            size INTEGER NOT NULL,
            changed INTEGER NOT NULL,
            PRIMARY KEY (folder_id, digest)
        ) WITHOUT ROWID
        """
    )
    connection.execute("ALTER TABLE waiting_files ADD COLUMN from_folder TEXT NOT NULL DEFAULT ''")


def create_pictures(connection: sqlite3.Connection) -> None:
    """Pages that are pictures: where the words stand that were read from them, or NULL where they were not read."""
    connection.execute(
        """
        CREATE TABLE pictures (
            document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
            page INTEGER NOT NULL,
            words BLOB,
            PRIMARY KEY (document_id, page)
        ) WITHOUT ROWID
        """
    )


def create_vocabularies(connection: sqlite3.Connection) -> None:
    """Each document's language and its words, packed."""
    connection.execute(
        """
        CREATE TABLE vocabularies (
            document_id TEXT PRIMARY KEY REFERENCES documents (id) ON DELETE CASCADE,
            language TEXT NOT NULL,
            words BLOB NOT NULL
        ) WITHOUT ROWID
        """
    )


def narrow_token_vectors(_: sqlite3.Connection) -> None:
    """Nothing changes here; but from now on token vectors take half a byte a dimension, and may not be kept at all.

    A program that does not know this must not read them.
    """


def create_named_model(connection: sqlite3.Connection) -> None:
    """The embedding model that passages are found by, where it is not the built-in one."""
    connection.execute("ALTER TABLE library ADD COLUMN named_model TEXT NOT NULL DEFAULT ''")
    connection.execute("ALTER TABLE library ADD COLUMN named_dimension INTEGER NOT NULL DEFAULT 0")


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (
    create_catalogue,
    create_conversations,
    create_preferences,
    create_collections,
    create_waiting_files,
    create_erasure,
    create_watched_folders,
    create_pictures,
    create_vocabularies,
    narrow_token_vectors,
    create_named_model,
)


def up_to_date(database: Database) -> bool:
    """Whether nothing is left to do. Raises LibraryTooNew where a later version of the program has been at work."""
    with database.reading() as connection:
        taken = _taken(connection)
    _refuse_newer(database, taken)
    return len(taken) == len(MIGRATIONS)


def migrate(database: Database) -> None:
    """Take the steps not taken yet, all of them or none; call it under the writer's lock."""
    database.lay_out()
    with database.writing() as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY)")
        taken = _taken(connection)
        _refuse_newer(database, taken)
        for step in MIGRATIONS:
            if step.__name__ not in taken:
                step(connection)
                connection.execute("INSERT INTO migrations (name) VALUES (?)", (step.__name__,))


def _taken(connection: sqlite3.Connection) -> frozenset[str]:
    """Names of the steps this file has been through."""
    known = connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'migrations'").fetchone()
    if known is None:
        return frozenset()
    return frozenset(name for (name,) in connection.execute("SELECT name FROM migrations"))


def _refuse_newer(database: Database, taken: frozenset[str]) -> None:
    """Leave a file alone that has been through steps this program has never heard of."""
    unknown = taken - {step.__name__ for step in MIGRATIONS}
    if unknown:
        raise LibraryTooNew(database.folder, found=len(MIGRATIONS) + len(unknown), known=len(MIGRATIONS))
