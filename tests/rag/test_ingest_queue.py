"""The queue of files that were handed over: each is read once, cancelled, decided about or unlocked; none is lost."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest
from pypdf import PdfWriter

from rag.events import FileAsks, FileCancelled, FileFailed, FileFinished, FileProgress, FileStarted, IngestEvent
from rag.ingest_queue import IngestQueue
from storage.records import QueuedFile
from tests.documents import LEASE, make_encrypted_pdf, make_pdf, make_slow_pdf
from tests.rag.ingest_bench import of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rag.ingest import Ingester
    from tests.rag.ingest_bench import Bench


@pytest.fixture
def queue(bench: Bench) -> IngestQueue:
    """A queue over the bench's library, whose copies lie among the bench's files."""
    return again(bench)


def again(bench: Bench) -> IngestQueue:
    """The queue as the next start of the program finds it."""
    passwords = bench.ingester._processes.passwords
    return IngestQueue(bench.library.waiting_files, lambda: bench.ingester, passwords, bench.folder)


def run(queue: IngestQueue, seen: Callable[[IngestEvent], object] = lambda _: None) -> list[IngestEvent]:
    """Read what waits, calling ``seen`` with every event."""

    async def work() -> list[IngestEvent]:
        events = []
        async for event in queue.read():
            events.append(event)
            if asyncio.iscoroutine(doing := seen(event)):
                await doing
        return events

    return asyncio.run(work())


def hand(queue: IngestQueue, *paths: Path, folder: str = "") -> list[str]:
    """Hand files over; returns their keys."""
    return [file.key for file in queue.add([(path, path.name, folder) for path in paths])]


def names(bench: Bench) -> list[str]:
    return sorted(document.name for document in bench.library.documents())


def test_what_was_handed_over_is_read_and_its_copy_goes(bench: Bench, queue: IngestQueue) -> None:
    """In the order in which it came, each under its key."""
    first, second = bench.write("a.txt", "About ferns."), bench.write("b.txt", "About mosses.")
    keys = hand(queue, first, second)
    events = run(queue)
    assert [event.key for event in of(events, FileStarted)] == keys
    assert names(bench) == ["a.txt", "b.txt"]
    assert queue.files() == ()
    assert not first.exists()
    assert not second.exists()


def test_a_file_that_was_not_a_copy_stays(queue: IngestQueue, samples: Path) -> None:
    """The samples belong to the program."""
    hand(queue, samples / "Lease agreement.pdf")
    run(queue)
    assert (samples / "Lease agreement.pdf").exists()


def test_a_persons_own_file_stays_and_belongs_to_its_path(bench: Bench, queue: IngestQueue) -> None:
    """Wherever it lies; its next version replaces it without a question."""
    path = bench.write("papers/a.txt", "About ferns.")
    for text in ("About ferns.", "About mosses."):
        path.write_text(text)
        bench.library.waiting_files.add([QueuedFile(text, str(path), "a.txt", "papers", from_folder="f1")])
        (finished,) = of(run(queue), FileFinished)
        assert finished.file == "papers/a.txt"
    assert finished.status == "replaced"
    assert bench.library.source_of(str(path)) == finished.document.id
    assert path.exists()


def test_the_queue_outlives_the_program(bench: Bench, queue: IngestQueue) -> None:
    """Reading is broken off; the next start reads the rest, and nothing twice."""
    hand(queue, *(bench.write(f"{number}.txt", f"About fern {number}.") for number in range(3)))

    async def stop_early() -> None:
        async with aclosing(queue.read()) as events:
            async for event in events:
                if isinstance(event, FileStarted):
                    return

    asyncio.run(stop_early())
    assert queue.files()
    events = run(again(bench))
    assert names(bench) == ["0.txt", "1.txt", "2.txt"]
    assert len(of(events, FileFinished)) <= 3
    assert queue.files() == ()


def test_what_comes_meanwhile_is_read_too(bench: Bench, queue: IngestQueue) -> None:
    """Without being asked for again."""
    hand(queue, bench.write("a.txt", "About ferns."))
    later = bench.write("b.txt", "About mosses.")

    def add_once(event: IngestEvent) -> None:
        if isinstance(event, FileStarted) and event.file == "a.txt":
            hand(queue, later)

    run(queue, add_once)
    assert names(bench) == ["a.txt", "b.txt"]


def test_a_waiting_file_can_be_cancelled(bench: Bench, queue: IngestQueue) -> None:
    """The others are read; its copy goes, and nothing of it is kept."""
    paths = [bench.write(f"{name}.txt", f"About {name}.") for name in ("ferns", "mosses", "lichen")]
    _, second, _ = hand(queue, *paths)

    async def cancel_second(event: IngestEvent) -> None:
        if isinstance(event, FileStarted) and event.file == "ferns.txt":
            await queue.cancel(second)

    events = run(queue, cancel_second)
    assert [event.key for event in of(events, FileCancelled)] == [second]
    assert names(bench) == ["ferns.txt", "lichen.txt"]
    assert not paths[1].exists()
    assert queue.files() == ()
    assert len(list((bench.library.folder / "originals").glob("*/*"))) == 2


def test_a_file_that_is_being_read_is_given_up_at_once(bench: Bench, queue: IngestQueue) -> None:
    """Even while its reader is busy with one page."""
    slow = make_slow_pdf(bench.folder / "slow.pdf")
    key, _ = hand(queue, slow, bench.write("after.txt", "About ferns."))

    async def cancel_it(event: IngestEvent) -> None:
        if isinstance(event, FileStarted) and event.file == "slow.pdf":
            asyncio.get_running_loop().call_later(1.0, lambda: asyncio.ensure_future(queue.cancel(key)))

    events = run(queue, cancel_it)
    assert [event.key for event in of(events, FileCancelled)] == [key]
    assert of(events, FileFailed) == []
    assert names(bench) == ["after.txt"]


def test_a_long_file_is_given_up_between_its_pages(bench: Bench, queue: IngestQueue) -> None:
    """What of it was encoded is not kept."""
    long = bench.write("long.md", "\n\n".join(f"# Part {n}\n\nWords about part {n}." for n in range(400)))
    (key,) = hand(queue, long)

    async def cancel_it(event: IngestEvent) -> None:
        if isinstance(event, FileProgress):
            await queue.cancel(key)

    events = run(queue, cancel_it)
    assert len(of(events, FileCancelled)) == 1
    assert names(bench) == []
    assert list((bench.library.folder / "originals").glob("*/*")) == []


def test_a_known_name_with_other_content_asks(bench: Bench, queue: IngestQueue) -> None:
    """Nothing is read or replaced meanwhile, not even after a new start."""
    bench.read(bench.write("lease.txt", "The rent is 900."))
    elsewhere = bench.folder / "other" / "lease.txt"
    elsewhere.parent.mkdir()
    elsewhere.write_text("The rent is 950.")
    (key,) = hand(queue, elsewhere)
    assert [event.key for event in of(run(queue), FileAsks)] == [key]
    assert [(file.key, file.state) for file in again(bench).files()] == [(key, "asking")]
    assert run(again(bench)) == []
    assert elsewhere.exists()
    assert len(bench.library.documents()) == 1


@pytest.mark.parametrize(("decision", "left"), [("replace", ["950"]), ("keep", ["900", "950"])])
def test_the_person_says_which_of_them_stays(bench: Bench, queue: IngestQueue, decision: str, left: list[str]) -> None:
    """One change of the library does both."""
    bench.read(bench.write("lease.txt", "The rent is 900."))
    elsewhere = bench.folder / "other" / "lease.txt"
    elsewhere.parent.mkdir()
    elsewhere.write_text("The rent is 950.")
    (key,) = hand(queue, elsewhere)
    run(queue)
    queue.decide(key, decision)
    (finished,) = of(run(queue), FileFinished)
    assert finished.status == ("replaced" if decision == "replace" else "added")
    texts = [bench.library.page(document.id, 1).text for document in bench.library.documents()]
    assert sorted(text.split()[-1].rstrip(".") for text in texts) == left
    assert queue.files() == ()


def test_the_same_file_again_does_not_ask(bench: Bench, queue: IngestQueue) -> None:
    """It is known by its content."""
    bench.read(bench.write("lease.txt", "The rent is 900."))
    copy = bench.folder / "copy" / "lease.txt"
    copy.parent.mkdir()
    copy.write_text("The rent is 900.")
    hand(queue, copy)
    assert [event.status for event in of(run(queue), FileFinished)] == ["unchanged"]


def test_files_of_one_name_in_several_folders_are_no_namesakes(bench: Bench, queue: IngestQueue) -> None:
    """The next version of one asks about that one only."""
    for folder, text in (("Home", "About ferns."), ("Car", "About mosses.")):
        hand(queue, bench.write(f"{folder}/policy.txt", text), folder=folder)
    run(queue)
    assert names(bench) == ["policy.txt", "policy.txt"]
    (key,) = hand(queue, bench.write("new/policy.txt", "About lichen."), folder="Home")
    assert len(of(run(queue), FileAsks)) == 1
    queue.decide(key, "replace")
    run(queue)
    texts = sorted(bench.library.page(document.id, 1).text for document in bench.library.documents())
    assert texts == ["About lichen.", "About mosses."]


def test_a_locked_file_waits_for_its_password(bench: Bench, queue: IngestQueue) -> None:
    """Over a new start too; the password itself is written down nowhere."""
    locked = make_encrypted_pdf(bench.folder / "locked.pdf", key="open sesame")
    (key,) = hand(queue, locked)
    assert [event.locked for event in of(run(queue), FileFailed)] == [True]
    assert [(file.key, file.state) for file in again(bench).files()] == [(key, "locked")]
    queue.unlock(key, "wrong")
    assert [event.locked for event in of(run(queue), FileFailed)] == [True]
    queue.unlock(key, "open sesame")
    (finished,) = of(run(queue), FileFinished)
    assert LEASE[0] in bench.library.page(finished.document.id, 1).text
    assert bench.ingester._processes.passwords.of(finished.document.id) == "open sesame"
    for file in bench.library.folder.rglob("*"):
        assert not file.is_file() or b"open sesame" not in file.read_bytes()


def test_a_name_with_half_a_character_is_read(bench: Bench, queue: IngestQueue) -> None:
    """As a page can send it."""
    queue.add([(bench.write("0a1b.txt"), "\ud83d.txt", "\ud83d")])
    run(queue)
    assert names(bench) == ["\N{REPLACEMENT CHARACTER}.txt"]


def test_dismissing_one_file_harms_no_other(bench: Bench, queue: IngestQueue) -> None:
    """The process that read it is reading the next one by then."""
    first, slow = hand(queue, bench.write("a.txt", "About ferns."), make_slow_pdf(bench.folder / "slow.pdf"))

    async def dismiss_in_between(event: IngestEvent) -> None:
        if isinstance(event, FileStarted) and event.file == "slow.pdf":
            loop = asyncio.get_running_loop()
            for seconds, key in ((1.0, first), (2.5, slow)):
                loop.call_later(seconds, lambda key=key: asyncio.ensure_future(queue.cancel(key)))

    events = run(queue, dismiss_in_between)
    assert of(events, FileFailed) == []
    assert slow in [event.key for event in of(events, FileCancelled)]


def test_leaving_off_in_the_middle_of_a_file_takes_no_time(bench: Bench, queue: IngestQueue) -> None:
    """Whoever closes the program does not wait for a reader that is busy with a page."""
    slow_at_its_end = PdfWriter()
    slow_at_its_end.append(make_pdf(bench.folder / "quick.pdf", [LEASE] * 20))
    slow_at_its_end.append(make_slow_pdf(bench.folder / "slow.pdf"))
    slow_at_its_end.write(bench.folder / "both.pdf")
    hand(queue, bench.folder / "both.pdf")

    async def leave() -> float:
        async with aclosing(queue.read()) as events:
            async for event in events:
                if isinstance(event, FileStarted):
                    await asyncio.sleep(3)
                    break
            begun = time.monotonic()
        return time.monotonic() - begun

    assert asyncio.run(leave()) < 5
    assert [file.name for file in queue.files()] == ["both.pdf"]


def test_a_file_given_up_while_the_program_gets_ready_is_not_read(bench: Bench) -> None:
    """The first file waits for the encoder; one whose copy has gone must not be said to be missing."""

    def getting_ready() -> Ingester:
        time.sleep(0.5)
        return bench.ingester

    passwords = bench.ingester._processes.passwords
    queue = IngestQueue(bench.library.waiting_files, getting_ready, passwords, bench.folder)
    copy, other = hand(queue, bench.write("a.txt", "About ferns."), bench.write("b.txt", "About mosses."))
    own = bench.write("papers/c.txt", "About lichen.")
    bench.library.waiting_files.add([QueuedFile("own", str(own), "c.txt", "papers", from_folder="f1")])

    async def work() -> list[IngestEvent]:
        asyncio.get_running_loop().call_later(0.2, lambda: asyncio.ensure_future(queue.cancel(copy, "own")))
        return [event async for event in queue.read()]

    events = asyncio.run(work())
    assert [event.key for event in of(events, FileStarted)] == [other]
    assert names(bench) == ["b.txt"]
    assert queue.files() == ()
    assert own.exists()


def test_only_files_on_their_way_into_a_collection_may_yet_answer_from_it(bench: Bench, queue: IngestQueue) -> None:
    """Whoever asks one collection need not hear of files that are read for another, or for none."""
    house, taxes = (bench.library.collections.create(name).id for name in ("House", "Taxes"))
    paths = [bench.write(f"{number}.txt") for number in range(3)]
    (ours,) = queue.add([(paths[0], "0.txt", "")], house)
    keys = {
        file.key for file in (ours, *queue.add([(paths[1], "1.txt", "")], taxes), *queue.add([(paths[2], "2", "")]))
    }
    assert queue.bound_for({house, None}, keys) == 1
    assert queue.bound_for({house}, keys - {ours.key}) == 0
    assert queue.bound_for({house, taxes}, keys) == 0
    assert queue.bound_for({None}, keys) == 0
