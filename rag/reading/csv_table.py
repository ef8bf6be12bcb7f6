"""Tables as text (CSV, TSV): encoding and delimiter are found, and every row says its column names."""

from __future__ import annotations

import csv
import re
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from rag.errors import DamagedFile, NothingToRead
from rag.reading.blocks import Reading
from rag.reading.encodings import decode
from rag.reading.tables import described_rows
from rag.reading.titles import title_from_name
from rag.reading.writer import PageWriter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["read_csv"]

_DELIMITERS = "\t;|,"
"""The one in the middle of numbers last, which others leave in peace."""
_LONGEST_FIELD = 2**31 - 1
_SAMPLE = 100_000
_SAMPLE_LINES = 50
_SAYS_ITS_DELIMITER = re.compile(r"sep=(.)\n")


def read_csv(path: Path, name: str) -> Reading:
    """Open a CSV or TSV file; it has no pages, so all of it is one."""
    text = decode(path.read_bytes(), name)
    csv.field_size_limit(_LONGEST_FIELD)
    said = _SAYS_ITS_DELIMITER.match(text)
    begin, delimiter = (said.end(), said[1]) if said else (0, _delimiter(text))
    writer = _written(text, begin, delimiter, name)
    if writer.blank:
        raise NothingToRead(name, "no values")
    return Reading(title_from_name(name), None, None, iter([writer.finish(1)]))


def _written(text: str, begin: int, delimiter: str, name: str) -> PageWriter:
    """The table's rows, by the rules of quotation marks; where it breaks them, in the way that parts it better."""
    try:
        return _rows_written(csv.reader(_lines(text, begin), delimiter=delimiter, strict=True))
    except csv.Error:
        ways = (partial(_quoted, text, begin, delimiter), partial(_unquoted, text, begin, delimiter))
    try:
        return _rows_written(max(ways, key=lambda rows: _agreement(rows()))())
    except csv.Error as error:
        raise DamagedFile(name, str(error)) from error


def _quoted(text: str, begin: int, delimiter: str) -> Iterator[list[str]]:
    """Rows with quotation marks as they may be: cells with lines in them are whole."""
    return csv.reader(_lines(text, begin), delimiter=delimiter)


def _unquoted(text: str, begin: int, delimiter: str) -> Iterator[list[str]]:
    """Rows by their lines alone: one mark that is never closed swallows nothing."""
    for row in csv.reader(_lines(text, begin), delimiter=delimiter, quoting=csv.QUOTE_NONE):
        yield [cell.strip('"') for cell in row]


def _agreement(rows: Iterator[list[str]]) -> tuple[float, int]:
    """How many of the rows have the usual number of cells, as a share and as a number."""
    widths = Counter(map(len, rows))
    usual = max(widths.values(), default=0)
    return usual / max(widths.total(), 1), usual


def _lines(text: str, begin: int) -> Iterator[str]:
    """The lines one by one, as a huge table would not like to be in memory once more."""
    while begin < len(text):
        end = text.find("\n", begin) + 1 or len(text)
        yield text[begin:end]
        begin = end


def _rows_written(rows: Iterable[list[str]]) -> PageWriter:
    writer = PageWriter()
    for number, row in described_rows(enumerate(rows, start=1)):
        writer.row(row, number)
    return writer


def _delimiter(text: str) -> str:
    """The mark that parts most of the first lines into the same number of cells, more than one."""
    lines = [line for line in text[:_SAMPLE].split("\n")[:_SAMPLE_LINES] if line.strip()]

    def agreement(mark: str) -> int:
        counts = [len(row) for row in csv.reader(lines, delimiter=mark)]
        usual = max(counts, key=counts.count, default=1)
        return counts.count(usual) if usual > 1 else 0

    return max(_DELIMITERS, key=agreement)
