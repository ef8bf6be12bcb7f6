"""Files inside files (what is attached to a mail or a PDF): which of them are read, and where they wait for it.

It owns the limits that keep a stranger's file from becoming thousands, and how an inner file is named. It does not know
how a file holds others.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Self

from rag.errors import FileTooLarge, UnknownFormat
from rag.reading import media_type_of
from rag.source import Source
from storage.files import delete

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from rag.reading.blocks import Attachment
    from storage.originals import Originals

__all__ = ["DEEPEST", "MOST_FILES", "InnerFiles"]

DEEPEST = 4
"""A file in a file in a file in a file is read; what that one holds is not."""
MOST_FILES = 500
"""Of one file that a person added, however deep they are."""
_MEGABYTE = 1_000_000


class InnerFiles:
    """What has been taken out of the files of one call so far."""

    def __init__(self, originals: Originals, *, megabytes: int) -> None:
        """``megabytes``: what the files inside one file may come to."""
        self._originals = originals
        self._megabytes = megabytes
        self._files: Counter[str] = Counter()
        self._bytes: Counter[str] = Counter()
        self._laid_by: set[Path] = set()
        self._over = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Delete what nobody has read: the call has ended, and the next one takes it out anew."""
        self._over = True
        for path in tuple(self._laid_by):
            delete(path)

    def of(self, holder: Source, attachments: Iterable[Attachment]) -> Iterator[Source]:
        """Put the files inside ``holder`` where they can be read; FileTooLarge at the first that is too much.

        What no reader knows is passed over: nobody gave it by itself, and nobody needs to hear of a font's settings.
        """
        # Not by its name alone, where it has a key: a hundred mails may be called alike.
        root = holder.keys[0] if holder.keys else holder.shown.partition(Source.INSIDE)[0]
        for attachment in filter(_is_known, attachments):
            self._files[root] += 1
            self._bytes[root] += len(attachment.data)
            if holder.depth >= DEEPEST or self._files[root] > MOST_FILES:
                raise FileTooLarge(holder.name, f"it holds more files than the {MOST_FILES} that are read")
            if self._bytes[root] > self._megabytes * _MEGABYTE:
                raise FileTooLarge(holder.name, f"the files inside it come to more than {self._megabytes:,} MB")
            yield Source.inside(holder, self._lay_by(attachment), attachment.name)

    def drop(self, sources: Iterable[Source]) -> None:
        """Delete the copies of those that were taken out of others: they have been read, or nobody wants them."""
        for path in {source.path for source in sources} & self._laid_by:
            self._laid_by.discard(path)
            delete(path)

    def _lay_by(self, attachment: Attachment) -> Path:
        path = self._originals.lay_by(attachment.data, attachment.name)
        self._laid_by.add(path)
        if self._over:  # in a thread that was given up
            delete(path)
        return path


def _is_known(attachment: Attachment) -> bool:
    try:
        media_type_of(attachment.name)
    except UnknownFormat:
        return False
    return True
