"""How LanceDB is opened, what it may keep in memory, and what its troubles with the disk mean.

Knows no table; LanceDB is imported when it is first needed.
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

__all__ = ["connect", "disk_trouble", "session"]

INDEX_CACHE, METADATA_CACHE = 256_000_000, 64_000_000
"""Bytes."""
DISK_SIGNS = ("No space left", "Permission denied", "Read-only", "os error 112", "os error 5")
"""What the errors of a full or closed disk share (Windows says it in numbers): they have no type of their own."""


def connect(folder: Path) -> lancedb.db.DBConnection:
    """Connect to the folder; cheap, it only names it."""
    import lancedb

    return lancedb.connect(folder, read_consistency_interval=timedelta(0), session=session())


@cache
def session() -> lancedb.Session:
    """What LanceDB keeps in memory, for all tables together: left alone it would keep each version that it has seen."""
    import lancedb

    return lancedb.Session(index_cache_size_bytes=INDEX_CACHE, metadata_cache_size_bytes=METADATA_CACHE)


@contextmanager
def disk_trouble(folder: Path) -> Iterator[None]:
    """Say that the disk is full or closed to us, where LanceDB says so. Raises FolderUnusable."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        if not any(sign in str(error) for sign in DISK_SIGNS):
            raise
        raise FolderUnusable(folder, str(error)) from error
