"""The sample PDF: a lease in plain words, with numbered clauses, real headings, bookmarks and a title."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from reportlab import rl_config
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Frame,
    KeepTogether,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
)

from tests.samples.story import ACCENT, ADDRESS, DEPOSIT, HOME, INK, LANDLORD, MUTED, RENT, SHADE, TENANTS

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas
    from reportlab.platypus import Flowable

__all__ = ["lease"]

PAGES = 3
MARGIN = 27 * mm

KEY_TERMS = (
    ("Landlord", f"{LANDLORD}, 4 Mill Row, Millbrook MB1 7DA"),
    ("Tenants", " and ".join(TENANTS)),
    ("Home", ADDRESS),
    ("First term", "Twelve months, from 1 March 2025 to 28 February 2026"),
    ("Rent", f"£{RENT:,} a month, water included, due on the first day of each month"),
    ("Deposit", f"£{DEPOSIT:,}, held by the Harbour Deposit Scheme"),
)

SECTIONS = f"""
# The home

The landlord lets the home named above to the tenants, with the furniture and appliances listed in the check-in
inventory. The inventory is part of this agreement.

The bicycle store in the yard and the drying room in the basement are shared with the other flats of the house. They
are used with consideration and left free of rubbish.

The tenants have seven days from moving in to send the landlord corrections to the inventory. After that it is taken
to describe the home as it was handed over.

# How long it lasts

The agreement begins on 1 March 2025. The first term is twelve months.

During the first six months neither side can end the agreement early, unless both agree in writing.

If nobody has given notice by the end of the first term, the agreement continues from month to month on the same
conditions.

# Rent

The rent is £{RENT:,} a month. It is paid by standing order so that it reaches the landlord’s account on the first
day of the month.

Rent that arrives more than seven days late carries interest at three per cent a year above the central bank’s base
rate, counted from the day on which it was due.

After the first term the landlord may raise the rent once in any twelve months. The tenants are told in writing at
least two months before, and no increase is more than four per cent.

# Deposit

The tenants pay a deposit of £{DEPOSIT:,} before they receive the keys. Within thirty days the landlord places it
with the Harbour Deposit Scheme and sends the tenants its certificate.

The deposit may be used only for unpaid rent, for damage that goes beyond fair wear and tear, for missing items, and
for cleaning that is needed to bring the home back to the state described in the inventory.

No deduction can be made for a mark, a fault or a missing item that the inventory, or the tenants’ corrections to
it, already recorded.

# Bills and services

The tenants pay for electricity, gas and internet, and the council tax, from the day on which they move in. Water is
included in the rent.

The meter readings taken at check-in and check-out decide where each side’s share of a bill begins and ends.

The tenants may change the supplier of electricity or gas, and tell the landlord which one they have chosen.

# Repairs and upkeep

The landlord keeps in repair the structure and the roof, the windows, the heating and hot water, the wiring and
pipes, and every appliance listed in the inventory.

The tenants report a fault in writing within three days of noticing it. A photograph helps.

The landlord has urgent repairs begun within twenty-four hours: no heating, no hot water, a leak, or a door that
does not lock. Other repairs are begun within fourteen days.

For a fault in one of the landlord’s appliances the tenants may have a repair of up to £100 done without asking
first. The landlord refunds it within thirty days of receiving the receipt.

The tenants replace light bulbs, test the smoke alarms on the first day of each month, clear drains blocked by hair
or grease, and air the rooms so that no mould can form.

# Living in the home

Fish and small caged animals are welcome. A cat or a dog needs the landlord’s written consent, which is not refused
without a good reason and may ask for the carpets to be cleaned at the end.

Between ten at night and seven in the morning the house is kept quiet.

Nobody smokes indoors, on the stairs or in the yard within three metres of a window.

Guests may stay for up to twenty-one nights in a row. The tenants do not sublet the home or a room of it, nor offer
it to holiday guests.

