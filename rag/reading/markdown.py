"""Markdown: the text stays as typed; its structure says where headings, paragraphs, items and rows begin and end.

Only pictures that are written into the text, as thousands of letters, are left out.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
from markdown_it.token import Token

from rag.reading.blocks import Block, BlockKind, Reading, ReadPage
from rag.reading.encodings import decode
from rag.reading.headings import HeadingPath
from rag.reading.titles import choose_title
from storage.records import Page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


__all__ = ["markdown_blocks", "read_markdown", "without_pictures"]

_FRONT_MATTER = re.compile(r"(?P<mark>---|\+\+\+)\n(?P<fields>.*?)\n(?:(?P=mark)|\.\.\.)(?:\n|\Z)", re.DOTALL)
_TITLE = re.compile(r"^title\s*[:=]\s*[\"']?(.+?)[\"']?[^\S\n]*$", re.MULTILINE | re.IGNORECASE)
_PICTURE = re.compile(r"(?<=[(\"'<: ])data:[\w.+-]+/[\w.+-]+;base64,[A-Za-z0-9+/=]{64,}")
_KINDS = {
    "heading_open": BlockKind.HEADING,
    "tr_open": BlockKind.ROW,
    "list_item_open": BlockKind.PARAGRAPH,
    "paragraph_open": BlockKind.PARAGRAPH,
    "blockquote_open": BlockKind.PARAGRAPH,
    "fence": BlockKind.PARAGRAPH,
    "code_block": BlockKind.PARAGRAPH,
    "html_block": BlockKind.PARAGRAPH,
}
"""The tokens that are blocks; what lies inside one of them is part of it."""


def read_markdown(path: Path, name: str) -> Reading:
    """Open a Markdown file."""
    text = without_pictures(decode(path.read_bytes(), name))
    front = _FRONT_MATTER.match(text)
    titled = _TITLE.search(front["fields"]) if front else None
    blocks, _ = markdown_blocks(text, front.end() if front else 0)
    first = blocks[0].headings[0] if blocks and blocks[0].kind is BlockKind.HEADING else ""
    if front and (fields := _front_block(front, titled)):
        blocks.insert(0, fields)
    title = choose_title(titled[1] if titled else first, name)
    return Reading(title, None, None, iter([ReadPage(Page(1, "", text), tuple(blocks))]))


def without_pictures(text: str) -> str:
    """The text without pictures that are written into it."""
    return _PICTURE.sub("data:", text)


def markdown_blocks(text: str, begin: int = 0, path: HeadingPath | None = None) -> tuple[list[Block], HeadingPath]:
    """The blocks of all after ``begin``, as offsets into the whole text, and the headings in force at its end."""
    blocks: list[Block] = []
    path = path or HeadingPath()
    starts = [begin]
    starts += [begin + match.end() for match in re.finditer("\n", text[begin:])]
    starts.append(len(text) + 1)
    row = 0
    for token, following in _outermost(MarkdownIt("commonmark").enable("table").parse(text[begin:])):
        first, last = token.map or (0, 0)
        start, end = _trimmed(text, starts[first], starts[last] - 1)
        if start >= end:
            continue
        row = row + 1 if token.type == "tr_open" else 0
        if token.type == "heading_open":
            path = path.under(int(token.tag[1:]), _plain(following))
        blocks.append(Block(_KINDS[token.type], start, end, path.names, row or None))
    return blocks, path


def _front_block(front: re.Match[str], titled: re.Match[str] | None) -> Block | None:
    """What the front matter says besides the title (author, date, tags), as a paragraph; None where it is no more."""
    if not front["fields"].replace(titled[0] if titled else "", "").strip():
        return None
    start, end = _trimmed(front.string, front.start("fields"), front.end("fields"))
    return Block(BlockKind.PARAGRAPH, start, end)


def _outermost(tokens: list[Token]) -> Iterator[tuple[Token, Token]]:
    """Block tokens that lie in no other block, each with the token after it."""
    depth = -1
    for token, following in pairwise([*tokens, Token("end", "", 0)]):
        if depth >= 0:
            depth = -1 if token.level == depth and token.nesting < 0 else depth
        elif token.type in _KINDS:
            yield token, following
            depth = token.level if token.nesting > 0 else -1


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    stretch = text[start:end]
    start += len(stretch) - len(stretch.lstrip())
    return start, max(start, end - len(stretch) + len(stretch.rstrip()))


def _plain(inline: Token) -> str:
    """A heading's words without its marks."""
    return "".join(child.content or " " for child in inline.children or () if child.nesting == 0)
