"""Web pages (HTML, XHTML): what a person came to read, without menus, scripts and styles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.errors import NothingToRead
from rag.reading.blocks import Reading
from rag.reading.html_blocks import write_html
from rag.reading.html_tree import decode_html, parse, unread_nodes
from rag.reading.main_part import main_part
from rag.reading.titles import choose_title
from rag.reading.writer import PageWriter

if TYPE_CHECKING:
    from pathlib import Path

    from selectolax.lexbor import LexborHTMLParser

__all__ = ["page_of", "read_web"]

_STRICT = (".xhtml", ".xht")


def read_web(path: Path, name: str) -> Reading:
    """Open an HTML file; it has no pages, so all of it is one."""
    return page_of(decode_html(path.read_bytes(), name), name)


def page_of(text: str, name: str) -> Reading:
    """The reading of a page that is there as text."""
    tree = parse(text, strict=name.lower().endswith(_STRICT))
    title = tree.css_first("title")
    writer = _written(tree)
    if writer.blank:
        raise NothingToRead(name, "no text on the page")
    declared = title.text() if title is not None else ""
    return Reading(choose_title(declared, name), None, None, iter([writer.finish(1)]))


def _written(tree: LexborHTMLParser) -> PageWriter:
    """The main part; where nothing is left of that, the whole page."""
    writer = PageWriter()
    if tree.body is not None:
        root, unread = main_part(tree, tree.body)
        write_html(root, writer, unread)
        if writer.blank:
            write_html(tree.body, writer, unread_nodes(tree))
    return writer
