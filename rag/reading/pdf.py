"""PDF: pages are taken from the open file a few at a time; here their lines become paragraphs and headings.

Pages whose text says nothing are read from their pictures, one by one, when they are asked for.
Headings are the document's own outline where it has one, and otherwise lines that are set larger or bolder than the
text.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from rag.errors import NothingToRead
from rag.pdf_file import PdfFile
from rag.reading.blocks import Block, BlockKind, Reading, ReadPage
from rag.reading.headings import HeadingPath
from rag.reading.pdf_headings import headings_of
from rag.reading.pictures import nothing_in, seen_on
from rag.reading.titles import choose_title
from storage.records import Page, PageUnit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from rag.reading.blocks import Attachment
    from rag.reading.pdf_headings import Headings, PageHeadings
    from rag.reading_messages import PdfFacts, PdfPage

__all__ = ["read_pdf"]

_TITLE_LINES = 3
_PAGES_AT_ONCE = 16
_CAPTION_LINES = 3
"""A longer paragraph above a table is no caption of it."""


def read_pdf(path: Path, name: str, password: str | None = None) -> Reading:
    """Open a PDF; PasswordNeeded and DamagedFile as ``rag/pdf_file.py`` says, NothingToRead where no word is found."""
    pdf = PdfFile(path, name, password)
    facts = pdf.facts()
    if not facts.pages:
        raise NothingToRead(name, "no pages")
    batches = _batches(pdf, facts.pages)
    first = next(batches)
    title = choose_title(facts.title, name, _largest_words(first[0]))
    annotated: list[int] = []
    pages = _read_pages(pdf, name, facts, chain([first], batches), annotated)
    return Reading(title, PageUnit.PAGE, facts.pages, pages, _attachments(pdf, annotated))


def _attachments(pdf: PdfFile, annotated: list[int]) -> Iterator[Attachment]:
    """The files inside it; which pages are annotated is known once all have been read."""
    yield from pdf.attachments(annotated)


def _read_pages(
    pdf: PdfFile, name: str, facts: PdfFacts, batches: Iterable[tuple[PdfPage, ...]], annotated: list[int]
) -> Iterator[ReadPage]:
    """All pages; the file is closed after the last. Those that have notes are put down in ``annotated``."""
    path_so_far = HeadingPath()
    headings = headings_of(facts)
    empty, unread = True, False
    for batch in batches:
        headings.prepare(batch)
        noted = [page.number for page in batch if page.annotated]
        notes = pdf.notes(noted) if noted else {}
        annotated += noted
        for page in batch:
            read, path_at_end = _read_page(pdf, page, headings, path_so_far)
            path_so_far = headings.carried_over(path_at_end, page)
            read = _with_notes(read, notes.get(page.number, ()))
            empty, unread = empty and not read.blocks, unread or read.page.unread
            yield read
    pdf.close()
    if empty:
        raise nothing_in(name, unread=unread)


def _batches(pdf: PdfFile, pages: int) -> Iterator[tuple[PdfPage, ...]]:
    """A few pages at a time: what a heading looks like is told from the pages around it."""
    for first in range(1, pages + 1, _PAGES_AT_ONCE):
        yield tuple(pdf.page(number) for number in range(first, min(first + _PAGES_AT_ONCE, pages + 1)))


def _read_page(pdf: PdfFile, page: PdfPage, headings: Headings, path: HeadingPath) -> tuple[ReadPage, HeadingPath]:
    """The page as its text says it, or where that says nothing as its picture does; and the path at its end."""
    blocks, path_at_end = _blocks(page, headings, path)
    read = ReadPage(Page(page.number, page.label, page.text), blocks)
    picture = None if page.telling else pdf.picture(page.number)
    if picture is None:
        return read, path_at_end
    _, path_at_end = _blocks(replace(page, text="", lines=()), headings, path)
    seen = seen_on(picture, page.number, page.label, path_at_end.names)
    if seen.blocks:
        return seen, path_at_end
    return replace(read, page=replace(read.page, unread=seen.page.unread)), path_at_end


def _blocks(page: PdfPage, headings: Headings, path: HeadingPath) -> tuple[tuple[Block, ...], HeadingPath]:
    """The page's headings, paragraphs and rows, and the heading path at its end."""
    marked = headings.on_page(page)
    for heading in marked.unplaced:
        path = path.under(heading.rank, heading.name)
    blocks: list[Block] = []
    captions = _captions(page)
    for first, last in _stretches(page, marked):
        start, end = page.lines[first].start, page.lines[last].end
        printed = marked.placed.get(first)
        if printed:
            path = path.under(printed.rank, printed.name)
        if page.lines[first].row is not None:
            names = _under(path, page.lines[first].columns)
            blocks.append(Block(BlockKind.ROW, start, end, names, page.lines[first].row))
            continue
        names = _under(path, "" if printed or last - first >= _CAPTION_LINES else captions.get(last, ""))
        blocks.append(Block(BlockKind.HEADING if printed else BlockKind.PARAGRAPH, start, end, names))
    return tuple(blocks), path


def _under(path: HeadingPath, columns: str) -> tuple[str, ...]:
    """The path, and innermost the names of the columns."""
    return (*path.names, columns) if columns else path.names


def _captions(page: PdfPage) -> dict[int, str]:
    """The last line of what is said just above each table, and the table's columns: both are to stay together."""
    return {
        index - 1: line.columns
        for index, line in enumerate(page.lines)
        if line.row == 1 and index and page.lines[index - 1].row is None
    }


def _with_notes(read: ReadPage, notes: Sequence[str]) -> ReadPage:
    """The page with what was filled in and remarked on it, each as a paragraph after the printed text."""
    text, blocks = read.page.text, list(read.blocks)
    headings = blocks[-1].headings if blocks else ()
    for note in notes:
        start = len(text) + 2 if text else 0
        text = f"{text}\n\n{note}" if text else note
        blocks.append(Block(BlockKind.PARAGRAPH, start, len(text), headings))
    return ReadPage(replace(read.page, text=text), tuple(blocks))


def _stretches(page: PdfPage, marked: PageHeadings) -> Iterator[tuple[int, int]]:
    """First and last line of each heading, each paragraph and each row."""
    first = 0
    while first < len(page.lines):
        last = marked.placed[first].last if first in marked.placed else first
        if first not in marked.placed and page.lines[first].row is None:
            while last + 1 < len(page.lines) and last + 1 not in marked.placed and not _apart(page, last, last + 1):
                last += 1
        yield first, last
        first = last + 1


def _apart(page: PdfPage, line: int, following: int) -> bool:
    """Whether a blank line stands between two lines."""
    return "\n\n" in page.text[page.lines[line].end : page.lines[following].start]


def _largest_words(page: PdfPage) -> str:
    """The first stretch of lines set largest on the page, where any are larger than the rest; else nothing."""
    sizes = {line.size for line in page.lines}
    largest = max(sizes, default=0.0)
    if largest == min(sizes, default=0.0):
        return ""
    first = next(index for index, line in enumerate(page.lines) if line.size == largest)
    chosen = [line for line in page.lines[first : first + _TITLE_LINES] if line.size == largest]
    return " ".join(page.text[line.start : line.end] for line in chosen)
