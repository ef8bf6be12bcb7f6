"""Ingest: from files to documents that can be searched, as a stream of events.

Three steps run side by side, each a coroutine that hands its work to a thread: reading (hash, keep a copy, read, cut
into chunks), encoding, and writing. Bounded queues between them keep memory flat. A document becomes visible in the one
commit that the library makes of it, and only then is it said to be added. Cancelling takes effect between two batches;
whatever was not committed leaves no trace. What a file's text means, and where rows are kept, is not known here.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from rag.chunking import chunk_pages
from rag.errors import DamagedFile, FileTooLarge, FileUnreachable, NothingToRead, ReaderDied, UnknownFormat
from rag.events import (
    FileFailed,
    FileFinished,
    FileProgress,
    FileSkipped,
    FileStarted,
    IngestEvent,
    IngestFinished,
)
from rag.reading import media_type_of, open_document
from rag.sentences import ALREADY_THERE, megabytes, sentence_for
from storage.errors import FootnoteError, StorageError
from storage.library import NewDocument
from storage.records import Document

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence

    from rag.encoder import Encoder
    from rag.lazy import Lazy
    from rag.pdfium_process import PdfiumProcess
    from rag.reading.blocks import Reading, ReadPage
    from rag.settings import IngestSettings
    from storage.library import Library
    from storage.records import Chunk, EncodedChunk, Page

__all__ = ["Ingester", "Source", "files_below"]

_log = logging.getLogger(__name__)

_UNFORESEEN = (ArithmeticError, AttributeError, EOFError, LookupError, MemoryError, RuntimeError, TypeError, ValueError)
"""What libraries that read files have been seen to raise on damaged ones, beyond what they say they do."""
_CHUNKS_PER_STEP = 48
"""About a second of encoding on two cores: how long a cancel can take."""
_STEPS_AHEAD = 4
"""How far reading may run ahead of encoding."""
_DOCUMENTS_PER_COMMIT = 32
_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Source:
    """A file to be read: where it lies, what people call it, and the path it belongs to."""

    path: Path
    name: str
    origin: str | None
    """The absolute path that a changed file replaces; None for a copy that a browser handed over."""
    shown: str
    """What events call it."""

    @classmethod
    def on_disk(cls, path: Path) -> Source:
        """Return a file of the person's own folders."""
        return cls(path=path, name=path.name, origin=str(path.resolve()), shown=str(path))

    @classmethod
    def uploaded(cls, path: Path, name: str) -> Source:
        """Return a copy that a browser handed over under ``name``."""
        return cls(path=path, name=name, origin=None, shown=name)


@dataclass(slots=True)
class _Work:
    """One file on its way through the three steps."""

    source: Source
    started: float
    document: Document | None = None
    pages: list[Page] = field(default_factory=list)
    chunks: list[EncodedChunk] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.started


@dataclass(frozen=True, slots=True)
class _Batch:
    """Chunks of one file to be encoded; the last one also says what the document came to."""

    work: _Work
    chunks: tuple[Chunk, ...]
    last: bool


