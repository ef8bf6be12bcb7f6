"""Tables as text (CSV, TSV): encoding and delimiter are found, and every row says its column names."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from rag.errors import DamagedFile, NothingToRead
from rag.reading.blocks import Reading
from rag.reading.plain import decode
from rag.reading.tables import described_rows
from rag.reading.titles import title_from_name
from rag.reading.writer import PageWriter

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["read_csv"]

_DELIMITERS = ",;\t|"
_LONGEST_FIELD = 2**31 - 1
_SAMPLE_LINES = 50


def read_csv(path: Path, name: str) -> Reading:
    """Open a CSV or TSV file; it has no pages, so all of it is one."""
    text = decode(path.read_bytes(), name)
    csv.field_size_limit(_LONGEST_FIELD)
    writer = PageWriter()
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
        for number, row in described_rows(enumerate(rows, start=1)):
            writer.row(row, number)
    except csv.Error as error:
        raise DamagedFile(name, str(error)) from error
    if writer.blank:
        raise NothingToRead(name, "no values")
    return Reading(title_from_name(name), None, None, iter([writer.finish(1)]))


def _delimiter(text: str) -> str:
    """The mark that parts most of the first lines into the same number of cells, more than one."""
    lines = [line for line in text.splitlines()[:_SAMPLE_LINES] if line.strip()]

    def agreement(mark: str) -> tuple[int, int]:
        counts = [len(row) for row in csv.reader(lines, delimiter=mark)]
        usual = max(counts, key=counts.count, default=1)
        return (counts.count(usual) if usual > 1 else 0), usual

    return max(_DELIMITERS, key=agreement)
