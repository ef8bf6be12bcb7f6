"""The rules drawn on a PDF page: lines across it and down it, edges of boxes among them, in the direction of reading.

A page may have a map on it, so only so many objects are looked at.
"""

from __future__ import annotations

from ctypes import c_float
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pypdfium2.raw as pdfium_c

from rag.table_parts import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["rules_of", "turned"]

_MOST_OBJECTS = 4_000
_MOST_POINTS = 8_000
_SHORTEST = 4.0
_STRAIGHT = 1.0
"""Points by which the ends of a rule may be off."""

_Point = tuple[float, float]


def turned(quarter: int, left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
    """A box of the page as left, top, right and bottom, counted downwards, of text turned by so many quarters.

    PDFium counts the turns clockwise.
    """
    match quarter:
        case 0:
            return left, -top, right, -bottom
        case 1:
            return -top, -right, -bottom, -left
        case 2:
            return -right, bottom, -left, top
        case _:
            return bottom, left, top, right


def rules_of(page: Any, quarter: int) -> list[Rule]:  # noqa: ANN401  (pypdfium2 ships no types)
    """The rules of a pypdfium2 ``PdfPage`` whose text is set in so many quarter turns."""
    rules: list[Rule] = []
    points = 0
    for index in range(min(pdfium_c.FPDFPage_CountObjects(page), _MOST_OBJECTS)):
        drawn = pdfium_c.FPDFPage_GetObject(page, index)
        if pdfium_c.FPDFPageObj_GetType(drawn) != pdfium_c.FPDF_PAGEOBJ_PATH:
            continue
        points += max(pdfium_c.FPDFPath_CountSegments(drawn), 0)
        if points > _MOST_POINTS:
            break
        rules += (rule for ends in _strokes(drawn) if (rule := _rule(quarter, *ends)) is not None)
    return rules


def _strokes(drawn: Any) -> Iterator[tuple[_Point, _Point]]:  # noqa: ANN401
    """The straight strokes of a path, from point to point of the page; a closed one ends where it began."""
    matrix = pdfium_c.FS_MATRIX()
    pdfium_c.FPDFPageObj_GetMatrix(drawn, matrix)
    figure: list[_Point] = []
    x, y = c_float(), c_float()
    for index in range(pdfium_c.FPDFPath_CountSegments(drawn)):
        segment = pdfium_c.FPDFPath_GetPathSegment(drawn, index)
        pdfium_c.FPDFPathSegment_GetPoint(segment, x, y)
        kind = pdfium_c.FPDFPathSegment_GetType(segment)
        if kind == pdfium_c.FPDF_SEGMENT_MOVETO:
            yield from pairwise(figure)
            figure = []
        figure.append(
            (matrix.a * x.value + matrix.c * y.value + matrix.e, matrix.b * x.value + matrix.d * y.value + matrix.f)
        )
        if pdfium_c.FPDFPathSegment_GetClose(segment):
            figure.append(figure[0])
    yield from pairwise(figure)


def _rule(quarter: int, begin: _Point, end: _Point) -> Rule | None:
    """The stroke as a rule, where it is one."""
    (x0, x1), (y0, y1) = sorted((begin[0], end[0])), sorted((begin[1], end[1]))
    left, top, right, bottom = turned(quarter, x0, y0, x1, y1)
    if bottom - top <= _STRAIGHT and right - left >= _SHORTEST:
        return Rule(across=True, at=(top + bottom) / 2, low=left, high=right)
    if right - left <= _STRAIGHT and bottom - top >= _SHORTEST:
        return Rule(across=False, at=(left + right) / 2, low=top, high=bottom)
    return None
