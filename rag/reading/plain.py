"""Plain text: its lines kept as typed, its paragraphs the stretches between blank lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rag.reading.blocks import Block, BlockKind, Reading, ReadPage
from rag.reading.encodings import decode
from rag.reading.headings import HeadingPath, worded_rank
from rag.reading.titles import title_from_name
from storage.records import Page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["decode", "read_plain"]

_BLANK = re.compile(r"\n{2,}")


def read_plain(path: Path, name: str) -> Reading:
    """Open a plain text file."""
    text = decode(path.read_bytes(), name)
    return Reading(title_from_name(name), None, None, iter([ReadPage(Page(1, "", text), tuple(_blocks(text)))]))


def _blocks(text: str) -> Iterator[Block]:
    """Paragraphs between blank lines; a short line by itself, in capitals or numbered, is a heading."""
    path = HeadingPath()
    start = 0
    for blank in (*_BLANK.finditer(text), None):
        end = blank.start() if blank else len(text)
        first, last = _trimmed(text, start, end)
        start = blank.end() if blank else end
        if first == last:
            continue
        rank = worded_rank(text[first:last])
        if rank is not None:
            path = path.under(rank, text[first:last])
            yield Block(BlockKind.HEADING, first, last, path.names)
        else:
            yield Block(BlockKind.PARAGRAPH, first, last, path.names)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    stretch = text[start:end]
    kept = stretch.strip()
    first = start + len(stretch) - len(stretch.lstrip())
    return first, first + len(kept)
