"""The state of a library as objects of a bucket, and back: what stands in them, and how they change a database.

A catalogue holds the library's one row, its collections and its documents, each with the names of its other objects. A
text object holds the pages of one document, the pictures among them and its words, and is named by its content. Owns
these forms and the two tables that a computer needs beside those of ``storage/migrations.py`` to know what it has; the
columns are taken as they are found, so that a migration changes nothing here. It knows nothing of requests.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from storage.errors import BucketUnreachable, LibraryTooNew
from storage.migrations import MIGRATIONS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from storage.lease import Head

__all__ = [
    "DOCUMENTS",
    "OWN",
    "SHARED",
    "TEXTS",
    "Here",
    "State",
    "Texts",
    "apply",
    "dump",
    "encoded_anew",
    "forget_everything",
    "lay_out",
    "load",
    "missing_texts",
    "note_texts",
    "note_tokens",
    "pack_texts",
    "present",
    "settle_sources",
    "tokens_of",
    "touched_documents",
    "watch_texts",
]

DOCUMENTS = "documents/"
"""How the keys of everything that belongs to one document begin, before its id."""

SHARED = ("library", "collections", "documents")
"""Tables that stand in a catalogue."""
TEXTS = ("pages", "pictures", "vocabularies")
"""Tables of which each document's rows are an object."""
OWN = (
    "migrations", "conversations", "turns", "citations", "feedback", "preferences", "waiting_files", "unquotable",
    "watched_folders", "seen_files", "sources",
)  # fmt: skip
"""Tables that are one person's own."""

_Row = dict[str, Any]

_ID = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[0-9a-f]{0,64}")


@dataclass(frozen=True, slots=True)
class Here:
    """Which state of which library stands in a database; nothing of any at first."""

    origin: str
    number: int
    catalogue: str

    def is_before(self, head: Head) -> bool:
        """Whether ``head`` names a later state of the same library."""
        return self.origin == head.origin and self.number < head.number

    def is_that_of(self, head: Head) -> bool:
        """Whether ``head`` names this state."""
        return (self.origin, self.number, self.catalogue) == (head.origin, head.number, head.catalogue)


@dataclass(frozen=True, slots=True)
class Texts:
    """The text object of one document."""

    document_id: str
    digest: str

    @property
    def key(self) -> str:
        """Where it is."""
        return f"{DOCUMENTS}{self.document_id}/{self.digest}.texts"


@dataclass(frozen=True, slots=True)
class State:
    """A catalogue that was read."""

    tables: Mapping[str, list[_Row]]

    @property
    def documents(self) -> list[_Row]:
        """Rows of all documents, with ``texts`` and ``tokens``: what their objects are called."""
        return self.tables["documents"]


def lay_out(connection: sqlite3.Connection) -> None:
    """Make the tables that say what of the bucket stands here."""
    connection.execute("CREATE TABLE IF NOT EXISTS replica (origin TEXT, number INTEGER, catalogue TEXT)")
    connection.execute("INSERT INTO replica SELECT '', 0, '' WHERE NOT EXISTS (SELECT 1 FROM replica)")
    connection.execute(
        """
        CREATE TABLE IF NOT EXISTS replica_documents (
            document_id TEXT PRIMARY KEY,
            texts TEXT NOT NULL DEFAULT '',
            tokens TEXT NOT NULL DEFAULT '',
            held TEXT NOT NULL DEFAULT '',
            mine INTEGER NOT NULL DEFAULT 0
        ) WITHOUT ROWID
        """
    )


def present(connection: sqlite3.Connection) -> Here:
    """Which state stands here."""
    return Here(*connection.execute("SELECT origin, number, catalogue FROM replica").fetchone())


def forget_everything(connection: sqlite3.Connection, origin: str) -> frozenset[str]:
    """Hold nothing of any library, to become a copy of another; returns the ids of the documents that are gone."""
    gone = frozenset(id_ for (id_,) in connection.execute("SELECT id FROM documents"))
    for table in ("documents", "collections", "replica_documents"):
        connection.execute(f"DELETE FROM {table}")  # noqa: S608
    (revision,) = connection.execute("SELECT revision FROM library").fetchone()
    connection.execute("DELETE FROM library")
    connection.execute("INSERT INTO library (revision) VALUES (?)", (revision + 1,))
    connection.execute("UPDATE replica SET origin = ?, number = 0, catalogue = ''", (origin,))
    return gone


# From the database to objects -----------------------------------------------------------------------------------------


def dump(connection: sqlite3.Connection) -> bytes:
    """The catalogue as it stands in this transaction."""
    tables = {table: _rows(connection, f"SELECT * FROM {table}") for table in SHARED}  # noqa: S608
    names = {id_: (texts, tokens) for id_, texts, tokens in connection.execute(
        "SELECT document_id, texts, tokens FROM replica_documents"
    )}  # fmt: skip
    for row in tables["documents"]:
        row["texts"], row["tokens"] = names.get(row["id"], ("", ""))
    steps = [step.__name__ for step in MIGRATIONS]
    return _packed({"steps": steps, "tables": tables})


