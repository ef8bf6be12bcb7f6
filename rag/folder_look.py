"""One look at a folder: which files in it are to be read, and by what each would be told from a later self.

It reads names, sizes and times, never a file. What was seen before, and what follows from a change, is not known here.
"""

from __future__ import annotations

import os
import stat
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import FolderClosed, FolderMissing, UnknownFormat
from rag.reading import media_type_of
from rag.source import is_hidden
from storage.records import FileMark

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Look", "look_through", "settled"]

_AT_REST = 2_000_000_000
"""Nanoseconds after which a file that nobody has written to counts as whole."""
_LEFT_BY_PROGRAMS = frozenset({"desktop.ini", "thumbs.db"})
_HALF_MADE = (".crdownload", ".download", ".part", ".partial", ".tmp")


@dataclass(frozen=True, slots=True)
class Look:
    """What was there at one moment."""

    files: Mapping[str, FileMark] = field(default_factory=dict)
    """Those that can be read, by their paths below the folder."""
    not_read: int = 0
    """How many others there are, of kinds that no reader knows."""
    closed: tuple[str, ...] = ()
    """The folders in it that may not be looked into."""
    moment: int = 0
    """When it began, in nanoseconds."""


def look_through(folder: Path, *, but: Path) -> Look:
    """Look at every file of a folder, those in ``but`` and hidden ones left out. Raises FolderMissing, FolderClosed."""
    moment = time.time_ns()
    files: dict[str, FileMark] = {}
    closed: list[str] = []
    not_read = 0
    for path in _paths(folder, but, closed):
        if not _can_be_read(path):
            not_read += 1
        elif mark := _mark(path):
            files[os.path.relpath(path, folder)] = mark
    return Look(files, not_read, tuple(closed), moment)


def settled(now: Look, before: Look | None) -> dict[str, FileMark]:
    """Return the files that nobody is writing any more: untouched for a while, or just as they were a look before."""
    earlier = before.files if before is not None else {}
    return {
        name: mark
        for name, mark in now.files.items()
        if mark == earlier.get(name) or 0 <= mark.changed <= now.moment - _AT_REST
    }


def _paths(folder: Path, but: Path, closed: list[str]) -> Iterator[str]:
    def trouble(error: OSError) -> None:
        if Path(error.filename) == folder:
            kind = FolderClosed if isinstance(error, PermissionError) else FolderMissing
            raise kind(str(folder), error.strerror or "") from error
        if isinstance(error, PermissionError):  # one that went a moment ago is no trouble
            closed.append(str(error.filename))

    for directory, folders, names in os.walk(folder, onerror=trouble):
        folders[:] = sorted(each for each in folders if not is_hidden(Path(each)) and Path(directory, each) != but)
        yield from (os.path.join(directory, name) for name in sorted(names) if not is_hidden(Path(name)))  # noqa: PTH118


def _can_be_read(path: str) -> bool:
    name = os.path.basename(path).lower()  # noqa: PTH119  (many thousands of them)
    if name in _LEFT_BY_PROGRAMS or name.endswith(_HALF_MADE):
        return False
    try:
        media_type_of(name)
    except UnknownFormat:
        return False
    return True


def _mark(path: str) -> FileMark | None:
    """Its size and time; None for what is no file, or went a moment ago."""
    try:
        found = os.stat(path)  # noqa: PTH116
    except OSError:
        return None
    return FileMark(found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) else None
