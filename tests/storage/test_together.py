"""Threads and processes read and write one data folder at the same time, and none sees half of anything."""

from __future__ import annotations

import multiprocessing
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from storage.errors import LibraryLocked
from storage.library import AddStatus, Library
from storage.lock import WriterLock
from tests.storage.made import MODEL, assert_whole, id_of, made, unit_vector

if TYPE_CHECKING:
    from multiprocessing.synchronize import Event
    from pathlib import Path

SPAWN = multiprocessing.get_context("spawn")
CHUNKS = 20


def _book(number: int) -> list[str]:
    """Passages that share one word with no other document."""
    return [f"unique{number} passage {position}" for position in range(CHUNKS)]


def _read_until(folder: Path, stop: Event, ready: Event, complaints: multiprocessing.Queue[str]) -> None:
    """Search and fetch without pause, and complain about half a document."""
    library = Library.open(folder, MODEL)
    rounds = 0
    while not stop.is_set() or rounds < 3:
        for number in range(6):
            found = [chunk_id for chunk_id, _ in library.keyword(f"unique{number}", 1000)]
            chunks = library.fetch(found)
            if len(found) not in (0, CHUNKS) or len(chunks) not in (0, CHUNKS):
                complaints.put(f"{len(found)} found, {len(chunks)} fetched of document {number}")
        nearest = library.dense(unit_vector(rounds), 1000)
        if len(nearest) % CHUNKS:
            complaints.put(f"{len(nearest)} chunks searched")
        rounds += 1
        ready.set()
    library.close()


def _add_some(folder: Path, names: list[str]) -> None:
    """Be another program that adds documents."""
    library = Library.open(folder, MODEL)
    for name in names:
        library.add([made(name, source=f"/{name}")])
    library.close()


def test_a_reader_in_another_process_never_sees_half_a_document(library: Library) -> None:
    """While documents come, are replaced and go, and the files below it are merged and swept."""
    stop, ready, complaints = SPAWN.Event(), SPAWN.Event(), SPAWN.Queue()
    reader = SPAWN.Process(target=_read_until, args=(library.folder, stop, ready, complaints))
    reader.start()
    assert ready.wait(60)
    for number in range(6):
        library.add([made(f"book{number}", _book(number), f"/{number % 3}")])
        library.tidy()
    for number in (3, 4):
        library.remove(id_of(f"book{number}"))
    stop.set()
    reader.join(60)
    assert reader.exitcode == 0
    assert complaints.empty(), complaints.get()
    assert_whole(library)


def test_a_reader_that_is_open_sees_the_latest(library: Library) -> None:
    reader = Library.open(library.folder, MODEL)
    assert reader.documents() == ()
    library.add([made("one")])
    assert len(reader.keyword("one", 10)) == 1
    library.add([made("two")])
    assert [document.title for document in reader.documents()] == ["two", "one"]
    assert len(reader.dense(unit_vector(0), 10)) == 2
    library.remove(id_of("one"))
    assert reader.keyword("one", 10) == []
    reader.close()


def test_programs_that_write_at_once_take_turns(library: Library) -> None:
    names = [[f"{program}-{number}" for number in range(5)] for program in "ab"]
    writers = [SPAWN.Process(target=_add_some, args=(library.folder, own)) for own in names]
    for writer in writers:
        writer.start()
    library.add([made("mine")])
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0
    assert {document.title for document in library.documents()} == {"mine", *names[0], *names[1]}
    assert_whole(library)


def test_many_threads_use_one_library(library: Library) -> None:
    def work(number: int) -> tuple[AddStatus, ...]:
        statuses = library.add([made(f"shared{number % 4}"), made(f"own{number}")])
        library.dense(unit_vector(number), 10)
        library.keyword(f"own{number}", 10)
        conversation = library.conversations.create(f"{number}")
        turn = library.conversations.add_turn(conversation.id, "?")
        library.conversations.save_turn(turn.id, text="!", outcome="answered")
        return statuses

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(work, range(12)))
    assert [both[1] for both in statuses] == [AddStatus.ADDED] * 12
    assert [both[0] for both in statuses].count(AddStatus.ADDED) == 4
    assert len(library.conversations.list()) == 12
    assert_whole(library)


def test_an_empty_folder_is_laid_out_once_by_many(data_folder: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        libraries = list(pool.map(lambda _: Library.open(data_folder, MODEL), range(8)))
    libraries[0].add([made("one")])
    assert all(library.holds(id_of("one")) for library in libraries)
    for library in libraries:
        library.close()


def test_a_writer_gives_up_in_the_end(tmp_path: Path) -> None:
    with WriterLock(tmp_path).held(), pytest.raises(LibraryLocked) as caught, WriterLock(tmp_path, 0.2).held():
        pytest.fail("two writers at once")
    assert (caught.value.folder, caught.value.seconds) == (tmp_path, 0.2)


def test_a_thread_of_the_same_program_gives_up_too(tmp_path: Path) -> None:
    lock = WriterLock(tmp_path, 0.2)
    failures: list[BaseException] = []

    def second() -> None:
        try:
            with lock.held():
                pass
        except LibraryLocked as error:
            failures.append(error)

    with lock.held():
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert len(failures) == 1
    with lock.held():
        pass


def test_readers_do_not_wait_for_a_writer(library: Library) -> None:
    library.add([made("one")])
    with WriterLock(library.folder).held():
        reader = Library.open(library.folder, MODEL)
        assert len(reader.keyword("one", 10)) == 1
        assert len(reader.documents()) == 1
        reader.close()
