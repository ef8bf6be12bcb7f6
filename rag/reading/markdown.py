"""Markdown: the text stays as typed; its structure says where headings, paragraphs, items and rows begin and end."""

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


__all__ = ["read_markdown"]

_FRONT_MATTER = re.compile(r"---\n(?P<fields>.*?)\n(?:---|\.\.\.)(?:\n|\Z)", re.DOTALL)
_TITLE = re.compile(r"^title:\s*[\"']?(.+?)[\"']?\s*$", re.MULTILINE)
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
    text = decode(path.read_bytes(), name)
    front = _FRONT_MATTER.match(text)
    titled = _TITLE.search(front["fields"]) if front else None
    blocks = tuple(_blocks(text, front.end() if front else 0))
    first = blocks[0].headings[0] if blocks and blocks[0].kind is BlockKind.HEADING else ""
    title = choose_title(titled[1] if titled else first, name)
    return Reading(title, None, None, iter([ReadPage(Page(1, "", text), blocks)]))


def _blocks(text: str, begin: int) -> Iterator[Block]:
    """The blocks of everything after ``begin``, as offsets into the whole text."""
    starts = [begin]
    starts += [begin + match.end() for match in re.finditer("\n", text[begin:])]
    starts.append(len(text) + 1)
    path = HeadingPath()
    row = 0
    for token, following in _outermost(MarkdownIt("commonmark").enable("table").parse(text[begin:])):
        first, last = token.map or (0, 0)
        start, end = _trimmed(text, starts[first], starts[last] - 1)
        if start >= end:
            continue
        row = row + 1 if token.type == "tr_open" else 0
        if token.type == "heading_open":
            path = path.under(int(token.tag[1:]), _plain(following))
        yield Block(_KINDS[token.type], start, end, path.names, row or None)


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
