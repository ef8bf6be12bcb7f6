"""Files that are either there whole or not at all, and folders that can be measured while they change.

Knows nothing of what the files hold.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["PARTIAL", "delete", "delete_folder", "settle", "size_of", "write_atomically"]

PARTIAL = ".partial"
"""Ending of a file that is still being written."""


@contextmanager
def write_atomically(path: Path) -> Iterator[IO[bytes]]:
    """Write ``path`` by way of a neighbour: it appears, whole and on disk, when the block ends without an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=PARTIAL, delete=False) as file:
        partial = Path(file.name)
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
        except BaseException:
            file.close()
            partial.unlink()
            raise
    partial.replace(path)
    _settle(path.parent)


def delete(path: Path) -> bool:
    """Delete a file, if it is there; False where that cannot be now: Windows keeps a file that a program has open."""
    try:
        path.unlink(missing_ok=True)
    except PermissionError:
        return False
    return True


def delete_folder(folder: Path) -> bool:
    """Delete a folder with all in it; False where some of it cannot be deleted now."""
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()


def settle(folder: Path) -> None:
    """Put every file below ``folder`` on disk, written by whomever, before something else is deleted for its sake."""
    for directory, _, names in os.walk(folder):
        for name in names:
            with Path(directory, name).open("r+b") as file:
                os.fsync(file.fileno())
        _settle(Path(directory))


def size_of(folder: Path) -> int:
    """Bytes of all files below ``folder``; one that vanishes meanwhile, or cannot be looked at, counts nothing."""
    total = 0
    for directory, _, names in os.walk(folder):
        for name in names:
            try:
                total += Path(directory, name).stat().st_size
            except OSError:
                continue
    return total


def _settle(folder: Path) -> None:
    """Put a renaming itself on disk, where the system has a way to ask for that (Windows has none and needs none)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
