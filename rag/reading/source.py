r"""Text that lives by its lines: source code, settings, logs, subtitles, and markup such as LaTeX.

It is kept as typed and cut at blank lines, or after a few lines where there are none. Lines are headings only where
the format has lines that are nothing else, such as ``\section`` or ``[name]``; what code means is not looked into.
"""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING

from rag.reading.blocks import Block, BlockKind, Reading, ReadPage
from rag.reading.encodings import decode
from rag.reading.headings import HeadingPath
from rag.reading.titles import choose_title
from storage.records import Page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["read_source", "reading_of_lines"]

_MOST_LINES = 8
_LINE = re.compile(r"^[^\n]*\S[^\n]*$", re.MULTILINE)
_TEX_RANKS = ("part", "chapter", "section", "subsection", "subsubsection", "paragraph")
_TEX = re.compile(
    rf"^[ \t]*\\(?P<mark>{'|'.join(_TEX_RANKS)})\*?(?:\[[^\]\n]*\])?\{{(?P<name>[^\n]+?)\}}[ \t]*"
    r"(?:\\label\{[^\n}]*\}|%[^\n]*)?$",
    re.MULTILINE,
)
_TEX_TITLE = re.compile(r"\\title(?:\[[^\]]*\])?\{([^{}]{2,200})\}")
_TEX_COMMAND = re.compile(r"\\[A-Za-z]+\*?|\\.|~", re.DOTALL)
_STARS = re.compile(r"^(?P<mark>\*{1,6}) +(?P<name>\S[^\n]*)$", re.MULTILINE)
_EQUALS = re.compile(r"^(?P<mark>={1,6}) +(?P<name>\S[^\n]*)$", re.MULTILINE)
_BRACKETS = re.compile(r"^(?P<mark>\[)\[?(?P<name>[^\[\]\n]{1,100})\]\]?$", re.MULTILINE)
_UNDERLINED = re.compile(r"^(?P<name>\S[^\n]*)\n(?P<mark>([=\-~^\"'`#*+.:])\3{2,})$", re.MULTILINE)
_HEADINGS = {
    ".tex": _TEX,
    ".ltx": _TEX,
    ".org": _STARS,
    ".adoc": _EQUALS,
    ".asciidoc": _EQUALS,
    ".rst": _UNDERLINED,
    **dict.fromkeys((".ini", ".cfg", ".conf", ".toml", ".properties", ".inf"), _BRACKETS),
}
"""How a heading is written, by the endings of the formats that have them."""


def read_source(path: Path, name: str) -> Reading:
    """Open a file of lines."""
    return reading_of_lines(decode(path.read_bytes(), name), name)


def reading_of_lines(text: str, name: str) -> Reading:
    """The text as typed, in stretches of lines."""
    pattern = _HEADINGS.get(PurePath(name).suffix.lower())
    titled = _TEX_TITLE.search(text) if pattern is _TEX else None
    blocks = tuple(_blocks(text, _headings(text, pattern)))
    title = _TEX_COMMAND.sub(" ", titled[1]) if titled else ""
    return Reading(choose_title(title, name), None, None, iter([ReadPage(Page(1, "", text), blocks)]))


def _headings(text: str, pattern: re.Pattern[str] | None) -> dict[int, tuple[int, str]]:
    """Where headings begin, each with its rank and its name."""
    found: dict[int, tuple[int, str]] = {}
    marks: list[str] = []
    for match in pattern.finditer(text) if pattern else ():
        mark = match["mark"][0] if pattern is _UNDERLINED else match["mark"]
        if mark not in marks:
            marks.append(mark)
        rank = _TEX_RANKS.index(mark) if pattern is _TEX else marks.index(mark) if pattern is _UNDERLINED else len(mark)
        found[match.start()] = (rank, match["name"].strip())
    return found


def _blocks(text: str, headings: dict[int, tuple[int, str]]) -> Iterator[Block]:
    path = HeadingPath()
    first, last, count = 0, 0, 0
    for line in _LINE.finditer(text):
        heading = headings.get(line.start())
        apart = heading or count == _MOST_LINES or line.start() > last + 1
        if count and apart:
            yield Block(BlockKind.PARAGRAPH, first, last, path.names)
            count = 0
        if heading:
            path = path.under(*heading)
            yield Block(BlockKind.HEADING, line.start(), line.end(), path.names)
        else:
            first = first if count else line.start()
            count += 1
        last = line.end()
    if count:
        yield Block(BlockKind.PARAGRAPH, first, last, path.names)
