"""A program that dies in the middle of a change leaves a library that opens, and documents that are whole or absent."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from storage.library import AddStatus, Library
from tests.readable import found_below
from tests.storage.made import MODEL, assert_whole, id_of, made, unit_vector

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

DEATH = 9
TEXTS = [f"passage number {number} of a longer document" for number in range(600)]
"""More than one batch of rows."""

WHILE_ADDING = (
    "return Admission.announce",
    "return TokenFiles.write",
    "return ChunkTable.add",
    "call _take_over",
    "return Admission.admit",
    "return ChunkTable.delete",
    "call Admission.forget",
)
WHILE_REMOVING = (
    "return Admission.dismiss",
    "return TokenFiles.delete",
)
WHILE_ERASING = (
    "return Admission.forget",
    "call index_terms_and_ids",
    "return ChunkTable.rewrite",
    "call Admission.mark_indexed",
    "return Admission.mark_indexed",
    "return ChunkTable.sweep",
    "call Database.erase",
    "return Database.erase",
    "call Admission.mark_erased",
)
WHILE_REBUILDING = ("return Admission.give_up_vectors", "return ChunkTable.sweep")


def _die_at(point: str) -> None:
    """End this process without a farewell when a function is entered or left for the first time."""
    event, _, name = point.partition(" ")

    def watch(frame: FrameType, happened: str, _: object) -> None:
        if happened == event and frame.f_code.co_qualname == name:
            os._exit(DEATH)

    sys.setprofile(watch)


def _add(library: Library) -> None:
    library.add([made("new", TEXTS, "/a"), made("more", source="/c")])


def _remove(library: Library) -> None:
    library.remove(id_of("old"))


def _rebuild(library: Library) -> None:
    Library.rebuild(library.folder, "another")


CHANGES: dict[str, Callable[[Library], None]] = {"add": _add, "remove": _remove, "rebuild": _rebuild}


def _killed(folder: Path, change: str, point: str) -> None:
    """Run a change in a process of its own that dies at ``point``."""
    command = [sys.executable, "-m", "tests.storage.test_crash", str(folder), change, point]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert done.returncode == DEATH, done.stderr


@pytest.fixture
def folder(library: Library) -> Path:
    """A library with two documents, one of them from a path that is about to give another."""
    library.add([made("old", ["ancient words"] * 3, "/a"), made("kept", source="/b")])
    library.tidy()
    return library.folder


@pytest.mark.parametrize("point", WHILE_ADDING)
def test_adding_is_all_or_nothing_and_can_be_repeated(folder: Path, point: str) -> None:
    _killed(folder, "add", point)
    library = Library.open(folder, MODEL)
    titles = {document.title for document in library.documents()}
    assert titles in ({"old", "kept"}, {"new", "more", "kept"})
    _assert_only_these_are_found(library, titles)
    library.add([made("new", TEXTS, "/a"), made("more", source="/c")])
    assert {document.title for document in library.documents()} == {"new", "more", "kept"}
    assert_whole(library)
    library.close()


def test_a_first_addition_cut_short_leaves_room_for_the_second(data_folder: Path) -> None:
    """Also where the table was made, but not its indexes."""
    Library.open(data_folder, MODEL).close()
    _killed(data_folder, "add", "call index_terms_and_ids")
    library = Library.open(data_folder, MODEL)
    assert library.keyword("passage", 10) == []
    library.add([made("new", TEXTS, "/a")])
    library.tidy()
    assert len(library.keyword("passage", 1000)) == len(TEXTS)
    assert_whole(library)
    library.close()


@pytest.mark.parametrize("point", WHILE_REMOVING)
def test_a_removal_once_begun_is_finished(folder: Path, point: str) -> None:
    _killed(folder, "remove", point)
    library = Library.open(folder, MODEL)
    assert [document.title for document in library.documents()] == ["kept"]
    _assert_only_these_are_found(library, {"kept"})
    library.tidy()
    assert_whole(library)
    assert library.add([made("old", ["ancient words"] * 3, "/a")]) == (AddStatus.ADDED,)
    assert_whole(library)
    library.close()


@pytest.mark.parametrize("point", WHILE_REMOVING + WHILE_ERASING)
def test_what_was_to_be_erased_is_erased_by_the_next_opening(folder: Path, point: str) -> None:
    """Whatever had become of it when the program died; nothing else is lost with it."""
    _killed(folder, "remove", point)
    library = Library.open(folder, MODEL)
    _assert_erased(library)
    library.close()


def test_a_removal_killed_at_any_moment_is_finished_by_the_next_opening(folder: Path) -> None:
    """Also in the middle of what LanceDB does in threads of its own."""
    chosen = np.random.default_rng(20)
    for _ in range(5):
        command = [sys.executable, "-m", "tests.storage.test_crash", str(folder), "remove", "call nothing"]
        with subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE) as program:
            assert program.stdout
            program.stdout.readline()
            time.sleep(chosen.uniform(0.0, 0.4))
            program.kill()
        library = Library.open(folder, MODEL)
        if not library.holds(id_of("old")):
            _assert_erased(library)
        assert_whole(library)
        library.add([made("old", ["ancient words"] * 3, "/a")])
        library.tidy()
        library.close()


@pytest.mark.parametrize("point", WHILE_REBUILDING)
def test_a_rebuilding_once_begun_is_finished(folder: Path, point: str) -> None:
    _killed(folder, "rebuild", point)
    library = Library.open(folder, "another")
    assert [document.title for document in library.unencoded()] == ["old", "kept"]
    library.add([made("old", ["ancient words"] * 3, "/a"), made("kept", source="/b")])
    assert_whole(library)
    library.close()


def _assert_only_these_are_found(library: Library, titles: set[str]) -> None:
    """Neither arm shows anything of other documents, and both show these whole, before anything was cleared away."""
    ids = {document.id for document in library.documents()}
    for found in (library.dense(unit_vector(0), 1000), library.keyword("ancient passage says number", 1000)):
        chunks = library.fetch(chunk_id for chunk_id, _ in found)
        assert len(chunks) == len(found) == sum(document.chunks for document in library.documents())
        assert {encoded.chunk.document_id for encoded in chunks.values()} == ids == {id_of(title) for title in titles}


def _assert_erased(library: Library) -> None:
    """Only what stays is there, in one table, and nothing is owed any more."""
    _assert_only_these_are_found(library, {"kept"})
    assert found_below(library.folder, "ancient", id_of("old")[:16]) == set()
    assert not library._catalogue.erasing()
    assert len(list((library.folder / "vectors").iterdir())) == 1
    assert_whole(library)


if __name__ == "__main__":
    _, where, what, moment = sys.argv
    opened = Library.open(Path(where), MODEL)
    sys.stdout.write("open\n")
    sys.stdout.flush()
    _die_at(moment)
    CHANGES[what](opened)
