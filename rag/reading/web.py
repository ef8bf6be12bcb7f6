"""Web pages (HTML): what a person came to read, without menus, scripts and styles.

The tree is walked step by step and never by recursion, since a page can be nested a hundred thousand deep.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser

from rag.errors import NothingToRead
from rag.reading.blocks import Reading
from rag.reading.encodings import decode
from rag.reading.tables import described_rows
from rag.reading.titles import choose_title
from rag.reading.writer import PageWriter

if TYPE_CHECKING:
    from pathlib import Path

    from selectolax.lexbor import LexborNode

__all__ = ["read_web"]

_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]{2,40})", re.IGNORECASE)
_HEAD = 4_096
_NOT_READ = (
    "script, style, noscript, template, svg, math, iframe, object, embed, head, nav, select, button, dialog, "
    "[hidden], [aria-hidden=true], [role=navigation], [role=banner], [role=contentinfo], [role=search]"
)
_MAIN = "main, [role=main], article"
_MAIN_SHARE = 0.4
"""A page's main part is all that is read where it has at least this share of the text."""
_INLINE = re.compile(
    r"a|abbr|acronym|bd[io]|big|br?|cite|code|data|del|dfn|em|font|i|img|ins|kbd|label|mark|q|r[bpt]|ruby|samp|small|span|"
    r"s|strike|strong|sub|sup|time|tt|u|var|wbr"
)
_HEADINGS = {f"h{rank}": rank for rank in range(1, 7)}
_LONGEST_CELL = 400
_WIDEST_SPAN = 64


def read_web(path: Path, name: str) -> Reading:
    """Open an HTML file; it has no pages, so all of it is one."""
    tree = LexborHTMLParser(_decoded(path.read_bytes(), name))
    title_node = tree.css_first("title")
    declared = title_node.text() if title_node is not None else ""
    for node in tree.css(_NOT_READ):
        node.decompose()
    writer = PageWriter()
    if tree.body is not None:
        _Walk(writer).through(_main_part(tree.body))
    if writer.blank:
        raise NothingToRead(name, "no text on the page")
    return Reading(choose_title(declared, name), None, None, iter([writer.finish(1)]))


def _decoded(data: bytes, name: str) -> str:
    """The page as text, in the encoding it declares if that is true."""
    declared = _CHARSET.search(data[:_HEAD])
    if declared and not data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE)):
        try:
            return data.decode(declared[1].decode("ascii"))
        except (LookupError, UnicodeDecodeError):
            pass
    return decode(data, name)


def _main_part(body: LexborNode) -> LexborNode:
    """The one part that holds the matter, or the whole body."""
    candidates = body.css(_MAIN)
    whole = len(body.text())
    return next((node for node in candidates if len(node.text()) >= _MAIN_SHARE * whole), body)


class _Walk:
    """One way through a tree, collecting running text until a block ends."""

    def __init__(self, writer: PageWriter) -> None:
        self._writer = writer
        self._running: list[str] = []
        self._in_item = False

    def through(self, root: LexborNode) -> None:
        """Write everything below ``root``."""
        node = root.child
        while node is not None:
            inner = node.child if self._enters(node) else None
            node = inner if inner is not None else self._after(node, root)
        self._end_block()

    def _after(self, node: LexborNode, root: LexborNode) -> LexborNode | None:
        """The node that follows in the order of the page, once this one has been left; None at the end."""
        while node.mem_id != root.mem_id:
            if _is_block(node):
                self._end_block()
            if node.next is not None:
                return node.next
            if node.parent is None:
                return None
            node = node.parent
        return None

    def _enters(self, node: LexborNode) -> bool:
        """Write what the node itself has to say; whether its children are still to be walked."""
        tag = node.tag or ""
        if node.is_text_node:
            self._running.append(" ".join(f"|{node.text_content}|".split())[1:-1])
        elif tag == "br":
            self._running.append("\n")
        elif _is_block(node):
            return self._enters_block(node, tag)
        return node.is_element_node

    def _enters_block(self, node: LexborNode, tag: str) -> bool:
        self._end_block()
        if tag in _HEADINGS:
            self._writer.heading(_HEADINGS[tag], node.text())
            return False
        if tag == "pre":
            self._writer.paragraph(node.text())
            return False
        if tag == "table" and (rows := _rows(node)):
            for number, row in described_rows(rows, header_marked=_marks_header(node)):
                self._writer.row(row, number)
            return False
        self._in_item = tag == "li"
        return True

    def _end_block(self) -> None:
        text = "\n".join(" ".join(line.split()) for line in "".join(self._running).split("\n")).strip()
        self._running.clear()
        if text:
            (self._writer.item if self._in_item else self._writer.paragraph)(text)
            self._in_item = False


def _is_block(node: LexborNode) -> bool:
    return node.is_element_node and _INLINE.fullmatch(node.tag or "") is None


def _rows(table: LexborNode) -> list[tuple[int, list[str]]]:
    """The rows of a table of data; none for one that only lays out the page."""
    if table.css_first("table table") is not None:
        return []
    rows = [_cells(row) for row in table.css("tr")]
    longest = max((len(cell) for row in rows for cell in row), default=0)
    widest = max(map(len, rows), default=0)
    return list(enumerate(rows, start=1)) if widest > 1 and longest <= _LONGEST_CELL else []


def _cells(row: LexborNode) -> list[str]:
    cells: list[str] = []
    for cell in row.iter():
        if cell.tag in {"td", "th"}:
            span = (cell.attributes.get("colspan") or "1").strip()
            spanned = min(int(span), _WIDEST_SPAN) if span.isdecimal() else 1
            cells += [" ".join(cell.text(separator=" ").split()), *[""] * (spanned - 1)]
    return cells


def _marks_header(table: LexborNode) -> bool:
    """Whether its first row consists of header cells."""
    first = table.css_first("tr")
    return first is not None and all(cell.tag == "th" for cell in first.iter())
