"""What was made of one document so far, kept on disk until the document comes into the library.

A book's token vectors alone would fill the memory. Owns only the keeping: items go in at the end and come out by their
number, whatever they are. The file has no name, so that nothing of it is left however the program ends.
"""

from __future__ import annotations

import pickle
import weakref
from collections.abc import Sequence
from io import SEEK_END
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, TypeVar, overload

from storage.errors import FolderUnusable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["Spool"]

_Item = TypeVar("_Item")

IN_MEMORY = 2_000_000
"""Bytes that stay in memory: a letter never touches the disk."""


class Spool(Sequence[_Item]):
    """A sequence that grows at its end; used by one thread at a time."""

    def __init__(self, folder: Path) -> None:
        """``folder`` is on the disk that the items are going to stay on, so that they cannot fill another one."""
        self._folder = folder
        self._file = SpooledTemporaryFile(IN_MEMORY, dir=str(folder))  # noqa: SIM115  (closed with the sequence)
        self._starts: list[int] = []
        # Given back as soon as nobody has the sequence any more, whatever else goes with it.
        weakref.finalize(self, self._file.close)

    def extend(self, items: Iterable[_Item]) -> None:
        """Put items at the end. Raises FolderUnusable where the disk is full."""
        try:
            for item in items:
                self._starts.append(self._file.seek(0, SEEK_END))
                pickle.dump(item, self._file, pickle.HIGHEST_PROTOCOL)
            self._file.flush()
        except OSError as error:
            raise FolderUnusable(self._folder, error.strerror or str(error)) from error

    def __len__(self) -> int:
        """Return how many items there are."""
        return len(self._starts)

    @overload
    def __getitem__(self, at: int) -> _Item: ...

    @overload
    def __getitem__(self, at: slice) -> list[_Item]: ...

    def __getitem__(self, at: int | slice) -> _Item | list[_Item]:
        """Read one item, or some."""
        if isinstance(at, slice):
            return [self[one] for one in range(len(self))[at]]
        self._file.seek(self._starts[at])
        item: _Item = pickle.load(self._file)  # noqa: S301  (our own, in a file that nobody else can open)
        return item
