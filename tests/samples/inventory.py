"""The sample DOCX: the inventory taken when the tenants moved in, with headings and one table per room."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from tests.samples.story import (
    ACCENT,
    ADDRESS,
    ELECTRICITY_AT_START,
    GAS_AT_START,
    INK,
    LANDLORD,
    MOVED_IN,
    MUTED,
    SHADE,
    TENANTS,
)

if TYPE_CHECKING:
    from docx.document import Document as OpenDocument
    from docx.oxml.table import CT_Row, CT_Tbl
    from docx.table import _Cell

__all__ = ["inventory"]

FONT = "Arial"
WIDTHS = (Cm(4.6), Cm(2.9), Cm(8.7))

INTRODUCTION = (
    f"Taken at {ADDRESS}, on 1 March 2025 from ten to half past eleven in the morning, in daylight, with {LANDLORD}, "
    f"{' and '.join(TENANTS)} present. It describes the flat as it was handed over and is part of the lease agreement."
)
CONDITIONS = (
    "Each item has one of four conditions: new; good, with light signs of use; worn, but working; faulty. "
    "An item without a remark had nothing worth recording."
)

ROOMS = (
    (
        "Hall",
        (
            ("Front door", "Good", "Three-point lock, turns freely; spyhole clear"),
            ("Entry phone", "Worn", "Handset yellowed, bell and door opener work"),
            ("Coat rack, 6 hooks", "Good", "One hook slightly bent"),
            ("Smoke alarm", "New", "Tested in everybody’s presence, battery dated 02/2025"),
        ),
    ),
    (
        "Living room",
        (
            ("Oak floor", "Good", "Scratch of 12 cm in front of the balcony door"),
            ("Sofa, grey, 3 seats", "Good", "Faint stain on the left cushion, underside"),
            ("Dining table, 4 chairs", "Worn", "Table top with ring marks; one chair wobbles"),
            ("Balcony door", "Good", "Handle firm, seal complete"),
            ("Walls", "Good", "Painted white in January 2025; four nail holes filled"),
        ),
    ),
    (
        "Kitchen",
        (
            (
                "Worktop, beech",
                "Worn",
                "Scorch mark of 4 cm to the left of the hob; edge swollen beside the sink",
            ),
            ("Gas hob, 4 burners", "Good", "All burners light; one knob replaced, not matching"),
            ("Oven", "Good", "Clean; lamp works; two racks, one tray"),
            ("Fridge-freezer", "Good", "Second drawer of the freezer cracked"),
            ("Washing machine", "Worn", "Door seal brittle at the bottom, no leak during a short wash"),
            ("Extractor hood", "Good", "Filter new"),
        ),
    ),
    (
        "Bedroom",
        (
            ("Bed, 160 × 200 cm", "Good", "Mattress bought in 2023, with cover"),
            ("Wardrobe, 3 doors", "Good", "Right-hand door sticks when closing"),
            ("Carpet, blue", "Good", "Cleaned on 26 February 2025; no stains"),
            ("Curtain rail", "Worn", "Bracket on the window side loose"),
        ),
    ),
    (
        "Bathroom",
        (
            ("Bath and shower screen", "Good", "Sealant renewed; screen without scratches"),
            ("Basin", "Good", "Hairline crack of 2 cm near the overflow"),
            ("Mirror cabinet", "Good", "Light works"),
            ("Toilet", "Good", ""),
            ("Extractor fan", "Faulty", "Runs, but rattles; the landlord will have it replaced by 31 March 2025"),
        ),
    ),
)

CORRECTIONS = (
    "The basin tap drips when the hot side is closed without force.",
    "The middle door of the wardrobe has two scratches, each about 5 cm long, on the inside.",
    "One of the two cellar keys does not turn in its lock.",
)


def inventory() -> bytes:
    """The finished document, as python-docx writes it."""
    document = Document()
    _set_up(document)
    document.add_paragraph("Check-in inventory", style="Title")
    document.add_paragraph(ADDRESS, style="Subtitle")
    document.add_paragraph(INTRODUCTION)
    document.add_paragraph(CONDITIONS)
    _add_meters_and_keys(document)
    document.add_heading("Rooms", level=1)
    for room, items in ROOMS:
        document.add_heading(room, level=2)
        _add_table(document, ("Item", "Condition", "Remarks"), items)
    _add_corrections(document)
    target = BytesIO()
    document.save(target)
    return target.getvalue()


def _set_up(document: OpenDocument) -> None:
    """Paper, margins, styles and properties."""
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.4)
    section.top_margin = section.bottom_margin = Cm(2.2)
    _style(document, "Normal", size=10, colour=INK, after=6)
    _style(document, "Title", size=24, colour=INK, after=2)
    _style(document, "Subtitle", size=11, colour=MUTED, after=14)
    _style(document, "Heading 1", size=14, colour=ACCENT, after=6, before=16)
    _style(document, "Heading 2", size=11, colour=INK, after=4, before=12)
    _style(document, "List Number", size=10, colour=INK, after=3)
    for name in ("Title", "Heading 1", "Heading 2"):
        document.styles[name].font.bold = True
    _drop_rule_below(document, "Title")
    moment = datetime.combine(MOVED_IN, datetime.min.time())
    properties = document.core_properties
    properties.title = "Check-in inventory, Flat 3, 12 Quarry Lane"
    properties.author = LANDLORD
    properties.comments = ""
    properties.language = "en-GB"
    properties.created = properties.modified = moment


def _style(  # noqa: PLR0913  (a style is that many numbers)
    document: OpenDocument, name: str, *, size: float, colour: str, after: float, before: float = 0
) -> None:
    style = document.styles[name]
    style.font.name = FONT
    style.font.size = Pt(size)
    style.font.italic = False
    style.font.color.rgb = RGBColor.from_string(colour)
    style.paragraph_format.space_after = Pt(after)
    style.paragraph_format.space_before = Pt(before)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)


def _drop_rule_below(document: OpenDocument, name: str) -> None:
    """Take away the line that python-docx's template draws under a title."""
    properties = document.styles[name].element.get_or_add_pPr()
    for border in properties.findall(qn("w:pBdr")):
        properties.remove(border)


