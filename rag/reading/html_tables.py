"""Tables of HTML as rows: which ones hold data, what their columns are called, and cells that span several.

A table that only lays out a page is none; how a row is worded is the business of ``tables``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rag.reading.html_tree import flat_text, steps

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from selectolax.lexbor import LexborNode

__all__ = ["DataTable", "data_table"]

_LONGEST_CELL = 400
_LONGEST_MARKED = 4_000
"""Of a table with header cells, which is one of data whatever it holds."""
_WIDEST_SPAN = 64
_TALLEST_SPAN = 1_000
_LARGEST_BY_SPANS = 100_000
"""Columns of all rows together; where spans claim more than that, they are not believed."""
_DEEPEST_HEADER = 4
_LAYOUT = {"presentation", "none"}


@dataclass(frozen=True, slots=True)
class DataTable:
    """A table's caption lines, and its rows with their numbers, the header as the first of them if it is marked."""

    captions: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    header_marked: bool


@dataclass(frozen=True, slots=True)
class _Cell:
    text: str
    is_header: bool
    wide: int
    tall: int


def data_table(table: LexborNode, unread: Container[int]) -> DataTable | None:
    """What the table says; None for one that only lays out the page."""
    if table.attributes.get("role") in _LAYOUT or table.css_first("table table") is not None:
        return None
    rows = [[_cell(cell, unread) for cell in row.iter() if cell.tag in {"td", "th"}] for row in _rows(table, unread)]
    rows = [row for row in rows if row]
    cells = [cell for row in rows for cell in row]
    longest = _LONGEST_MARKED if any(cell.is_header for cell in cells) else _LONGEST_CELL
    if max(map(len, rows), default=0) < 2 or max(len(cell.text) for cell in cells) > longest:  # noqa: PLR2004
        return None
    if sum(cell.wide * cell.tall for cell in cells) > max(_LARGEST_BY_SPANS, 2 * len(cells)):
        rows = [[replace(cell, wide=1, tall=1) for cell in row] for row in rows]
    return _arranged(_captions(table, unread), rows)


def _rows(table: LexborNode, unread: Container[int]) -> Iterator[LexborNode]:
    return (node for node, entering in steps(table, unread) if entering and node.tag == "tr")


def _cell(cell: LexborNode, unread: Container[int]) -> _Cell:
    return _Cell(
        flat_text(cell, unread),
        cell.tag == "th",
        _span(cell.attributes.get("colspan"), _WIDEST_SPAN),
        _span(cell.attributes.get("rowspan"), _TALLEST_SPAN),
    )


def _span(value: str | None, most: int) -> int:
    value = (value or "").strip()
    return max(1, min(int(value), most)) if value.isdecimal() and len(value) < 10 else 1  # noqa: PLR2004


def _captions(table: LexborNode, unread: Container[int]) -> tuple[str, ...]:
    caption = table.css_first("caption")
    text = flat_text(caption, unread) if caption is not None else ""
    return (text,) if text else ()


def _arranged(captions: tuple[str, ...], rows: list[list[_Cell]]) -> DataTable:
    """Lines over the whole width before the header are captions; several header rows become one."""
    first = 0
    while first < len(rows) - 1 and len(rows[first]) == 1 and rows[first][0].wide > 1:
        captions += (rows[first][0].text,) if rows[first][0].text else ()
        first += 1
    last = first
    while last < min(len(rows) - 1, first + _DEEPEST_HEADER) and all(cell.is_header for cell in rows[last]):
        last += 1
    grid = _grid(rows[first:], headers=last - first)
    numbered = [(first + at, tuple(row)) for at, row in enumerate(grid, start=1)]
    if last - first > 1:
        numbered[: last - first] = [(last, _merged([row for _, row in numbered[: last - first]]))]
    return DataTable(captions, tuple(numbered), header_marked=last > first)


def _grid(rows: list[list[_Cell]], *, headers: int) -> Iterator[list[str]]:
    """Each row's columns: what spans rows is said in each, what spans columns once, but over all of them in headers."""
    hanging: dict[int, tuple[int, str]] = {}
    for number, row in enumerate(rows):
        columns: list[str] = []
        cells = iter(row)
        while True:
            column = len(columns)
            left, text = hanging.pop(column, (0, ""))
            if left:
                columns.append(text)
                hanging.update({column: (left - 1, text)} if left > 1 else {})
                continue
            cell = next(cells, None)
            if cell is None:
                break
            spanned = [cell.text, *[cell.text if number < headers else ""] * (cell.wide - 1)]
            if cell.tall > 1:
                hanging.update({column + at: (cell.tall - 1, said) for at, said in enumerate(spanned)})
            columns += spanned
        yield columns


def _merged(rows: list[tuple[str, ...]]) -> tuple[str, ...]:
    """One name for each column out of several header rows, outermost first."""
    width = max(map(len, rows))
    padded = [[*row, *[""] * (width - len(row))] for row in rows]
    return tuple(" ".join(dict.fromkeys(name for name in column if name)) for column in zip(*padded, strict=True))
