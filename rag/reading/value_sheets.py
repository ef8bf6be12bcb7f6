"""Workbooks whose values alone are read (XLS, XLSB): a sheet is a page, as in ``rag/reading/sheets.py``.

The library that reads them tells dates from numbers, but not how a number is shown: a percentage is read as a fraction
and a price without its currency.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from rag.errors import DamagedFile, NothingToRead, PasswordNeeded
from rag.reading.archives import OLE_SIGNATURE, ZIP_SIGNATURE, check_archive
from rag.reading.blocks import Reading
from rag.reading.sector_chains import check_chains
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
_PANIC = "PanicException"


class _Trouble:
    """Says in the words of the error tree what calamine lets out.

    Where a file takes it by surprise, it panics, as programs in Rust do; that error has no class that can be imported.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        """Nothing is needed before."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        """Raise PasswordNeeded or DamagedFile in place of its errors."""
        if isinstance(error, PasswordError):
            raise PasswordNeeded(self._name, str(error)) from error
        if isinstance(error, _BROKEN) or (kind is not None and kind.__name__ == _PANIC):
            raise DamagedFile(self._name, f"{type(error).__name__}: {error}") from error


def read_values_workbook(path: Path, name: str) -> Reading:
    """Open an XLS or XLSB file; hidden sheets are left out, as nobody sees them."""
    with path.open("rb") as file:
        beginning = file.read(len(OLE_SIGNATURE))
    if beginning.startswith(ZIP_SIGNATURE):
        check_archive(path, name)
    if beginning == OLE_SIGNATURE:
        check_chains(path, name)
    with _Trouble(name):
        workbook = CalamineWorkbook.from_path(path)
    sheets = [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.visible is SheetVisibleEnum.Visible and sheet.typ is SheetTypeEnum.WorkSheet
    ]
    return Reading(title_from_name(name), PageUnit.SHEET, len(sheets), _pages(workbook, sheets, name))


def _pages(workbook: CalamineWorkbook, sheets: list[str], name: str) -> Iterator[ReadPage]:
    empty = True
    for number, sheet in enumerate(sheets, start=1):
        with _Trouble(name):
            page = _page(workbook, sheet, number)
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
