"""A data folder opens in every state it can be in, or says in one error why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from storage.errors import FolderUnusable, LibraryTooNew, OtherModel
from storage.library import AddStatus, Library
from tests.storage.made import MODEL, assert_whole, id_of, keep_original, made, unit_vector

if TYPE_CHECKING:
    from pathlib import Path


def test_an_empty_library_answers_everything(library: Library) -> None:
    assert library.documents() == ()
    assert library.dense(unit_vector(0), 10) == []
    assert library.keyword("anything", 10) == []
    assert library.fetch(["x"]) == {}
    assert library.fetch([]) == {}
    library.tidy()
    library.warm()


def test_what_was_added_is_there_after_opening_again(library: Library) -> None:
    library.add([made("lease")])
    with_words = Library.open(library.folder, MODEL)
    assert with_words.documents() == library.documents()
    assert len(with_words.keyword("lease", 10)) == 1
    with_words.close()


def test_another_model_is_refused(library: Library) -> None:
    library.add([made("lease")])
    with pytest.raises(OtherModel) as caught:
        Library.open(library.folder, "another")
    assert (caught.value.found, caught.value.expected) == (MODEL, "another")


def test_an_empty_library_takes_any_model(library: Library) -> None:
    library.add([made("lease")])
    library.remove(id_of("lease"))
    other = Library.open(library.folder, "another")
    assert other.add([made("lease")]) == (AddStatus.ADDED,)
    assert_whole(other)
    other.close()


def test_a_library_of_a_later_version_is_left_alone(library: Library) -> None:
    with library._database.writing() as connection:
        connection.execute("INSERT INTO migrations (name) VALUES ('add_something_unheard_of')")
    with pytest.raises(LibraryTooNew):
        Library.open(library.folder, MODEL)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(FolderUnusable) as caught:
        Library.open(tmp_path / "file" / "data", MODEL)
    assert caught.value.folder == tmp_path / "file" / "data"


def test_a_database_that_is_something_else_is_named(data_folder: Path) -> None:
    data_folder.mkdir()
    (data_folder / "footnote.db").write_text("This is not a database, but long enough to be looked at. " * 10)
    with pytest.raises(FolderUnusable):
        Library.open(data_folder, MODEL)


def test_missing_token_vectors_are_written_to_the_log(library: Library, caplog: pytest.LogCaptureFixture) -> None:
    """They can be computed from the text; but somebody may want to know what is wrong with the disk."""
    new = made("lease")
    library.add([new])
    library._tokens.delete(new.document.id)
    (encoded,) = library.fetch([new.chunks[0].chunk.id]).values()
    assert encoded.tokens is None
    assert f"the token vectors of {new.document.id} are missing" in caplog.text


def test_documents_wait_to_be_added_again(library: Library, tmp_path: Path) -> None:
    new = keep_original(library, made("lease", source="/a"), tmp_path)
    library.add([new, made("other", source="/b")])
    rebuilt = Library.rebuild(library.folder, "another")
    assert rebuilt.documents() == ()
    assert [document.title for document in rebuilt.unencoded()] == ["lease", "other"]
    assert rebuilt.originals.path_of(rebuilt.unencoded()[0]).is_file()
    assert rebuilt.keyword("lease", 10) == []
    assert rebuilt.add([new]) == (AddStatus.ADDED,)
    assert [document.title for document in rebuilt.unencoded()] == ["other"]
    assert len(rebuilt.keyword("lease", 10)) == 1
    assert rebuilt.source_of("/a") == new.document.id
    rebuilt.close()


def test_waiting_outlives_the_program(library: Library) -> None:
    library.add([made("lease")])
    Library.rebuild(library.folder, "another").close()
    again = Library.open(library.folder, "another")
    assert [document.title for document in again.unencoded()] == ["lease"]
    again.close()


def test_a_program_with_the_former_model_neither_reads_nor_writes(library: Library) -> None:
    """Vectors of two models are never mixed, and the old one's housekeeping does no harm."""
    library.add([made("lease")])
    rebuilt = Library.rebuild(library.folder, "another")
    rebuilt.add([made("lease")])
    for change in (lambda: library.add([made("new")]), library.tidy, lambda: library.dense(unit_vector(0), 1)):
        with pytest.raises(OtherModel):
            change()
    assert_whole(rebuilt)
    rebuilt.close()
