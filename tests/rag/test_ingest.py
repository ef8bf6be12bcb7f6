"""Ingest: a document is there whole or not at all, every file has its event, and the stream ends once."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from typing import TYPE_CHECKING, Any, cast

import psutil
import pytest

from rag import ingest_run
from rag.errors import DamagedFile, EncoderError, ReaderDied
from rag.events import FileFailed, FileFinished, FileProgress, FileSkipped, FileStarted, IngestEvent, IngestFinished
from rag.ingest import Ingester
from rag.lazy import Lazy
from rag.sentences import ALREADY_THERE, sentence_for
from rag.settings import IngestSettings
from rag.source import Source, files_below
from storage.errors import FolderUnusable, LibraryLocked
from storage.records import QueuedFile
from tests.documents import make_contract_pdf, make_encrypted_pdf, make_pdf, make_scan_pdf, make_slow_pdf
from tests.rag.ingest_bench import Bench, FailsOnce, Faulty, Slow, of, read

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rag.encoder import Encoder
    from rag.reading_process import ReadingProcesses


# what becomes of a file


def test_a_file_is_started_encoded_and_finished_in_that_order(bench: Bench) -> None:
    """With its document as the library has it."""
    events = bench.read(make_contract_pdf(bench.folder / "Lease.pdf"))
    assert [type(event) for event in events] == [FileStarted, FileProgress, FileFinished, IngestFinished]
    started, progress, finished, end = events
    (document,) = bench.library.documents()
    assert started == FileStarted(str(bench.folder / "Lease.pdf"), 1, 1)
    assert isinstance(progress, FileProgress)
    assert (progress.pages_read, progress.pages_total, progress.chunks_encoded) == (2, 2, document.chunks)
    assert isinstance(finished, FileFinished)
    assert (finished.status, finished.document) == ("added", document)
    assert isinstance(end, IngestFinished)
    assert (end.added, end.failed) == (1, 0)
    assert (document.name, document.title, document.pages) == ("Lease.pdf", "Lease of 12 Mill Lane", 2)


def test_chunks_are_slices_of_their_pages(bench: Bench) -> None:
    """And no chunk crosses one."""
    bench.read(make_contract_pdf(bench.folder / "Lease.pdf"))
    (document,) = bench.library.documents()
    chunks = bench.library.document_chunks(document.id)
    assert {chunk.page for chunk in chunks} == {1, 2}
    for chunk in chunks:
        page = bench.library.page(document.id, chunk.page or 1)
        assert chunk.text == page.text[chunk.char_start : chunk.char_end]


def test_every_file_has_one_ending(bench: Bench) -> None:
    """Whatever it is; one bad file costs nobody else, and its copy is not kept."""
    files = {
        "good.txt": bench.write("good.txt"),
        "music.mp3": bench.write("music.mp3"),
        "empty.txt": bench.write("empty.txt", " \n "),
        "scan.pdf": make_scan_pdf(bench.folder / "scan.pdf"),
        "locked.pdf": make_encrypted_pdf(bench.folder / "locked.pdf", key="k"),
        "missing.txt": bench.folder / "missing.txt",
        "folder.txt": bench.folder / "folder.txt",
        "last.txt": bench.write("last.txt", "Words about mosses."),
    }
    files["folder.txt"].mkdir()
    events = bench.read(*files.values())
    skipped, failed, finished = (of(events, kind) for kind in (FileSkipped, FileFailed, FileFinished))
    assert [event.file for event in skipped] == [str(files["music.mp3"])]
    assert {event.file for event in finished} == {str(files["good.txt"]), str(files["last.txt"])}
    assert len(failed) == 5
    assert len({event.file for event in failed} | {event.file for event in finished}) == 7
    assert all(event.reason.endswith(".") for event in (*skipped, *failed))
    end = events[-1]
    assert isinstance(end, IngestFinished)
    assert (end.added, end.skipped, end.failed) == (2, 1, 5)
    kept = [path for path in (bench.library.folder / "originals").rglob("*") if path.is_file()]
    assert len(kept) == len(bench.library.documents()) == 2


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="needs a user to whom a file can be closed")
def test_a_file_that_may_not_be_read_says_so(bench: Bench) -> None:
    """It is not damaged."""
    closed = bench.write("closed.txt")
    closed.chmod(0)
    (failed,) = of(bench.read(closed), FileFailed)
    assert "Permission denied" in failed.reason


def test_the_same_bytes_are_there_once(bench: Bench) -> None:
    """Again, under another name, and twice in one go."""
    one, other = bench.write("one.txt"), bench.write("other.txt")
    twice = of(bench.read(one, other), FileFinished)
    again = of(bench.read(other, one), FileFinished)
    assert [event.status for event in twice] == ["added", "unchanged"]
    assert [(event.status, event.reason) for event in again] == [
        ("unchanged", "This file is already in the library, as one.txt."),
        ("unchanged", ALREADY_THERE),
    ]
    assert len(bench.library.documents()) == 1


def handed_over(path: Path, name: str, decision: str = "") -> Source:
    """A copy that a browser handed over."""
    return Source.queued(QueuedFile("1", str(path), name, "", decision=decision))


def test_a_changed_file_replaces_what_came_from_its_path(bench: Bench) -> None:
    """Name alone does not count, and a copy that a browser handed over replaces nothing."""
    path, elsewhere = bench.write("notes.txt", "First words."), bench.write("b/notes.txt", "Other words.")
    bench.read(path, elsewhere)
    bench.write("notes.txt", "Second words.")
    (changed,) = of(bench.read(path), FileFinished)
    bench.write("notes.txt", "Third words.")
    (handed,) = of(read(bench.ingester, [handed_over(path, "notes.txt", "keep")]), FileFinished)
    assert (changed.status, handed.status) == ("replaced", "added")
    assert len(bench.library.documents()) == 3
    assert bench.library.keyword("First", 10) == []


def test_the_title_of_an_uploaded_copy_is_what_people_call_it(bench: Bench) -> None:
    """Not what the browser's own folder calls it."""
    path = bench.write("0a1b2c.txt")
    (event,) = of(read(bench.ingester, [handed_over(path, "Ferns.txt")]), FileFinished)
    assert (event.file, event.document.name, event.document.source) == ("Ferns.txt", "Ferns.txt", None)


