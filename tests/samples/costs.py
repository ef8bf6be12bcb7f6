"""The sample XLSX: a year of household costs on three sheets, with dates, amounts and readings as real values."""

from __future__ import annotations

from datetime import date, datetime
from io import BytesIO
from typing import TYPE_CHECKING

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties

from tests.samples.story import ACCENT, ELECTRICITY_AT_START, GAS_AT_START, HOME, INK, MOVED_IN, RENT, SHADE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from openpyxl.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

__all__ = ["costs"]

FONT = "Arial"
MONEY = "£#,##0.00"
DAY = "d mmm yyyy"
MONTH = "mmmm yyyy"
COUNT = "#,##0"

INTERNET = 29.0
COUNCIL_TAX = 128.0
ELECTRICITY = (58.42, 54.10, 49.87, 46.25, 47.93, 48.60, 51.34, 57.78, 66.91, 74.36, 78.05, 69.73)
GAS = (71.20, 52.64, 33.18, 19.85, 17.40, 17.95, 22.61, 41.07, 73.48, 98.32, 112.56, 96.11)
"""Pounds a month, March to February."""

READINGS = (
    (date(2025, 6, 1), 48_742, 7_472, "Mina"),
    (date(2025, 9, 1), 49_219, 7_517, "Jonas"),
    (date(2025, 12, 1), 49_808, 7_634, "Mina"),
    (date(2026, 3, 1), 50_562, 7_901, "Jonas"),
)

REPAIRS = (
    (date(2025, 3, 3), "Two smoke alarm batteries", "Ironmonger, Bridge Street", 9.80, "Jonas", "–", None),
    (date(2025, 4, 12), "Curtain rail bracket, bedroom", "Ironmonger, Bridge Street", 6.45, "Mina", "–", None),
    (
        date(2025, 6, 14),
        "Washing machine: new door seal",
        "Brook Appliance Service",
        84.50,
        "Mina",
        "Landlord",
        date(2025, 7, 2),
    ),
    (date(2025, 8, 30), "Desk for the living room", "Second-hand, Millbrook Market", 45.00, "Jonas", "–", None),
    (date(2025, 11, 8), "Oven lamp", "Brook Appliance Service", 12.90, "Jonas", "Landlord", date(2025, 11, 21)),
    (date(2026, 1, 17), "Boiler: pressure valve", "Tarn Heating", 96.00, "Mina", "Landlord", None),
    (date(2026, 2, 5), "Carpet cleaner, hired for a day", "Tool Hire Millbrook", 24.00, "Mina", "–", None),
)


def costs() -> bytes:
    """The finished workbook, as openpyxl writes it."""
    workbook = Workbook()
    workbook.remove(workbook.active)
    _monthly(workbook.create_sheet("Monthly costs"))
    _meters(workbook.create_sheet("Meter readings"))
    _repairs(workbook.create_sheet("Repairs and purchases"))
    workbook.properties.title = f"Household costs, {HOME}"
    workbook.properties.creator = "Mina Patel"
    workbook.properties.created = datetime.combine(MOVED_IN, datetime.min.time())
    target = BytesIO()
    workbook.save(target)
    return target.getvalue()


def _monthly(sheet: Worksheet) -> None:
    header = ("Month", "Rent", "Electricity", "Gas", "Internet", "Council tax", "Total")
    months = [date(2025 + (2 + n) // 12, (2 + n) % 12 + 1, 1) for n in range(12)]
    bills = [(RENT, power, gas, INTERNET, COUNCIL_TAX) for power, gas in zip(ELECTRICITY, GAS, strict=True)]
    rows = [(month, *bill, round(sum(bill), 2)) for month, bill in zip(months, bills, strict=True)]
    sums = [round(sum(column), 2) for column in zip(*(row[1:] for row in rows), strict=True)]
    _write(sheet, header, [*rows, ("Whole year", *sums)], (MONTH, *[MONEY] * 6), (19, *[14] * 6))
    _emphasise(sheet[sheet.max_row])


def _meters(sheet: Worksheet) -> None:
    header = ("Date", "Electricity (kWh)", "Used (kWh)", "Gas (m³)", "Used (m³)", "Read by")
    start = (MOVED_IN, ELECTRICITY_AT_START, GAS_AT_START, "Check-in inventory")
    everything = (start, *READINGS)
    rows: list[tuple[object, ...]] = [(start[0], start[1], None, start[2], None, start[3])]
    for before, now in zip(everything, READINGS, strict=False):
        rows.append((now[0], now[1], now[1] - before[1], now[2], now[2] - before[2], now[3]))
    _write(sheet, header, rows, (DAY, COUNT, COUNT, COUNT, COUNT, "General"), (16, 20, 15, 14, 14, 23))


def _repairs(sheet: Worksheet) -> None:
    header = ("Date", "What", "Where", "Amount", "Paid by", "Refund from", "Refunded on")
    formats = (DAY, "General", "General", MONEY, "General", "General", DAY)
    _write(sheet, header, REPAIRS, formats, (16, 35, 33, 13, 12, 16, 16))


def _write(
    sheet: Worksheet,
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
    formats: Sequence[str],
    widths: Sequence[float],
) -> None:
    """Put one table on a sheet: a header that stays in view, then the rows in their columns' formats."""
    sheet.append(list(header))
    for row in rows:
        sheet.append(list(row))
    for cells in sheet.iter_rows(min_row=2):
        for cell, number_format in zip(cells, formats, strict=True):
            _dress(cell, number_format)
    for row_number in range(1, sheet.max_row + 1):
        sheet.row_dimensions[row_number].height = 19
    for number, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    _head(sheet[1], formats)
    sheet.freeze_panes = "B2"
    sheet.sheet_view.showGridLines = False
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _dress(cell: Cell, number_format: str) -> None:
    cell.number_format = number_format
    cell.font = Font(name=FONT, size=10, color=INK)
    cell.border = Border(bottom=Side(style="hair", color="C9D2D0"))
    side = "right" if number_format in {MONEY, COUNT} else "left"
    cell.alignment = Alignment(horizontal=side, vertical="center", indent=1)


def _head(cells: Iterable[Cell], formats: Sequence[str]) -> None:
    """Dress the header row, each title aligned as its column is."""
    for cell, number_format in zip(cells, formats, strict=True):
        _dress(cell, number_format)
        cell.font = Font(name=FONT, size=10, bold=True, color=ACCENT)
        cell.fill = PatternFill("solid", start_color=SHADE)
        cell.number_format = "General"


def _emphasise(cells: Iterable[Cell]) -> None:
    for cell in cells:
        cell.font = Font(name=FONT, size=10, bold=True, color=INK)
        cell.border = Border(top=Side(style="thin", color=ACCENT))
