"""How LanceDB is opened, what it may keep in memory, what it indexes, and what its troubles with the disk mean.

Knows no particular table; LanceDB is imported when it is first needed.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from storage.errors import FolderUnusable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import lancedb

__all__ = ["connect", "disk_trouble", "index_terms_and_ids", "session"]

INDEX_CACHE, METADATA_CACHE = 256_000_000, 64_000_000
"""Bytes."""
_LARGE, _LARGE_INDEX_CACHE = 100_000_000, 768_000_000
"""Numbers in all vectors, a byte each in the index, from which on indexes may take more than that, and bytes: to read a
part of them again takes a question longer than to search them all."""
DISK_SIGNS = ("No space left", "Permission denied", "Read-only", "os error 112", "os error 5")
"""What the errors of a full or closed disk share (Windows says it in numbers): they have no type of their own."""


def connect(folder: Path, size: int = 0) -> lancedb.db.DBConnection:
    """Connect to the folder, for a table with vectors of so many numbers in all; cheap, it only names it."""
    import lancedb

    return lancedb.connect(folder, read_consistency_interval=timedelta(0), session=session(size))


def session(size: int = 0) -> lancedb.Session:
    """What LanceDB keeps in memory, for all tables whose vectors have so many numbers in all, or about as many.

    There are two. A large table is written in the small one and read in the other, so both may be full.
    """
    return _session(_LARGE_INDEX_CACHE if size >= _LARGE else INDEX_CACHE)


@cache
def _session(index_cache: int) -> lancedb.Session:
    """Left alone it would keep each version that it has seen."""
    import lancedb

    return lancedb.Session(index_cache_size_bytes=index_cache, metadata_cache_size_bytes=METADATA_CACHE)


@contextmanager
def disk_trouble(folder: Path) -> Iterator[None]:
    """Say that the disk is full or closed to us, where LanceDB says so. Raises FolderUnusable."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        if not any(sign in str(error) for sign in DISK_SIGNS):
            raise
        raise FolderUnusable(folder, str(error)) from error


def index_terms_and_ids(table: lancedb.table.Table) -> None:
    """Make the indexes that are missing: all of them at first, some after a crash in between."""
    from lancedb.index import FTS, BTree

    # Terms are analysed already: LanceDB is to take them as they are.
    terms = FTS(
        base_tokenizer="whitespace",
        lower_case=False,
        stem=False,
        remove_stop_words=False,
        ascii_folding=False,
        max_token_length=None,
    )
    wanted: dict[str, FTS | BTree] = {"terms": terms, "id": BTree(), "document_id": BTree()}
    there = {column for index in table.list_indices() for column in index.columns}
    for column in wanted.keys() - there:
        table.create_index(column, config=wanted[column])