Pictures may be hung with ordinary hooks. Walls may be painted with the landlord’s consent to the colour.

# Visits by the landlord

The landlord, or somebody sent by the landlord, may visit to inspect or repair the home after at least twenty-four
hours’ notice in writing, between nine in the morning and six in the evening.

In an emergency that threatens people or the building the landlord may enter without notice, and tells the tenants
the same day what was done.

# Ending the agreement

Once the first six months have passed, the tenants may end the agreement by giving the landlord at least two
calendar months’ written notice that expires on the last day of a month.

Once the first term has passed, the landlord may end the agreement by giving at least three calendar months’ written
notice, and only in order to sell the home or to live in it.

If rent has been unpaid for more than twenty-one days, the landlord may give fourteen days’ notice; the notice
lapses if the whole sum is paid within that time.

Tenants who leave before their notice expires owe the rent until it does, or until a new tenancy of the home begins,
whichever is sooner.

# Moving out

On the last day both sides walk through the home with the inventory in hand, compare it room by room, read the
meters and sign what they find: this is the check-out inspection.

The landlord returns the deposit within fourteen days of the check-out inspection, less only those deductions that
were agreed or that are supported by a receipt or a written estimate.

A sum on which the two sides cannot agree stays with the Harbour Deposit Scheme until its adjudicator has decided.
This costs neither side anything.

All keys are handed back. A missing key costs £18; a missing key to the street door costs £65, since all the flats
then need new ones.

# Notices

A notice under this agreement is given by hand or by first-class post to the address at the head of it. A notice by
e-mail counts from the day on which the other side confirms that it has arrived.
"""
"""A heading after each #, then its clauses, with blank lines between."""

BODY = ParagraphStyle(
    "body",
    fontName="Times-Roman",
    fontSize=10.8,
    leading=15.4,
    textColor=HexColor(f"#{INK}"),
    leftIndent=11 * mm,
    bulletIndent=0,
    bulletFontName="Helvetica",
    bulletFontSize=8.6,
    spaceAfter=5,
    allowWidows=0,
    allowOrphans=0,
)
INTRODUCTION = ParagraphStyle("introduction", parent=BODY, leftIndent=0, spaceAfter=10)
HEADING = ParagraphStyle(
    "heading",
    fontName="Helvetica-Bold",
    fontSize=12,
    leading=15,
    textColor=HexColor(f"#{ACCENT}"),
    leftIndent=11 * mm,
    bulletFontName="Helvetica-Bold",
    bulletFontSize=12,
    bulletColor=HexColor(f"#{ACCENT}"),
    spaceBefore=13,
    spaceAfter=5,
)
TITLE = ParagraphStyle(
    "title", fontName="Helvetica-Bold", fontSize=26, leading=31, textColor=HexColor(f"#{INK}"), spaceAfter=2
)
SUBTITLE = ParagraphStyle(
    "subtitle", fontName="Helvetica", fontSize=12, leading=16, textColor=HexColor(f"#{MUTED}"), spaceAfter=15
)
LABEL = ParagraphStyle("label", fontName="Helvetica-Bold", fontSize=8.6, leading=14, textColor=HexColor(f"#{ACCENT}"))
TERM = ParagraphStyle("term", fontName="Times-Roman", fontSize=10.8, leading=14, textColor=HexColor(f"#{INK}"))


def lease() -> bytes:
    """The finished PDF; the same bytes every time."""
    rl_config.invariant = 1
    target = BytesIO()
    document = _Lease(
        target,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=24 * mm,
        bottomMargin=25 * mm,
        title=f"Lease agreement, {HOME}",
        author=LANDLORD,
        subject="Residential lease",
        lang="en-GB",
    )
    document.build(_story())
    return target.getvalue()


