"""Lines found anywhere on a picture, put in the order in which a person reads them. Pure.

Columns are told by white space from top to bottom with running text on both sides; what stands beside each other
otherwise, such as the cells of a table, is one line. For engines that say nothing of columns.
"""

from __future__ import annotations

from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from rag.ocr.seen import SeenLine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rag.ocr.seen import SeenWord

__all__ = ["in_reading_order"]

_Stretch = tuple["SeenWord", ...]
_FEWEST_LINES = 3
"""Of a column."""
_PROSE = 8
"""Times its height that a line of running text is wide, at the least."""
_GUTTER = 0.8
_PARAGRAPH_GAP = 0.9
_SECTION_GAP = 1.2
"""White between columns, between paragraphs and above what may begin columns, in heights of a line."""
_SAME_LINE = 0.5


def in_reading_order(stretches: Sequence[_Stretch]) -> tuple[SeenLine, ...]:
    """Stretches of words, each on one line, as lines and paragraphs."""
    if not stretches:
        return ()
    height = median(_bottom(each) - _top(each) for each in stretches)
    lines: list[SeenLine] = []
    for paragraph, rows in enumerate(_paragraphs(stretches, height)):
        lines += [SeenLine(row, paragraph) for row in rows]
    return tuple(lines)


def _paragraphs(stretches: Sequence[_Stretch], height: float) -> Iterator[list[_Stretch]]:
    """The rows of each paragraph, columns one after the other."""
    for section in _parted(stretches, _top, _bottom, _SECTION_GAP * height):
        columns = _columns(section, height)
        if len(columns) > 1:
            for column in columns:
                yield from _paragraphs(column, height)
        else:
            for part in _parted(section, _top, _bottom, _PARAGRAPH_GAP * height):
                yield _rows(part)


def _columns(section: Sequence[_Stretch], height: float) -> list[list[_Stretch]]:
    """The section's columns; one where any of them holds no running text."""
    columns = _parted(section, _left, _right, _GUTTER * height)
    return columns if all(_is_prose(column) for column in columns) else [list(section)]


def _is_prose(column: Sequence[_Stretch]) -> bool:
    widths = [(_right(line) - _left(line)) / max(_bottom(line) - _top(line), 1) for line in column]
    return len(column) >= _FEWEST_LINES and median(widths) >= _PROSE


def _parted(
    stretches: Sequence[_Stretch],
    begin: Callable[[_Stretch], float],
    end: Callable[[_Stretch], float],
    gap: float,
) -> list[list[_Stretch]]:
    """The stretches in groups with at least ``gap`` of white between them, along one direction."""
    groups: list[list[_Stretch]] = []
    reached = 0.0
    for stretch in sorted(stretches, key=begin):
        if not groups or begin(stretch) - reached > gap:
            groups.append([])
            reached = end(stretch)
        groups[-1].append(stretch)
        reached = max(reached, end(stretch))
    return groups


def _rows(part: Sequence[_Stretch]) -> list[_Stretch]:
    """The stretches from top to bottom; those that stand beside each other as one."""
    ordered = sorted(part, key=lambda each: _top(each) + _bottom(each))
    rows = [[ordered[0]]]
    for before, stretch in pairwise(ordered):
        if _beside(before, stretch):
            rows[-1].append(stretch)
        else:
            rows.append([stretch])
    return [tuple(word for each in sorted(row, key=_left) for word in each) for row in rows]


def _beside(one: _Stretch, other: _Stretch) -> bool:
    shared = min(_bottom(one), _bottom(other)) - max(_top(one), _top(other))
    lower = min(_bottom(one) - _top(one), _bottom(other) - _top(other))
    return shared > _SAME_LINE * lower and (_left(other) >= _right(one) or _right(other) <= _left(one))


def _left(stretch: _Stretch) -> float:
    return min(word.left for word in stretch)


def _top(stretch: _Stretch) -> float:
    return min(word.top for word in stretch)


def _right(stretch: _Stretch) -> float:
    return max(word.right for word in stretch)


def _bottom(stretch: _Stretch) -> float:
    return max(word.bottom for word in stretch)
