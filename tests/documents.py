"""Makers of the files that tests read: small, real, and awkward in one known way each."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import TYPE_CHECKING

from docx import Document
from openpyxl import Workbook
from pptx import Presentation
from pptx.util import Inches
from pypdf import PdfReader, PdfWriter
from pypdf.generic import RectangleObject
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

__all__ = [
    "LEASE",
    "make_bomb",
    "make_commented_pdf",
    "make_contract_pdf",
    "make_cropped_pdf",
    "make_csv",
    "make_docx",
    "make_encrypted_pdf",
    "make_form_pdf",
    "make_handbook_pdf",
    "make_pdf",
    "make_pptx",
    "make_rotated_pdf",
    "make_scan_pdf",
    "make_slow_pdf",
    "make_two_column_pdf",
    "make_xlsx",
]

LEASE = (
    "The monthly rent is 950 euros and is due on the third working day.",
    "Either party may end this lease with three months' notice in writing.",
    "The deposit of 1,900 euros is returned within six weeks of moving out.",
)
"""Three sentences that the PDFs below say, whatever else is wrong with them."""
_MARGIN = 72
_LEADING = 15
_FONT = "Helvetica"


def make_pdf(path: Path, pages: Iterable[Sequence[str]], *, title: str = "", size: tuple[float, float] = A4) -> Path:
    """A PDF with these lines on its pages, paragraphs apart where a line is empty."""
    canvas = _canvas(path, title, size)
    for lines in pages:
        _write(canvas, lines, _MARGIN, size[1] - _MARGIN)
        canvas.showPage()
    canvas.save()
    return path


def make_contract_pdf(path: Path, *, title: str = "Lease of 12 Mill Lane") -> Path:
    """Two pages with a title, headings in larger type, an outline and the page labels i and ii."""
    canvas = _canvas(path, title, A4)
    sections = (("Rent", LEASE[0]), ("Termination", LEASE[1]))
    for number, (heading, text) in enumerate(sections):
        if not number:
            canvas.addPageLabel(0, style="ROMAN_LOWER")
        canvas.setFont(f"{_FONT}-Bold", 18)
        canvas.drawString(_MARGIN, A4[1] - _MARGIN, heading)
        canvas.bookmarkPage(heading)
        canvas.addOutlineEntry(heading, heading, level=0)
        _write(canvas, [text, LEASE[2]], _MARGIN, A4[1] - _MARGIN - 40)
        canvas.showPage()
    canvas.save()
    return path


def make_handbook_pdf(path: Path, *, pages: int) -> Path:
    """Pages with the running title "Handbook", a large heading, a bold one and text; no outline."""
    canvas = _canvas(path, "", A4)
    top = A4[1] - _MARGIN
    for number in range(1, pages + 1):
        for depth, size, text in (
            (0, 14, "Handbook"),
            (40, 20, f"Chapter {number}"),
            (160, 11, f"Details of {number}"),
        ):
            canvas.setFont(f"{_FONT}-Bold", size)
            canvas.drawString(_MARGIN, top - depth, text)
        _write(canvas, LEASE, _MARGIN, top - 80)
        _write(canvas, LEASE, _MARGIN, top - 200)
        canvas.showPage()
    canvas.save()
    return path


def make_cropped_pdf(path: Path) -> Path:
    """A page of which only a window away from every edge is shown."""
    writer = _rewritten(make_pdf(path, [LEASE]))
    writer.pages[0].cropbox = RectangleObject((50, 500, 560, 800))
    return _save(writer, path)


def make_rotated_pdf(path: Path) -> Path:
    """A page that is shown turned by a quarter."""
    writer = _rewritten(make_pdf(path, [LEASE]))
    writer.pages[0].rotate(90)
    return _save(writer, path)


def make_two_column_pdf(path: Path) -> Path:
    """A page whose first sentences run from the foot of the left column to the head of the right one."""
    canvas = _canvas(path, "", A4)
    words = " ".join(LEASE).split()
    lines = [" ".join(words[at : at + 4]) for at in range(0, len(words), 4)]
    half = len(lines) // 2
    _write(canvas, lines[:half], _MARGIN, 700)
    _write(canvas, lines[half:], _MARGIN + 250, 700)
    canvas.save()
    return path


def make_encrypted_pdf(path: Path, *, key: str) -> Path:
    """A PDF that only opens with this key as its password."""
    writer = _rewritten(make_pdf(path, [LEASE]))
    writer.encrypt(key, algorithm="AES-256")
    return _save(writer, path)


def make_form_pdf(path: Path) -> Path:
    """A form whose field "tenant" has been filled in with "Ada Lovelace"."""
    canvas = _canvas(path, "", A4)
    _write(canvas, LEASE[:1], _MARGIN, A4[1] - _MARGIN)
    canvas.acroForm.textfield(name="tenant", value="Ada Lovelace", x=100, y=600, width=200, height=20)
    canvas.save()
    return path


def make_commented_pdf(path: Path) -> Path:
    """A page on which somebody left the comment "Ask about the cellar"."""
    canvas = _canvas(path, "", A4)
    _write(canvas, LEASE[:1], _MARGIN, A4[1] - _MARGIN)
    canvas.textAnnotation("Ask about the cellar", Rect=(100, 600, 120, 620))
    canvas.save()
    return path


def make_scan_pdf(path: Path) -> Path:
    """A page with a drawing and no text."""
    canvas = _canvas(path, "", A4)
    canvas.rect(100, 100, 200, 300, fill=1)
    canvas.save()
    return path


def make_slow_pdf(path: Path) -> Path:
    """A page whose text takes PDFium several seconds."""
    canvas = _canvas(path, "", A4)
    canvas.beginForm("lines")
    text = canvas.beginText(_MARGIN, 700)
    text.setFont(_FONT, 1)
    for _ in range(5_000):
        text.textOut("slow ")
    canvas.drawText(text)
    canvas.endForm()
    for _ in range(200):
        canvas.doForm("lines")
    canvas.save()
    return path


def make_docx(path: Path) -> Path:
    """A document with headings of two levels, a list and a table, in that order."""
    document = Document()
    document.core_properties.title = "House rules"
    document.add_heading("Noise", level=1)
    document.add_paragraph("Quiet hours are from ten in the evening to six in the morning.")
    document.add_heading("Parties", level=2)
    document.add_paragraph("Tell the neighbours", style="List Bullet")
    document.add_paragraph("End by midnight", style="List Bullet")
    document.add_heading("Costs", level=1)
    table = document.add_table(rows=0, cols=2)
    for row in (("Item", "Amount"), ("Rent", "950"), ("Heating", "120")):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    document.add_paragraph("All amounts are in euros.")
    document.save(str(path))
    return path


def make_pptx(path: Path) -> Path:
    """Two slides: one with a list and notes, one with a table."""
    presentation = Presentation()
    first = presentation.slides.add_slide(presentation.slide_layouts[1])
    first.shapes.title.text = "Plan for the year"
    first.placeholders[1].text = "Paint the stairs\nReplace the boiler"
    first.notes_slide.notes_text_frame.text = "The boiler is from 1998."
    second = presentation.slides.add_slide(presentation.slide_layouts[5])
    second.shapes.title.text = "Budget"
    table = second.shapes.add_table(2, 2, Inches(1), Inches(2), Inches(6), Inches(1)).table
    for at, text in enumerate(("Work", "Price", "Boiler", "4,200")):
        table.cell(at // 2, at % 2).text = text
    presentation.save(str(path))
    return path


def make_xlsx(path: Path, sheets: dict[str, Sequence[Sequence[object]]]) -> Path:
    """A workbook with these rows on its sheets."""
    workbook = Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    workbook.save(path)
    return path


def make_bomb(path: Path) -> Path:
    """A small archive with one entry of 300 MB."""
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("word/document.xml", "w") as entry,
    ):
        for _ in range(300):
            entry.write(bytes(1 << 20))
    return path


def make_csv(path: Path, rows: Sequence[Sequence[str]], *, delimiter: str = ",", encoding: str = "utf-8") -> Path:
    """A table as text."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter).writerows(rows)
    path.write_bytes(buffer.getvalue().encode(encoding))
    return path


def _canvas(path: Path, title: str, size: tuple[float, float]) -> Canvas:
    canvas = Canvas(str(path), pagesize=size, invariant=1)
    if title:
        canvas.setTitle(title)
    return canvas


def _write(canvas: Canvas, lines: Iterable[str], left: float, top: float) -> None:
    canvas.setFont(_FONT, 11)
    for number, line in enumerate(lines):
        canvas.drawString(left, top - number * _LEADING, line)


def _rewritten(path: Path) -> PdfWriter:
    return PdfWriter(clone_from=PdfReader(io.BytesIO(path.read_bytes())))


def _save(writer: PdfWriter, path: Path) -> Path:
    writer.write(path)
    return path
