"""Presentations (PPTX and its kin): a slide is a page; its title is its heading, and its notes are read with it.

Charts are read as the tables they are drawn from, and diagrams as the words in them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from pptx.exc import PythonPptxError
from pptx.opc.package import PartFactory
from pptx.oxml import parse_xml
from pptx.oxml.ns import qn
from pptx.package import Package
from pptx.parts.presentation import PresentationPart
from pptx.shapes.group import GroupShape

from rag.errors import DamagedFile, NothingToRead
from rag.reading.archives import check_archive
from rag.reading.blocks import Reading
from rag.reading.charts import chart_rows, chart_title
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
_ONE_LINE_TALL = 180_000
"""Shapes whose upper edges lie nearer than this (half a centimetre) are read from left to right."""
_PAGE_NUMBER = ".//a:fld[@type='slidenum']"
_DIAGRAM = (
    qn("a:graphic") + "/" + qn("a:graphicData") + "/{http://schemas.openxmlformats.org/drawingml/2006/diagram}relIds"
)

# The library opens presentations alone, but slide shows and templates are made of the same parts.
for _kind in ("slideshow", "template"):
    PartFactory.part_type_for[f"application/vnd.openxmlformats-officedocument.presentationml.{_kind}.main+xml"] = (
        PresentationPart
    )
    PartFactory.part_type_for[f"application/vnd.ms-powerpoint.{_kind}.macroEnabled.main+xml"] = PresentationPart


def read_slides(path: Path, name: str) -> Reading:
    """Open a PPTX file."""
    check_archive(path, name)
    try:
        presentation = Package.open(str(path)).presentation_part.presentation
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
    for shape in sorted(shapes, key=lambda each: ((each.top or 0) // _ONE_LINE_TALL, each.left or 0)):
        if isinstance(shape, GroupShape):
            yield from _reading_order(shape.shapes)
        else:
            yield shape


def _write_shape(shape: Any, writer: PageWriter) -> None:  # noqa: ANN401
    if shape.has_text_frame:
        if not shape.element.xpath(_PAGE_NUMBER):
            writer.paragraph(shape.text_frame.text)
    elif getattr(shape, "has_table", False):
        rows = [(number, [cell.text for cell in row.cells]) for number, row in enumerate(shape.table.rows, start=1)]
        _write_rows(rows, writer, header_marked=shape.table.first_row)
    else:
        _write_drawing(shape, writer)


def _write_drawing(shape: Any, writer: PageWriter) -> None:  # noqa: ANN401
    """A chart or a diagram, which lie in parts of their own; one whose part is missing costs only itself."""
    try:
        if getattr(shape, "has_chart", False):
            _write_chart(parse_xml(shape.chart_part.blob), writer)
        elif (diagram := shape.element.find(_DIAGRAM)) is not None:
            _write_diagram(shape.part.related_part(diagram.get(qn("r:dm"))), writer)
    except KeyError:
        return


def _write_rows(rows: list[tuple[int, list[str]]], writer: PageWriter, *, header_marked: bool) -> None:
    for number, row in described_rows(rows, header_marked=header_marked):
        writer.row(row, number)


def _write_chart(chart: Any, writer: PageWriter) -> None:  # noqa: ANN401
    writer.paragraph(chart_title(chart))
    _write_rows(list(enumerate(chart_rows(chart), start=1)), writer, header_marked=True)


def _write_diagram(part: Any, writer: PageWriter) -> None:  # noqa: ANN401
    """The words of a diagram, one paragraph for each of its boxes."""
    for point in parse_xml(part.blob).iter("{http://schemas.openxmlformats.org/drawingml/2006/diagram}pt"):
        writer.item("".join(text.text or "" for text in point.iter(qn("a:t"))))
