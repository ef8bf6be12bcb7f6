"""Older and binary Excel workbooks read as new ones do, as far as their values go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rag.errors import DamagedFile, NothingToRead
from rag.reading import open_document
from storage.records import PageUnit

if TYPE_CHECKING:
    from pathlib import Path

    from rag.reading.blocks import Reading, ReadPage


def read(path: Path) -> tuple[Reading, list[ReadPage]]:
    reading = open_document(path, name=path.name)
    return reading, list(reading.pages)


def test_rows_of_a_binary_workbook_repeat_their_column_names(shared_data: Path) -> None:
    """A list of people, checked by hand."""
    path = shared_data / "odd/xlsx/test_files/2013__apachepoi_52716.xlsx.xlsb"
    reading, (first, *_) = read(path)
    assert (reading.unit, reading.page_count, first.page.label) == (PageUnit.SHEET, 3, "Tabelle1")
    assert first.page.text.splitlines()[2] == (
        "ID: 64120; Titel: M.Sc.; Vorname: Benjamin; Nachname: Achzet; Dienststelle: WZU; "
        "E-Mail: benjamin.achzet@wzu.uni-augsburg.de"
    )
    assert first.blocks[0].row == 2


def test_rows_of_an_old_workbook_repeat_their_column_names(shared_data: Path) -> None:
    """A bookseller's list, its header found below a preamble, and dates as dates."""
    _, (books,) = read(shared_data / "odd/xls/poi/spreadsheet__49423.xls")
    line = next(line for line in books.page.text.splitlines() if "Война миров" in line)
    assert "Автор: Уэллс Г.; " in line
    assert "Цена (руб.): 168.75" in line
    _, (forms,) = read(shared_data / "odd/xls/poi/spreadsheet__27933.xls")
    assert "Short Date; 1900-01-01" in forms.page.text


def test_a_workbook_without_values_or_without_its_end_says_so(shared_data: Path, tmp_path: Path) -> None:
    """Nothing to read, and damaged, are two sentences."""
    with pytest.raises(NothingToRead):
        read(shared_data / "odd/xls/poi/spreadsheet__39512.xls")
    whole = (shared_data / "odd/xls/poi/spreadsheet__15556.xls").read_bytes()
    for name, data in (("half.xls", whole[: len(whole) // 2]), ("zip.xlsb", b"PK\x03\x04" + bytes(100))):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(DamagedFile):
            read(tmp_path / name)
