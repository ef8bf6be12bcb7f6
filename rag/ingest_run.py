"""One call of ingest: from files to documents that can be searched, as a stream of events.

Three steps run side by side, each a coroutine that hands its work to a thread: reading (hash, keep a copy, read, cut
into chunks), encoding, and writing. Each waits for the next, so that memory holds what a few commits take. A document
becomes visible in the one commit that the library makes of it, and only then is it said to be added. Cancelling takes
effect between two batches; whatever was not committed leaves no trace. Trouble costs the file that it came from and no
other: whatever happens, the run ends. What a file's text means, and where rows are kept, is not known here.
"""

from __future__ import annotations

import asyncio
import logging
import stat
import struct
import time
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from rag.chunking import chunk_pages
from rag.encoder import CHUNKS_PER_CALL
from rag.errors import (
    DamagedFile,
    EncoderError,
    FileTooLarge,
    FileUnreachable,
    NothingToRead,
    OriginalMissing,
    ReaderDied,
    UnknownFormat,
)
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
from storage.errors import DocumentNotFound, FootnoteError
from storage.library import NewDocument
from storage.records import Document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rag.encoder import Encoder
    from rag.ingest import Source
    from rag.lazy import Lazy
    from rag.pdfium_process import PdfiumProcess
    from rag.reading.blocks import Reading, ReadPage
    from rag.settings import IngestSettings
    from storage.library import Library
    from storage.records import Chunk, EncodedChunk, Page

__all__ = ["Run"]

_log = logging.getLogger(__name__)

_TROUBLE = (
    *(FootnoteError, OSError),
    *(ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, MemoryError, RuntimeError, SyntaxError),
    *(TypeError, ValueError, struct.error, zipfile.BadZipFile, zlib.error),
)
"""What is said to be raised, and what libraries have been seen to raise on damaged files beyond that."""
_STEPS_AHEAD = 4
"""How far reading may run ahead of encoding."""
_DOCUMENTS_PER_COMMIT = 32
_CHUNKS_PER_COMMIT = 4_000
"""What waits to be written is some 30 kB a chunk. A document of more chunks is a commit by itself."""
_MEGABYTE = 1_000_000


@dataclass(slots=True)
class _Work:
    """One file on its way through the three steps."""

    source: Source
    started: float
    document: Document | None = None
    again: bool = False
    """Whether these bytes are on their way already, as another file of the same call."""
    failed: bool = False
    pages: list[Page] = field(default_factory=list)
    chunks: list[EncodedChunk] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.started


@dataclass(frozen=True, slots=True)
class _Batch:
    """Chunks of one file to be encoded; with the last one the document is complete."""

    work: _Work
    chunks: tuple[Chunk, ...]
    last: bool


