"""One file on its way into the library, and what is said of it where it comes to nothing.

Values that the three steps of ``rag/ingest_run.py`` hand to each other, and what follows from them.
"""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rag.arrival import said
from rag.errors import DamagedFile, FileUnreachable, GivenUp, KnownName, NothingToRead, PasswordNeeded, UnknownFormat
from rag.events import FileAsks, FileCancelled, FileFailed, FileSkipped
from rag.sentences import sentence_for
from storage.errors import FootnoteError
from storage.records import NewDocument
from storage.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from rag.encoder import Encoder
    from rag.events import IngestEvent
    from rag.reading_process import Reader
    from rag.settings import IngestSettings
    from rag.source import Source
    from storage.library import Library
    from storage.records import Chunk, Document, EncodedChunk, Page

__all__ = ["Batch", "Work", "as_new", "as_read_error", "came_to_nothing", "chunks_of", "without_trace"]

_log = logging.getLogger(__name__)


class Work:
    """One file on its way through the three steps."""

    def __init__(self, source: Source, folder: Path) -> None:
        """``folder`` is where what is made of the file waits until it is written."""
        self.source = source
        self.started = time.perf_counter()
        self.document: Document | None = None
        self.again = False
        """Whether these bytes are on their way already, as another file of the same call."""
        self.failed = False
        self.reader: Reader | None = None
        """What reads it, while it does: the same one may read another file afterwards."""
        self.replaces: str | None = None
        """The document that goes when this one comes."""
        self.following: list[Source | Batch] = []
        """What comes after it: the files inside it, and when those have been read, its own rest."""
        self.pages: Spool[Page] = Spool(folder)
        self.chunks: Spool[EncodedChunk] = Spool(folder)

    @contextmanager
    def read_by(self, reader: Reader) -> Iterator[None]:
        """Know who reads it for as long as the block lasts."""
        self.reader = reader
        try:
            yield
        finally:
            self.reader = None

    @property
    def seconds(self) -> float:
        """Since its turn came."""
        return time.perf_counter() - self.started


@dataclass(frozen=True, slots=True)
class Batch:
    """Chunks of one file to be encoded; with the last one the document is complete."""

    work: Work
    chunks: tuple[Chunk, ...]
    last: bool

    def encode(self, encoder: Encoder, library: Library, settings: IngestSettings) -> None:
        """Lay by what the encoder makes of them; of a library that is large already without their token vectors."""
        encoded = encoder.encode_chunks(self.chunks)
        if library.count_chunks() >= settings.token_vectors_up_to:
            encoded = [replace(each, tokens=None) for each in encoded]
        self.work.chunks.extend(encoded)


def chunks_of(batch: Iterable[Work]) -> int:
    """Return how many chunks the files have together."""
    return sum(len(work.chunks) for work in batch)


def as_read_error(source: Source, error: Exception) -> FootnoteError:
    """Return the trouble in the words of the one error tree."""
    if isinstance(error, FootnoteError):
        return error
    _log.error("%s failed in a way its reader does not know", source.path, exc_info=error)
    kind = FileUnreachable if isinstance(error, OSError) else DamagedFile
    return kind(source.name, said(error))


def without_trace(error: FootnoteError) -> FootnoteError:
    """Forget where an error came up: it would keep all that was at hand there, the file's whole text, as long as it."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


def came_to_nothing(work: Work, error: FootnoteError) -> IngestEvent:
    """Say what became of a file that did not become a document."""
    shown, key = work.source.shown, work.source.key
    match error:
        case GivenUp():
            return FileCancelled(shown, key)
        case NothingToRead() if work.source.depth:
            # The picture of a signature, say: nobody gave it by itself.
            return FileCancelled(shown, key)
        case KnownName():
            return FileAsks(shown, key)
        case UnknownFormat():
            return FileSkipped(shown, sentence_for(error), work.seconds, key)
        case _:
            # A file inside another has no place in the queue where it could wait for its password.
            locked = isinstance(error, PasswordNeeded) and not work.source.depth
            return FileFailed(shown, sentence_for(error), work.seconds, key, locked)


def as_new(work: Work) -> NewDocument:
    """Return a file that was read as the library takes it."""
    assert work.document is not None  # noqa: S101  (only documents that were read get this far)
    unread = tuple(page.number for page in work.pages if page.unread)
    document = replace(work.document, chunks=len(work.chunks), unread=unread)
    return NewDocument(document, work.pages, work.chunks, True, work.replaces)
