"""Tables as sentences of a sort: every row says its column names, so that it can be understood by itself. Pure."""

from __future__ import annotations

import re
from itertools import chain, islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["NumberedRow", "described_rows"]

NumberedRow = tuple[int, "Sequence[str]"]
"""A row's number in its table, from 1, and the text of its cells."""

_LOOKED_AT = 30
"""Rows in which the header is looked for, and by which it is judged."""
_LONGEST_NAME = 60
_PAIR = 2
_FIGURE = re.compile(r"[-+(]?[\W\d]*\d[\d\W]*(?:[a-z%]{0,3})\)?", re.IGNORECASE)


def described_rows(rows: Iterable[NumberedRow], *, header_marked: bool = False) -> Iterator[tuple[int, str]]:
    """Each row that is not empty as its number and one line, such as "Item: Rent; Amount: 950".

    The header is the first row whose cells look like names of what is below them, or the first row at all where the
    document marks it as one; it is not a row of its own, as all rows repeat it.
    """
    filled = ((number, cells) for number, cells in rows if any(cell.strip() for cell in cells))
    head = list(islice(filled, _LOOKED_AT))
    at = 0 if header_marked and len(head) > 1 else _header_position(head)
    names = [name.strip().rstrip(":") for name in head[at][1]] if at >= 0 else []
    for position, (number, cells) in enumerate(chain(head, filled)):
        if position != at:
            yield number, _described(cells, names if position > at else [])


def _header_position(rows: list[NumberedRow]) -> int:
    """Where the header stands among the first rows; -1 where there is none."""
    for position, (_, cells) in enumerate(rows[:-1]):
        below = [cells_below for _, cells_below in rows[position + 1 :]]
        widest = max(len(_filled(cells_below)) for cells_below in below)
        named = len(_filled(cells))
        if named >= _PAIR and named + _has_corner(cells, below) >= widest:
            return position if _names_columns(cells, below) else -1
    return -1


def _has_corner(cells: Sequence[str], below: list[Sequence[str]]) -> bool:
    """Whether the row begins with an empty cell above what names the rows."""
    return not cells[0].strip() and all(row[0].strip() for row in below)


def _names_columns(cells: Sequence[str], below: list[Sequence[str]]) -> bool:
    """Whether these are names: all words, all different, short, and (where there are but two) above figures."""
    names = _filled(cells)
    worded = all(len(name) <= _LONGEST_NAME and not _FIGURE.fullmatch(name) for name in names)
    above_figures = any(_FIGURE.fullmatch(cell.strip()) for row in below for cell in row if cell.strip())
    return worded and len(set(names)) == len(names) and (len(names) > _PAIR or above_figures)


def _filled(cells: Sequence[str]) -> list[str]:
    return [cell.strip() for cell in cells if cell.strip()]


def _described(cells: Sequence[str], names: list[str]) -> str:
    """One row in one line; without names, two cells are taken as a name and its value."""
    if not names and len(filled := _filled(cells)) == _PAIR:
        return f"{filled[0].rstrip(':')}: {filled[1]}"
    padded = chain(names, ("" for _ in cells[len(names) :]))
    parts = [
        f"{name}: {cell.strip()}" if name else cell.strip()
        for name, cell in zip(padded, cells, strict=False)
        if cell.strip()
    ]
    return "; ".join(parts)
