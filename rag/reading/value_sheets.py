"""Workbooks whose values alone are read (XLS, XLSB): a sheet is a page, as in ``rag/reading/sheets.py``.

The library that reads them tells dates from numbers, but not how a number is shown: a percentage is read as a fraction
and a price without its currency.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from rag.errors import DamagedFile, NothingToRead, PasswordNeeded
from rag.reading.archives import ZIP_SIGNATURE, check_archive
from rag.reading.blocks import Reading
from rag.reading.tables import described_rows
from rag.reading.titles import title_from_name
from rag.reading.values import shown
from rag.reading.writer import PageWriter
from storage.records import PageUnit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rag.reading.blocks import ReadPage

__all__ = ["read_values_workbook"]

_BROKEN = (CalamineError, OSError, ValueError, OverflowError)
"""What calamine lets out when a file is not what it should be."""


def read_values_workbook(path: Path, name: str) -> Reading:
    """Open an XLS or XLSB file; hidden sheets are left out, as nobody sees them."""
    with path.open("rb") as file:
        if file.read(len(ZIP_SIGNATURE)) == ZIP_SIGNATURE:
            check_archive(path, name)
    try:
        workbook = CalamineWorkbook.from_path(path)
    except PasswordError as error:
        raise PasswordNeeded(name, str(error)) from error
    except _BROKEN as error:
        raise DamagedFile(name, f"{type(error).__name__}: {error}") from error
    sheets = [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.visible is SheetVisibleEnum.Visible and sheet.typ is SheetTypeEnum.WorkSheet
    ]
    return Reading(title_from_name(name), PageUnit.SHEET, len(sheets), _pages(workbook, sheets, name))


def _pages(workbook: CalamineWorkbook, sheets: list[str], name: str) -> Iterator[ReadPage]:
    empty = True
    for number, sheet in enumerate(sheets, start=1):
        try:
            page = _page(workbook, sheet, number)
        except _BROKEN as error:
            raise DamagedFile(name, f"sheet {sheet}: {type(error).__name__}: {error}") from error
        empty = empty and not page.blocks
        yield page
    workbook.close()
    if empty:
        raise NothingToRead(name, "no values on any sheet")


def _page(workbook: CalamineWorkbook, title: str, number: int) -> ReadPage:
    sheet = workbook.get_sheet_by_name(title)
    first = sheet.start[0] + 1 if sheet.start else 1
    rows = enumerate(([shown(value) for value in row] for row in sheet.iter_rows()), start=first)
    writer = PageWriter()
    for row, text in described_rows(rows):
        writer.row(text, row)
    return writer.finish(number, title)