class _Lease(BaseDocTemplate):  # type: ignore[misc]  # reportlab ships no types
    """A document whose headings become bookmarks as they are placed."""

    def __init__(self, target: BytesIO, **options: object) -> None:
        super().__init__(target, **options)
        frame = Frame(
            self.leftMargin,
            self.bottomMargin,
            self.width,
            self.height,
            leftPadding=0,
            rightPadding=0,
            topPadding=0,
            bottomPadding=0,
        )
        self.addPageTemplates(PageTemplate(frames=[frame], onPageEnd=_footer))

    def afterFlowable(self, flowable: Flowable) -> None:  # noqa: N802  (reportlab's own name)
        """Bookmark a heading where it landed."""
        if isinstance(flowable, Paragraph) and flowable.style is HEADING:
            key = f"section-{flowable.bulletText}"
            self.canv.bookmarkPage(key)
            self.canv.addOutlineEntry(f"{flowable.bulletText} {flowable.getPlainText()}", key, level=0)


def _footer(canvas: Canvas, document: BaseDocTemplate) -> None:
    canvas.setFont("Helvetica", 8)
    canvas.setFillColor(HexColor(f"#{MUTED}"))
    canvas.drawString(MARGIN, 14 * mm, f"Lease agreement · {HOME}")
    canvas.drawRightString(A4[0] - MARGIN, 14 * mm, f"{document.page} / {PAGES}")


def _story() -> list[Flowable]:
    story: list[Flowable] = [
        Paragraph("Lease agreement", TITLE),
        Paragraph(HOME, SUBTITLE),
        _key_terms(),
        Spacer(1, 14),
        Paragraph(
            "This agreement says in plain words what the landlord and the tenants owe each other. It was signed on "
            "22 February 2025 in two copies, one for each side.",
            INTRODUCTION,
        ),
    ]
    for number, section in enumerate(SECTIONS.split("# ")[1:], start=1):
        title, *clauses = section.strip().split("\n\n")
        story.extend(_section(number, title, clauses))
    return [*story, Spacer(1, 26), KeepTogether(_signatures())]


def _section(number: int, title: str, clauses: list[str]) -> list[Flowable]:
    """A heading that never stands alone at the foot of a page, and its numbered clauses."""
    return [
        CondPageBreak(32 * mm),
        Paragraph(title, HEADING, bulletText=f"{number}."),
        *(Paragraph(text, BODY, bulletText=f"{number}.{position}") for position, text in enumerate(clauses, start=1)),
    ]


def _key_terms() -> Table:
    rows = [[Paragraph(label, LABEL), Paragraph(text, TERM)] for label, text in KEY_TERMS]
    return Table(
        rows,
        colWidths=[28 * mm, A4[0] - 2 * MARGIN - 28 * mm],
        style=[
            ("BACKGROUND", (0, 0), (-1, -1), HexColor(f"#{SHADE}")),
            ("LINEBELOW", (0, 0), (-1, -2), 0.6, HexColor("#FFFFFF")),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (0, -1), 10),
            ("TOPPADDING", (0, 0), (-1, -1), 5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 5),
        ],
    )


def _signatures() -> list[Flowable]:
    names = [LANDLORD, *TENANTS]
    roles = ["Landlord", "Tenant", "Tenant"]
    cells = [[Paragraph(name, TERM) for name in names], [Paragraph(role, LABEL) for role in roles]]
    gap = 7 * mm
    width = (A4[0] - 2 * MARGIN - gap * (len(names) - 1)) / len(names)
    lines = [
        ("LINEABOVE", (column, 0), (column, 0), 0.6, HexColor(f"#{MUTED}")) for column in range(0, 2 * len(names), 2)
    ]
    style = [*lines, ("LEFTPADDING", (0, 0), (-1, -1), 0), ("TOPPADDING", (0, 0), (-1, 0), 6)]
    return [Table([_apart(row) for row in cells], colWidths=_apart([width] * len(names), gap), style=style)]


def _apart(items: list[Any], between: object = "") -> list[Any]:
    """The items with something between each two."""
    return [entry for item in items for entry in (item, between)][:-1]