def files_below(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the files among ``paths`` and in the folders among them, in order of name; hidden ones are left alone."""
    for path in paths:
        if path.is_dir():
            below = (found for found in path.rglob("*") if found.is_file())
            yield from sorted(found for found in below if not _hidden(found.relative_to(path)))
        else:
            yield path


def _hidden(path: Path) -> bool:
    """Say whether a path is one that people do not see: dot files, and the lock files of office programs."""
    return any(part.startswith((".", "~$")) for part in path.parts)


class Ingester:
    """Reads files into one library."""

    def __init__(
        self, library: Library, encoder: Lazy[Encoder], pdfium: PdfiumProcess, settings: IngestSettings
    ) -> None:
        self._library = library
        self._encoder = encoder
        self._pdfium = pdfium
        self._settings = settings

    async def ingest(self, sources: Sequence[Source]) -> AsyncGenerator[IngestEvent, None]:
        """Yield what happens to each file, then one ``IngestFinished``; closing the iterator cancels the rest."""
        run = _Run(self._library, self._encoder, self._pdfium, self._settings)
        task = asyncio.create_task(run.all(sources))
        task.add_done_callback(lambda _: run.events.put_nowait(None))
        try:
            while (event := await run.events.get()) is not None:
                yield event
            await task
        finally:
            task.cancel()
            await asyncio.wait([task])


class _Run:
    """One call of ``ingest``: its queues, its events and its tally."""

    def __init__(
        self, library: Library, encoder: Lazy[Encoder], pdfium: PdfiumProcess, settings: IngestSettings
    ) -> None:
        self.events: asyncio.Queue[IngestEvent | None] = asyncio.Queue()
        self._library = library
        self._encoder = encoder
        self._pdfium = pdfium
        self._settings = settings
        self._to_encode: asyncio.Queue[_Batch | None] = asyncio.Queue(_STEPS_AHEAD)
        self._to_write: asyncio.Queue[_Work | None] = asyncio.Queue()
        self._tally: Counter[str] = Counter()

    async def all(self, sources: Sequence[Source]) -> None:
        started = time.perf_counter()
        async with asyncio.TaskGroup() as steps:
            steps.create_task(self._read_all(sources))
            steps.create_task(self._encode_all())
            steps.create_task(self._write_all())
        with suppress(StorageError):
            # All that was read is there; what tidying could not do now, the next one does.
            await self._tidy()
        tally = {name: self._tally[name] for name in ("added", "replaced", "unchanged", "skipped", "failed")}
        self._say(IngestFinished(**tally, seconds=time.perf_counter() - started))

    async def _tidy(self) -> None:
        """Bring the library into its best shape; what was committed stands whether or not that can be done now."""
        try:
            await asyncio.to_thread(self._library.tidy)
        except FootnoteError:
            _log.warning("the library could not be tidied; it will be after the next change", exc_info=True)

    def _say(self, event: IngestEvent) -> None:
        match event:
            case FileFinished(status=status):
                self._tally[status] += 1
            case FileSkipped():
                self._tally["skipped"] += 1
            case FileFailed():
                self._tally["failed"] += 1
        self.events.put_nowait(event)

    # reading

    async def _read_all(self, sources: Sequence[Source]) -> None:
        for position, source in enumerate(sources, start=1):
            self._say(FileStarted(source.shown, position, len(sources)))
            work = _Work(source, time.perf_counter())
            try:
                await self._read(work)
            except UnknownFormat as error:
                self._say(FileSkipped(source.shown, sentence_for(error), work.seconds))
            except FootnoteError as error:
                self._say(FileFailed(source.shown, sentence_for(error), work.seconds))
            except _UNFORESEEN as error:
                _log.exception("reading %s failed in a way its reader does not know", source.path)
                damaged = DamagedFile(source.name, str(error))
                self._say(FileFailed(source.shown, sentence_for(damaged), work.seconds))
        await self._to_encode.put(None)

    async def _read(self, work: _Work) -> None:
        """Read one file, unless its bytes are there already. Raises FootnoteError."""
        document = await asyncio.to_thread(self._keep, work.source)
        if await asyncio.to_thread(self._library.holds, document.id):
            await self._leave_unchanged(work, document)
            return
        try:
            await self._read_new(work, document)
        except FootnoteError:
            await asyncio.to_thread(self._discard, document.id)
            raise

    def _discard(self, document_id: str) -> None:
        """Let go of the copy of a file that came to nothing, unless it is the only one of a document being rebuilt."""
        if document_id not in {document.id for document in self._library.unencoded()}:
            self._library.originals.discard(document_id)

    async def _read_new(self, work: _Work, document: Document) -> None:
        copy = self._library.originals.path_of(document)
        reading = await asyncio.to_thread(open_document, copy, name=document.name, pdfium=self._pdfium)
        work.document = replace(document, title=reading.title, unit=reading.unit, pages=reading.page_count)
        await self._cut(work, reading)

    def _keep(self, source: Source) -> Document:
        """Copy the file into the library's own folder and identify it by its bytes."""
        try:
            size = source.path.stat().st_size
            media_type = media_type_of(source.name)
            if size > self._settings.largest_file * _MEGABYTE:
                raise FileTooLarge(source.name, megabytes(size))
            document_id, _ = self._library.originals.keep(source.path)
        except OSError as error:
            raise FileUnreachable(source.name, error.strerror or str(error)) from error
        return Document(
            id=document_id,
            name=source.name,
            title=Path(source.name).stem,
            media_type=media_type,
            size=size,
            unit=None,
            pages=None,
            chunks=0,
            added_at=datetime.now(UTC).isoformat(timespec="seconds"),
            source=source.origin,
        )

    async def _leave_unchanged(self, work: _Work, document: Document) -> None:
        status = await asyncio.to_thread(self._library.remember_source, document.id, document.source)
        known = self._library.document(document.id)
        self._say(FileFinished(work.source.shown, str(status), known, work.seconds, ALREADY_THERE))

    async def _cut(self, work: _Work, reading: Reading) -> None:
        """Hand the document's chunks on, a step at a time; the last step goes only when all of it was read."""
        assert work.document is not None  # noqa: S101  (set just before)
        tokenizer = await asyncio.to_thread(lambda: self._encoder.get().tokenizer)
        chunks = chunk_pages(
            self._watched(work, reading),
            document_id=work.document.id,
            title=reading.title,
            unit=reading.unit,
            tokenizer=tokenizer,
        )
        held: tuple[Chunk, ...] = ()
        while step := await asyncio.to_thread(lambda: tuple(islice(chunks, _CHUNKS_PER_STEP))):
            if held:
                await self._to_encode.put(_Batch(work, held, last=False))
            held = step
        if not held:
            raise NothingToRead(work.source.name)
        await self._to_encode.put(_Batch(work, held, last=True))

    def _watched(self, work: _Work, reading: Reading) -> Iterator[ReadPage]:
        """Pass pages on, keeping their text, minding the clock."""
        for page in reading.pages:
            if work.seconds > self._settings.seconds_per_file:
                raise ReaderDied(work.source.name, "time limit")
            work.pages.append(page.page)
            yield page

    # encoding

    async def _encode_all(self) -> None:
        while (batch := await self._to_encode.get()) is not None:
            encoder = await asyncio.to_thread(self._encoder.get)
            batch.work.chunks += await asyncio.to_thread(encoder.encode_chunks, batch.chunks)
            self._report(batch.work)
            if batch.last:
                await self._to_write.put(batch.work)
        await self._to_write.put(None)

    def _report(self, work: _Work) -> None:
        total = work.document.pages if work.document else None
        self._say(FileProgress(work.source.shown, len(work.pages), total, len(work.chunks)))

    # writing

    async def _write_all(self) -> None:
        while (work := await self._to_write.get()) is not None:
            batch, more = self._gather(work)
            await self._write(batch)
            if not more:
                return

    def _gather(self, first: _Work) -> tuple[list[_Work], bool]:
        """Take what else is ready, so that small files share a commit; False when nothing comes after it."""
        batch = [first]
        while len(batch) < _DOCUMENTS_PER_COMMIT and not self._to_write.empty():
            work = self._to_write.get_nowait()
            if work is None:
                return batch, False
            batch.append(work)
        return batch, True

    async def _write(self, batch: Sequence[_Work]) -> None:
        documents = [_as_new(work) for work in batch]
        try:
            statuses = await asyncio.to_thread(self._library.add, documents)
        except FootnoteError as error:
            for work in batch:
                self._say(FileFailed(work.source.shown, sentence_for(error), work.seconds))
            return
        for work, new, status in zip(batch, documents, statuses, strict=True):
            reason = ALREADY_THERE if status == "unchanged" else None
            self._say(FileFinished(work.source.shown, str(status), new.document, work.seconds, reason))


def _as_new(work: _Work) -> NewDocument:
    assert work.document is not None  # noqa: S101  (only documents that were read get this far)
    return NewDocument(replace(work.document, chunks=len(work.chunks)), work.pages, work.chunks)
