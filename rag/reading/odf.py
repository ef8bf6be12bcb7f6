"""What OpenDocument files have in common: a ZIP archive with XML in it, made of paragraphs, lists, tables and frames.

The XML is a stranger's: no entity is resolved, nothing is fetched, and the parser's own limits on depth and size stay.
Trees are walked step by step, never by recursion.
"""

from __future__ import annotations

import zipfile
import zlib
from typing import TYPE_CHECKING, Any

from lxml import etree

from rag.errors import DamagedFile, PasswordNeeded
from rag.reading.archives import check_archive
from rag.reading.asides import Asides
from rag.reading.tables import described_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rag.reading.writer import PageWriter

__all__ = ["UNSOUND", "OdfWalk", "cells_of", "check_odf", "count_of", "open_part", "q", "running_text", "title_of"]

_SPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "draw": "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0",
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "presentation": "urn:oasis:names:tc:opendocument:xmlns:presentation:1.0",
    "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
}
UNSOUND = (zipfile.BadZipFile, zlib.error, etree.XMLSyntaxError, KeyError, OSError, ValueError, RuntimeError, EOFError)
"""What zipfile and lxml let out when a file is not what it should be."""
_ENCRYPTED = b"encryption-data"
_WIDEST = 1_024
_MOST_SPACES = 100


def q(name: str) -> str:
    """A qualified name such as "text:p" as lxml writes it."""
    prefix, _, local = name.partition(":")
    return f"{{{_SPACES[prefix]}}}{local}"


_BLANKS = {q("text:tab"): " ", q("text:line-break"): "\n"}
_REMOVED = {q("text:tracked-changes"), q("text:ruby-text"), q("table:shapes"), q("office:forms")}
_NOTE, _COMMENT, _SPACE = q("text:note"), q("office:annotation"), q("text:s")
_FRAMES = {q("draw:frame"), q("draw:custom-shape"), q("draw:g"), q("draw:text-box")}
_BESIDE = {_NOTE, _COMMENT, *_FRAMES}
_PARAGRAPH, _HEADING, _TABLE, _ITEM = q("text:p"), q("text:h"), q("table:table"), q("text:list-item")
_ROW, _CELL, _COVERED = q("table:table-row"), q("table:table-cell"), q("table:covered-table-cell")


def check_odf(path: Path, name: str) -> None:
    """Raise PasswordNeeded, DamagedFile or FileTooLarge where the archive had better not be opened."""
    check_archive(path, name)
    if _is_encrypted(path):
        raise PasswordNeeded(name, "encrypted parts")


def open_part(path: Path, name: str, part: str) -> Any:  # noqa: ANN401  (lxml ships no types)
    """The root of one XML part of the archive; DamagedFile where it is missing or broken."""
    check_odf(path, name)
    try:
        with zipfile.ZipFile(path) as archive:
            return _parsed(archive.read(part))
    except UNSOUND as error:
        raise DamagedFile(name, f"{part}: {type(error).__name__}: {error}") from error


def _parsed(data: bytes) -> Any:  # noqa: ANN401
    """XML as a tree, in which a declared entity stands for nothing."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    return etree.fromstring(data, parser)


def title_of(path: Path, name: str) -> str:
    """What the document calls itself; empty where it does not say."""
    try:
        return str(open_part(path, name, "meta.xml").findtext(f".//{q('dc:title')}") or "")
    except DamagedFile:
        return ""


def _is_encrypted(path: Path) -> bool:
    """Whether the archive's list of parts says that they are locked with a password."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _ENCRYPTED in archive.read("META-INF/manifest.xml")
    except UNSOUND:
        return False


def running_text(element: Any) -> str:  # noqa: ANN401
    """What a person reads of a paragraph or of all paragraphs inside an element, without what stands beside it."""
    parts: list[str] = []
    walk = etree.iterwalk(element, events=("start", "end"))
    for event, node in walk:
        if event == "end":
            parts.append((node.tail or "") if node is not element else "")
        elif not isinstance(node.tag, str) or (node is not element and node.tag in _BESIDE | _REMOVED):
            walk.skip_subtree()
        elif node.tag == _SPACE:
            parts.append(" " * min(count_of(node, "text:c"), _MOST_SPACES))
        else:
            between = "\n" if node.tag in {_PARAGRAPH, _HEADING} and node is not element else ""
            parts.append(between + _BLANKS.get(node.tag, "") + (node.text or ""))
    return "".join(parts)