# folders


def test_folders_are_read_to_the_bottom_in_order_of_name(tmp_path: Path) -> None:
    """Hidden files and the lock files of office programs are left alone, unless they are named."""
    names = ("b.txt", "a/z.txt", "a/b/c.txt", ".hidden", ".git/config", "~$open.docx", "a/.DS_Store")
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = [path.relative_to(tmp_path).as_posix() for path in files_below([tmp_path])]
    assert found == ["a/b/c.txt", "a/z.txt", "b.txt"]
    assert list(files_below([tmp_path / ".hidden", tmp_path / "gone"])) == [tmp_path / ".hidden", tmp_path / "gone"]


# limits and faults


def test_a_file_over_the_limit_is_not_copied(bench: Bench, processes: ReadingProcesses) -> None:
    """The reason names its size."""
    large = bench.write("large.txt", "x" * 1_100_000)
    ingester = Ingester(bench.library, bench.ingester._encoder, processes, IngestSettings(largest_file=1))
    (failed,) = of(read(ingester, [Source.on_disk(large)]), FileFailed)
    assert "1.1 MB" in failed.reason
    assert not (bench.library.folder / "originals").exists()


def test_a_file_that_takes_too_long_is_given_up(bench: Bench, processes: ReadingProcesses) -> None:
    """The time is that of the whole file."""
    impatient = Ingester(bench.library, bench.ingester._encoder, processes, IngestSettings(seconds_per_file=0))
    (failed,) = of(read(impatient, [Source.on_disk(bench.write("a.txt"))]), FileFailed)
    assert failed.reason == sentence_for(ReaderDied("a.txt"))


