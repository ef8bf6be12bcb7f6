"""What passes between the program and the process that opens files: the values, and how they are written down.

A message is one line of JSON, followed by as many raw bytes as its ``blob`` says. JSON and not pickle, because the
other side handles files that strangers made: whatever becomes of it, all it can send is numbers, strings and an
image.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from rag.reading.blocks import Block, BlockKind, ReadPage
from storage.records import Page

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "Box",
    "OutlineEntry",
    "PageImage",
    "PdfFacts",
    "PdfLine",
    "PdfPage",
    "page_from",
    "page_to",
    "read_message",
    "write_message",
]


@dataclass(frozen=True, slots=True)
class OutlineEntry:
    """One bookmark: its title, the 1-based page it leads to, and its depth from 0."""

    title: str
    page: int
    level: int


@dataclass(frozen=True, slots=True)
class PdfFacts:
    """What is known of a PDF before any page is read."""

    title: str
    """As the metadata has it; may be empty or useless."""
    pages: int
    outline: tuple[OutlineEntry, ...]


@dataclass(frozen=True, slots=True)
class PdfLine:
    """One printed line, ``text[start:end]`` of its page."""

    start: int
    end: int
    size: float
    """Height of its first character's font, in points on the page; 0 where it is not known."""
    bold: bool
    row: int | None = None
    """1-based number of the row of a table that it is; None outside of tables."""
    columns: str = ""
    """The names of the columns that such a row stands under; empty where they have none."""


@dataclass(frozen=True, slots=True)
class PdfPage:
    """One page's text: lines apart by a newline, paragraphs by a blank line."""

    number: int
    label: str
    text: str
    lines: tuple[PdfLine, ...]
    annotated: bool
    """Whether it has form fields or comments, whose text is not part of ``text``."""
    telling: bool = True
    """Whether the file's own text of the page says anything; where it does not, perhaps its picture does."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels of the page image, from its top left corner, and the index of the span that it marks."""

    span: int
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class PageImage:
    """A page as it looks, and where on it the spans asked for stand."""

    png: bytes
    width: int
    height: int
    boxes: tuple[Box, ...]


def page_to(read: ReadPage) -> dict[str, Any]:
    """A page that was read, as JSON; ``page_from`` is the way back."""
    page = read.page
    blocks = [[block.kind, block.start, block.end, block.headings, block.row] for block in read.blocks]
    words = base64.b64encode(page.words).decode("ascii")
    facts = {"number": page.number, "label": page.label, "text": page.text}
    return {**facts, "words": words, "unread": page.unread, "blocks": blocks}


def page_from(message: Mapping[str, Any]) -> ReadPage:
    """The page that ``page_to`` wrote down."""
    words = base64.b64decode(message["words"])
    page = Page(message["number"], message["label"], message["text"], words, message["unread"])
    blocks = [
        Block(BlockKind(kind), start, end, tuple(headings), row)
        for kind, start, end, headings, row in message["blocks"]
    ]
    return ReadPage(page, tuple(blocks))


def write_message(stream: IO[bytes], message: dict[str, Any], blob: bytes = b"") -> None:
    """Send one message at once."""
    stream.write(json.dumps({**message, "blob": len(blob)}).encode() + b"\n" + blob)
    stream.flush()


def read_message(stream: IO[bytes]) -> tuple[dict[str, Any], bytes]:
    """Receive one message; EOFError where the other side has gone, wholly or in the middle of it."""
    line = stream.readline()
    if not line.endswith(b"\n"):
        raise EOFError
    message = json.loads(line)
    blob = stream.read(message["blob"])
    if len(blob) < message["blob"]:
        raise EOFError
    return message, blob
