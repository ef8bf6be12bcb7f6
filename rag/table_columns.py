"""Tables without a grid: rows whose cells stand apart, one below the other. Pure.

A line whose words stand apart by more than a space has cells. Lines with cells that follow each other and have white
space in common are a table, if a column holds figures or the file says them row by row; columns of prose are split
and looked at each by itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from rag.table_parts import LEADER, Table, Word, is_figure, lines_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rag.table_parts import Rule

__all__ = ["aligned_tables", "with_symbols_joined"]

_APART = 1.0
"""Words further apart than this many heights are in different cells."""
_FIGURES_APART = 0.7
_SPACES_APART = 2.5
"""And by more than so many usual spaces of the page."""
_BEFORE_AMOUNT = re.compile(r"[$€£¥(]+")
_AFTER_AMOUNT = re.compile(r"[)%]+")
_AMOUNT = re.compile(r"[($€£¥]*[\d—–-].*")
_NUMBERED = re.compile(
    r"(?:section|article|exhibit|item|note|part|schedule|annex|appendix|chapter|no\.)", re.IGNORECASE
)
_NEAR = 2.0
_ENUMERATOR = re.compile(r"[(\[]?(?:\d{1,3}(?:\.\d{1,3})*|[a-zA-Z]|[ivxIVX]{1,5})[.)\]]*|[^\w\s]{1,2}")
_FEWEST_ROWS = 3
_MANY_COLUMNS = 3
_NARROWEST = 0.35
"""Heights of white space that part two columns."""
_OVERLAPPING = 0.12
"""Share of rows that may run over the white space between columns."""
_MOST_SINGLE = 3
"""Lines without cells that may follow each other within a table."""
_FAR = 3.5
_WORDS_OF_PROSE = 5
_FILLED = 0.85
_FULL_LINES = 0.6
_OF_FIGURES = 0.5
_FEW_WORDS = 4
_WORD_GAP = 0.45
_DEEPEST = 3

_Cell = tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the page and its cells."""

    cells: tuple[_Cell, ...]

    @property
    def words(self) -> list[Word]:
        return [word for cell in self.cells for word in cell]

    @property
    def height(self) -> float:
        return max(word.height for word in self.words)

    @property
    def top(self) -> float:
        return min(word.top for word in self.words)

    @property
    def gaps(self) -> list[tuple[float, float]]:
        return [(a[-1].right, b[0].left) for a, b in pairwise(self.cells)]


def aligned_tables(words: Sequence[Word], rules: Sequence[Rule], depth: int = 0) -> list[Table]:
    """The tables among the words that no grid holds."""
    found: list[Table] = []
    printed = lines_of(words)
    space = _usual_space(printed)
    lines = [line for each in printed if (line := _Line(tuple(_cells(each, space)))).cells]
    for first, last in _regions(lines):
        columns = _columns(lines[first:last])
        if len(columns) < 2:  # noqa: PLR2004  (one column is no table)
            continue
        region = [line for line in lines[_head_above(lines, first, columns) : last] if _is_over(line, columns)]
        rows = [_row(line, columns) for line in region]
        prose = [index for index in range(len(columns)) if _is_prose(rows, columns, index)]
        if prose and depth < _DEEPEST:
            for part in _parts(region, columns, prose):
                found += aligned_tables(part, rules, depth + 1)
        elif _is_table(rows, len(columns), rules):
            found.append(Table(tuple(_merged(rows, columns[0][1])), tuple(columns)))
    return found


def with_symbols_joined(
    rows: Sequence[tuple[_Cell, ...]], columns: Sequence[tuple[float, float]]
) -> tuple[list[tuple[_Cell, ...]], list[tuple[float, float]]]:
    """Columns of nothing but currency or percent signs joined to those of their amounts."""
    edges, cells = list(columns), [list(row) for row in rows]
    for index in range(len(edges) - 1, -1, -1):
        signs = {word.text for row in cells for word in row[index]}
        if not signs:
            continue
        if index + 1 < len(edges) and all(map(_BEFORE_AMOUNT.fullmatch, signs)):
            into = index
        elif index and all(map(_AFTER_AMOUNT.fullmatch, signs)):
            into = index - 1
        else:
            continue
        edges[into : into + 2] = [(edges[into][0], edges[into + 1][1])]
        for row in cells:
            row[into : into + 2] = [row[into] + row[into + 1]]
    return [tuple(row) for row in cells], edges


def _usual_space(lines: Sequence[Sequence[Word]]) -> float:
    """How wide the page sets a space."""
    gaps = [b.left - a.right for line in lines for a, b in pairwise(line) if 0 < b.left - a.right < b.height]
    return median(gaps) if gaps else 0.0


