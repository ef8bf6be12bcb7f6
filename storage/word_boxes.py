"""Where the words of a page stand on its picture, as few bytes as that takes, and the table that keeps them.

A page that was read from a picture has a row; one whose picture nobody could read has a row without words. What the
words are stands in the page's text; nothing here knows how they were read or how they are marked.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from storage.records import WordBox

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from storage.records import Page

__all__ = ["boxes_of", "keep_pictures", "pack", "unpack"]

_WORD = struct.Struct("<2I4H")
_WHOLE = 0xFFFF
"""What a fraction of 1 is written as: a page of 1,700 pixels is told to a fortieth of one."""


def pack(words: Iterable[WordBox]) -> bytes:
    """Return the words as bytes, 16 for each."""
    return b"".join(
        _WORD.pack(word.start, word.end, *map(_written, (word.left, word.top, word.right, word.bottom)))
        for word in words
    )


def unpack(packed: bytes) -> tuple[WordBox, ...]:
    """Return the words that ``pack`` made bytes of."""
    return tuple(
        WordBox(start, end, *(edge / _WHOLE for edge in edges)) for start, end, *edges in _WORD.iter_unpack(packed)
    )


def keep_pictures(connection: sqlite3.Connection, document_id: str, pages: Sequence[Page]) -> None:
    """Write down which of a document's pages are pictures, instead of what was written of it before."""
    connection.execute("DELETE FROM pictures WHERE document_id = ?", (document_id,))
    connection.executemany(
        "INSERT INTO pictures VALUES (?, ?, ?)",
        ((document_id, page.number, page.words or None) for page in pages if page.words or page.unread),
    )


def boxes_of(connection: sqlite3.Connection, document_id: str, number: int) -> tuple[WordBox, ...]:
    """Return the words of a page; none where it was not read from a picture."""
    row = connection.execute(
        "SELECT words FROM pictures WHERE document_id = ? AND page = ?", (document_id, number)
    ).fetchone()
    return () if row is None or row[0] is None else unpack(row[0])


def _written(fraction: float) -> int:
    return round(min(max(fraction, 0.0), 1.0) * _WHOLE)