def _add_meters_and_keys(document: OpenDocument) -> None:
    document.add_heading("Meters and keys", level=1)
    rows = (
        ("Electricity meter", f"{ELECTRICITY_AT_START:,} kWh", "In the hall cupboard, number E 20 551 873"),
        ("Gas meter", f"{GAS_AT_START:,} m³", "In the cellar, number G 4 118 026"),
        ("Street door keys", "2", "Marked with a red dot"),
        ("Flat door keys", "3", ""),
        ("Cellar and bicycle store", "2", "Same key for both"),
        ("Letter box key", "1", ""),
    )
    _add_table(document, ("What", "Amount", "Remarks"), rows)


def _add_corrections(document: OpenDocument) -> None:
    document.add_heading("Corrections by the tenants", level=1)
    document.add_paragraph(
        "Sent to the landlord on 5 March 2025, within the seven days the lease allows, and accepted on 7 March 2025:"
    )
    for correction in CORRECTIONS:
        document.add_paragraph(correction, style="List Number")


def _add_table(document: OpenDocument, header: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> None:
    table = document.add_table(rows=0, cols=len(header), style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.LEFT
    table.autofit = False
    for column, width in zip(table.columns, WIDTHS, strict=True):
        column.width = width
    for position, row in enumerate((header, *rows)):
        for cell, text, width in zip(table.add_row().cells, row, WIDTHS, strict=True):
            cell.width = width
            _fill(cell, text, "header" if position == 0 else "body")
    _lighten_borders(table._tbl)  # python-docx has no call for borders
    _repeat_header(table.rows[0]._tr)


def _fill(cell: _Cell, text: str, kind: str) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(3)
    run = paragraph.add_run(text)
    run.font.size = Pt(9.5)
    if kind == "header":
        run.font.bold = True
        run.font.color.rgb = RGBColor.from_string(ACCENT)
        shading = OxmlElement("w:shd")
        shading.set(qn("w:val"), "clear")
        shading.set(qn("w:fill"), SHADE)
        cell._tc.get_or_add_tcPr().append(shading)


def _lighten_borders(table: CT_Tbl) -> None:
    """Leave thin lines between rows only."""
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        line = OxmlElement(f"w:{side}")
        line.set(qn("w:val"), "single" if side in {"insideH", "bottom"} else "nil")
        line.set(qn("w:sz"), "4")
        line.set(qn("w:color"), "D5DBDA")
        borders.append(line)
    table.tblPr.append(borders)


def _repeat_header(row: CT_Row) -> None:
    """Mark a row as the header, for readers aloud and for tables that run over a page."""
    row.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