def _head_above(lines: list[_Line], first: int, columns: list[tuple[float, float]]) -> int:
    """The first of the lines just above that stand over the columns but not over the first one: parts of the head."""
    at = first
    low, high = columns[1][0], columns[-1][1]
    while at and first - at < _MOST_SINGLE:
        above = lines[at - 1]
        words = above.words
        over = all(low - above.height < word.left and word.right < high + above.height for word in words)
        if not over or lines[at].top - above.top > _NEAR * above.height or any(map(is_figure, _texts(above.cells))):
            break
        at -= 1
    return at


def _is_over(line: _Line, columns: list[tuple[float, float]]) -> bool:
    """Whether the line stands in the table, and not beside it at a height between two rows."""
    words = line.words
    low, high = columns[0][0] - line.height, columns[-1][1] + line.height
    return len(line.cells) > 1 or (words[0].left > low and words[-1].right < high)


def _texts(cells: Sequence[_Cell]) -> list[str]:
    return [" ".join(word.text for word in cell) for cell in cells]


def _cells(line: Sequence[Word], space: float) -> Iterator[_Cell]:
    """The words of a line in groups that stand apart; dots that lead the eye are white space."""
    cell: list[Word] = []
    for word in line:
        if LEADER.fullmatch(word.text):
            continue
        if cell and _apart(cell[-1], word, space):
            yield tuple(cell)
            cell = []
        cell.append(word)
    if cell:
        yield tuple(cell)


def _apart(before: Word, word: Word, space: float) -> bool:
    """Whether two words of a line are further apart than words are, an amount's signs and numbers of sections aside."""
    gap, height = word.left - before.right, max(word.height, before.height)
    if _BEFORE_AMOUNT.fullmatch(before.text) and _AMOUNT.fullmatch(word.text):
        return False
    if _AFTER_AMOUNT.fullmatch(word.text) or (gap < _NEAR * height and _NUMBERED.fullmatch(before.text)):
        return False
    figures = is_figure(word.text) or is_figure(before.text)
    return gap > max((_FIGURES_APART if figures else _APART) * height, _SPACES_APART * space)


def _regions(lines: list[_Line]) -> Iterator[tuple[int, int]]:
    """Runs of lines that have white space in common, a few lines without cells between them included."""
    begun = last = -1
    for index, line in enumerate(lines):
        if begun >= 0 and (line.top - lines[index - 1].top > _FAR * line.height or index - last > _MOST_SINGLE + 1):
            yield begun, last + 1
            begun = -1
        if len(line.cells) == 1:
            continue
        if begun >= 0 and not _fits(line, lines[begun : last + 1]):
            yield begun, last + 1
            begun = -1
        begun, last = index if begun < 0 else begun, index
    if begun >= 0:
        yield begun, last + 1


def _fits(line: _Line, run: list[_Line]) -> bool:
    """Whether the line shares white space with one of the last lines that have cells."""
    latest = [other for other in run[-2 * _MOST_SINGLE :] if len(other.cells) > 1][-2:]
    return any(_shared(line, other) * 2 >= min(len(line.gaps), len(other.gaps)) for other in latest)


def _shared(line: _Line, other: _Line) -> int:
    """How many stretches of white space two lines have in common."""
    least = _NARROWEST * line.height
    return sum(any(min(b, d) - max(a, c) >= least for c, d in other.gaps) for a, b in line.gaps)


def _columns(region: list[_Line]) -> list[tuple[float, float]]:
    """From where to where each column goes: what lies between the white space that nearly all rows share."""
    rows = [line for line in region if len(line.cells) > 1]
    allowed = int(_OVERLAPPING * len(rows))
    edges = sorted(edge for line in rows for cell in line.cells for edge in ((cell[0].left, 1), (cell[-1].right, -1)))
    least = _NARROWEST * median(line.height for line in rows) if rows else 0.0
    columns: list[tuple[float, float]] = []
    begun, depth = None, 0
    for position, change in edges:
        depth += change
        if begun is None and depth > allowed:
            begun = position
        elif begun is not None and depth <= allowed:
            columns.append((begun, position))
            begun = None
    joined: list[tuple[float, float]] = []
    for low, high in columns:
        if joined and low - joined[-1][1] < least:
            joined[-1] = (joined[-1][0], high)
        else:
            joined.append((low, high))
    return joined


def _row(line: _Line, columns: list[tuple[float, float]]) -> tuple[_Cell, ...]:
    """The line's cells, each in the first column that it touches; those that run together are parted."""
    gutters = [(a[1] + b[0]) / 2 for a, b in pairwise(columns)]
    found: list[list[Word]] = [[] for _ in columns]
    for cell in line.cells:
        part: list[Word] = []
        for word in cell:
            if part and _crosses(part[-1], word, gutters):
                found[_column(part, gutters)] += part
                part = []
            part.append(word)
        found[_column(part, gutters)] += part
    return tuple(tuple(words) for words in found)


