"""What answers quote of documents that are removed: nothing, from the moment in which the documents cease to exist.

Owns which turns may hold words of a document, and that the transaction which takes the document away takes them too.
An answer may be on its way meanwhile, in this program or another: until the page is next started it is remembered which
documents none may quote. What of a turn is a document's words is decided by a function that the remover brings.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, replace
from typing import TYPE_CHECKING

from storage.records import Citation, Turn

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Sequence

__all__ = ["Retelling", "allow", "allow_all", "read_turn", "unquotable", "unquote", "without_answer", "write_turn"]

Retelling = Callable[[Turn, frozenset[str]], Turn]
"""Gives a turn without the words of these documents: its text, its citations and its answer may differ."""

_QUOTING = """
    SELECT id, conversation_id, question, outcome, text, answer, asked_at FROM turns
    WHERE instr(answer, :document) OR id IN (SELECT turn_id FROM citations WHERE document_id = :document)
"""


def unquote(connection: sqlite3.Connection, document_ids: Collection[str], retell: Retelling) -> None:
    """Leave no words of these documents in any answer."""
    gone = frozenset(document_ids)
    if connection.execute("SELECT 1 FROM turns WHERE outcome IS NULL").fetchone():
        connection.executemany("INSERT OR IGNORE INTO unquotable VALUES (?)", [(id_,) for id_ in gone])
    for document_id in gone:
        for row in connection.execute(_QUOTING, {"document": document_id}).fetchall():
            write_turn(connection, retell(read_turn(connection, row), gone))


def unquotable(connection: sqlite3.Connection) -> frozenset[str]:
    """Documents that an answer may not quote though it was begun when they were there."""
    return frozenset(id_ for (id_,) in connection.execute("SELECT document_id FROM unquotable"))


def allow(connection: sqlite3.Connection, document_id: str) -> None:
    """Let a document be quoted again, now that it is there again."""
    connection.execute("DELETE FROM unquotable WHERE document_id = ?", (document_id,))


def allow_all(connection: sqlite3.Connection) -> None:
    """Forget what may not be quoted, since no answer is on its way."""
    connection.execute("DELETE FROM unquotable")


def without_answer(turn: Turn, gone: frozenset[str]) -> Turn:
    """Take away the whole of an answer that mentions such a document, where nobody can tell whose its words are."""
    cites = any(citation.document_id in gone for citation in turn.citations)
    if cites or any(document_id in turn.answer for document_id in gone):
        return replace(turn, text="", citations=(), answer="")
    return turn


def read_turn(connection: sqlite3.Connection, row: Sequence[str]) -> Turn:
    """One turn with its citations."""
    turn_id, conversation_id, question, outcome, text, answer, asked_at = row
    cited = connection.execute("SELECT * FROM citations WHERE turn_id = ? ORDER BY position", (turn_id,)).fetchall()
    citations = tuple(Citation(*columns[2:]) for columns in cited)
    return Turn(turn_id, conversation_id, question, outcome, text, citations, answer, asked_at)


def write_turn(connection: sqlite3.Connection, turn: Turn) -> None:
    """Write down what a turn came to: the columns of a citation are the record's fields, after turn and position."""
    connection.execute(
        "UPDATE turns SET text = ?, outcome = ?, answer = ? WHERE id = ?",
        (turn.text, turn.outcome, turn.answer, turn.id),
    )
    connection.execute("DELETE FROM citations WHERE turn_id = ?", (turn.id,))
    connection.executemany(
        "INSERT INTO citations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(turn.id, position, *astuple(citation)) for position, citation in enumerate(turn.citations)],
    )
