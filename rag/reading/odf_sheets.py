"""Workbooks of LibreOffice and its kin (ODS): a sheet is a page, as in ``rag/reading/sheets.py``.

The file holds the text of every cell as it is shown, percentages and currencies included, so that is what is read. It
is gone through row by row, since its XML may be a hundred times larger than the file.
"""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Any

from lxml import etree

from rag.errors import DamagedFile, NothingToRead
from rag.reading.blocks import Reading
from rag.reading.odf import UNSOUND, cells_of, check_odf, count_of, q, title_of
from rag.reading.tables import described_rows
from rag.reading.titles import choose_title
from rag.reading.writer import PageWriter
from storage.records import PageUnit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rag.reading.blocks import ReadPage

__all__ = ["read_odf_sheets"]

_TABLE, _ROW, _STYLE = q("table:table"), q("table:table-row"), q("style:style")
_STYLE_NAME, _PROPERTIES, _SHOWN = q("table:style-name"), q("style:table-properties"), q("table:display")


def read_odf_sheets(path: Path, name: str) -> Reading:
    """Open an ODS file; hidden sheets are left out, as nobody sees them."""
    check_odf(path, name)
    count = sum(1 for _ in _sheets(path, name))
    if not count:
        raise DamagedFile(name, "no sheets")
    return Reading(choose_title(title_of(path, name), name), PageUnit.SHEET, count, _pages(path, name))


def _pages(path: Path, name: str) -> Iterator[ReadPage]:
    empty = True
    for number, (title, rows) in enumerate(_sheets(path, name), start=1):
        writer = PageWriter()
        for row, text in described_rows(rows):
            writer.row(text, row)
        empty = empty and writer.blank
        yield writer.finish(number, title)
    if empty:
        raise NothingToRead(name, "no values on any sheet")


def _sheets(path: Path, name: str) -> Iterator[tuple[str, Iterator[tuple[int, list[str]]]]]:
    """The name and the rows of each sheet that is shown; rows that nobody asks for are passed over."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open("content.xml") as content:
            events = etree.iterparse(
                content, events=("start", "end"), tag=(_TABLE, _ROW, _STYLE), resolve_entities=False, no_network=True,
                load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True,
            )  # fmt: skip
            hidden: set[str] = set()
            for event, element in events:
                if event == "end" and element.tag == _STYLE and _hides(element):
                    hidden.add(element.get(q("style:name"), ""))
                elif event == "start" and element.tag == _TABLE:
                    rows = _rows(events, element)
                    if element.get(_STYLE_NAME) not in hidden:
                        yield element.get(q("table:name"), ""), rows
                    for _ in rows:
                        pass
    except UNSOUND as error:
        raise DamagedFile(name, f"{type(error).__name__}: {error}") from error


def _hides(style: Any) -> bool:  # noqa: ANN401  (lxml ships no types)
    properties = style.find(_PROPERTIES)
    return properties is not None and properties.get(_SHOWN) == "false"


def _rows(events: Any, table: Any) -> Iterator[tuple[int, list[str]]]:  # noqa: ANN401
    """The rows of the table that has just begun, up to its end; a row that is said to repeat is given once."""
    number = 1
    for event, element in events:
        if event == "end" and element is table:
            element.clear()
            return
        if event == "end" and element.tag == _ROW:
            if cells := cells_of(element):
                yield number, cells
            number += count_of(element, "table:number-rows-repeated")
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