def test_a_file_is_not_given_up_because_encoding_takes_long(
    bench: Bench, processes: ReadingProcesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time is that of reading: what waits for a slow encoder costs nothing."""
    monkeypatch.setattr("rag.ingest_run.CHUNKS_PER_CALL", 1)
    slow = Lazy(lambda: Slow(bench.ingester._encoder.get(), "encode_chunks", 0.2))
    ingester = Ingester(bench.library, cast("Lazy[Encoder]", slow), processes, IngestSettings(seconds_per_file=3))
    path = make_pdf(bench.folder / "many.pdf", [[f"Ferns of island {number}"] for number in range(30)])
    (finished,) = of(read(ingester, [Source.on_disk(path)]), FileFinished)
    assert finished.seconds > 5


def test_an_encoder_that_cannot_be_loaded_fails_every_file(bench: Bench, processes: ReadingProcesses) -> None:
    """Each with the sentence for it, and the stream still ends."""
    error = EncoderError("weights changed")

    def fail() -> Encoder:
        raise error

    ingester = Ingester(bench.library, Lazy(fail), processes, IngestSettings())
    sources = [Source.on_disk(bench.write(name, name)) for name in ("a.txt", "b.txt")]
    assert [event.reason for event in of(read(ingester, sources), FileFailed)] == [sentence_for(error)] * 2


def test_a_commit_that_fails_is_every_documents_failure(bench: Bench, processes: ReadingProcesses) -> None:
    """None of them is there, and the next try adds them."""
    error = FolderUnusable(bench.library.folder, "No space left on device")
    faulty: Any = Faulty(bench.library, "add", error)
    path = bench.write("a.txt")
    ingester = Ingester(faulty, bench.ingester._encoder, processes, IngestSettings())
    (failed,) = of(read(ingester, [Source.on_disk(path)]), FileFailed)
    assert failed.reason == sentence_for(error)
    assert bench.library.documents() == ()
    assert [event.status for event in of(bench.read(path), FileFinished)] == ["added"]


def test_what_tidying_cannot_do_now_is_nobodys_failure(bench: Bench, processes: ReadingProcesses) -> None:
    """All that was read is there."""
    faulty: Any = Faulty(bench.library, "tidy", LibraryLocked(bench.library.folder, 1))
    ingester = Ingester(faulty, bench.ingester._encoder, processes, IngestSettings())
    assert of(read(ingester, [Source.on_disk(bench.write("a.txt"))]), FileFinished)
    assert len(bench.library.documents()) == 1


def test_a_reader_that_dies_costs_its_file_only(bench: Bench) -> None:
    """Here the reading process is killed while it reads one."""
    slow, good = make_slow_pdf(bench.folder / "a slow.pdf"), bench.write("b good.txt")
    events: list[IngestEvent] = []

    async def collect() -> None:
        async for event in bench.ingester.ingest([Source.on_disk(slow), Source.on_disk(good)]):
            events.append(event)
            if len(events) == 1:
                threading.Timer(1.0, _kill_readers).start()

    asyncio.run(collect())
    assert [event.reason for event in of(events, FileFailed)] == [sentence_for(ReaderDied("a slow.pdf"))]
    assert [event.status for event in of(events, FileFinished)] == ["added"]


def _kill_readers() -> None:
    for child in psutil.Process().children():
        if "rag.reading_worker" in child.cmdline():
            child.kill()


# cancelling and overlapping


def test_trouble_that_no_reader_foresaw_costs_its_file_only(
    bench: Bench, samples: Path, processes: ReadingProcesses
) -> None:
    """Whatever a library raises on a damaged file, the person gets a sentence and the other files are read."""
    odd = FailsOnce(processes, KeyError("Root"))
    ingester = Ingester(bench.library, bench.ingester._encoder, odd, IngestSettings())  # type: ignore[arg-type]
    paths = [samples / "Lease agreement.pdf", bench.write("after.txt")]
    events = read(ingester, [Source.on_disk(path) for path in paths])
    assert [event.reason for event in of(events, FileFailed)] == [sentence_for(DamagedFile("Lease agreement.pdf"))]
    assert [event.document.name for event in of(events, FileFinished)] == ["after.txt"]


def test_closing_the_stream_cancels_the_rest(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was said to be added stays; of the rest there is no trace, and the next call reads it."""
    monkeypatch.setattr(ingest_run, "_SECONDS_PER_COMMIT", 0)
    long = "\n\n".join(f"# Part {n}\n\nWords about part {n}." for n in range(150))
    paths = [bench.write("a.txt"), bench.write("b.md", long), bench.write("c.md", long + "!")]

    async def until_the_first() -> None:
        events = bench.ingester.ingest([Source.on_disk(path) for path in paths])
        async for event in events:
            if isinstance(event, FileFinished):
                break
        await events.aclose()

    asyncio.run(until_the_first())
    assert [document.name for document in bench.library.documents()] == ["a.txt"]
    statuses = [event.status for event in of(bench.read(*paths), FileFinished)]
    assert sorted(statuses) == ["added", "added", "unchanged"]


def test_a_document_is_visible_only_when_it_is_said_to_be_added(bench: Bench) -> None:
    """Not a page, not a chunk of it before."""
    path = bench.write("b.md", "\n\n".join(f"# Part {n}\n\nWords about part {n}." for n in range(120)))
    seen: list[tuple[type, int, int]] = []

    async def watch() -> None:
        async for event in bench.ingester.ingest([Source.on_disk(path)]):
            found = len(bench.library.keyword("words part", 1000))
            seen.append((type(event), len(bench.library.documents()), found))

    asyncio.run(watch())
    before = [counts for kind, *counts in seen if kind is FileProgress]
    assert before[0] == [0, 0]
    (document,) = bench.library.documents()
    assert seen[-2] == (FileFinished, 1, document.chunks)


def test_two_at_once_in_one_program_do_not_mind_each_other(bench: Bench, data_folder: Path) -> None:
    """Not even about the same file."""
    shared = bench.write("shared.txt")
    mine, yours = bench.write("mine.txt", "My words."), bench.write("yours.txt", "Your words.")
    statuses: list[str] = []

    async def one(paths: Sequence[Path]) -> None:
        events = bench.ingester.ingest([Source.on_disk(path) for path in paths])
        statuses.extend([event.status async for event in events if isinstance(event, FileFinished)])

    async def both() -> None:
        await asyncio.gather(one([mine, shared]), one([shared, yours]))

    asyncio.run(both())
    assert sorted(statuses) == ["added"] * 3 + ["unchanged"]
    assert len(bench.library.documents()) == 3
    assert data_folder.exists()
