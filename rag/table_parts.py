"""The parts that tables are told by and made of: words and rules where they stand on a page, rows of cells. Pure.

Positions are in points, from left to right and from top to bottom in the direction of reading.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["LEADER", "Rule", "Table", "Word", "is_figure", "lines_of"]

_FIGURE = re.compile(r"(?!\d+(?:\.\d+){2,})[^\w]*\d[\d\W]*[a-z%]{0,3}[\W]*|[-–—]|n/?a|nm|none|nil", re.IGNORECASE)
_DATE = re.compile(r"\W*(?:\d{1,2},)?\W*(?:(?:19|20)\d\d\W*)*")
_SAME_LINE = 0.7
"""Share of the smaller word's height: less, and a line of the column beside would do."""
_MOST_HEAD_ROWS = 4
_NAMES_AGAIN = 2
_LONGEST_NAME = 60
_LONGEST_COLUMNS = 200
_COLUMN_SEPARATOR = " | "
LEADER = re.compile(r"[.…_·=-]{3,}|\.")
"""A word that only leads the eye from one cell to the next, or parts rows."""


@dataclass(frozen=True, slots=True)
class Word:
    """A printed word ``[start, end)`` of the page's raw text."""

    start: int
    end: int
    text: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> float:
        """Half-way between left and right."""
        return (self.left + self.right) / 2

    @property
    def centre(self) -> float:
        """Half-way between top and bottom."""
        return (self.top + self.bottom) / 2

    @property
    def height(self) -> float:
        """Of its font."""
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class Rule:
    """A line drawn across the page or down it, at ``at`` of the one direction, ``low`` to ``high`` of the other."""

    across: bool
    at: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; a cell is the words in it, and every row has as many cells as there are columns."""

    rows: tuple[tuple[tuple[Word, ...], ...], ...]
    columns: tuple[tuple[float, float], ...]
    """Where each begins and ends."""

    @property
    def head(self) -> int:
        """How many rows at the top name the columns: those above the first figures, dates left aside."""
        for index, row in enumerate(self.rows):
            if any(_is_value(cell) for cell in row[1:]):
                return index if self._is_worded(index) else 0
        first = [_text(cell) for cell in self.rows[0]]
        named = len({*filter(None, first)}) == len(first) and not any(name.endswith(":") for name in first)
        return int(named and self._is_worded(1) and not any(map(str.isdigit, "".join(first))))

    def parted(self) -> list[Table]:
        """The tables that it is in truth: a head after figures begins another one."""
        starts = [0]
        for index in range(max(self.head, 1), len(self.rows)):
            if self._names_again(index) and any(map(_is_value, self._below(starts[-1], index))):
                starts.append(self._first_of_head(index, starts[-1]))
        return [Table(self.rows[a:b], self.columns) for a, b in pairwise([*starts, len(self.rows)])]

    def _below(self, first: int, last: int) -> list[tuple[Word, ...]]:
        return [cell for row in self.rows[first:last] for cell in row[1:]]

    def _names_again(self, index: int) -> bool:
        """Whether words stand over several columns, none of them a value, and values follow."""
        filled = [cell for cell in self.rows[index][1:] if cell]
        enough = len(filled) >= _NAMES_AGAIN + bool(self.rows[index][0])
        following = self._below(index + 1, index + 1 + _MOST_HEAD_ROWS)
        return enough and not any(map(_is_value, filled)) and any(map(_is_value, following))

    def _first_of_head(self, index: int, least: int) -> int:
        """The first of the rows just above that say something over the columns and hold no value."""
        while index - 1 > least and any(self.rows[index - 1][1:]) and not any(map(_is_value, self.rows[index - 1][1:])):
            index -= 1
        return index

    @property
    def names(self) -> str:
        """What the columns are called, in one line; empty where there is no head."""
        names = [" ".join(self._name(index)) for index in range(len(self.columns))]
        return _COLUMN_SEPARATOR.join(dict.fromkeys(filter(None, names)))[:_LONGEST_COLUMNS]

    def _is_worded(self, rows: int) -> bool:
        cells = [_text(cell) for row in self.rows[:rows] for cell in row]
        return rows <= _MOST_HEAD_ROWS and all(len(cell) <= _LONGEST_NAME for cell in cells)

    def _name(self, column: int) -> list[str]:
        """The words of the head that stand over the column, wherever their cell begins."""
        low, high = self.columns[column]
        return [
            word.text
            for row in self.rows[: self.head]
            for cell in row
            if cell and min(word.left for word in cell) < high and max(word.right for word in cell) > low
            for word in cell
        ]


def _text(cell: Sequence[Word]) -> str:
    return " ".join(word.text for word in cell)


def _is_value(cell: Sequence[Word]) -> bool:
    text = _text(cell)
    return bool(text) and is_figure(text) and not _DATE.fullmatch(text)


def is_figure(text: str) -> bool:
    """Whether the text is an amount, a date in figures, a dash or the like."""
    return _FIGURE.fullmatch(text) is not None


def lines_of(words: Iterable[Word]) -> list[list[Word]]:
    """The words line by line, as they stand on the page, each line from left to right."""
    lines: list[list[Word]] = []
    for word in sorted(words, key=lambda word: word.centre):
        if lines and _is_on(word, lines[-1][0]):
            lines[-1].append(word)
        else:
            lines.append([word])
    return [sorted(line, key=lambda word: word.left) for line in lines]


def _is_on(word: Word, first: Word) -> bool:
    shared = min(word.bottom, first.bottom) - max(word.top, first.top)
    return shared > _SAME_LINE * min(word.height, first.height)
