"""Rich text (RTF): headings, lists and tables in their order, then notes, comments, headers and footers.

How its characters are encoded is striprtf's to know; what a paragraph is, ``rag/reading/rtf_source.py`` has marked.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from striprtf.striprtf import rtf_to_text

from rag.errors import DamagedFile, FileTooLarge, NothingToRead
from rag.reading.asides import Asides
from rag.reading.blocks import Reading
from rag.reading.headings import worded_rank
from rag.reading.rtf_source import CELL, HEADING, ITEM, LINE, NEXT, ROW, ROW_BEGINS, take_apart
from rag.reading.tables import described_rows
from rag.reading.titles import choose_title
from rag.reading.writer import PageWriter

if TYPE_CHECKING:
    from pathlib import Path

    from rag.reading.rtf_source import RtfSource

__all__ = ["read_rtf"]

_BEGINNING = b"{\\rtf"
_LARGEST = 200_000_000
_LONGEST = 20_000_000
"""Of what is left without pictures, in characters: two thousand full pages."""
_USUAL = "cp1252"
_MARK = re.compile(f"{HEADING}[0-9]|[{CELL}{ROW_BEGINS}{ROW}{ITEM}]")


def read_rtf(path: Path, name: str) -> Reading:
    """Open an RTF file; it has no pages, so all of it is one."""
    if path.stat().st_size > _LARGEST:
        raise FileTooLarge(name, f"more than {_LARGEST:,} bytes")
    data = path.read_bytes()
    if _BEGINNING not in data[:1024]:
        raise DamagedFile(name, "no rich text")
    source = take_apart(data)
    writer = PageWriter()
    _Lines(writer).through(_decoded(source, source.running(), name))
    asides, title = _asides(source, writer, name)
    asides.write(writer)
    if writer.blank:
        raise NothingToRead(name, "no text")
    return Reading(choose_title(title, name), None, None, iter([writer.finish(1)]))


def _decoded(source: RtfSource, rich: str, name: str) -> str:
    """Rich text as text; two halves of one character, as old programs write them, are put together."""
    if len(rich) > _LONGEST:
        raise FileTooLarge(name, f"more than {_LONGEST:,} characters")
    try:
        text = rtf_to_text(  # type: ignore[no-untyped-call]
            rich, encoding=source.defaults.get("encoding", _USUAL), errors="replace"
        )
    except (ValueError, LookupError) as error:
        raise DamagedFile(name, f"{type(error).__name__}: {error}") from error
    return str(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


def _asides(source: RtfSource, writer: PageWriter, name: str) -> tuple[Asides, str]:
    """What stands beside the text, and the title; text boxes are written at once."""
    asides, title, author = Asides(), "", ""
    texts = _decoded(source, source.beside(), name).split(NEXT)
    for (kind, _), text in zip(source.asides, texts, strict=False):
        plain = _without_marks(text)
        match kind:
            case "footnote":
                asides.notes.append(plain)
            case "atnauthor":
                author = plain
            case "annotation":
                asides.comments.append((author, plain))
            case "header" | "footer":
                (asides.headers if kind == "header" else asides.footers).append(plain)
            case "title":
                title = plain
            case _:
                _Lines(writer).through(text)
    return asides, title


class _Lines:
    """One way through marked text, paragraph by paragraph and row by row."""

    def __init__(self, writer: PageWriter) -> None:
        self._writer = writer
        self._rows: list[list[str]] = []

    def through(self, text: str) -> None:
        """Write all of it."""
        for stretch in text.split(ROW):
            before, row = _parted(stretch)
            if before.strip():
                self._end_table()
                self._write_lines(before)
            if row.strip():
                self._take_row(row)
        self._end_table()

    def _take_row(self, row: str) -> None:
        """A row of cells, or text after a table that promised another row."""
        *cells, rest = row.split(CELL)
        if cells:
            self._rows.append([_without_marks(cell) for cell in cells])
        if rest.strip():
            self._end_table()
            self._write_lines(rest)

    def _end_table(self) -> None:
        for number, row in described_rows(list(enumerate(self._rows, start=1))):
            self._writer.row(row, number)
        self._rows = []

    def _write_lines(self, text: str) -> None:
        for line in text.split("\n"):
            plain = _without_marks(line)
            _, is_heading, ranked = line.partition(HEADING)
            if is_heading:
                self._writer.heading(int(ranked[0]), plain)
            elif ITEM in line:
                bullet, _, item = line.partition(ITEM)[2].partition("\t")
                named = any(character.isalnum() for character in bullet)
                self._writer.item(f"{bullet} {item}" if named else item)
            elif (rank := worded_rank(plain)) is not None:
                self._writer.heading(rank, plain)
            else:
                self._writer.paragraph("\n".join(map(_without_marks, line.split(LINE))))


def _parted(stretch: str) -> tuple[str, str]:
    """What stands before a row, and the row; where that does not say where it begins, its first cell's line does."""
    if ROW_BEGINS in stretch:
        before, _, row = stretch.partition(ROW_BEGINS)
        return before, row
    at = stretch.rfind("\n", 0, stretch.find(CELL)) + 1 if CELL in stretch else len(stretch)
    return stretch[:at], stretch[at:]


def _without_marks(text: str) -> str:
    """The text on one line, without marks of structure."""
    return " ".join(_MARK.sub(" ", text).split())