class Run:
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
        self._to_write: asyncio.Queue[_Work | None] = asyncio.Queue(_DOCUMENTS_PER_COMMIT)
        self._chunks_to_write = 0
        self._room = asyncio.Event()
        self._room.set()
        self._on_the_way: set[str] = set()
        self._given_up: dict[str, FootnoteError] = {}
        self._tally: Counter[str] = Counter()

    async def all(self, sources: Sequence[Source]) -> None:
        """Read them all; the last event says what came of it."""
        started = time.perf_counter()
        async with asyncio.TaskGroup() as steps:
            steps.create_task(self._read_all(sources))
            steps.create_task(self._encode_all())
            steps.create_task(self._write_all())
        await self._tidy()
        tally = {name: self._tally[name] for name in ("added", "replaced", "unchanged", "skipped", "failed")}
        self._say(IngestFinished(**tally, seconds=time.perf_counter() - started))

    async def _tidy(self) -> None:
        """Bring the library into its best shape; what was committed stands whether or not that can be done now."""
        try:
            await asyncio.to_thread(self._library.tidy, self._given_up)
        except _TROUBLE:
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
                self._skip(work, error)
            except _TROUBLE as error:
                self._fail(work, _as_read_error(source, error))
        await self._to_encode.put(None)

    def _skip(self, work: _Work, error: UnknownFormat) -> None:
        """Say that a file is of no kind that can be read; where only its bytes told, its copy is not needed."""
        if work.document is not None:
            self._given_up[work.document.id] = error
        self._say(FileSkipped(work.source.shown, sentence_for(error), work.seconds))

    def _fail(self, work: _Work, error: FootnoteError) -> None:
        """Say once that a file came to nothing, and remember that its copy is not needed."""
        if work.failed:
            return
        work.failed = True
        if work.document is not None:
            self._given_up[work.document.id] = error
        self._say(FileFailed(work.source.shown, sentence_for(error), work.seconds))

    async def _read(self, work: _Work) -> None:
        """Read one file, unless its bytes are there already or about to be."""
        work.document = document = await asyncio.to_thread(self._keep, work.source)
        if document.id in self._on_the_way and document.id not in self._given_up:
            work.again = True
            await self._to_encode.put(_Batch(work, (), last=True))
        elif await asyncio.to_thread(self._library.holds, document.id):
            await self._leave_unchanged(work, document)
        else:
            await self._read_new(work, document)

    async def _read_new(self, work: _Work, document: Document) -> None:
        self._given_up.pop(document.id, None)  # another file of these bytes may have failed, by its name
        copy = self._library.originals.path_of(document)
        reading = await asyncio.to_thread(open_document, copy, name=document.name, pdfium=self._pdfium)
        work.document = replace(document, title=reading.title, unit=reading.unit, pages=reading.page_count)
        await self._cut(work, reading)
        self._on_the_way.add(document.id)

    def _keep(self, source: Source) -> Document:
        """Copy the file into the library's own folder and identify it by its bytes."""
        try:
            found = source.path.stat()
            media_type = media_type_of(source.name)
            if not stat.S_ISREG(found.st_mode):
                # Opening a named pipe would wait for whoever writes to it, and nothing could end that.
                raise FileUnreachable(source.name, "not a regular file")
            size = found.st_size
            if size > self._settings.largest_file * _MEGABYTE:
                raise FileTooLarge(source.name, megabytes(size))
            document_id, _ = self._library.originals.keep(source.path)
        except OSError as error:
            raise FileUnreachable(source.name, _said(error)) from error
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
        while step := await asyncio.to_thread(lambda: tuple(islice(chunks, CHUNKS_PER_CALL))):
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
            if not batch.work.failed:
                await self._encode(batch)
        await self._to_write.put(None)

    async def _encode(self, batch: _Batch) -> None:
        work = batch.work
        try:
            if batch.chunks:
                encoder = await asyncio.to_thread(self._encoder.get)
                work.chunks += await asyncio.to_thread(encoder.encode_chunks, batch.chunks)
                self._report(work)
        except _TROUBLE as error:
            _log.exception("encoding %s failed", work.source.path)
            self._fail(work, error if isinstance(error, FootnoteError) else EncoderError(_said(error)))
            return
        if batch.last:
            await self._hand_over(work)

    async def _hand_over(self, work: _Work) -> None:
        """Pass a document on to be written, as soon as less is waiting than one commit takes."""
        await self._room.wait()
        self._chunks_to_write += len(work.chunks)
        if self._chunks_to_write >= _CHUNKS_PER_COMMIT:
            self._room.clear()
        await self._to_write.put(work)

    def _report(self, work: _Work) -> None:
        total = work.document.pages if work.document else None
        self._say(FileProgress(work.source.shown, len(work.pages), total, len(work.chunks)))

    # writing

    async def _write_all(self) -> None:
        while (work := await self._to_write.get()) is not None:
            batch, more = self._gather(work)
            self._chunks_to_write -= _chunks_of(batch)
            self._room.set()
            await self._write([work for work in batch if not work.again])
            for work in batch:
                if work.again:
                    await self._write_again(work)
            if not more:
                return

    def _gather(self, first: _Work) -> tuple[list[_Work], bool]:
        """Take what else is ready, so that small files share a commit; False when nothing comes after it."""
        batch = [first]
        while (
            len(batch) < _DOCUMENTS_PER_COMMIT and _chunks_of(batch) < _CHUNKS_PER_COMMIT and not self._to_write.empty()
        ):
            work = self._to_write.get_nowait()
            if work is None:
                return batch, False
            batch.append(work)
        return batch, True

    async def _write(self, batch: Sequence[_Work]) -> None:
        """Commit documents; what is wrong with one of them costs no other."""
        documents = [_as_new(work) for work in batch]
        try:
            statuses = await asyncio.to_thread(self._library.add, documents)
        except DocumentNotFound as error:
            await self._write_without(error.asked, batch)
        except FootnoteError as error:
            for work in batch:
                self._fail(work, error)
        except _TROUBLE as error:
            await self._write_singly(batch, error)
        else:
            for work, new, status in zip(batch, documents, statuses, strict=True):
                reason = ALREADY_THERE if status == "unchanged" else None
                self._say(FileFinished(work.source.shown, str(status), new.document, work.seconds, reason))

    async def _write_without(self, document_id: str, batch: Sequence[_Work]) -> None:
        """Commit what is left of a batch of which another program took an original away."""
        for work in batch:
            if _as_new(work).document.id == document_id:
                self._fail(work, OriginalMissing(work.source.name))
        await self._write([work for work in batch if not work.failed])

    async def _write_singly(self, batch: Sequence[_Work], error: Exception) -> None:
        """Find out whose fault it was that a batch could not be committed."""
        if len(batch) == 1:
            self._fail(batch[0], _as_read_error(batch[0].source, error))
            return
        for work in batch:
            await self._write([work])

    async def _write_again(self, work: _Work) -> None:
        """Settle a file whose bytes have just come in, or failed to."""
        document = _as_new(work).document
        try:
            if document.id in self._given_up:
                raise self._given_up[document.id]
            await self._leave_unchanged(work, document)
        except _TROUBLE as error:
            self._fail(work, _as_read_error(work.source, error))


def _chunks_of(batch: Iterable[_Work]) -> int:
    return sum(len(work.chunks) for work in batch)


def _as_read_error(source: Source, error: Exception) -> FootnoteError:
    """Return the trouble in the words of the one error tree."""
    if isinstance(error, FootnoteError):
        return error
    _log.error("%s failed in a way its reader does not know", source.path, exc_info=error)
    kind = FileUnreachable if isinstance(error, OSError) else DamagedFile
    return kind(source.name, _said(error))


def _said(error: Exception) -> str:
    """Return what an error says, without the path that the operating system adds; its name where it says nothing."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _as_new(work: _Work) -> NewDocument:
    assert work.document is not None  # noqa: S101  (only documents that were read get this far)
    return NewDocument(replace(work.document, chunks=len(work.chunks)), work.pages, work.chunks, has_original=True)
