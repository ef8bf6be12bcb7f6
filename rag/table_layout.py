"""Which words of a page stand in tables, and in which cell of which row: a pure function of where words and rules are.

Two kinds are told: ruled tables, by their grid, and aligned ones, by the white space that their rows have in common.
What may as well be prose in columns is no table: its columns are full of words, or the order in which the file says
them is not that of rows and no column holds figures. It knows nothing of PDFium or of text.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from rag.table_columns import aligned_tables, with_symbols_joined
from rag.table_parts import Rule, Table, Word, lines_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["may_hold_tables", "tables_of"]

_TOUCH = 3.0
"""Points within which rules meet."""
_FEWEST_EDGES = 3
_MOST_RULES = 10_000
_MOST_WORDS_IN_A_CELL = 60
_FULL = 0.8
_APART = 0.5
_FEWEST_ROWS = 2
_MOST_CUT = 0.2
"""Share of rows that may have words beside the grid."""


def may_hold_tables(words: Sequence[Word]) -> bool:
    """Whether any two lines have words that stand apart, as most pages have not; rules are not needed to tell."""
    lines = lines_of(words)
    apart = (any(b.left - a.right > _APART * b.height for a, b in pairwise(line)) for line in lines)
    return sum(apart) >= _FEWEST_ROWS


def tables_of(words: Sequence[Word], rules: Sequence[Rule]) -> list[Table]:
    """The tables among the words of a page, in no order; a word stands in one of them at most."""
    ruled = [table for grid in _grids(rules) if (table := _ruled_table(words, *grid)) is not None]
    taken = {word.start for table in ruled for row in table.rows for cell in row for word in cell}
    aligned = aligned_tables([word for word in words if word.start not in taken], rules)
    return [part for table in (*ruled, *aligned) for part in table.parted()]


def _grids(rules: Sequence[Rule]) -> list[tuple[list[float], list[float]]]:
    """The edges between columns and between rows of each set of rules that cross."""
    if len(rules) > _MOST_RULES:
        return []
    across = _joined(rule for rule in rules if rule.across)
    down = _joined(rule for rule in rules if not rule.across)
    group = list(range(len(across)))
    met_by = [[index for index, rule in enumerate(across) if _meet(rule, upright)] for upright in down]
    for met in filter(None, met_by):
        joined = {group[index] for index in met}
        group = [group[met[0]] if each in joined else each for each in group]
    found = []
    for each in set(group):
        rows = _distinct(rule.at for rule, of in zip(across, group, strict=True) if of == each)
        columns = _distinct(rule.at for rule, met in zip(down, met_by, strict=True) if met and group[met[0]] == each)
        if min(len(rows), len(columns)) >= _FEWEST_EDGES:
            found.append((columns, rows))
    return found


def _joined(rules: Iterable[Rule]) -> list[Rule]:
    """Rules of one direction, those that go on from each other as one: many are drawn cell by cell."""
    found: list[Rule] = []
    for rule in sorted(rules, key=lambda rule: (round(rule.at), rule.low)):
        last = found[-1] if found else None
        if last is not None and round(last.at) == round(rule.at) and rule.low <= last.high + _TOUCH:
            found[-1] = replace(last, high=max(last.high, rule.high))
        else:
            found.append(rule)
    return found


def _meet(across: Rule, down: Rule) -> bool:
    return (
        across.low - _TOUCH <= down.at <= across.high + _TOUCH and down.low - _TOUCH <= across.at <= down.high + _TOUCH
    )


def _distinct(positions: Iterable[float]) -> list[float]:
    """The positions in order, those that are nearly the same as one."""
    found: list[float] = []
    for position in sorted(positions):
        if not found or position - found[-1] > _TOUCH:
            found.append(position)
    return found


def _ruled_table(words: Sequence[Word], columns: list[float], rows: list[float]) -> Table | None:
    """What stands in the grid, where it is a table and not a frame around prose or a part of what stands beside it."""
    bands: list[list[Word]] = [[] for _ in rows[1:]]
    beside = [0 for _ in bands]
    for word in words:
        if rows[0] < word.centre < rows[-1]:
            band = bisect_right(rows, word.centre) - 1
            if columns[0] < word.middle < columns[-1]:
                bands[band].append(word)
            else:
                beside[band] += 1
    filled_bands = [index for index, band in enumerate(bands) if band]
    cells = [_cells(part, columns) for index in filled_bands for part in _printed_rows(bands[index], columns)]
    several = sum(sum(map(bool, row)) > 1 for row in cells)
    largest = max((len(cell) for row in cells for cell in row), default=0)
    cut = sum(beside[index] > 0 for index in filled_bands) > _MOST_CUT * len(filled_bands)
    if several < _FEWEST_ROWS or largest > _MOST_WORDS_IN_A_CELL or cut:
        return None
    edges = list(pairwise(columns))
    return _without_empty(*with_symbols_joined(cells, edges))


def _without_empty(rows: list[tuple[tuple[Word, ...], ...]], columns: list[tuple[float, float]]) -> Table:
    used = [index for index in range(len(columns)) if any(row[index] for row in rows)]
    return Table(tuple(tuple(row[index] for index in used) for row in rows), tuple(columns[index] for index in used))


def _printed_rows(band: list[Word], columns: list[float]) -> list[list[Word]]:
    """The band between two rules as one row, or as its lines where each of them fills several columns."""
    lines = lines_of(band)
    several = [line for line in lines if len({bisect_right(columns, word.middle) for word in line}) > 1]
    return lines if len(lines) >= _FEWEST_EDGES and len(several) >= _FULL * len(lines) else [band]


def _cells(words: list[Word], columns: list[float]) -> tuple[tuple[Word, ...], ...]:
    """The words of each column, line by line."""
    found: list[list[Word]] = [[] for _ in columns[1:]]
    for line in lines_of(words):
        for word in line:
            found[bisect_right(columns, word.middle) - 1].append(word)
    return tuple(tuple(cell) for cell in found)
