"""One run of ingest: trouble costs the file that it came from, whatever it is and wherever it comes up."""

from __future__ import annotations

import errno
import gc
import os
import sys
import threading
import time
import weakref
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rag import ingest_run, ingest_work
from rag.errors import EncoderError, FileUnreachable, OriginalMissing
from rag.events import FileFailed, FileFinished, IngestFinished
from rag.ingest import Ingester
from rag.lazy import Lazy
from rag.sentences import sentence_for
from rag.settings import IngestSettings
from rag.source import Source
from storage.errors import FolderUnusable
from storage.spool import Spool
from tests.documents import make_contract_pdf
from tests.rag.ingest_bench import Bench, FailsOnce, Faulty, of, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag.encoder import Encoder
    from storage.library import AddStatus
    from storage.records import Chunk, EncodedChunk, NewDocument


def run_with(bench: Bench, *paths: Path, library: Any = None, encoder: Any = None, processes: Any = None) -> list[Any]:
    """Every event of reading these with some parts replaced."""
    lazy: Any = Lazy(lambda: encoder) if encoder else bench.ingester._encoder
    ingester = Ingester(library or bench.library, lazy, processes or bench.ingester._processes, IngestSettings())
    return read(ingester, [Source.on_disk(path) for path in paths])


# whatever happens, the stream ends

FAULTS = (
    RuntimeError("cannot start"),
    OSError(errno.ENOSPC, "No space left on device"),
    MemoryError(),
    FolderUnusable(Path("data"), "closed"),
)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
@pytest.mark.parametrize("name", ["holds", "add", "tidy"])
def test_trouble_with_the_library_ends_no_stream(bench: Bench, name: str, fault: Exception) -> None:
    """Every file has its sentence, and the last event is the last."""
    paths = [bench.write("a.txt"), bench.write("b.txt", "Words about mosses.")]
    events = run_with(bench, *paths, library=Faulty(bench.library, name, fault))
    done = of(events, FileFinished if name == "tidy" else FileFailed)
    assert [event.file for event in done] == [str(path) for path in paths]
    assert all(event.reason.endswith((".", ".)")) for event in of(events, FileFailed))


@dataclass(frozen=True, slots=True)
class _WithOriginals:
    """A library whose copies are kept by somebody else."""

    library: Any
    originals: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.library, name)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
@pytest.mark.parametrize("name", ["keep", "path_of"])
def test_trouble_with_the_copies_ends_no_stream(bench: Bench, name: str, fault: Exception) -> None:
    """Neither while one is made nor when it is to be read."""
    originals = Faulty(bench.library.originals, name, fault)
    events = run_with(bench, bench.write("a.txt"), library=_WithOriginals(bench.library, originals))
    assert len(of(events, FileFailed)) == 1


def test_a_full_disk_is_not_the_files_fault(bench: Bench) -> None:
    """The person reads which folder it is."""
    full = FolderUnusable(bench.library.folder, os.strerror(errno.ENOSPC))
    originals = Faulty(bench.library.originals, "keep", full)
    events = run_with(bench, bench.write("a.txt"), library=_WithOriginals(bench.library, originals))
    assert [event.reason for event in of(events, FileFailed)] == [sentence_for(full)]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_trouble_with_a_reader_or_the_encoder_ends_no_stream(bench: Bench, fault: Exception) -> None:
    """And what needs neither of them is read all the same."""
    pdf, text = make_contract_pdf(bench.folder / "a.pdf"), bench.write("b.txt")
    events = run_with(bench, pdf, text, processes=FailsOnce(bench.ingester._processes, fault))
    assert [event.file for event in of(events, FileFailed)] == [str(pdf)]
    assert [event.file for event in of(events, FileFinished)] == [str(text)]
    other = bench.write("c.txt", "Words about mosses.")
    events = run_with(bench, other, encoder=Faulty(bench.ingester._encoder.get(), "encode_chunks", fault))
    assert [event.file for event in of(events, FileFailed)] == [str(other)]


def test_a_file_is_not_blamed_for_the_encoder(bench: Bench) -> None:
    """Nothing is wrong with it."""
    encoder = Faulty(bench.ingester._encoder.get(), "encode_chunks", RuntimeError("no memory"))
    (failed,) = of(run_with(bench, bench.write("a.txt"), encoder=encoder), FileFailed)
    assert failed.reason == sentence_for(EncoderError("no memory"))


@dataclass(frozen=True, slots=True)
class _Adding:
    """A library that is told before each commit what is about to come in."""

    library: Any
    before: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.library, name)

    def add(self, batch: Sequence[NewDocument]) -> tuple[AddStatus, ...]:
        """Add as the library does."""
        self.before(batch)
        return tuple(self.library.add(batch))


