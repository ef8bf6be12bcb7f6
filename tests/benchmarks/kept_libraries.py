"""Libraries that benchmarks search: filled once and kept between runs, since encoding a set takes minutes.

A kept library is named by everything it was made of: the files that went in, the model, and the code that reads, cuts
and stores them. Whatever of that changes, the next run fills a new one. It knows nothing of questions.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import sys
import time
from functools import cache
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_cache_path

from app import _cache_folder
from rag.encoder import CHUNKS_PER_CALL, Encoder, model_fingerprint
from rag.events import FileFailed, FileSkipped
from rag.settings import IngestSettings, from_texts
from storage.library import Library
from storage.records import Document, NewDocument
from tests.benchmarks.asking import opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from rag.precision import Precision
    from storage.records import Chunk, EncodedChunk

__all__ = ["DEFAULT_CACHE", "ENCODING", "READING", "Failed", "ingested", "kept", "merged", "of_passages", "say"]

DEFAULT_CACHE = user_cache_path("footnote", appauthor=False) / "benchmarks"
_REPOSITORY = Path(__file__).resolve().parents[2]
ENCODING = (
    "assets/projection.npy", "rag/encoder*.py", "rag/precision.py", "rag/token*.py", "storage/analysis.py",
    "storage/chunk_table.py", "storage/files.py", "storage/languages.py", "storage/migrations.py",
    "storage/schema.py", "storage/token_files.py", "storage/vocabulary.py", "tests/benchmarks/kept_libraries.py",
)  # fmt: skip
"""What decides what comes to stand in a library of given passages ..."""
READING = (
    *ENCODING, "rag/chunking.py", "rag/labels.py", "rag/line_hyphens.py", "rag/pdf*.py", "rag/pypdf*.py",
    "rag/reading/*.py", "rag/segmentation.py", "rag/table_*.py", "rag/usable_text.py",
)  # fmt: skip
"""... and in one of files."""
_ADDED_AT_ONCE = 200
_MERGED_AT_ONCE = 500
_WHENEVER = "2026-01-01T00:00:00+00:00"


class Failed(Exception):
    """A benchmark met what makes its figures worthless."""


def say(text: str) -> None:
    """Tell how far a benchmark is, on stderr: stdout is for its tables."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stderr.flush()


def kept(  # noqa: PLR0913, PLR0917  (everything a kept library is named by)
    cache: Path,
    name: str,
    sources: Iterable[Path],
    fill: Callable[[Path], None],
    code: Sequence[str],
    settings: Mapping[str, str] | None = None,
) -> Path:
    """The folder ``name`` made of ``sources`` by ``code``, filled now unless an earlier run has done so."""
    folder = cache / f"{name}-{_digest(sources, code, settings or {})}"
    if not folder.is_dir():
        unfinished = folder.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        started = time.perf_counter()
        fill(unfinished)
        unfinished.replace(folder)
        say(f"{name}: filled in {time.perf_counter() - started:.0f} s")
    return folder


def of_passages(passages: Sequence[Chunk], folder: Path) -> None:
    """Fill a library with passages that are chunks already, each document of theirs a document."""
    library = Library.open(folder, model_fingerprint())
    documents = (_new_document(id_, list(chunks)) for id_, chunks in groupby(_encoded(passages), _document_id))
    while batch := list(islice(documents, _ADDED_AT_ONCE)):
        library.add(batch)
    library.tidy()
    library.close()


def ingested(files: Iterable[Path], folder: Path, settings: Mapping[str, str] | None = None) -> None:
    """Fill a library with files, through the program's own ingest. Raises Failed where one cannot be read."""

    async def ingest() -> None:
        async for event in assistant.ingest(list(files)):
            if isinstance(event, FileFailed | FileSkipped):
                raise Failed(f"{event.file}: {event.reason}")

    with opened(folder, settings=settings) as assistant:
        asyncio.run(ingest())


def merged(libraries: Iterable[Path], folder: Path) -> None:
    """Fill a library with all documents of others, as they are: nothing is encoded again."""
    whole = Library.open(folder, model_fingerprint())
    for each in libraries:
        part = Library.open(each, model_fingerprint())
        documents = iter(part.documents())
        while batch := list(islice(documents, _MERGED_AT_ONCE)):
            whole.add([_taken_over(part, document) for document in batch])
        part.close()
    whole.tidy()
    whole.close()


def _digest(sources: Iterable[Path], code: Iterable[str], settings: Mapping[str, str]) -> str:
    digest = hashlib.sha256(repr(from_texts(IngestSettings, os.environ | settings)).encode())
    modules = (path for pattern in code for path in sorted(_REPOSITORY.glob(pattern)))
    for path in (*sorted(sources), *modules):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


@cache
def _encoder() -> Encoder:
    """The program's encoder, from the program's own cache."""
    return Encoder.load(_cache_folder(os.environ), _precision())


def _precision() -> Precision:
    """How the program would compute if it were started now."""
    return from_texts(IngestSettings, os.environ).encoder


def _encoded(passages: Iterable[Chunk]) -> Iterator[EncodedChunk]:
    """Passages encoded, a step at a time, those of one document together."""
    waiting = iter(sorted(passages, key=lambda chunk: chunk.document_id))
    while step := list(islice(waiting, CHUNKS_PER_CALL)):
        yield from _encoder().encode_chunks(step)


def _document_id(encoded: EncodedChunk) -> str:
    return encoded.chunk.document_id


def _new_document(id_: str, chunks: Sequence[EncodedChunk]) -> NewDocument:
    name = chunks[0].chunk.prefix or id_
    return NewDocument(Document(id_, name, name, "text/plain", 0, None, None, len(chunks), _WHENEVER), (), chunks)


def _taken_over(library: Library, document: Document) -> NewDocument:
    chunks = library.document_chunks(document.id)
    encoded = library.fetch(chunk.id for chunk in chunks)
    return NewDocument(document, library.pages(document.id), [encoded[chunk.id] for chunk in chunks])
