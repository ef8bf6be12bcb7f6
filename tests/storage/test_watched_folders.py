"""The list of folders: choices last, what was seen is kept apart from names, and nothing is handed over half."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import astuple, replace
from typing import TYPE_CHECKING

import pytest

from storage.errors import FolderNotListed
from storage.library import Library
from storage.records import FileMark, QueuedFile
from storage.watched_folders import digest_of
from tests.storage.made import MODEL

if TYPE_CHECKING:
    from pathlib import Path

SEEN = {digest_of("quillfeathers.txt"): FileMark(12, 1_790_000_000_123_456_789)}


def queued(folder: str, name: str = "quillfeathers.txt", **other: str) -> QueuedFile:
    return QueuedFile(f"key of {name}", f"/papers/{name}", name, "papers", from_folder=folder, **other)


def test_a_folder_and_what_was_seen_of_it_outlast_the_program(library: Library, data_folder: Path) -> None:
    folder = library.watched_folders.add("/papers", watched=True, collection=None)
    library.watched_folders.hand_over(folder.id, [queued(folder.id)], SEEN)
    library.close()
    again = Library.open(data_folder, MODEL)
    assert again.watched_folders.all() == (folder,)
    assert again.watched_folders.seen(folder.id) == SEEN
    assert again.waiting_files.all() == (queued(folder.id),)
    again.close()


def test_a_folder_that_is_added_again_takes_the_new_choices_and_is_not_read_anew(library: Library) -> None:
    house = library.collections.create("House")
    store = library.watched_folders
    first = store.add("/papers", watched=True, collection=None)
    store.hand_over(first.id, [], SEEN)
    assert store.add("/papers", watched=False, collection=house.id) == replace(
        first, watched=False, collection=house.id
    )
    assert len(store.all()) == 1
    assert store.seen(first.id) == SEEN


def test_folders_are_listed_in_the_order_in_which_they_came(library: Library) -> None:
    for path in ("/z", "/a", "/m"):
        library.watched_folders.add(path, watched=True, collection=None)
    assert [each.path for each in library.watched_folders.all()] == ["/z", "/a", "/m"]


def test_a_folder_whose_collection_is_deleted_is_in_none(library: Library) -> None:
    """And one that is added for a collection which was deleted a moment ago is no trouble."""
    house = library.collections.create("House")
    folder = library.watched_folders.add("/papers", watched=True, collection=house.id)
    assert folder.collection == house.id
    library.collections.delete(house.id)
    assert library.watched_folders.folder(folder.id).collection is None
    assert library.watched_folders.add("/other", watched=True, collection=house.id).collection is None
    library.waiting_files.add([replace(queued(""), collection=house.id)])
    assert [each.collection for each in library.waiting_files.all()] == [None]


def test_of_a_folder_that_was_taken_off_the_list_nothing_is_left(library: Library) -> None:
    store = library.watched_folders
    folder = store.add("/papers", watched=True, collection=None)
    store.hand_over(folder.id, [], SEEN)
    store.forget(folder.id)
    assert store.all() == ()
    assert store.seen(folder.id) == {}
    with pytest.raises(FolderNotListed):
        store.keep_watching(folder.id, watched=True)


def test_what_cannot_be_handed_over_was_not_seen_either(library: Library) -> None:
    """The folder was taken off the list in another window: its files are not read, and not taken for read."""
    store = library.watched_folders
    folder = store.add("/papers", watched=True, collection=None)
    store.forget(folder.id)
    with pytest.raises(FolderNotListed):
        store.hand_over(folder.id, [queued(folder.id)], SEEN)
    assert library.waiting_files.all() == ()
    assert store.seen(folder.id) == {}


def test_a_question_about_an_earlier_self_of_a_file_is_dropped(library: Library) -> None:
    """It was locked and is not any more, say; what merely waits its turn stays."""
    store = library.watched_folders
    folder = store.add("/papers", watched=True, collection=None)
    library.waiting_files.add([queued(folder.id, state="locked"), queued(folder.id, "b.txt")])
    new = [replace(queued(folder.id), key="new"), replace(queued(folder.id, "b.txt"), key="b again")]
    store.hand_over(folder.id, new, SEEN)
    assert [each.key for each in library.waiting_files.all()] == ["key of b.txt", "new", "b again"]


def test_thousands_of_files_come_behind_thousands_that_wait(library: Library) -> None:
    """The whole queue is not gone through for each of them, while nobody else can write."""
    store = library.watched_folders
    took = []
    for path in ("/papers", "/letters"):
        folder = store.add(path, watched=True, collection=None)
        files = [replace(queued(folder.id), path=f"{path}/{n}.txt", key=f"{path} {n}") for n in range(8_000)]
        begun = time.process_time()
        store.hand_over(folder.id, files, SEEN)
        took.append(time.process_time() - begun)
    assert took[1] < 4 * took[0] + 0.2


def test_what_was_seen_is_kept_without_names(library: Library) -> None:
    """The name of a file whose document was removed is to be in no byte of the data folder."""
    store = library.watched_folders
    folder = store.add("/papers", watched=True, collection=None)
    store.hand_over(folder.id, [], SEEN)
    with library._database.reading() as connection:
        rows = connection.execute("SELECT * FROM seen_files").fetchall()
    assert len(rows) == 1
    assert "quillfeathers" not in repr(rows)
    assert "quillfeathers" not in repr(astuple(folder))


@pytest.mark.skipif(sys.platform in {"darwin", "win32"}, reason="names of files are always text there")
def test_a_path_that_is_no_text_waits_like_any_other(library: Library) -> None:
    path = os.fsdecode(b"/papers/r\xe9sum\xe9.txt")
    file = replace(queued(""), path=path)
    library.waiting_files.add([file])
    assert library.waiting_files.one(file.key) == file
    assert library.waiting_files.one("another") is None
