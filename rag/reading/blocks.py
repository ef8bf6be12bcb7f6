"""What every reader makes of a file: pages of text, and blocks that say what each stretch of a page is.

A reader keeps the text as a person reads it and points into it; it decides nothing about chunks, models or storage.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from storage.records import Page, PageUnit

__all__ = ["Attachment", "Block", "BlockKind", "ReadPage", "Reading"]


class BlockKind(StrEnum):
    """What a stretch of text is, as far as cutting it into chunks is concerned."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ROW = "row"
    """One row of a table; it carries its own column names."""


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch ``page.text[start:end]`` that belongs together."""

    kind: BlockKind
    start: int
    end: int
    headings: tuple[str, ...] = ()
    """The heading path it stands under, outermost first (a heading's own text is the last of its path)."""
    row: int | None = None
    """1-based row number within its sheet or table, for ROW blocks."""


@dataclass(frozen=True, slots=True)
class ReadPage:
    """One page's text and its blocks, in reading order, not overlapping."""

    page: Page
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside the file, which becomes a document of its own."""

    name: str
    """As its holder calls it, without any folder."""
    data: bytes


@dataclass(frozen=True, slots=True)
class Reading:
    """An opened document: what is known at once, and its pages as they are read."""

    title: str
    """What the document calls itself, or its file name without the ending."""
    unit: PageUnit | None
    page_count: int | None
    """None where the format has no pages (``pages`` then yields one)."""
    pages: Iterator[ReadPage]
    attachments: Iterable[Attachment] = ()
    """To be gone through after ``pages``, once."""
