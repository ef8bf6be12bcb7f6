"""Conversations, their turns, what the answers cite and what people said of them, in SQLite.

Owns these rows and nothing of their meaning: an outcome is a word, a whole answer is a JSON text that ``rag`` reads.
A citation keeps its own quote, so it can still be read when its document is gone, unless the document was removed with
its quotes (``storage/quotes.py``).
"""

from __future__ import annotations

import uuid
from dataclasses import astuple, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from storage.errors import ConversationNotFound, TurnNotFound
from storage.quotes import allow_all, read_turn, unquotable, without_answer, write_turn
from storage.records import Conversation, Feedback, Turn

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from storage.database import Database
    from storage.quotes import Retelling
    from storage.records import Citation

__all__ = ["ConversationStore"]


_TURNS = "SELECT id, conversation_id, question, outcome, text, answer, asked_at FROM turns"


class ConversationStore:
    """Every conversation of one data folder; safe from any thread. What a method reports done is on disk."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, title: str) -> Conversation:
        """Begin a conversation."""
        now = _now()
        conversation = Conversation(_new_id(), title, now, now)
        with self._database.writing() as connection:
            connection.execute("INSERT INTO conversations VALUES (?, ?, ?, ?)", astuple(conversation))
        return conversation

    def list(self) -> tuple[Conversation, ...]:
        """All conversations, the one last asked in first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT id, title, created_at, updated_at FROM conversations ORDER BY updated_at DESC, rowid DESC"
            ).fetchall()
        return tuple(Conversation(*row) for row in rows)

    def rename(self, conversation_id: str, title: str) -> None:
        """Change the title. Raises ConversationNotFound."""
        with self._database.writing() as connection:
            done = connection.execute("UPDATE conversations SET title = ? WHERE id = ?", (title, conversation_id))
            _require(done, conversation_id)

    def delete(self, conversation_id: str) -> None:
        """Forget the conversation with all its turns. Raises ConversationNotFound."""
        with self._database.writing() as connection:
            _require(connection.execute("DELETE FROM conversations WHERE id = ?", (conversation_id,)), conversation_id)

    def add_turn(self, conversation_id: str, question: str) -> Turn:
        """Write a question down before anything is done about it. Raises ConversationNotFound."""
        turn = Turn(_new_id(), conversation_id, question, None, "", (), "", _now())
        with self._database.writing() as connection:
            touched = connection.execute(
                "UPDATE conversations SET updated_at = ? WHERE id = ?", (turn.asked_at, conversation_id)
            )
            _require(touched, conversation_id)
            connection.execute(
                "INSERT INTO turns (id, conversation_id, question, asked_at) VALUES (?, ?, ?, ?)",
                (turn.id, conversation_id, question, turn.asked_at),
            )
        return turn

    def save_turn(  # noqa: PLR0913  (the parts of an answer, each under its name)
        self,
        turn_id: str,
        *,
        text: str,
        citations: Sequence[Citation] = (),
        outcome: str | None = None,
        answer_json: str = "",
        retell: Retelling = without_answer,
    ) -> None:
        """Write down the whole state of an answer; cheap enough to be called several times a second while it grows.

        ``outcome`` stays None until the answer has ended. Nothing happens where the turn was deleted meanwhile: the
        person no longer wants it. ``retell`` leaves out the words of documents that were removed meanwhile.
        """
        with self._database.writing() as connection:
            row = connection.execute(f"{_TURNS} WHERE id = ?", (turn_id,)).fetchone()
            if row is None:
                return
            before = read_turn(connection, row)
            turn = replace(before, text=text, outcome=outcome, citations=tuple(citations), answer=answer_json)
            gone = unquotable(connection)
            write_turn(connection, retell(turn, gone) if gone else turn)

    def turn(self, turn_id: str) -> Turn:
        """One turn. Raises TurnNotFound."""
        with self._database.reading() as connection:
            row = connection.execute(f"{_TURNS} WHERE id = ?", (turn_id,)).fetchone()
            if row is None:
                raise TurnNotFound(turn_id)
            return read_turn(connection, row)

    def turns(self, conversation_id: str) -> tuple[Turn, ...]:
        """The conversation's turns as they were asked; none where there is no such conversation."""
        with self._database.reading() as connection:
            rows = connection.execute(
                f"{_TURNS} WHERE conversation_id = ? ORDER BY sequence", (conversation_id,)
            ).fetchall()
            return tuple(read_turn(connection, row) for row in rows)

    def end_unfinished(self, outcome: str) -> int:
        """Give every turn without an outcome this one, as after a crash; returns how many there were."""
        with self._database.writing() as connection:
            allow_all(connection)
            return connection.execute("UPDATE turns SET outcome = ? WHERE outcome IS NULL", (outcome,)).rowcount

    def give_feedback(self, turn_id: str, *, helpful: bool) -> None:
        """Remember what the person said of an answer, instead of what they said before."""
        with self._database.writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO feedback SELECT id, ?, ? FROM turns WHERE id = ?", (helpful, _now(), turn_id)
            )

    def withdraw_feedback(self, turn_id: str) -> None:
        """Forget what the person said of an answer."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM feedback WHERE turn_id = ?", (turn_id,))

    def feedback(self, conversation_id: str) -> dict[str, Feedback]:
        """What was said of this conversation's answers, by turn."""
        with self._database.reading() as connection:
            rows = connection.execute(
                """
                SELECT turn_id, helpful, given_at FROM feedback
                WHERE turn_id IN (SELECT id FROM turns WHERE conversation_id = ?)
                """,
                (conversation_id,),
            ).fetchall()
        return {turn_id: Feedback(turn_id, bool(helpful), given_at) for turn_id, helpful, given_at in rows}


def _require(done: sqlite3.Cursor, conversation_id: str) -> None:
    """Complain where a statement met no row."""
    if not done.rowcount:
        raise ConversationNotFound(conversation_id)


def _new_id() -> str:
    return uuid.uuid4().hex


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
