"""Of a removed document no byte is left below the data folder, whoever looks and by whatever means."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from storage.library import Library
from storage.records import Citation, NewDocument
from tests.readable import found_below
from tests.storage.made import MODEL, assert_whole, keep_original, made

if TYPE_CHECKING:
    from pathlib import Path

WORD, STEM, OTHER = "Quillfeathers", "quillfeath", "zanzibarish"
SECRET = [f"The {WORD} were {OTHER} that year", f"nobody may know of the {WORD}", "and this says nothing"]
CONTENT = "\n".join(SECRET)
DOCUMENTS, CHUNKS = 60, 25


def _texts(number: int) -> list[str]:
    """Passages of words as unequal as those of a language."""
    chosen = np.random.default_rng(number)
    share = 1 / np.arange(1, 2001)
    return [" ".join(f"word{place}" for place in chosen.choice(2000, 60, p=share / share.sum())) for _ in range(CHUNKS)]


@pytest.fixture
def secret(library: Library, tmp_path: Path) -> NewDocument:
    """A small document among many, with an answer that quotes it and one that does not."""
    batch = [made(f"book{number}", _texts(number)) for number in range(DOCUMENTS)]
    new = keep_original(library, made("secret", SECRET), tmp_path)
    library.add(batch[: DOCUMENTS // 2])
    library.add([new, *batch[DOCUMENTS // 2 :]])
    library.tidy()
    conversation = library.conversations.create("What was that year?")
    for cited in (new, batch[0]):
        chunk, document = cited.chunks[0].chunk, cited.document
        citation = Citation(1, chunk.id, document.id, document.name, None, chunk.place, chunk.text, 0, len(chunk.text))
        turn = library.conversations.add_turn(conversation.id, "What was that year?")
        answer = f'{{"text": "{chunk.text}", "document_id": "{document.id}"}}'
        library.conversations.save_turn(
            turn.id, text=chunk.text, citations=[citation], answer_json=answer, outcome="quoted"
        )
    return new


def _found(library: Library) -> set[str]:
    """The names of the files in which anything of the secret can be read."""
    return {place for place, _ in found_below(library.folder, WORD, STEM, OTHER)}


def test_nothing_of_a_removed_document_can_be_read_in_any_byte(library: Library, secret: NewDocument) -> None:
    before = _found(library)
    assert any("tokens.lance" in place for place in before)
    assert any("/data/" in place for place in before)
    assert {place.partition("/")[0] for place in before} >= {"footnote.db", "vectors", "originals"}
    library.remove(secret.document.id)
    assert _found(library) == set()
    assert found_below(library.folder, secret.document.id[:16], "secret.txt") == set()
    assert len(library.documents()) == DOCUMENTS
    assert_whole(library)


def test_what_deleting_and_compacting_leave_behind_would_be_seen(library: Library, secret: NewDocument) -> None:
    """The eyes of these tests are good: without being written anew, the chunk table still holds the text."""
    library._table.delete(f"document_id = '{secret.document.id}'")
    library._table.optimize()
    assert any("/data/" in place for place in _found(library))


def test_the_other_answers_stay_as_they_were(library: Library, secret: NewDocument) -> None:
    (conversation,) = library.conversations.list()
    before = library.conversations.turns(conversation.id)
    library.remove(secret.document.id)
    emptied, kept = library.conversations.turns(conversation.id)
    assert kept == before[1]
    assert (emptied.text, emptied.citations, emptied.answer) == ("", (), "")
    assert emptied.question == before[0].question


def test_quotes_stay_where_the_person_wants_them(library: Library, secret: NewDocument) -> None:
    """And nothing but the quotes."""
    (conversation,) = library.conversations.list()
    before = library.conversations.turns(conversation.id)
    library.remove(secret.document.id, keep_quotes=True)
    assert library.conversations.turns(conversation.id) == before
    assert _found(library) == {"footnote.db"}


def test_what_was_replaced_is_erased_when_the_ingest_has_ended(library: Library) -> None:
    library.add([made("old", SECRET, "/a"), made("other", _texts(1))])
    library.tidy()
    library.add([made("new", _texts(2), "/a")])
    library.tidy()
    assert _found(library) == set()
    assert_whole(library)


def test_a_document_that_came_only_half_way_is_erased_too(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    library.add([made("other", _texts(1))])
    with monkeypatch.context() as failing:
        failing.setattr(library._admission, "admit", _refuse)
        with pytest.raises(RuntimeError):
            library.add([made("secret", SECRET)])
    assert _found(library)
    library.tidy()
    library.tidy()
    assert _found(library) == set()


def _refuse(_: object) -> None:
    raise RuntimeError("no")


def test_what_dead_programs_left_of_it_goes_as_well(
    library: Library, secret: NewDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A browser's copy that nobody read, a copy and token vectors that were only begun, files no version knows."""
    (table,) = (library.folder / "vectors").glob("*.lance")
    (data,) = list((table / "data").iterdir())[:1]
    (table / "data" / "orphan.lance").write_bytes(data.read_bytes())
    half = library.folder / "vectors" / "chunks-7.lance" / "data"
    half.mkdir(parents=True)
    (half / "orphan.lance").write_bytes(data.read_bytes())
    uploads = library.folder / "uploads" / "abc"
    uploads.mkdir(parents=True)
    (uploads / "secret.txt").write_text(CONTENT)
    (library.folder / "originals" / "tmpx.partial").write_text(CONTENT[:-5])
    (library.folder / "originals" / "arriving-x").write_text(CONTENT)
    (uploads / "other.txt").write_text("something else")
    monkeypatch.setattr("storage.originals.QUIET_SECONDS", 0.0)
    library.remove(secret.document.id)
    assert _found(library) == set()
    assert (uploads / "other.txt").exists()
    assert_whole(library)


