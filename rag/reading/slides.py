"""Presentations (PPTX): a slide is a page; its title is its heading, and its notes are read with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from pptx import Presentation
from pptx.exc import PythonPptxError
from pptx.shapes.group import GroupShape

from rag.errors import DamagedFile, NothingToRead
from rag.reading.archives import check_archive
from rag.reading.blocks import Reading
from rag.reading.cleaning import one_line
from rag.reading.tables import described_rows
from rag.reading.titles import choose_title
from rag.reading.writer import PageWriter
from storage.records import PageUnit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from rag.reading.blocks import ReadPage

__all__ = ["read_slides"]

_BROKEN = (PythonPptxError, SyntaxError, BadZipFile, KeyError, ValueError, AttributeError, TypeError, OSError)
"""What python-pptx lets out when a file is not what it should be; a SyntaxError is its XML parser's."""


def read_slides(path: Path, name: str) -> Reading:
    """Open a PPTX file."""
    check_archive(path, name)
    try:
        presentation = Presentation(str(path))
        slides = list(presentation.slides)
        title = str(presentation.core_properties.title or "")
    except _BROKEN as error:
        raise DamagedFile(name, f"{type(error).__name__}: {error}") from error
    if not slides:
        raise NothingToRead(name, "no slides")
    return Reading(choose_title(title, name), PageUnit.SLIDE, len(slides), _pages(slides, name))


def _pages(slides: list[Any], name: str) -> Iterator[ReadPage]:
    empty = True
    for number, slide in enumerate(slides, start=1):
        try:
            page = _page(slide, number)
        except _BROKEN as error:
            raise DamagedFile(name, f"slide {number}: {type(error).__name__}: {error}") from error
        empty = empty and not page.blocks
        yield page
    if empty:
        raise NothingToRead(name, "no text on any slide")


def _page(slide: Any, number: int) -> ReadPage:  # noqa: ANN401  (python-pptx ships no types)
    """One slide: its title, its shapes from top to bottom, its notes."""
    writer = PageWriter()
    title_shape = slide.shapes.title
    title = one_line(title_shape.text_frame.text) if title_shape is not None else ""
    writer.heading(0, title)
    for shape in _reading_order(slide.shapes):
        if title_shape is None or shape.shape_id != title_shape.shape_id:
            _write_shape(shape, writer)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        notes = slide.notes_slide.notes_text_frame.text.strip()
        writer.paragraph(notes and f"Notes: {notes}")
    return writer.finish(number, title)


def _reading_order(shapes: Iterable[Any]) -> Iterator[Any]:
    """Shapes from top to bottom and from left to right, groups taken apart."""
    for shape in sorted(shapes, key=lambda each: (each.top or 0, each.left or 0)):
        if isinstance(shape, GroupShape):
            yield from _reading_order(shape.shapes)
        else:
            yield shape


def _write_shape(shape: Any, writer: PageWriter) -> None:  # noqa: ANN401
    if shape.has_text_frame:
        writer.paragraph(shape.text_frame.text)
    elif getattr(shape, "has_table", False):
        rows = [(number, [cell.text for cell in row.cells]) for number, row in enumerate(shape.table.rows, start=1)]
        for number, row in described_rows(rows, header_marked=shape.table.first_row):
            writer.row(row, number)
