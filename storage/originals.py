"""The library's own copies of the files, named by their content.

The page shows a document as it looked when it was read, whatever has become of the file it came from. Owns the copies
and the hashing that gives a document its identity; knows nothing of what the files mean.
"""

from __future__ import annotations

import errno
import hashlib
import re
import time
import uuid
from pathlib import PurePath
from typing import TYPE_CHECKING

from storage.errors import DocumentNotFound, FolderUnusable
from storage.files import delete, write_atomically

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from storage.records import Document

__all__ = ["SPEAKABLE", "Originals"]

BLOCK = 1 << 20
"""Bytes read at once."""

SPEAKABLE = re.compile(r"\.[a-z0-9]{1,10}")
"""An ending that means the same on every system; any other is left out."""

ORPHAN_SECONDS = 24 * 3600.0
"""A copy of nothing the library knows is swept after this long: until then its document may still be on its way in."""

QUIET_SECONDS = 30.0
"""A file that was only begun and not touched for so long is written by nobody: its program has died."""

_WRITING = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS})
"""What the operating system says to those who write, and never to those who read."""


class Originals:
    """``<folder>/ab/<sha256>.<ending>`` for each document.

    ``handed_over`` is where a browser's copies lie until they are read.
    """

    def __init__(self, folder: Path, handed_over: Path | None = None) -> None:
        self._folder = folder
        self._handed_over = handed_over

    def keep(self, path: Path) -> tuple[str, Path]:
        """Copy a file in, reading it once; returns its SHA-256 and where the copy lies, on disk on return.

        The copy is of one moment: it is what was hashed, even where the file changes meanwhile. Raises OSError where
        the file cannot be read, and FolderUnusable where the copy cannot be written.
        """
        arriving = self._folder / f"arriving-{uuid.uuid4().hex}"
        try:
            document_id = _copy(path, arriving)
            return document_id, self._shelve(arriving, document_id, path.suffix.lower())
        except OSError as error:
            if not self._is_ours(error, path):
                raise
            raise FolderUnusable(self._folder.parent, error.strerror or str(error)) from error

    def lay_by(self, data: bytes, name: str) -> Path:
        """Put what was found inside a file, there called ``name``, where it can be read; the reader deletes it."""
        suffix = PurePath(name).suffix.lower()
        place = self._folder / f"arriving-{uuid.uuid4().hex}{suffix if SPEAKABLE.fullmatch(suffix) else ''}"
        try:
            with write_atomically(place) as file:
                file.write(data)
        except OSError as error:
            raise FolderUnusable(self._folder.parent, error.strerror or str(error)) from error
        return place

    def path_of(self, document: Document) -> Path:
        """Where the copy of a document lies. Raises DocumentNotFound where there is none."""
        return self.at_hand(document.id)

    def at_hand(self, document_id: str) -> Path:
        """Where the copy lies that is on this computer. Raises DocumentNotFound where there is none."""
        for path in self._copies(document_id):
            return path
        raise DocumentNotFound(document_id)

    def secure(self, document: Document) -> None:
        """Make sure that there is a copy of a document that is about to exist. Raises DocumentNotFound."""
        self.path_of(document)

    def discard(self, document_id: str) -> bool:
        """Delete the copy of a document, if there is one; False where that cannot be now."""
        return all(delete(path) for path in self._copies(document_id))

    def discard_strays(self, document_id: str) -> bool:
        """Delete what dead programs and pages have left of a document's bytes elsewhere, whole or only begun.

        Its copy must still be there: by what is in it they are known. False where one cannot be deleted now, or is
        being written.
        """
        found = [(stray, copy) for copy in self._copies(document_id) for stray in self._strays()]
        return all(_is_over(stray, copy) and delete(stray) for stray, copy in found if _began(stray, copy))

    def _strays(self) -> Iterator[Path]:
        """Files that belong to no document yet, and may belong to none ever."""
        yield from (path for path in self._folder.glob("*") if path.is_file())
        if self._handed_over is not None:
            yield from (path for path in self._handed_over.glob("**/*") if path.is_file())

    def sweep(self, known: Collection[str], given_up: Collection[str] = ()) -> None:
        """Delete copies of documents that never came to be: of those ``given_up``, and old ones, left by a crash."""
        oldest = time.time() - ORPHAN_SECONDS
        for path in self._folder.glob("**/*"):
            document_id = path.name.partition(".")[0]
            if document_id in known or not path.is_file():
                continue
            if document_id in given_up or path.stat().st_mtime < oldest:
                delete(path)

    def _is_ours(self, error: OSError, path: Path) -> bool:
        """Whether the trouble is with the copy, not with the file: writing alone fills a disk, else a path is named."""
        named = str(error.filename or path)
        return error.errno in _WRITING or (named != str(path) and named.startswith(str(self._folder)))

    def _shelve(self, arriving: Path, document_id: str, suffix: str) -> Path:
        """Move a copy to its place, unless the same bytes stand there already."""
        for path in self._copies(document_id):
            arriving.unlink()
            return path
        place = self._folder / document_id[:2] / f"{document_id}{suffix if SPEAKABLE.fullmatch(suffix) else ''}"
        place.parent.mkdir(exist_ok=True)
        arriving.replace(place)
        return place

    def _copies(self, document_id: str) -> list[Path]:
        """The copy, whatever its ending, as a list of one or none."""
        return sorted((self._folder / document_id[:2]).glob(f"{document_id}*"))


def _began(stray: Path, copy: Path) -> bool:
    """Whether a file holds what a copy begins with, or all of it."""
    try:
        size = stray.stat().st_size
        if not 0 < size <= copy.stat().st_size:
            return False
        with stray.open("rb") as one, copy.open("rb") as other:
            return all(block == other.read(len(block)) for block in iter(lambda: one.read(BLOCK), b""))
    except FileNotFoundError:
        return False


def _is_over(stray: Path, copy: Path) -> bool:
    """Whether nobody writes a file any more: it is all there, or has been left alone for a while."""
    found = stray.stat()
    return found.st_size == copy.stat().st_size or found.st_mtime < time.time() - QUIET_SECONDS


def _copy(path: Path, place: Path) -> str:
    """Copy a file; returns the SHA-256 of what was copied."""
    digest = hashlib.sha256()
    with path.open("rb") as source, write_atomically(place) as target:
        while block := source.read(BLOCK):
            digest.update(block)
            target.write(block)
    return digest.hexdigest()
