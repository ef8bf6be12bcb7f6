"""What is to be read: where a file lies, what people call it, and what it replaces.

It owns how files are found in folders and named. What becomes of them is ``rag/ingest_run.py``'s.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from storage.records import QueuedFile

__all__ = ["Source", "files_below", "is_hidden", "speakable"]

_NO_CHARACTER = re.compile("[\ud800-\udfff]")
"""How Python writes the bytes of a file's name that are no text: nobody else takes them."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file to be read: where it lies, what people call it, and the path it belongs to."""

    INSIDE: ClassVar[str] = " › "
    """Between a file and what it holds: "Offer.eml › plan.pdf"."""

    path: Path
    name: str
    origin: str | None
    """The absolute path that a changed file replaces; None for a copy that a browser handed over."""
    shown: str
    """What events call it."""
    collection: str | None = None
    """Id of the collection it is brought into; None leaves a document that is there where it is."""
    depth: int = 0
    """How many files it lies inside of; if any, ``path`` is a copy that nobody needs once it is read."""
    key: str = ""
    """Which entry of the queue it is; empty for what does not come from there."""
    asks: bool = False
    """Whether the person is asked first where another document has its name."""
    replaces_namesakes: bool = False
    """Whether the person said that it is to replace such a document."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Its key after those of the files that it lies inside of, the outermost first; none without the queue."""
        parts = self.key.split()
        return tuple(" ".join(parts[:number]) for number in range(1, len(parts) + 1))

    @classmethod
    def on_disk(cls, path: Path, collection: str | None = None) -> Source:
        """Return a file of the person's own folders."""
        # Not Path.resolve, to which a link that leads to itself is an error.
        origin = os.path.realpath(path).encode(errors="backslashreplace").decode()
        return cls(path, speakable(path.name), origin, speakable(str(path)), collection)

    @classmethod
    def queued(cls, file: QueuedFile) -> Source:
        """Return a file as the queue remembers it: a person's own, or a copy that a browser handed over.

        A copy of a folder's file belongs to its path in there, so that the next version of it can be told.
        """
        name = speakable(file.name)
        shown = f"{speakable(file.folder)}/{name}" if file.folder else name
        if file.from_folder:
            return replace(cls.on_disk(Path(file.path), file.collection), shown=shown, key=file.key)
        return cls(
            path=Path(file.path),
            name=name,
            origin=shown if file.folder and file.decision != "keep" else None,
            shown=shown,
            collection=file.collection,
            key=file.key,
            asks=not file.decision,
            replaces_namesakes=file.decision == "replace",
        )

    @classmethod
    def inside(cls, holder: Source, path: Path, name: str) -> Source:
        """Return a file that was taken out of ``holder``: the next version of that file replaces it."""
        name = speakable(name)
        origin = holder.origin and f"{holder.origin}{cls.INSIDE}{name}"
        shown = f"{holder.shown}{cls.INSIDE}{name}"
        key = holder.key and f"{holder.key} {path.stem}"
        return cls(path, name, origin, shown, holder.collection, holder.depth + 1, key)


def files_below(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the files among ``paths`` and in the folders among them, in order of name; hidden ones are left alone."""
    for path in paths:
        # os.path, because Path's own questions fail where a path cannot be looked at.
        if os.path.isdir(path):  # noqa: PTH112
            below = (found for found in path.rglob("*") if os.path.isfile(found))  # noqa: PTH113
            yield from sorted(found for found in below if not is_hidden(found.relative_to(path)))
        else:
            yield path


def is_hidden(path: Path) -> bool:
    """Say whether a path is one that people do not see: dot files, and the lock files of office programs."""
    return any(part.startswith((".", "~$")) for part in path.parts)


def speakable(name: str) -> str:
    """Return a name that can be shown and stored: what is no character in it becomes the mark for that."""
    return _NO_CHARACTER.sub("\N{REPLACEMENT CHARACTER}", name)
