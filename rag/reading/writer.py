"""Puts one page's text together, block by block, for the formats that come as structure rather than as text.

It alone decides how blocks stand apart in the stored text: paragraphs by a blank line, items and rows by a new line.
"""

from __future__ import annotations

from rag.reading.blocks import Block, BlockKind, ReadPage
from rag.reading.cleaning import clean, one_line
from rag.reading.headings import HeadingPath
from storage.records import Page

__all__ = ["PageWriter"]


class PageWriter:
    """One page on its way to a ReadPage; what has no text leaves no trace."""

    def __init__(self, path: HeadingPath | None = None) -> None:
        self.path = path or HeadingPath()
        self._parts: list[str] = []
        self._blocks: list[Block] = []
        self._length = 0
        self._last_apart = "\n\n"

    @property
    def blank(self) -> bool:
        """Whether nothing has been written."""
        return not self._blocks

    def heading(self, rank: float, text: str) -> None:
        """A heading, under which everything stands until one of its rank or a smaller one."""
        name = one_line(text)
        if name:
            self.path = self.path.under(rank, name)
            self._add(BlockKind.HEADING, name, "\n\n")

    def paragraph(self, text: str) -> None:
        """A paragraph; its line breaks are kept."""
        self._add(BlockKind.PARAGRAPH, clean(text).strip(), "\n\n")

    def item(self, text: str) -> None:
        """An item of a list."""
        text = one_line(text)
        self._add(BlockKind.PARAGRAPH, text and f"• {text}", "\n")

    def row(self, text: str, number: int) -> None:
        """A row of a table, ``number`` counted from 1."""
        self._add(BlockKind.ROW, one_line(text), "\n", row=number)

    def finish(self, number: int, label: str = "") -> ReadPage:
        """The page as written."""
        return ReadPage(Page(number, one_line(label), "".join(self._parts)), tuple(self._blocks))

    def _add(self, kind: BlockKind, text: str, apart: str, *, row: int | None = None) -> None:
        if not text:
            return
        gap = max(apart, self._last_apart, key=len) if self._blocks else ""
        start = self._length + len(gap)
        self._parts += (gap, text)
        self._length = start + len(text)
        self._last_apart = apart
        self._blocks.append(Block(kind, start, self._length, self.path.names, row))