def test_a_document_that_cannot_be_committed_costs_no_other(bench: Bench) -> None:
    """Though they came in one commit."""

    def choke(batch: Sequence[NewDocument]) -> None:
        time.sleep(0.3)
        if any(new.document.name == "b.txt" for new in batch):
            raise ValueError(batch)

    paths = [bench.write(f"{letter}.txt", f"Words about {letter}.") for letter in "xabc"]
    events = run_with(bench, *paths, library=_Adding(bench.library, choke))
    assert [event.file for event in of(events, FileFailed)] == [str(bench.folder / "b.txt")]
    assert {document.name for document in bench.library.documents()} == {"x.txt", "a.txt", "c.txt"}


def test_a_copy_that_another_program_took_away_costs_its_file_only(bench: Bench) -> None:
    """It is said, and adding the file again helps."""

    def take_away(batch: Sequence[NewDocument]) -> None:
        for new in batch:
            if new.document.name == "b.txt":
                bench.library.originals.discard(new.document.id)

    paths = [bench.write(f"{letter}.txt", f"Words about {letter}.") for letter in "abc"]
    events = run_with(bench, *paths, library=_Adding(bench.library, take_away))
    (failed,) = of(events, FileFailed)
    assert failed.reason == sentence_for(OriginalMissing("b.txt"))
    assert len(bench.library.documents()) == 2
    assert [event.status for event in of(bench.read(paths[1]), FileFinished)] == ["added"]


# names and links


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="every name is text there")
def test_a_file_whose_name_is_no_text_is_added(bench: Bench) -> None:
    """Two such are told apart by their paths, though they look alike."""
    paths = [bench.folder / os.fsdecode(name) for name in (b"caf\xe9.txt", b"caf\xe8.txt")]
    for path, text in zip(paths, ("Words about tea.", "Words about coffee."), strict=True):
        path.write_text(text, encoding="utf-8")
    finished = of(bench.read(*paths), FileFinished)
    assert [event.status for event in finished] == ["added", "added"]
    assert {document.name for document in bench.library.documents()} == {"caf\N{REPLACEMENT CHARACTER}.txt"}
    assert all(event.file.encode() and event.document.title == "caf\N{REPLACEMENT CHARACTER}" for event in finished)
    paths[0].write_text("Words about juice.", encoding="utf-8")
    assert {event.status for event in of(bench.read(*paths), FileFinished)} == {"replaced", "unchanged"}


@pytest.mark.skipif(sys.platform == "win32", reason="needs leave to make links")
def test_a_link_that_leads_to_itself_cannot_be_opened(bench: Bench) -> None:
    """It costs nobody else."""
    link = bench.folder / "round.txt"
    link.symlink_to(link)
    events = bench.read(link, bench.write("a.txt"))
    (failed,) = of(events, FileFailed)
    assert failed.reason == sentence_for(FileUnreachable("round.txt", os.strerror(errno.ELOOP)))
    assert len(of(events, FileFinished)) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="needs named pipes")
def test_what_is_no_file_is_never_waited_for(bench: Bench) -> None:
    """A pipe that nobody writes to, and a device: reading could not even be stopped."""
    pipe, device = bench.folder / "pipe.txt", bench.folder / "device.txt"
    os.mkfifo(pipe)
    device.symlink_to(os.devnull)
    events = bench.read(pipe, device, bench.write("a.txt"))
    assert [(event.file, event.reason) for event in of(events, FileFailed)] == [
        (str(path), sentence_for(FileUnreachable(path.name, "not a regular file"))) for path in (pipe, device)
    ]
    assert len(of(events, FileFinished)) == 1


# the same bytes twice


def test_a_file_that_fails_takes_no_copy_from_another(bench: Bench) -> None:
    """Here the same bytes are a text, and no PDF."""
    text = bench.write("b.txt")
    pdf = bench.write("a.pdf")
    events = bench.read(pdf, text)
    assert [event.file for event in of(events, FileFailed)] == [str(pdf)]
    (document,) = bench.library.documents()
    assert bench.library.originals.path_of(document).read_bytes() == text.read_bytes()


@dataclass(slots=True)
class _Counting:
    """An encoder that counts."""

    encoder: Encoder
    chunks: int = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.encoder, name)

    def encode_chunks(self, chunks: Sequence[Chunk]) -> list[EncodedChunk]:
        """Encode as the encoder does."""
        self.chunks += len(chunks)
        return self.encoder.encode_chunks(chunks)


def test_the_same_bytes_are_encoded_once(bench: Bench) -> None:
    """Also where the first of them is still on its way, and whatever the other is called."""
    counting = _Counting(bench.ingester._encoder.get())
    paths = [bench.write(name) for name in ("a.txt", "b.txt", "c.docx")]
    finished = of(run_with(bench, *paths, encoder=counting), FileFinished)
    there = "This file is already in the library, as a.txt."
    assert [(event.status, event.reason) for event in finished[1:]] == [("unchanged", there)] * 2
    assert {event.document.name for event in finished} == {"a.txt"}
    assert counting.chunks == bench.library.documents()[0].chunks
    assert bench.library.originals.path_of(bench.library.documents()[0]).exists()