def _rows_of(table: Any) -> Iterator[tuple[int, list[str]]]:  # noqa: ANN401
    """The rows of a table with the text of their cells; a row that is said to repeat is given once."""
    number = 1
    for row in _below(table, _ROW, without=_TABLE):
        yield number, cells_of(row)
        number += count_of(row, "table:number-rows-repeated")


def cells_of(row: Any) -> list[str]:  # noqa: ANN401
    """The text of a row's cells, without the empty ones at its end."""
    cells: list[str] = []
    for cell in row.iterchildren(_CELL, _COVERED):
        text = _shown(cell) if cell.tag == _CELL else ""
        cells += [text] * min(count_of(cell, "table:number-columns-repeated"), _WIDEST - len(cells))
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _shown(cell: Any) -> str:  # noqa: ANN401
    """A cell's text; a date in figures as ISO 8601 writes it, since which of them is the month depends on the place."""
    text = " ".join(running_text(cell).split())
    date = cell.get(q("office:date-value"))
    return text if not date or any(map(str.isalpha, text)) else date.removesuffix("T00:00:00").replace("T", " ")


def count_of(element: Any, attribute: str) -> int:  # noqa: ANN401
    """A number that an attribute gives, such as how often a row is repeated; 1 where it gives none."""
    value = element.get(q(attribute), "1")
    return max(int(value), 1) if value.isdecimal() else 1


def _below(parent: Any, tag: str, *, without: str = "") -> Iterator[Any]:  # noqa: ANN401
    """All elements with this tag below the parent, in their order, none inside another or inside ``without``."""
    waiting = list(reversed(parent))
    while waiting:
        element = waiting.pop()
        if element.tag == tag:
            yield element
        elif element.tag != without:
            waiting.extend(reversed(element))


class OdfWalk:
    """One way through the content of a text or of a slide, writing block by block."""

    def __init__(self, writer: PageWriter, title_styles: frozenset[str] = frozenset()) -> None:
        """``title_styles``: names of the paragraph styles that make a title."""
        self.asides = Asides()
        self._writer = writer
        self._title_styles = title_styles

    def through(self, parent: Any) -> None:  # noqa: ANN401
        """Write all blocks below the parent."""
        waiting = [(child, False) for child in reversed(parent)]
        while waiting:
            element, in_item = waiting.pop()
            if element.tag in {_PARAGRAPH, _HEADING}:
                self._write_paragraph(element, in_item=in_item)
                waiting += [(frame, False) for frame in reversed(self._beside(element))]
            elif element.tag == _TABLE:
                self._write_table(element)
            elif element.tag == _COMMENT:
                self._keep_comment(element)
            elif element.tag not in _REMOVED:
                inside = in_item or element.tag == _ITEM
                waiting += [(child, inside) for child in reversed(element)]

    def _write_paragraph(self, element: Any, *, in_item: bool) -> None:  # noqa: ANN401
        text = running_text(element)
        if element.tag == _HEADING:
            self._writer.heading(count_of(element, "text:outline-level"), text)
        elif element.get(q("text:style-name")) in self._title_styles:
            self._writer.heading(0, text)
        elif in_item:
            self._writer.item(text)
        else:
            self._writer.paragraph(text)

    def _write_table(self, table: Any) -> None:  # noqa: ANN401
        marked = table.find(q("table:table-header-rows")) is not None
        for number, row in described_rows(_rows_of(table), header_marked=marked):
            self._writer.row(row, number)

    def _beside(self, paragraph: Any) -> list[Any]:  # noqa: ANN401
        """The frames anchored in a paragraph; its notes and comments are kept for the end."""
        frames: list[Any] = []
        walk = etree.iterwalk(paragraph, events=("start",))
        for _, node in walk:
            if node is paragraph or node.tag not in _BESIDE:
                continue
            walk.skip_subtree()
            if node.tag == _NOTE:
                self.asides.notes.append(_note_text(node))
            elif node.tag == _COMMENT:
                self._keep_comment(node)
            else:
                frames.append(node)
        return frames

    def _keep_comment(self, comment: Any) -> None:  # noqa: ANN401
        text = "\n".join(running_text(paragraph) for paragraph in _below(comment, _PARAGRAPH))
        self.asides.comments.append((comment.findtext(q("dc:creator")) or "", text))


def _note_text(note: Any) -> str:  # noqa: ANN401
    """A footnote with the number or mark that points to it."""
    mark = note.findtext(q("text:note-citation")) or ""
    body = note.find(q("text:note-body"))
    return f"{mark} {running_text(body).strip()}".strip() if body is not None else ""
