"""The library's own copies of the files, named by their content.

The page shows a document as it looked when it was read, whatever has become of the file it came from. Owns the copies
and the hashing that gives a document its identity; knows nothing of what the files mean.
"""

from __future__ import annotations

import hashlib
import re
import time
import uuid
from typing import IO, TYPE_CHECKING

from storage.errors import DocumentNotFound
from storage.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from storage.records import Document

__all__ = ["Originals", "hash_of"]

BLOCK = 1 << 20
"""Bytes read at once."""

SPEAKABLE = re.compile(r"\.[a-z0-9]{1,10}")
"""An ending that means the same on every system; any other is left out."""

ORPHAN_SECONDS = 24 * 3600.0
"""A copy of nothing the library knows is swept after this long: until then its document may still be on its way in."""


class Originals:
    """``<folder>/ab/<sha256>.<ending>`` for each document."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, path: Path) -> tuple[str, Path]:
        """Copy a file in, reading it once; returns its SHA-256 and where the copy lies, on disk on return.

        The copy is of one moment: it is what was hashed, even where the file changes meanwhile. Raises OSError where
        the file cannot be read or the copy not be written.
        """
        digest = hashlib.sha256()
        arriving = self._folder / f"arriving-{uuid.uuid4().hex}"
        with path.open("rb") as source, write_atomically(arriving) as target:
            for block in _blocks(source):
                digest.update(block)
                target.write(block)
        document_id = digest.hexdigest()
        return document_id, self._shelve(arriving, document_id, path.suffix.lower())

    def path_of(self, document: Document) -> Path:
        """Where the copy of a document lies. Raises DocumentNotFound where there is none."""
        for path in self._copies(document.id):
            return path
        raise DocumentNotFound(document.id)

    def discard(self, document_id: str) -> None:
        """Delete the copy of a document, if there is one."""
        for path in self._copies(document_id):
            path.unlink(missing_ok=True)

    def sweep(self, known: Collection[str]) -> None:
        """Delete old copies of documents that never came to be: of files that could not be read, or after a crash."""
        oldest = time.time() - ORPHAN_SECONDS
        for path in self._folder.glob("**/*"):
            if path.is_file() and path.name.partition(".")[0] not in known and path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)

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


def hash_of(path: Path) -> str:
    """SHA-256 of a file's bytes, which is its document's id, without holding the file in memory."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for block in _blocks(file):
            digest.update(block)
    return digest.hexdigest()


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    """A file, piece by piece."""
    while block := file.read(BLOCK):
        yield block
