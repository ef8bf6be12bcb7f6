"""A data folder of an earlier version of the program is brought up to date where it lies, and loses nothing."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import lancedb
import pyarrow as pa
import pytest

from rag.sentences import sentence_for_upgrade
from storage import upgrade
from storage.chunk_table import ChunkTable
from storage.database import Database
from storage.errors import LibraryLocked
from storage.library import Library
from storage.lock import WriterLock
from storage.schema import VERSION_KEY
from storage.upgrade import Upgrading, upgrade_under_way
from tests.readable import found_below
from tests.storage.made import MODEL, assert_whole, id_of, made

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = ["Die Verträge sind gekündigt", "und das Haus ist nicht verkauft", "der AB-1234/5 ist da"]
CLAUSES = ["the leases are terminated", "and the house is not sold"]


@pytest.fixture
def old(data_folder: Path) -> Path:
    """A folder as version 1 left it: LanceDB analysed the text, and nothing was known of words."""
    library = Library.open(data_folder, MODEL)
    library.add([made("vertrag", TEXTS), made("lease", CLAUSES), made("empty", ["§"])])
    library.tidy()
    connection = lancedb.connect(data_folder / "vectors")
    content = connection.open_table("chunks").search().limit(None).to_arrow()
    whole = content.set_column(content.schema.get_field_index("terms"), "indexed_text", content["text"])
    version_1 = pa.schema(
        [field.with_nullable(field.name == "page") for field in whole.schema],
        (content.schema.metadata or {}) | {VERSION_KEY: b"1", b"footnote.model": MODEL.encode()},
    )
    connection.create_table("chunks", data=whole.cast(version_1), schema=version_1, mode="overwrite")
    connection.open_table("chunks").create_index("indexed_text", config=lancedb.index.FTS(with_position=True))
    with library._database.writing() as database:
        database.execute("DROP TABLE vocabularies")
        database.execute("DELETE FROM migrations WHERE name = 'create_vocabularies'")
    library.close()
    return data_folder


def test_what_was_there_is_found_by_the_words_of_its_language(old: Path) -> None:
    library = Library.open(old, MODEL)
    assert_whole(library)
    assert library._snapshot().fresh == frozenset()
    assert library._snapshot().languages == {"german", "english"}
    for question in ("Vertrag", "AB-1234/5", "Häuser"):
        (first, *_) = library.keyword(question, 10)
        assert first[0].startswith(id_of("vertrag")[:16]), question
    assert len(library.keyword("lease", 10)) == 1
    assert "gekündigt" in library.vocabulary()
    library.close()


def test_it_is_done_once(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Library.open(old, MODEL).close()
    monkeypatch.setattr(ChunkTable, "renew", _refuse)
    Library.open(old, MODEL).close()


def test_what_never_came_in_whole_does_not_keep_others_out(old: Path) -> None:
    """A table that an earlier version made for documents of which none came to exist."""
    database = Database(old / "footnote.db")
    with database.writing() as connection:
        connection.execute("UPDATE documents SET state = 'pending'")
    database.close()
    library = Library.open(old, MODEL)
    library.add([made("next", CLAUSES)])
    assert_whole(library)
    assert len(library.keyword("lease", 10)) == 1
    library.close()


def test_a_document_whose_passages_are_gone_spoils_no_search(old: Path) -> None:
    lancedb.connect(old / "vectors").open_table("chunks").delete(f"document_id = '{id_of('vertrag')}'")
    library = Library.open(old, MODEL)
    assert library._snapshot().languages == {"english"}
    assert len(library.keyword("lease", 10)) == 1
    assert "terminated" in library.vocabulary()
    library.close()


def _refuse(*_: object) -> str:
    raise RuntimeError("no")


def test_a_program_that_dies_in_it_leaves_it_to_the_next(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as dying:
        dying.setattr("storage.admission.Admission.mark_indexed", _refuse)
        with pytest.raises(RuntimeError):
            Library.open(old, MODEL)
    library = Library.open(old, MODEL)
    assert_whole(library)
    assert len(list((old / "vectors").iterdir())) == 1
    assert library.keyword("Vertrag", 1)
    library.close()


def test_what_is_removed_afterwards_leaves_no_byte(old: Path) -> None:
    library = Library.open(old, MODEL)
    with library._database.reading() as connection:
        (packed,) = connection.execute(
            "SELECT words FROM vocabularies WHERE document_id = ?", (id_of("vertrag"),)
        ).fetchone()
    assert packed in (old / "footnote.db").read_bytes() + (old / "footnote.db-wal").read_bytes()
    library.remove(id_of("vertrag"))
    assert found_below(old, "verträge", "vertrag", "ab12345") == set()
    assert packed not in (old / "footnote.db").read_bytes()
    assert library._snapshot().languages == {"english"}
    assert "gekündigt" not in library.vocabulary()
    library.close()


def test_how_far_it_is_is_told(old: Path) -> None:
    """And nothing where nothing is to be done."""
    told: list[Upgrading] = []
    Library.open(old, MODEL, told.append).close()
    assert [(each.done, each.total) for each in told] == [(0, 6), (6, 6), (0, 0)]
    assert told[-1].over
    assert upgrade_under_way(old) is None
    told.clear()
    (old / "upgrading").write_text("6 6", encoding="utf-8")  # as one leaves it that dies when it has just done
    Library.open(old, MODEL, told.append).close()
    assert told == []
    assert upgrade_under_way(old) is None


def test_another_program_waits_for_it_and_is_told(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long it takes; where nothing is heard of whoever has the lock, it gives up."""
    with monkeypatch.context() as dying:
        dying.setattr("storage.admission.Admission.mark_indexed", _refuse)
        with pytest.raises(RuntimeError):
            Library.open(old, MODEL)
    monkeypatch.setattr(upgrade, "PATIENCE", 0.0)
    monkeypatch.setattr(upgrade, "_LOOK", 0.05)
    lock = WriterLock(old)
    told: list[Upgrading] = []
    with lock.held():
        with pytest.raises(LibraryLocked):
            Library.open(old, MODEL, told.append)
        assert told == []
        (old / "upgrading").write_text("4000 14000", encoding="utf-8")
        waiting = threading.Thread(target=lambda: Library.open(old, MODEL, told.append).close())
        waiting.start()
        deadline = time.monotonic() + 20
        while len(told) < 3 and time.monotonic() < deadline:
            time.sleep(0.01)
    waiting.join(60)
    assert told[:3] == [Upgrading(4000, 14000, by_another=True)] * 3
    assert "4,000 of 14,000" in sentence_for_upgrade(told[0])
    assert "another Footnote" in sentence_for_upgrade(told[0])
    assert sentence_for_upgrade(told[-1]) == ""
    library = Library.open(old, MODEL)
    assert_whole(library)
    library.close()