def test_the_same_bytes_twice_fail_for_the_same_reason(bench: Bench) -> None:
    """What cannot be committed once cannot be twice."""
    error = FolderUnusable(bench.library.folder, "No space left on device")
    events = run_with(bench, bench.write("a.txt"), bench.write("b.txt"), library=Faulty(bench.library, "add", error))
    assert [event.reason for event in of(events, FileFailed)] == [sentence_for(error)] * 2
    assert not [path for path in (bench.library.folder / "originals").rglob("*") if path.is_file()]


# side by side


@dataclass(slots=True)
class _Step:
    """A step of reading that waits, until it has met it once, for the step before to go on with another file."""

    before: threading.Event
    begun: threading.Event = field(default_factory=threading.Event)
    met: bool = False

    def begin(self) -> None:
        """Called at the start of the step of each file."""
        self.begun.set()
        if not self.met:
            self.before.clear()
            self.met = self.before.wait(3)


@dataclass(frozen=True, slots=True)
class _Stepping:
    """A part of which one method begins a step."""

    part: Any
    name: str
    begin: Any

    def __getattr__(self, name: str) -> Any:
        own = getattr(self.part, name)
        return (lambda *given: (self.begin(), own(*given))[1]) if name == self.name else own


def test_files_are_read_encoded_and_written_side_by_side(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one file is encoded another one is read, and while one is written another one is encoded."""
    monkeypatch.setattr(ingest_run, "_SECONDS_PER_COMMIT", 0)
    reading = threading.Event()
    encoding = _Step(reading)
    writing = _Step(encoding.begun)
    kept = _Stepping(bench.library.originals, "keep", reading.set)
    library = _Stepping(_WithOriginals(bench.library, kept), "add", writing.begin)
    encoder = _Stepping(bench.ingester._encoder.get(), "encode_chunks", encoding.begin)
    paths = [bench.write(f"{n}.txt", f"Words of {n}.") for n in range(12)]
    events = run_with(bench, *paths, library=library, encoder=encoder)
    assert len(of(events, FileFinished)) == 12
    assert (encoding.met, writing.met) == (True, True)


# memory


@dataclass(slots=True)
class _Held:
    """How many chunks are encoded and not committed."""

    guard: threading.Lock = field(default_factory=threading.Lock)
    now: int = 0
    most: int = 0

    def change(self, by: int) -> None:
        """More, or fewer."""
        with self.guard:
            self.now += by
            self.most = max(self.most, self.now)


def test_a_file_that_is_done_with_is_held_by_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither by itself nor by what is remembered of its failing: thousands may follow, each with two open files."""
    alive: weakref.WeakSet[_Spool] = weakref.WeakSet()

    class _Spool(Spool[Any]):
        __hash__ = object.__hash__

        def __init__(self, folder: Path) -> None:
            super().__init__(folder)
            alive.add(self)

    monkeypatch.setattr(ingest_work, "Spool", _Spool)
    paths = [bench.write(f"{n}.txt", f"Words of {n}.") for n in range(4)]
    paths += [bench.write(f"{n}.pdf", f"No PDF, {n}.") for n in range(4)]
    gc.disable()
    try:
        events = bench.read(*paths)
        assert len(alive) == 0
    finally:
        gc.enable()
    assert (len(of(events, FileFinished)), len(of(events, FileFailed))) == (4, 4)


def test_encoding_waits_for_a_slow_disk(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is held is a commit under way, one that waits and the document being encoded."""
    monkeypatch.setattr(ingest_run, "_CHUNKS_PER_COMMIT", 2)
    held = _Held()
    encoder = bench.ingester._encoder.get()

    class _Encoder(_Counting):
        def encode_chunks(self, chunks: Sequence[Chunk]) -> list[EncodedChunk]:
            held.change(len(chunks))
            return self.encoder.encode_chunks(chunks)

    def slowly(batch: Sequence[NewDocument]) -> None:
        if not bench.library.documents():
            time.sleep(3)
        held.change(-sum(len(new.chunks) for new in batch))

    paths = [bench.write(f"{n}.txt", f"Words of {n}.") for n in range(12)]
    events = run_with(bench, *paths, library=_Adding(bench.library, slowly), encoder=_Encoder(encoder))
    assert isinstance(events[-1], IngestFinished)
    assert events[-1].added == 12
    assert held.most <= 2 + 2 + 1


def test_small_files_come_in_together(bench: Bench) -> None:
    """Every commit is a version of the table, and each takes longer than the one before: five thousand would not do."""
    commits: list[int] = []
    library = _Adding(bench.library, lambda batch: commits.append(len(batch)))
    run_with(bench, *(bench.write(f"{number}.txt", f"Note {number}.") for number in range(60)), library=library)
    assert sum(commits) == 60
    assert len(commits) < 30
