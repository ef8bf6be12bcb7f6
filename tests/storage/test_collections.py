"""Collections: what they may be called, what is in them, and that no document is ever lost with one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from storage.database import Database
from storage.errors import CollectionNameTaken, CollectionNameUnfit, CollectionNotFound, DocumentNotFound
from storage.library import AddStatus, Library
from storage.migrations import MIGRATIONS, migrate
from tests.storage.made import MODEL, id_of, keep_original, made

if TYPE_CHECKING:
    from pathlib import Path

    from storage.records import Collection, NewDocument


def _in(library: Library, collection: Collection | None) -> set[str]:
    """The titles of the documents of a collection; None stands for those of none."""
    asked = collection.id if collection else None
    return {document.title for document in library.documents() if document.collection == asked}


def _brought(new: NewDocument, collection: Collection) -> NewDocument:
    return replace(new, document=replace(new.document, collection=collection.id))


def test_a_collection_is_made_renamed_and_deleted(library: Library) -> None:
    """And is the same one all the while, by its id."""
    made_now = library.collections.create("House move")
    assert library.collections.list() == (made_now,)
    renamed = library.collections.rename(made_now.id, "The move")
    assert (renamed.id, renamed.name, renamed.created_at) == (made_now.id, "The move", made_now.created_at)
    assert library.collections.list() == (renamed,)
    library.collections.delete(made_now.id)
    assert library.collections.list() == ()


def test_collections_are_listed_by_name_whatever_their_capitals(library: Library) -> None:
    for name in ("taxes", "House", "Áccounts", "garden"):
        library.collections.create(name)
    assert [each.name for each in library.collections.list()] == ["garden", "House", "taxes", "Áccounts"]


@pytest.mark.parametrize(
    "again", ["House move", "house MOVE", "  House\u00a0\n move ", "House move\u200b", "Hou\x00se move"]
)
def test_no_two_collections_look_alike(library: Library, again: str) -> None:
    """Neither by capitals, nor by spaces, nor by characters that nobody sees."""
    first = library.collections.create("House move")
    other = library.collections.create("Taxes")
    for attempt in (library.collections.create, lambda name: library.collections.rename(other.id, name)):
        with pytest.raises(CollectionNameTaken) as refused:
            attempt(again)
        assert refused.value.name == "House move"
    assert library.collections.obtain(again) == first
    assert library.collections.resolve(again) == first


def test_accents_typed_in_two_ways_are_one_name(library: Library) -> None:
    """A keyboard may send “é” as one character or as two."""
    library.collections.create("Ménage")
    with pytest.raises(CollectionNameTaken):
        library.collections.create("ME\u0301NAGE")


def test_a_collection_may_change_its_own_capitals(library: Library) -> None:
    collection = library.collections.create("house move")
    assert library.collections.rename(collection.id, "House Move").name == "House Move"


@pytest.mark.parametrize("name", ["", "   ", "\u200b", "\u200d", "\u0301", "\x07", "\ud800", "x" * 61])
def test_a_name_nobody_can_see_or_that_is_too_long_is_refused(library: Library, name: str) -> None:
    for attempt in (library.collections.create, library.collections.obtain):
        with pytest.raises(CollectionNameUnfit):
            attempt(name)
    assert library.collections.list() == ()


@pytest.mark.parametrize("name", ["7", "x" * 60, "家の引越し", "👩‍👩‍👧", "می‌خواهم", "<b>& '\"--"])
def test_any_other_name_is_kept_as_it_was_typed(library: Library, name: str) -> None:
    """In any script, and with signs that mean something elsewhere."""
    assert library.collections.create(name).name == name
    assert library.collections.resolve(name).name == name


def test_what_reverses_the_reading_of_a_line_is_left_out(library: Library) -> None:
    assert library.collections.create("tax\u202efdp.exe").name == "taxfdp.exe"


def test_a_document_is_in_one_collection_or_in_none(library: Library) -> None:
    """Moving it into another takes it out of the first."""
    library.add([made("lease"), made("taxes"), made("other")])
    house, work = library.collections.create("House"), library.collections.create("Work")
    library.collections.move([id_of("lease"), id_of("taxes")], house.id)
    assert (_in(library, house), _in(library, None)) == ({"lease", "taxes"}, {"other"})
    library.collections.move([id_of("taxes")], work.id)
    assert (_in(library, house), _in(library, work)) == ({"lease"}, {"taxes"})
    library.collections.move([id_of("lease")], None)
    assert (_in(library, house), _in(library, None)) == (set(), {"lease", "other"})


def test_deleting_a_collection_leaves_its_documents_in_the_library(library: Library) -> None:
    library.add([made("lease"), made("taxes")])
    house = library.collections.create("House")
    library.collections.move([id_of("lease")], house.id)
    library.collections.delete(house.id)
    assert _in(library, None) == {"lease", "taxes"}
    assert len(library.keyword("lease", 10)) == 1


def test_what_is_gone_is_an_error_of_its_own(library: Library) -> None:
    library.add([made("lease")])
    nowhere = "no such collection"
    attempts = (
        lambda: library.collections.rename(nowhere, "x"),
        lambda: library.collections.delete(nowhere),
        lambda: library.collections.move([id_of("lease")], nowhere),
        lambda: library.collections.resolve(nowhere),
        lambda: library.collections.resolve("\ud800"),
    )
    for attempt in attempts:
        with pytest.raises(CollectionNotFound):
            attempt()


def test_documents_move_all_together_or_not_at_all(library: Library) -> None:
    library.add([made("lease")])
    house = library.collections.create("House")
    with pytest.raises(DocumentNotFound):
        library.collections.move([id_of("lease"), id_of("nothing")], house.id)
    assert _in(library, None) == {"lease"}


def test_a_document_comes_into_the_collection_it_was_brought_to(library: Library) -> None:
    house = library.collections.create("House")
    library.add([_brought(made("lease"), house), made("other")])
    assert (_in(library, house), _in(library, None)) == ({"lease"}, {"other"})


def test_a_collection_deleted_meanwhile_costs_no_document(library: Library) -> None:
    house = library.collections.create("House")
    library.collections.delete(house.id)
    assert library.add([_brought(made("lease"), house)]) == (AddStatus.ADDED,)
    assert _in(library, None) == {"lease"}


def test_a_document_that_is_there_is_brought_into_a_collection_when_added_again(library: Library) -> None:
    """Bytes that need no reading are put where the person put them; named no collection, they stay where they are."""
    house, work = library.collections.create("House"), library.collections.create("Work")
    library.add([made("lease")])
    assert library.add([_brought(made("lease"), house)]) == (AddStatus.UNCHANGED,)
    assert _in(library, house) == {"lease"}
    library.remember_source(id_of("lease"), None)
    assert _in(library, house) == {"lease"}
    library.remember_source(id_of("lease"), None, work.id)
    assert _in(library, work) == {"lease"}


def test_a_file_that_has_changed_stays_in_its_collection(library: Library) -> None:
    """Unless it was brought into another when it was added again."""
    house, work = library.collections.create("House"), library.collections.create("Work")
    library.add([_brought(made("first", source="/a"), house)])
    assert library.add([made("second", source="/a")]) == (AddStatus.REPLACED,)
    assert _in(library, house) == {"second"}
    library.add([_brought(made("third", source="/a"), work)])
    assert (_in(library, house), _in(library, work)) == (set(), {"third"})


def test_collections_outlive_the_program_and_a_change_of_model(library: Library, tmp_path: Path) -> None:
    house = library.collections.create("House")
    new = keep_original(library, made("lease"), tmp_path)
    library.add([_brought(new, house)])
    rebuilt = Library.rebuild(library.folder, "another")
    assert rebuilt.collections.list() == (house,)
    assert [document.collection for document in rebuilt.unencoded()] == [house.id]
    rebuilt.add([new])
    assert _in(rebuilt, house) == {"lease"}
    rebuilt.close()


def test_a_library_from_before_collections_is_brought_up_to_date(
    data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With everything that was in it."""
    before = MIGRATIONS[: [step.__name__ for step in MIGRATIONS].index("create_collections")]
    data_folder.mkdir(parents=True)
    database = Database(data_folder / "footnote.db")
    with monkeypatch.context() as patch:
        patch.setattr("storage.migrations.MIGRATIONS", before)
        migrate(database)
    with database.writing() as connection:
        connection.execute("UPDATE library SET model = ?", (MODEL,))
        connection.execute(
            """
            INSERT INTO documents (id, name, title, media_type, size, chunks, added_at, state)
            VALUES ('a', 'lease.txt', 'lease', 'text/plain', 1, 1, '2026-01-01', 'ready')
            """
        )
    database.close()
    library = Library.open(data_folder, MODEL)
    house = library.collections.create("House")
    library.collections.move(["a"], house.id)
    assert _in(library, house) == {"lease"}
    library.close()


def test_the_name_of_a_deleted_collection_cannot_be_read_from_the_file(library: Library) -> None:
    collection = library.collections.create("Unmistakable affairs")
    library.collections.delete(collection.id)
    library.tidy()
    for file in library.folder.glob("footnote.db*"):
        assert b"nmistakable" not in file.read_bytes()


def test_another_program_s_library_sees_at_once_where_a_document_was_moved(tmp_path: Path) -> None:
    """What it has read of the documents before is not what it tells then, nor after the collection has gone."""
    here, there = (Library.open(tmp_path, MODEL) for _ in range(2))
    new = made("letter")
    here.add([new])
    house = here.collections.create("House")
    assert there.documents()[0].collection is None
    here.collections.move([new.document.id], house.id)
    assert there.documents()[0].collection == house.id
    assert there.documents() is there.documents()
    here.collections.delete(house.id)
    assert there.documents()[0].collection is None