def watch_texts(connection: sqlite3.Connection) -> None:
    """Take notes, from here to ``touched_documents``, of whose texts change."""
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS touched (document_id TEXT PRIMARY KEY)")
    connection.execute("DELETE FROM temp.touched")
    for table in TEXTS:
        for change in ("INSERT", "UPDATE"):
            connection.execute(
                f"CREATE TEMP TRIGGER IF NOT EXISTS touched_by_{change}_{table} AFTER {change} ON main.{table}"  # noqa: S608
                " BEGIN INSERT OR IGNORE INTO touched VALUES (new.document_id); END"
            )


def touched_documents(connection: sqlite3.Connection) -> list[str]:
    """Ids of the documents that exist in any state and whose texts have changed; ends the taking of notes."""
    rows = connection.execute("SELECT document_id FROM temp.touched JOIN documents ON id = document_id").fetchall()
    for table in TEXTS:
        for change in ("INSERT", "UPDATE"):
            connection.execute(f"DROP TRIGGER temp.touched_by_{change}_{table}")
    return [id_ for (id_,) in rows]


def pack_texts(connection: sqlite3.Connection, document_id: str) -> tuple[Texts, bytes]:
    """The text object of a document, and its name."""
    tables = {
        table: _rows(connection, f"SELECT * FROM {table} WHERE document_id = ?", (document_id,))  # noqa: S608
        for table in TEXTS
    }
    data = _packed(tables)
    return Texts(document_id, hashlib.sha256(data).hexdigest()[:24]), data


def note_texts(connection: sqlite3.Connection, stored: Iterable[Texts]) -> None:
    """Note how the text objects of documents are called that were made here, and forget documents that are gone."""
    connection.executemany(
        """
        INSERT INTO replica_documents (document_id, texts, held, mine) VALUES (?, ?, ?, 1)
        ON CONFLICT (document_id) DO UPDATE SET texts = excluded.texts, held = excluded.held
        """,
        [(each.document_id, each.digest, each.digest) for each in stored],
    )
    connection.execute("DELETE FROM replica_documents WHERE document_id NOT IN (SELECT id FROM documents)")


def note_tokens(connection: sqlite3.Connection, document_id: str, name: str) -> None:
    """Note how the token vectors of a document are called."""
    connection.execute("UPDATE replica_documents SET tokens = ? WHERE document_id = ?", (name, document_id))


def tokens_of(connection: sqlite3.Connection, document_ids: Collection[str]) -> dict[str, str]:
    """How the token vectors of documents are called, of those that have any."""
    rows = connection.execute(
        "SELECT document_id, tokens FROM replica_documents WHERE tokens <> ''"
        " AND document_id IN (SELECT value FROM json_each(?))",
        (json.dumps(sorted(document_ids)),),
    )
    return dict(rows.fetchall())


def settle_sources(connection: sqlite3.Connection) -> None:
    """Keep documents that two people have added from being replaced by what one of them has at the same path now.

    Paths stay where they are. So a document that was somebody else's counts as handed over from here on.
    """
    connection.execute(
        """
        UPDATE documents SET copied = 1 WHERE NOT copied AND id IN (SELECT document_id FROM sources)
            AND id IN (SELECT document_id FROM replica_documents WHERE NOT mine)
        """
    )


# From objects to the database -----------------------------------------------------------------------------------------


def load(data: bytes, url: str) -> State:
    """Read a catalogue. Raises LibraryTooNew where a later version of the program has written it."""
    said = _unpacked(data, url)
    unknown = set(said["steps"]) - {step.__name__ for step in MIGRATIONS}
    if unknown:
        raise LibraryTooNew(url, len(MIGRATIONS) + len(unknown), len(MIGRATIONS))
    state = State(said["tables"])
    # They become names of files here.
    if not all(_is_named_well(row) for row in state.documents):
        raise BucketUnreachable(url, "its catalogue names what cannot be")
    return state


def missing_texts(connection: sqlite3.Connection, state: State) -> list[Texts]:
    """The text objects of documents that exist and whose texts do not stand here."""
    held = dict(connection.execute("SELECT document_id, held FROM replica_documents").fetchall())
    ready = [row for row in state.documents if row["state"] == "ready" and row["texts"]]
    return [Texts(row["id"], row["texts"]) for row in ready if held.get(row["id"]) != row["texts"]]


def encoded_anew(connection: sqlite3.Connection, state: State) -> frozenset[str]:
    """Ids of documents that somebody has encoded anew, by which their passages may be others than those known here."""
    known = dict(connection.execute("SELECT document_id, tokens FROM replica_documents WHERE tokens <> ''").fetchall())
    return frozenset(row["id"] for row in state.documents if known.get(row["id"], row["tokens"]) != row["tokens"])


