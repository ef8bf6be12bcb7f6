"""One PDF page's text as a person reads it, with the way back from every offset of it to PDFium's own characters.

Runs in the process that opens files. Reading and page images both come through ``read_text``, so that an offset stored
when a document was added still marks the same words when its page is drawn. It knows nothing of headings, chunks or
images.
"""

from __future__ import annotations

import ctypes
import math
import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any

import pypdfium2.raw as pdfium_c

from rag.line_hyphens import MARK, LineHyphens, vocabulary
from rag.pdfium_layout import laid_out
from rag.reading_messages import PdfLine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rag.pdfium_layout import LaidRow, Layout

__all__ = ["PageText", "Piece", "read_text"]

_WIDER_GAP = 1.25
"""A line this many times further down than the page's usual distance starts a paragraph."""
_OTHER_SIZE = 1.08
_BOLD = 600
_BOLD_NAME = re.compile(rb"bold|black|heavy|demi", re.IGNORECASE)
_FORCE_BOLD = 1 << 18
"""ForceBold in a font descriptor's flags (ISO 32000-1, table 123)."""
_LONGEST_FONT_NAME = 128
_LONGEST_WORD = 40

_PRINTED = re.compile(r"\S(?:[^\r\n]*\S)?")
_CHANGES = re.compile(
    r"(?P<cell>\ufdd0)"
    r"|(?P<edge>\A\s+|\s+\Z)"
    r"|(?P<break>[^\S\r\n]*(?:\r\n?|\n)\s*)"
    r"|(?P<hyphen>\ufffe)"
    r"|(?P<space>[^\S\r\n ]|[^\S\r\n]{2,})"
    r"|(?P<ligature>[\ufb00-\ufb06])"
    r"|(?P<nothing>[\x00-\x08\x0e-\x1b\x7f-\x9f\u00ad\u200b\ufeff\uffff\ud800-\udfff])"
)
_LIGATURES = {
    "\ufb00": "ff",
    "\ufb01": "fi",
    "\ufb02": "fl",
    "\ufb03": "ffi",
    "\ufb04": "ffl",
    "\ufb05": "st",
    "\ufb06": "st",
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the stored text and the stretch of PDFium's text, as laid out, that it stands for."""

    start: int
    length: int
    raw_start: int
    raw_length: int


@dataclass(frozen=True, slots=True)
class PageText:
    """A page's text, its printed lines, and the way back: by pieces to the layout, and by that to PDFium's text."""

    text: str
    lines: tuple[PdfLine, ...]
    pieces: tuple[Piece, ...]
    layout: Layout

    def raw_spans(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Where ``text[start:end]`` stands in PDFium's text of the page, stretch by stretch as it is read."""
        start, end = max(start, 0), min(end, len(self.text))
        if start < end:
            yield from self.layout.raw_spans(*_laid_span(self.pieces, start, end))


def _laid_span(pieces: tuple[Piece, ...], start: int, end: int) -> tuple[int, int]:
    """Where the stored ``[start, end)`` stands in the layout."""
    first, last = (pieces[bisect_right(pieces, offset, key=lambda each: each.start) - 1] for offset in (start, end - 1))
    laid_start = first.raw_start + (start - first.start if first.length == first.raw_length else 0)
    laid_end = last.raw_start + (end - last.start if last.length == last.raw_length else last.raw_length)
    return laid_start, laid_end


@dataclass(frozen=True, slots=True)
class _RawLine:
    """A printed line in PDFium's text, measured at its first character; bold where its first and last are."""

    start: int
    end: int
    size: float
    depth: float
    """How far down the page, along the direction in which its lines follow each other."""
    bold: bool
    row: LaidRow | None = None


def read_text(text_page: Any) -> PageText:  # noqa: ANN401  (pypdfium2 ships no types)
    """The text of a pypdfium2 ``PdfTextPage``."""
    layout = laid_out(text_page, text_page.get_text_range())
    rows = {row.start: row for row in layout.rows}
    lines = [
        replace(_measure(text_page, layout, *line.span()), row=rows.get(line.start()))
        for line in _PRINTED.finditer(layout.text)
    ]
    text, pieces = _normalise(layout.text, _paragraph_starts(layout.text, lines))
    return PageText(text, _stored_lines(text, pieces, lines), pieces, layout)


def _measure(text_page: Any, layout: Layout, start: int, end: int) -> _RawLine:  # noqa: ANN401
    """Depth of a line, the size of its larger end (it may begin with a small number), and whether both are bold."""
    index, last = (
        max(pdfium_c.FPDFText_GetCharIndexFromTextIndex(text_page, layout.raw_at(position)), 0)
        for position in (start, end - 1)
    )
    angle = pdfium_c.FPDFText_GetCharAngle(text_page, index)
    sideways = abs(math.sin(angle)) > math.sqrt(0.5)
    box = _loose_box(text_page, index)
    size = max(_height(box, sideways=sideways), _height(_loose_box(text_page, last), sideways=sideways))
    depth = -box.left * math.sin(angle) - box.bottom * math.cos(angle)  # PDFium counts angles clockwise
    bold = _is_bold(text_page, index) and _is_bold(text_page, last)
    return _RawLine(start, end, round(size, 1), depth, bold)


def _loose_box(text_page: Any, index: int) -> Any:  # noqa: ANN401
    """The character's box as tall as its font, in page points."""
    box = pdfium_c.FS_RECTF()
    pdfium_c.FPDFText_GetLooseCharBox(text_page, index, box)
    return box


def _height(box: Any, *, sideways: bool) -> float:  # noqa: ANN401
    return float(abs(box.right - box.left) if sideways else abs(box.top - box.bottom))


def _is_bold(text_page: Any, index: int) -> bool:  # noqa: ANN401
    """By the font's flag, its weight or its name: many files tell by only one of them."""
    name, flags = ctypes.create_string_buffer(_LONGEST_FONT_NAME), ctypes.c_int()
    pdfium_c.FPDFText_GetFontInfo(text_page, index, name, _LONGEST_FONT_NAME, flags)
    if flags.value & _FORCE_BOLD or _BOLD_NAME.search(name.value):
        return True
    return bool(pdfium_c.FPDFText_GetFontWeight(text_page, index) >= _BOLD)


def _paragraph_starts(raw: str, lines: list[_RawLine]) -> frozenset[int]:
    """Where in the raw text a paragraph starts, as far as distances, sizes and boldness tell."""
    pairs = list(pairwise(lines))
    gaps = [b.depth - a.depth for a, b in pairs if 0.3 * b.size < b.depth - a.depth < 4 * b.size]
    usual = median(gaps) if gaps else 0.0
    return frozenset(b.start for a, b in pairs if _starts_paragraph(raw, a, b, usual))


def _starts_paragraph(raw: str, before: _RawLine, line: _RawLine, usual: float) -> bool:
    """Whether ``line`` starts a paragraph; at the top of a column it does only after a finished sentence."""
    if line.row or before.row:
        return not (line.row and before.row) or line.row.number == 1
    gap = line.depth - before.depth
    if gap < -line.size:
        return raw[before.start : before.end].rstrip().endswith((".", "!", "?", ":"))
    larger, smaller = max(line.size, before.size), min(line.size, before.size)
    other_face = larger > smaller * _OTHER_SIZE or line.bold != before.bold
    return gap > usual * _WIDER_GAP or (other_face and gap > 0.5 * smaller)


def _normalise(raw: str, paragraph_starts: frozenset[int]) -> tuple[str, tuple[Piece, ...]]:
    """The stored text and its pieces, in order and without gaps in the stored text."""
    parts: list[str] = []
    pieces: list[Piece] = []
    length = done = 0

    def add(part: str, raw_start: int, raw_length: int) -> None:
        nonlocal length
        if part:
            parts.append(part)
            pieces.append(Piece(length, len(part), raw_start, raw_length))
            length += len(part)

    hyphens = LineHyphens(raw, vocabulary() if MARK in raw else frozenset())
    for change in _CHANGES.finditer(raw):
        add(raw[done : change.start()], done, change.start() - done)
        done = change.end()
        add(_replacement(change, raw, paragraph_starts, hyphens), change.start(), done - change.start())
    add(raw[done:], done, len(raw) - done)
    return "".join(parts), tuple(pieces)


def _replacement(change: re.Match[str], raw: str, paragraph_starts: frozenset[int], hyphens: LineHyphens) -> str:
    """What a person reads in place of what PDFium says."""
    if change.lastgroup == "break":
        apart = change.end() in paragraph_starts or len(change[0].splitlines()) > 1
        return "\n\n" if apart else "\n"
    if change.lastgroup == "hyphen":
        before, after = (
            raw[max(change.start() - _LONGEST_WORD, 0) : change.start()],
            raw[change.end() :][:_LONGEST_WORD],
        )
        return hyphens.between("".join(before.split()[-1:]), "".join(after.split()[:1]))
    if change.lastgroup == "cell":
        return "\t"
    if change.lastgroup == "ligature":
        return _LIGATURES[change[0]]
    return " " if change.lastgroup == "space" else ""


def _stored_lines(text: str, pieces: tuple[Piece, ...], lines: list[_RawLine]) -> tuple[PdfLine, ...]:
    """The lines of the stored text, each with the measures of the raw line it began in."""
    starts = [line.start for line in lines]
    found: list[PdfLine] = []
    for line in re.finditer(r"[^\n]+", text):
        raw_start, _ = _laid_span(pieces, line.start(), line.start() + 1)
        at = max(bisect_right(starts, raw_start) - 1, 0)
        if starts:
            row = lines[at].row
            number, columns = (row.number, row.columns) if row else (None, "")
            found.append(PdfLine(line.start(), line.end(), lines[at].size, lines[at].bold, number, columns))
    return tuple(found)
