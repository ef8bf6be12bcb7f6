"""The arrival of a file: whether it may come in at all, its copy in the library's own folder, and what is known of it.

It looks at no more of a file than its size and its name; what it holds is for the readers.
"""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import FileTooLarge, FileUnreachable, KnownName
from rag.reading import media_type_of
from rag.sentences import megabytes as in_megabytes
from storage.records import Document

if TYPE_CHECKING:
    from rag.source import Source
    from storage.library import Library
    from storage.originals import Originals

__all__ = ["namesake", "said", "take_in"]

_MEGABYTE = 1_000_000


def take_in(source: Source, originals: Originals, *, megabytes: int) -> Document:
    """Copy the file, identify it by its bytes, and return what is known before it is read.

    Raises UnknownFormat, FileUnreachable, or FileTooLarge for one of more than so many ``megabytes``.
    """
    try:
        found = source.path.stat()
        media_type = media_type_of(source.name)
        if not stat.S_ISREG(found.st_mode):
            # Opening a named pipe would wait for whoever writes to it, and nothing could end that.
            raise FileUnreachable(source.name, "not a regular file")
        if found.st_size > megabytes * _MEGABYTE:
            raise FileTooLarge(source.name, in_megabytes(found.st_size))
        document_id, _ = originals.keep(source.path)
    except OSError as error:
        raise FileUnreachable(source.name, said(error)) from error
    return Document(
        id=document_id,
        name=source.name,
        title=Path(source.name).stem,
        media_type=media_type,
        size=found.st_size,
        unit=None,
        pages=None,
        chunks=0,
        added_at=datetime.now(UTC).isoformat(timespec="seconds"),
        source=source.origin,
        collection=source.collection,
    )


def namesake(source: Source, library: Library) -> str | None:
    """Return the document that the file is to replace; KnownName where the person has to be asked about one."""
    if not source.asks and not source.replaces_namesakes:
        return None
    if source.origin is not None:
        found = library.source_of(source.origin)
    else:
        found = next((each.id for each in library.documents() if each.name == source.name), None)
    if found is not None and source.asks:
        raise KnownName(source.name, found)
    return found


def said(error: Exception) -> str:
    """Return what an error says, without the path that the operating system adds; its name where it says nothing."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