def apply(
    connection: sqlite3.Connection, state: State, texts: Mapping[Texts, bytes], named: tuple[int, str]
) -> frozenset[str]:
    """Make the database say what a catalogue says; returns the ids of the documents that are gone.

    ``named`` is the number of the state and the key of its catalogue.
    """
    gone = _delete_others(connection, "documents", state)
    _delete_others(connection, "collections", state)
    # Two names may have been exchanged; until all are written none may be in the way of another.
    connection.execute("UPDATE collections SET folded = id")
    for table in ("collections", "documents"):
        for row in state.tables[table]:
            _upsert(connection, table, row)
    (library,) = state.tables["library"]
    columns = _known(connection, "library", library)
    settings = ", ".join(f"{column} = ?" for column in columns)
    connection.execute(f"UPDATE library SET {settings}", [library[column] for column in columns])  # noqa: S608
    for each, data in texts.items():
        _write_texts(connection, each, _unpacked(data, each.key))
    connection.executemany(
        """
        INSERT INTO replica_documents (document_id, texts, tokens) VALUES (?, ?, ?)
        ON CONFLICT (document_id) DO UPDATE SET texts = excluded.texts, tokens = excluded.tokens
        """,
        [(row["id"], row["texts"], row["tokens"]) for row in state.documents],
    )
    connection.executemany(
        "UPDATE replica_documents SET held = ? WHERE document_id = ?",
        [(each.digest, each.document_id) for each in texts],
    )
    connection.execute("DELETE FROM replica_documents WHERE document_id NOT IN (SELECT id FROM documents)")
    connection.execute("UPDATE replica SET number = ?, catalogue = ?", named)
    return gone


def _is_named_well(row: _Row) -> bool:
    """Whether a document and its objects are called as this program calls them."""
    return bool(_ID.fullmatch(row["id"]) and _NAME.fullmatch(row["texts"]) and _NAME.fullmatch(row["tokens"]))


def _delete_others(connection: sqlite3.Connection, table: str, state: State) -> frozenset[str]:
    """Delete the rows that a catalogue does not have, with all that hangs on them."""
    ids = json.dumps([row["id"] for row in state.tables[table]])
    where = "WHERE id NOT IN (SELECT value FROM json_each(?))"
    gone = frozenset(id_ for (id_,) in connection.execute(f"SELECT id FROM {table} {where}", (ids,)))  # noqa: S608
    connection.execute(f"DELETE FROM {table} {where}", (ids,))  # noqa: S608
    return gone


def _upsert(connection: sqlite3.Connection, table: str, row: _Row) -> None:
    """Write a row over the one of its id, which keeps what hangs on it, or as a new one."""
    columns = _known(connection, table, row)
    values = ", ".join("?" for _ in columns)
    changes = ", ".join(f"{column} = excluded.{column}" for column in columns)
    connection.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})"  # noqa: S608
        f" ON CONFLICT (id) DO UPDATE SET {changes}",
        [row[column] for column in columns],
    )


def _write_texts(connection: sqlite3.Connection, texts: Texts, tables: Mapping[str, list[_Row]]) -> None:
    """Let a text object be what stands here of its document."""
    for table in TEXTS:
        connection.execute(f"DELETE FROM {table} WHERE document_id = ?", (texts.document_id,))  # noqa: S608
        for row in tables[table]:
            columns = _known(connection, table, row)
            values = ", ".join("?" for _ in columns)
            connection.execute(
                f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})",  # noqa: S608
                [_value(row[column]) for column in columns],
            )


def _known(connection: sqlite3.Connection, table: str, row: _Row) -> list[str]:
    """The columns that a row and our table have in common: names that were read never become SQL by themselves."""
    return [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})") if name in row]


def _rows(connection: sqlite3.Connection, query: str, values: Sequence[str] = ()) -> list[_Row]:
    found = connection.execute(query, values)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found]


def _packed(value: object) -> bytes:
    text = json.dumps(value, default=_spelled, separators=(",", ":"), ensure_ascii=False)
    return zlib.compress(text.encode("utf-8", "surrogatepass"))


def _unpacked(data: bytes, where: str) -> Any:  # noqa: ANN401  (what JSON holds)
    try:
        return json.loads(zlib.decompress(data).decode("utf-8", "surrogatepass"))
    except (zlib.error, ValueError) as error:
        raise BucketUnreachable(where, f"cannot be read: {error}") from error


def _spelled(value: object) -> dict[str, str]:
    """Bytes, as JSON can say them."""
    if not isinstance(value, bytes):
        raise TypeError(type(value))
    return {"base64": base64.b64encode(value).decode()}


def _value(said: Any) -> Any:  # noqa: ANN401  (what JSON holds)
    return base64.b64decode(said["base64"]) if isinstance(said, dict) else said
