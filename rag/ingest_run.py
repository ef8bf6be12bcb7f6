"""One call of ingest: from files to documents that can be searched, as a stream of events.

Three steps run side by side, each a coroutine that hands its work to a thread: reading (hash, keep a copy, read, cut
into chunks), encoding, and writing. Each waits for the next, and what was made of a document waits on disk, so that a
long book takes no more memory than a short one. A document becomes visible in the one commit that the library makes of
it, and only then is it said to be added. Cancelling takes effect between two batches; whatever was not committed leaves
no trace. Trouble costs the file that it came from and no other: whatever happens, the run ends. What a file's text
means, and where rows are kept, is not known here.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter, deque
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from rag.arrival import namesake, said, take_in
from rag.chunking import Cut, chunk_pages
from rag.encoder import CHUNKS_PER_CALL
from rag.errors import (
    LIBRARY_TROUBLE,
    EncoderError,
    GivenUp,
    NothingToRead,
    OriginalMissing,
    ReaderDied,
    ReadError,
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
from rag.ingest_work import Batch, Work, as_new, as_read_error, came_to_nothing, chunks_of, without_trace
from rag.inner_files import InnerFiles
from rag.meaning import add_as_found
from rag.sentences import ALREADY_THERE, BROUGHT_INTO, sentence_for, sentence_for_known, sentence_for_unread
from rag.source import Source
from storage.errors import DocumentNotFound, FootnoteError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rag.encoder import Encoder
    from rag.lazy import Lazy
    from rag.reading.blocks import Reading, ReadPage
    from rag.reading_process import ReadingProcesses
    from rag.settings import IngestSettings
    from storage.library import Library
    from storage.records import Chunk, Document

__all__ = ["Run"]

_log = logging.getLogger(__name__)

_STEPS_AHEAD = 4
"""How far reading may run ahead of encoding."""
_DOCUMENTS_PER_COMMIT = 32
_SECONDS_PER_COMMIT = 0.5
"""How long a document that is complete may wait for others to come in with."""
_SECONDS_PER_PICTURE = 20.0
"""What each page read from its picture adds to what a file may take: a book of scans is no file that hangs."""
_CHUNKS_PER_COMMIT = 4_000
"""Some 10 kB each. A document of more chunks is a commit by itself."""


class Run:
    """One call of ``ingest``: its queues, its events and its tally."""

    def __init__(
        self, library: Library, encoder: Lazy[Encoder], processes: ReadingProcesses, settings: IngestSettings
    ) -> None:
        self.events: asyncio.Queue[IngestEvent | None] = asyncio.Queue()
        self._library = library
        self._encoder = encoder
        self._processes = processes
        self._settings = settings
        self._works: dict[str, Work] = {}
        """The files of a queue that are on their way, by key."""
        self._cancelled: set[str] = set()
        self._to_encode: asyncio.Queue[Batch | None] = asyncio.Queue(_STEPS_AHEAD)
        self._to_write: asyncio.Queue[Work | None] = asyncio.Queue(_DOCUMENTS_PER_COMMIT)
        self._chunks_to_write = 0
        self._room = asyncio.Event()
        self._room.set()
        self._on_the_way: set[str] = set()
        self._given_up: dict[str, FootnoteError] = {}
        self._loop = asyncio.get_running_loop()
        self._inner = InnerFiles(library.originals, megabytes=settings.largest_file)
        self._tally: Counter[str] = Counter()

    async def all(self, sources: Sequence[Source]) -> None:
        """Read them all; the last event says what came of it."""
        started = time.perf_counter()
        with self._inner:
            async with asyncio.TaskGroup() as steps:
                steps.create_task(self._read_all(sources))
                steps.create_task(self._encode_all())
                steps.create_task(self._write_all())
        await self._tidy()
        tally = {name: self._tally[name] for name in ("added", "replaced", "unchanged", "skipped", "failed")}
        self._say(IngestFinished(**tally, seconds=time.perf_counter() - started))

    def cancel(self, *keys: str) -> None:
        """Give up files of a queue with those inside them, at once, even where a reader hangs."""
        self._cancelled.update(keys)
        for work in [work for work in self._works.values() if self._is_cancelled(work.source)]:
            self._fail(work, GivenUp(work.source.name))
            if work.reader is not None:
                work.reader.process.stop()

    def _is_cancelled(self, source: Source) -> bool:
        return any(key in self._cancelled for key in source.keys)

    async def _tidy(self) -> None:
        """Bring the library into its best shape; what was committed stands whether or not that can be done now."""
        try:
            await asyncio.to_thread(self._library.tidy, self._given_up)
        except LIBRARY_TROUBLE:
            _log.warning("the library could not be tidied; it will be after the next change", exc_info=True)

    def _say(self, event: IngestEvent) -> None:
        match event:
            case FileFinished(status=status):
                self._tally[status] += 1
            case FileSkipped():
                self._tally["skipped"] += 1
            case FileFailed():
                self._tally["failed"] += 1
        if not isinstance(event, FileStarted | FileProgress | IngestFinished):
            self._works.pop(event.key, None)
        self.events.put_nowait(event)

    # reading

    async def _read_all(self, sources: Sequence[Source]) -> None:
        """Read the files, each followed by those inside it, and it is complete only when they are.

        Whoever kills the program in between finds it missing, and not that what it holds is.
        """
        waiting: deque[Source | Batch] = deque(sources)
        begun, known = 0, len(sources)
        while waiting:
            match waiting.popleft():
                case Batch() as rest:
                    await self._to_encode.put(rest)
                case Source() as source:
                    begun += 1
                    self._say(FileStarted(source.shown, begun, known, source.key))
                    following = await self._read_one(source)
                    known += sum(isinstance(each, Source) for each in following)
                    waiting.extendleft(reversed(following))
        await self._to_encode.put(None)

    async def _read_one(self, source: Source) -> list[Source | Batch]:
        """Read one file; returns what is to follow: the files inside it, and then the rest of it."""
        work = Work(source, self._library.folder)
        if source.key:
            self._works[source.key] = work
        try:
            await self._read(work)
        except LIBRARY_TROUBLE as error:
            self._fail(work, as_read_error(source, error))
        # Taken from it, or it would hold itself by its own rest, and its open files until somebody looks for circles.
        following, work.following = work.following, []
        done_with = [source]
        if work.failed and self._is_cancelled(source):
            done_with += [each for each in following if isinstance(each, Source)]
            following = []
        await asyncio.to_thread(self._inner.drop, done_with)
        return following

    def _fail(self, work: Work, error: FootnoteError) -> None:
        """Say once that a file came to nothing, and remember that its copy is not needed."""
        if work.document is not None and not work.again:
            self._given_up.setdefault(work.document.id, without_trace(error))
        if not work.failed:
            work.failed = True
            self._say(came_to_nothing(work, error))

    async def _read(self, work: Work) -> None:
        """Read one file, unless its bytes are there already or about to be."""
        self._require_wanted(work)
        work.document = document = await asyncio.to_thread(
            take_in, work.source, self._library.originals, megabytes=self._settings.largest_file
        )
        if document.id in self._on_the_way and document.id not in self._given_up:
            work.again = True
            await self._to_encode.put(Batch(work, (), last=True))
        elif await asyncio.to_thread(self._library.holds, document.id):
            await self._leave_unchanged(work, document)
        else:
            work.replaces = await asyncio.to_thread(namesake, work.source, self._library)
            await self._read_new(work, document)

    def _require_wanted(self, work: Work) -> None:
        """Complain about a file that was given up meanwhile: perhaps there was no reader yet to be stopped."""
        if self._is_cancelled(work.source):
            raise GivenUp(work.source.name)

    async def _read_new(self, work: Work, document: Document) -> None:
        self._require_wanted(work)
        self._given_up.pop(document.id, None)  # another file of these bytes may have failed, by its name
        copy = self._library.originals.path_of(document)
        with self._processes.reader() as reader, work.read_by(reader):
            password = self._processes.passwords.settle(work.source.key, document.id)
            reading = await asyncio.to_thread(reader.read, copy, name=document.name, password=password)
            work.document = replace(document, title=reading.title, unit=reading.unit, pages=reading.page_count)
            try:
                rest = await self._cut(work, reading)
                self._on_the_way.add(document.id)
            except NothingToRead:
                await self._take_out(work, reading)
                raise
            await self._take_out(work, reading)
        work.following.append(rest)

    async def _take_out(self, work: Work, reading: Reading) -> None:
        """Lay by the files inside a file that has been read, even where it holds no text of its own.

        Where they cannot be taken out of it, its own text comes in all the same.
        """
        inner = self._inner.of(work.source, reading.attachments)
        try:
            while source := await asyncio.to_thread(next, inner, None):
                work.following.append(source)
        except ReadError as error:
            if work.failed:
                raise
            beyond = f"{work.source.shown}{work.source.INSIDE}…"
            self._say(
                FileSkipped(beyond, sentence_for(error), work.seconds, work.source.key and f"{work.source.key} …")
            )

    async def _leave_unchanged(self, work: Work, document: Document) -> None:
        before = self._library.document(document.id).collection
        status = await asyncio.to_thread(
            self._library.remember_source, document.id, document.source, document.collection
        )
        known = self._library.document(document.id)
        reason = sentence_for_known(known, work.source.name) if known.collection == before else BROUGHT_INTO
        self._say(FileFinished(work.source.shown, str(status), known, work.seconds, reason, key=work.source.key))

    async def _cut(self, work: Work, reading: Reading) -> Batch:
        """Hand the document's chunks on, a step at a time; returns the last step, with which it is complete."""
        assert work.document is not None  # noqa: S101  (set just before)
        tokenizer = await asyncio.to_thread(lambda: self._encoder.get().tokenizer)
        chunks = chunk_pages(
            self._watched(work, reading),
            document_id=work.document.id,
            title=reading.title,
            unit=reading.unit,
            tokenizer=tokenizer,
            cut=Cut(self._settings.chunk_size, self._settings.chunk_overlap, self._settings.chunk_prefix),
        )
        held: tuple[Chunk, ...] = ()
        while step := await asyncio.to_thread(lambda: tuple(islice(chunks, CHUNKS_PER_CALL))):
            if held:
                await self._to_encode.put(Batch(work, held, last=False))
            held = step
        if not held:
            raise NothingToRead(work.source.name)
        return Batch(work, held, last=True)

    def _watched(self, work: Work, reading: Reading) -> Iterator[ReadPage]:
        """Pass pages on, keeping their text, minding the clock: only reading counts, and pictures take their time."""
        spent, begun, allowed = 0.0, time.perf_counter(), float(self._settings.seconds_per_file)
        for page in reading.pages:
            spent += time.perf_counter() - begun
            allowed += _SECONDS_PER_PICTURE if page.page.words else 0.0
            if spent > allowed:
                raise ReaderDied(work.source.name, "time limit")
            work.pages.extend([page.page])
            if page.page.words:
                self._loop.call_soon_threadsafe(self._report, work)
            yield page
            begun = time.perf_counter()

    # encoding

    async def _encode_all(self) -> None:
        while (batch := await self._to_encode.get()) is not None:
            if not batch.work.failed:
                await self._encode(batch)
        await self._to_write.put(None)

    async def _encode(self, batch: Batch) -> None:
        work = batch.work
        try:
            if batch.chunks:
                encoder = await asyncio.to_thread(self._encoder.get)
                await asyncio.to_thread(batch.encode, encoder, self._library, self._settings)
                self._report(work)
        except LIBRARY_TROUBLE as error:
            _log.exception("encoding %s failed", work.source.path)
            self._fail(work, error if isinstance(error, FootnoteError) else EncoderError(said(error)))
            return
        if batch.last:
            await self._hand_over(work)

    async def _hand_over(self, work: Work) -> None:
        """Pass a document on to be written, as soon as less is waiting than one commit takes."""
        await self._room.wait()
        self._chunks_to_write += len(work.chunks)
        if self._chunks_to_write >= _CHUNKS_PER_COMMIT:
            self._room.clear()
        await self._to_write.put(work)

    def _report(self, work: Work) -> None:
        total = work.document.pages if work.document else None
        self._say(FileProgress(work.source.shown, len(work.pages), total, len(work.chunks), work.source.key))

    # writing

    async def _write_all(self) -> None:
        while (work := await self._to_write.get()) is not None:
            batch, more = await self._gather(work)
            self._chunks_to_write -= chunks_of(batch)
            self._room.set()
            await self._write([work for work in batch if not work.again and not work.failed])
            for work in batch:
                if work.again and not work.failed:
                    await self._write_again(work)
            if not more:
                return

    async def _gather(self, first: Work) -> tuple[list[Work], bool]:
        """Take what else is ready soon, so that small files share a commit; False when nothing comes after it.

        Every commit is a version of the table, and each takes longer than the one before.
        """
        batch, until = [first], self._loop.time() + _SECONDS_PER_COMMIT
        while len(batch) < _DOCUMENTS_PER_COMMIT and chunks_of(batch) < _CHUNKS_PER_COMMIT:
            try:
                work = await asyncio.wait_for(self._to_write.get(), until - self._loop.time())
            except TimeoutError:
                break
            if work is None:
                return batch, False
            batch.append(work)
        return batch, True

    async def _write(self, batch: Sequence[Work]) -> None:
        """Commit documents; what is wrong with one of them costs no other."""
        try:
            documents = await asyncio.to_thread(list, map(as_new, batch))  # which reads every page
            statuses = await asyncio.to_thread(add_as_found, self._library, self._encoder.get(), documents)
        except DocumentNotFound as error:
            await self._write_without(error.asked, batch)
        except FootnoteError as error:
            for work in batch:
                self._fail(work, error)
        except LIBRARY_TROUBLE as error:
            await self._write_singly(batch, error)
        else:
            for work, new, status in zip(batch, documents, statuses, strict=True):
                reason = ALREADY_THERE if status == "unchanged" else sentence_for_unread(new.document.unread) or None
                self._say(
                    FileFinished(
                        work.source.shown, str(status), new.document, work.seconds, reason, key=work.source.key
                    )
                )

    async def _write_without(self, document_id: str, batch: Sequence[Work]) -> None:
        """Commit what is left of a batch of which another program took an original away."""
        for work in batch:
            if as_new(work).document.id == document_id:
                self._fail(work, OriginalMissing(work.source.name))
        await self._write([work for work in batch if not work.failed])

    async def _write_singly(self, batch: Sequence[Work], error: Exception) -> None:
        """Find out whose fault it was that a batch could not be committed."""
        if len(batch) == 1:
            self._fail(batch[0], as_read_error(batch[0].source, error))
            return
        for work in batch:
            await self._write([work])

    async def _write_again(self, work: Work) -> None:
        """Settle a file whose bytes have just come in, or failed to."""
        document = as_new(work).document
        try:
            if document.id in self._given_up:
                self._fail(work, self._given_up[document.id])
            else:
                await self._leave_unchanged(work, document)
        except LIBRARY_TROUBLE as error:
            self._fail(work, as_read_error(work.source, error))