def test_a_copy_that_is_being_written_is_left_to_the_next_change(library: Library, secret: NewDocument) -> None:
    """It may be of another document that begins in the same way."""
    arriving = library.folder / "originals" / "tmpx.partial"
    arriving.write_text(CONTENT[:-5])
    library.remove(secret.document.id)
    assert arriving.exists()
    assert len(library.documents()) == DOCUMENTS
    arriving.unlink()
    library.tidy()
    library.tidy()
    assert _found(library) == set()


def test_a_reader_goes_on_while_the_table_is_written_anew(library: Library, secret: NewDocument) -> None:
    """With what it had open before."""
    reader = Library.open(library.folder, MODEL)
    assert len(reader.keyword(WORD, 10)) == 2
    for number in range(3):
        library.remove(secret.document.id if not number else library.documents()[0].id)
        assert reader.keyword(WORD, 10) == []
        assert len(reader.keyword("word0", 10)) == 10
    reader.close()


def test_the_bytes_that_are_freed_are_those_the_disk_has_more_of(library: Library, secret: NewDocument) -> None:
    before = library.size_on_disk()
    big = library.documents()[1].id
    assert library.remove(secret.document.id, big) == before - library.size_on_disk() > 0
    with library._database.reading() as connection:
        assert connection.execute("PRAGMA freelist_count").fetchone() == (0,)


def test_a_removal_that_fails_in_the_middle_is_finished_later(
    library: Library, secret: NewDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a full disk: the document is gone from every search at once, its bytes with the next opening."""

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr("storage.chunk_table.settle", fail)
        with pytest.raises(Exception, match="No space left"):
            library.remove(secret.document.id)
    assert library.keyword(WORD, 10) == []
    assert len(list((library.folder / "vectors").iterdir())) == 1
    assert_whole(library)
    library.close()
    again = Library.open(library.folder, MODEL)
    assert _found(again) == set()
    assert not again._catalogue.erasing()
    assert_whole(again)
    again.close()


def test_opening_waits_for_nobody_who_is_at_it(library: Library, secret: NewDocument) -> None:
    library._admission.forget([secret.document.id])
    with library._lock.held():
        started = time.monotonic()
        Library.open(library.folder, MODEL).close()
        assert time.monotonic() - started < 5
    assert library._catalogue.erasing()
