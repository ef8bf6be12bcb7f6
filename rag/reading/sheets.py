"""Workbooks (XLSX): a sheet is a page, and every row of it one line that says its column names.

Formulas count with the value that was saved with them. How a value is shown belongs to ``rag/reading/values.py``.
"""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from rag.errors import DamagedFile, NothingToRead
from rag.reading.archives import check_archive
from rag.reading.blocks import Reading
from rag.reading.tables import described_rows
from rag.reading.titles import choose_title
from rag.reading.values import shown
from rag.reading.writer import PageWriter
from storage.records import PageUnit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rag.reading.blocks import ReadPage

__all__ = ["read_workbook"]

_BROKEN = (
    InvalidFileException,
    BadZipFile,
    SyntaxError,
    LookupError,
    ValueError,
    AttributeError,
    TypeError,
    OSError,
)
"""What openpyxl lets out when a file is not what it should be; a SyntaxError is its XML parser's."""

# It warns of everything that it does not keep for writing, which is not done here.
warnings.filterwarnings("ignore", category=UserWarning, module=r"openpyxl\b")


def read_workbook(path: Path, name: str) -> Reading:
    """Open an XLSX file; hidden sheets are left out, as nobody sees them."""
    check_archive(path, name)
    try:
        workbook = load_workbook(io.BytesIO(path.read_bytes()), read_only=True, data_only=True)
    except _BROKEN as error:
        raise DamagedFile(name, f"{type(error).__name__}: {error}") from error
    title = str(workbook.properties.title or "")
    sheets = [sheet for sheet in workbook.worksheets if sheet.sheet_state == "visible"]
    return Reading(choose_title(title, name), PageUnit.SHEET, len(sheets), _pages(workbook, sheets, name))


def _pages(workbook: Any, sheets: list[Any], name: str) -> Iterator[ReadPage]:  # noqa: ANN401  (openpyxl ships no types)
    empty = True
    for number, sheet in enumerate(sheets, start=1):
        try:
            page = _page(sheet, number)
        except _BROKEN as error:
            raise DamagedFile(name, f"sheet {sheet.title}: {type(error).__name__}: {error}") from error
        empty = empty and not page.blocks
        yield page
    workbook.close()
    if empty:
        raise NothingToRead(name, "no values on any sheet")


def _page(sheet: Any, number: int) -> ReadPage:  # noqa: ANN401
    writer = PageWriter()
    for row, text in described_rows(_rows(sheet)):
        writer.row(text, row)
    return writer.finish(number, sheet.title)


def _rows(sheet: Any) -> Iterator[tuple[int, list[str]]]:  # noqa: ANN401
    sheet.reset_dimensions()  # what a file says about its size may be a lie, or the whole grid
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        if cells:
            yield number, [shown(cell.value, cell.number_format) if cell.value is not None else "" for cell in cells]