def _crosses(before: Word, word: Word, gutters: list[float]) -> bool:
    wide = word.left - before.right > _WORD_GAP * word.height
    return wide and any(before.right - 1 <= gutter <= word.left + 1 for gutter in gutters)


def _column(part: list[Word], gutters: list[float]) -> int:
    return sum(gutter < min(part[0].middle, (part[0].left + part[-1].right) / 2) for gutter in gutters)


def _is_prose(rows: list[tuple[_Cell, ...]], columns: list[tuple[float, float]], index: int) -> bool:
    """Whether the column is full of words from edge to edge, line after line."""
    low, high = columns[index]
    cells = [row[index] for row in rows if row[index]]
    if len(cells) < _FEWEST_ROWS or median(len(cell) for cell in cells) < _WORDS_OF_PROSE:
        return False
    full = sum(cell[-1].right - cell[0].left > _FILLED * (high - low) for cell in cells)
    return full >= _FULL_LINES * len(cells)


def _parts(region: list[_Line], columns: list[tuple[float, float]], prose: list[int]) -> Iterator[list[Word]]:
    """The words beside and between the columns of prose, and those of each such column."""
    edges = sorted({edge for index in prose for edge in (index, index + 1)} | {0, len(columns)})
    gutters = [(a[1] + b[0]) / 2 for a, b in pairwise(columns)]
    limits = [float("-inf"), *gutters, float("inf")]
    for first, last in pairwise(edges):
        yield [word for line in region for word in line.words if limits[first] < word.middle <= limits[last]]


def _is_table(rows: list[tuple[_Cell, ...]], columns: int, rules: Sequence[Rule]) -> bool:
    """Whether there are rows enough, and figures, or else short cells in an order that is that of rows."""
    several = [row for row in rows if sum(map(bool, row)) > 1]
    of_figures = sum(_holds_figures(several, index) for index in range(1, columns))
    if len(several) < _FEWEST_ROWS:
        return False
    if of_figures:
        return True
    cells = [cell for row in several for cell in row if cell]
    short = median(len(cell) for cell in cells) <= _FEW_WORDS
    enumerated = columns == 2 and all(_ENUMERATOR.fullmatch(row[0][0].text) for row in several if row[0])  # noqa: PLR2004
    words = [word.start for row in several for cell in row for word in cell]
    by_rows = words == sorted(words)
    return short and not enumerated and (_is_ruled(several, rules) or (by_rows and columns >= _MANY_COLUMNS))


def _holds_figures(rows: list[tuple[_Cell, ...]], index: int) -> bool:
    cells = _texts([row[index] for row in rows if row[index]])
    return len(cells) > 1 and sum(map(is_figure, cells)) >= _OF_FIGURES * len(cells)


def _is_ruled(rows: list[tuple[_Cell, ...]], rules: Sequence[Rule]) -> bool:
    """Whether lines are drawn across between the rows."""
    words = [word for row in rows for cell in row for word in cell]
    top, bottom = min(word.top for word in words), max(word.bottom for word in words)
    left, right = min(word.left for word in words), max(word.right for word in words)
    across = {
        round(rule.at)
        for rule in rules
        if rule.across and top <= rule.at <= bottom and rule.high - rule.low > (right - left) / 2
    }
    return len(across) >= max(len(rows) // 2, 1)


def _merged(rows: list[tuple[_Cell, ...]], edge: float) -> Iterator[tuple[_Cell, ...]]:
    """The rows, each with what of its label or cell is wrapped; ``edge`` is where the column of labels ends."""
    held: tuple[_Cell, ...] | None = None
    for row in rows:
        if held is not None and _goes_on(held, row, edge):
            held = tuple(a + b for a, b in zip(held, row, strict=True))
            continue
        if held is not None:
            yield held
        held = row
    if held is not None:
        yield held


def _goes_on(before: tuple[_Cell, ...], row: tuple[_Cell, ...], edge: float) -> bool:
    """Whether a row that is only a label, or only a cell, is one with the row before or after it."""
    begins = next((cell[0] for cell in row if cell), None)
    above = max((word.top for cell in before for word in cell), default=0.0)
    if begins is None or begins.top - above > _NEAR * begins.height:
        return False
    small = begins.text[:1].islower() and not _ENUMERATOR.fullmatch(begins.text)
    if before[0] and row[0] and not any(before[1:]):
        label = before[0][-1]
        full = label.right + begins.right - begins.left > edge
        return small or (full and not label.text.endswith(":") and any(row[1:]))
    return small and sum(map(bool, row)) == 1 and all(a or not b for a, b in zip(before, row, strict=True))
