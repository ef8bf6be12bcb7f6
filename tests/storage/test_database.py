"""A transaction is all or nothing, any thread may have one, and its troubles have names."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest

from storage.database import Database
from storage.errors import FolderUnusable, LibraryLocked, LibraryTooNew
from storage.migrations import MIGRATIONS, migrate, up_to_date

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "footnote.db", seconds=0.2)
    migrate(database)
    yield database
    database.close()


def _set(database: Database, name: str) -> None:
    with database.writing() as connection:
        connection.execute("INSERT INTO preferences VALUES (?, '')", (name,))


def _names(database: Database) -> set[str]:
    with database.reading() as connection:
        return {name for (name,) in connection.execute("SELECT name FROM preferences")}


def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    def fail_half_way() -> None:
        with database.writing() as connection:
            connection.execute("INSERT INTO preferences VALUES ('half', '')")
            raise ValueError("half-way")

    with pytest.raises(ValueError, match="half-way"):
        fail_half_way()
    assert _names(database) == set()
    _set(database, "next")
    assert _names(database) == {"next"}


def test_a_reader_sees_one_moment_while_another_thread_writes(database: Database) -> None:
    with database.reading() as connection, ThreadPoolExecutor(1) as pool:
        assert connection.execute("SELECT count(*) FROM preferences").fetchone() == (0,)
        pool.submit(_set, database, "meanwhile").result()
        assert connection.execute("SELECT count(*) FROM preferences").fetchone() == (0,)
    assert _names(database) == {"meanwhile"}


def test_a_writer_that_waits_too_long_says_so(database: Database) -> None:
    with database.writing(), pytest.raises(LibraryLocked), database.writing():
        pytest.fail("two writers at once")


def test_a_bug_stays_a_bug(database: Database) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"), database.reading() as connection:
        connection.execute("SELECT * FROM absent")


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    with pytest.raises(FolderUnusable) as caught, Database(tmp_path / "missing" / "footnote.db").reading():
        pytest.fail("opened")
    assert caught.value.folder == tmp_path / "missing"


def test_migrating_is_done_once_and_known_to_be_done(tmp_path: Path) -> None:
    database = Database(tmp_path / "footnote.db")
    assert not up_to_date(database)
    migrate(database)
    assert up_to_date(database)
    migrate(database)
    with database.reading() as connection:
        assert connection.execute("SELECT count(*) FROM migrations").fetchone() == (len(MIGRATIONS),)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA secure_delete").fetchone() == (1,)
    database.close()


def test_what_was_erased_is_in_no_byte_of_the_file(database: Database, tmp_path: Path) -> None:
    """Rows of many sizes come, grow and go, so that SQLite moves what stands in its pages about."""
    for seed in range(12):
        _scribble(database, np.random.default_rng(seed))
        assert database.erase()
        files = [path.read_bytes() for path in tmp_path.iterdir()]
        assert not [content for content in files if b"zanzibarish" in content]


def test_erasing_says_where_a_reader_keeps_it_from_being_done(database: Database) -> None:
    with database.reading() as connection:
        connection.execute("SELECT * FROM preferences").fetchall()
        _set(database, "meanwhile")
        assert not database.erase()
    assert database.erase()


def _scribble(database: Database, chosen: np.random.Generator) -> None:
    """Write a word into answers that grow and the quotes they cite, then delete some and write over the rest."""
    with database.writing() as connection:
        connection.execute("INSERT OR IGNORE INTO conversations VALUES ('c', '', '', '')")
    for _ in range(60):
        with database.writing() as connection:
            _scribble_answer(connection, chosen, chosen.bytes(16).hex())
    with database.writing() as connection:
        connection.execute("DELETE FROM turns WHERE instr(answer, 'zanzibarish') AND id < '8'")
        connection.execute("UPDATE turns SET answer = replace(answer, 'zanzibarish', 'gone')")
        connection.execute("UPDATE citations SET quote = replace(quote, 'zanzibarish', 'gone')")


def _scribble_answer(connection: sqlite3.Connection, chosen: np.random.Generator, turn: str) -> None:
    connection.execute("INSERT INTO turns (id, conversation_id, question, asked_at) VALUES (?, 'c', '', '')", (turn,))
    for _ in range(4):
        words = [
            str(chosen.choice(["zanzibarish ", "plain "])) * int(chosen.choice(often))
            for often in ([1, 20, 400], [1, 5, 40], [1, 5, 40], [1, 5, 40])
        ]
        connection.execute("UPDATE turns SET answer = ? WHERE id = ?", (words[0], turn))
        connection.execute("DELETE FROM citations WHERE turn_id = ?", (turn,))
        connection.executemany(
            "INSERT INTO citations VALUES (?, ?, 0, '', '', '', 0, '', ?, 0, 0)",
            [(turn, position, quote) for position, quote in enumerate(words[1:])],
        )


def test_a_file_that_has_been_further_is_left_alone(database: Database) -> None:
    _set(database, "mine")
    with database.writing() as connection:
        connection.execute("INSERT INTO migrations (name) VALUES ('a_later_step')")
    for attempt in (up_to_date, migrate):
        with pytest.raises(LibraryTooNew) as caught:
            attempt(database)
        assert (caught.value.found, caught.value.known) == (len(MIGRATIONS) + 1, len(MIGRATIONS))
    assert _names(database) == {"mine"}
