"""A PDF page's raw text in the order in which a person reads it: the rows of its tables made whole, cell by cell.

PDFium says the words as the file draws them, which in a table may be column by column. Here the words are measured,
the tables among them are found, and the raw text is laid out anew, with the way back to where each stretch stands in
PDFium's own. It knows nothing of paragraphs or headings.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import pypdfium2.raw as pdfium_c

from rag.line_hyphens import MARK
from rag.pdfium_rules import rules_of, turned
from rag.table_layout import may_hold_tables, tables_of
from rag.table_parts import LEADER, Word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rag.table_parts import Table

__all__ = ["CELL_END", "LaidRow", "Layout", "Run", "laid_out"]

CELL_END = "\ufdd0"
"""Stands between the cells of a row; no text has it, as Unicode keeps it from being a character."""
_WORD = re.compile(r"[.…_]{4,}|(?:(?![.…_]{4})[^\s\ufffe\ufdd0])+\ufffe?")
"""Dots that lead the eye are a word of their own, even where no space parts them from the word before."""
_FEWEST_WORDS = 6
_MOST_WORDS = 20_000
_QUARTER = math.pi / 2
_UPRIGHT = 0.02
"""Quarter turns that a word may be off and still count as set along the page."""
_BREAK = "\r\n"


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of the laid out text and where it begins in PDFium's; what was put between has no run."""

    start: int
    length: int
    raw_start: int


@dataclass(frozen=True, slots=True)
class LaidRow:
    """A row ``text[start:end]`` of a table, its number from 1, and the names of its columns."""

    start: int
    end: int
    number: int
    columns: str


@dataclass(frozen=True, slots=True)
class Layout:
    """The page's raw text as laid out."""

    text: str
    runs: tuple[Run, ...]
    rows: tuple[LaidRow, ...] = ()

    def raw_spans(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Where ``text[start:end]`` stands in PDFium's text, stretch by stretch."""
        at = max(bisect_right(self.runs, start, key=lambda run: run.start) - 1, 0)
        for run in self.runs[at:]:
            if run.start >= end:
                break
            low, high = max(start, run.start), min(end, run.start + run.length)
            if low < high:
                yield run.raw_start + low - run.start, run.raw_start + high - run.start

    def raw_at(self, position: int) -> int:
        """Where the character at ``position`` stands in PDFium's text; the one before it, where it was put there."""
        at = max(bisect_right(self.runs, position, key=lambda run: run.start) - 1, 0)
        run = self.runs[at]
        return run.raw_start + min(position - run.start, max(run.length - 1, 0))


def laid_out(text_page: Any, raw: str) -> Layout:  # noqa: ANN401  (pypdfium2 ships no types)
    """The text of a pypdfium2 ``PdfTextPage`` with its tables in rows."""
    printed = list(_WORD.finditer(raw))
    tables: list[Table] = []
    if _FEWEST_WORDS <= len(printed) <= _MOST_WORDS:
        quarter, words = _measured(text_page, printed)
        if may_hold_tables(words):
            tables = tables_of(words, rules_of(text_page.page, quarter))
    return _laid(raw, tables) if tables else Layout(raw, (Run(0, len(raw), 0),))


def _measured(text_page: Any, printed: list[re.Match[str]]) -> tuple[int, list[Word]]:  # noqa: ANN401
    """In how many quarter turns most words of the page are set, and those words where they stand."""
    box = pdfium_c.FS_RECTF()
    found: dict[int, list[Word]] = {0: []}
    for match in printed:
        first = pdfium_c.FPDFText_GetCharIndexFromTextIndex(text_page, match.start())
        turns = pdfium_c.FPDFText_GetCharAngle(text_page, first) / _QUARTER
        if abs(turns - round(turns)) > _UPRIGHT or not pdfium_c.FPDFText_GetLooseCharBox(text_page, first, box):
            continue
        edges = box.left, box.bottom, box.right, box.top
        text = match[0].rstrip(MARK)
        if len(text) > 1:
            pdfium_c.FPDFText_GetLooseCharBox(text_page, first + len(text) - 1, box)
            edges = (
                min(edges[0], box.left),
                min(edges[1], box.bottom),
                max(edges[2], box.right),
                max(edges[3], box.top),
            )
        quarter = round(turns) % 4
        found.setdefault(quarter, []).append(Word(match.start(), match.end(), text, *turned(quarter, *edges)))
    quarter = max(found, key=lambda each: len(found[each]))
    return quarter, [word for word in found[quarter] if word.right > word.left and word.bottom > word.top]


def _laid(raw: str, tables: list[Table]) -> Layout:
    """The raw text, each table in one piece where its first word stands."""
    table_of = {word.start: table for table in tables for row in table.rows for cell in row for word in cell}
    writer = _Writer(raw)
    done, latest = 0, None
    for match in _WORD.finditer(raw):
        table = table_of.get(match.start())
        if table is None and not (latest and LEADER.fullmatch(match[0])):
            latest = None
        elif table is not None and table is not latest:
            writer.copy(done, match.start())
            writer.table(table)
            latest = table
        if latest is not None:
            done = match.end()
    writer.copy(done, len(raw))
    return writer.layout()


class _Writer:
    """Puts the text together from stretches of the raw one."""

    def __init__(self, raw: str) -> None:
        self._raw = raw
        self._parts: list[str] = []
        self._runs: list[Run] = []
        self._rows: list[LaidRow] = []
        self._written: set[int] = set()
        self._length = 0

    def copy(self, start: int, end: int) -> None:
        """A stretch of the raw text as it is."""
        if start < end:
            self._runs.append(Run(self._length, end - start, start))
            self._put(self._raw[start:end])

    def table(self, table: Table) -> None:
        """All rows of a table, the first time that it is met."""
        self._put(_BREAK)
        if id(table) in self._written:
            return
        self._written.add(id(table))
        columns = table.names
        for number, row in enumerate(table.rows, start=1):
            filled = [index for index, cell in enumerate(row) if cell]
            start = self._length
            for index in range(filled[0], filled[-1] + 1) if filled else ():
                self._put(CELL_END if index > filled[0] else "")
                self._cell(row[index])
            self._rows.append(LaidRow(start, self._length, number, columns))
            self._put(_BREAK)

    def layout(self) -> Layout:
        """What has been put together."""
        return Layout("".join(self._parts), tuple(self._runs), tuple(self._rows))

    def _cell(self, words: tuple[Word, ...]) -> None:
        for word, following in zip_longest(words, words[1:]):
            self.copy(word.start, word.end)
            if following is not None and self._raw[word.end - 1] != MARK:
                self._put(" ")

    def _put(self, part: str) -> None:
        self._parts.append(part)
        self._length += len(part)
