"""Presentations: charts, diagrams and page numbers, and the endings other than .pptx."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.oxml import parse_xml
from pptx.util import Inches

from rag.reading import open_document
from tests.documents import make_pptx

if TYPE_CHECKING:
    from pathlib import Path

    from rag.reading.blocks import ReadPage

_MAIN = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
_SHOW = "application/vnd.openxmlformats-officedocument.presentationml.slideshow.main+xml"
_DRAWING = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
_DIAGRAM = "http://schemas.openxmlformats.org/drawingml/2006/diagram"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MACROS = "application/vnd.ms-powerpoint.{}.macroEnabled.main+xml"


def read(path: Path) -> list[ReadPage]:
    return list(open_document(path, name=path.name).pages)


@pytest.mark.parametrize("kind", [XL_CHART_TYPE.COLUMN_CLUSTERED, XL_CHART_TYPE.THREE_D_COLUMN])
def test_a_chart_is_read_as_the_table_it_is_drawn_from(kind: XL_CHART_TYPE, tmp_path: Path) -> None:
    """Every label with its figure in every series, as the number format shows it."""
    presentation = Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    data = CategoryChartData(number_format="0%")
    data.categories = ["North", "South"]
    data.add_series("2024", (0.25, 0.5))
    data.add_series("2025", (0.3, None))
    flat = XL_CHART_TYPE.COLUMN_CLUSTERED
    chart = slide.shapes.add_chart(flat, Inches(1), Inches(1), Inches(4), Inches(3), data).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = "Occupancy"
    if kind is not flat:
        bars = chart._chartSpace.xpath("//c:barChart")[0]
        bars.tag = bars.tag.replace("barChart", "bar3DChart")
    presentation.save(str(tmp_path / "a.pptx"))
    (page,) = read(tmp_path / "a.pptx")
    assert page.page.text == "Occupancy\n\nNorth; 2024: 25%; 2025: 30%\nSouth; 2024: 50%"


@pytest.mark.parametrize(("relation", "text"), [("", "• Plan\n• Build it"), ("9", "")])
def test_a_diagram_is_read_box_by_box(relation: str, text: str, tmp_path: Path) -> None:
    """One whose words are missing from the file costs only itself."""
    presentation = Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    slide.shapes.add_textbox(0, Inches(4), Inches(1), Inches(1)).text_frame.text = "Below"
    boxes = "".join(
        f"<dgm:pt><dgm:t><a:p><a:r><a:t>{words}</a:t></a:r></a:p></dgm:t></dgm:pt>"
        for words in ("Plan", "", "Build it")
    )
    data = f'<dgm:dataModel xmlns:dgm="{_DIAGRAM}" {_DRAWING}><dgm:ptLst>{boxes}</dgm:ptLst></dgm:dataModel>'
    part = Part(PackURI("/ppt/diagrams/data1.xml"), "application/xml", slide.part.package, data.encode())
    link = slide.part.relate_to(part, f"{_RELATIONS}/diagramData") + relation
    slide.shapes._spTree.append(
        parse_xml(
            f'<p:graphicFrame xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" {_DRAWING} '
            f'xmlns:dgm="{_DIAGRAM}" xmlns:r="{_RELATIONS}"><p:nvGraphicFramePr><p:cNvPr id="9" name="d"/>'
            "<p:cNvGraphicFramePr/><p:nvPr/></p:nvGraphicFramePr>"
            '<p:xfrm><a:off x="0" y="0"/><a:ext cx="9" cy="9"/></p:xfrm>'
            f'<a:graphic><a:graphicData uri="{_DIAGRAM}"><dgm:relIds r:dm="{link}"/></a:graphicData></a:graphic>'
            "</p:graphicFrame>"
        )
    )
    presentation.save(str(tmp_path / "a.pptx"))
    (page,) = read(tmp_path / "a.pptx")
    assert page.page.text == f"{text}\n\nBelow".strip()


def test_page_numbers_are_left_out_and_figures_are_not(tmp_path: Path) -> None:
    """A number that the program fills in tells nothing; one that somebody typed may be the message."""
    presentation = Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    for at, text in enumerate(("42", "Page ")):
        box = slide.shapes.add_textbox(Inches(1), Inches(1 + at), Inches(2), Inches(1))
        box.text_frame.text = text
    box.text_frame.paragraphs[0]._p.append(
        parse_xml(f'<a:fld {_DRAWING} id="{{0}}" type="slidenum"><a:t>7</a:t></a:fld>')
    )
    presentation.save(str(tmp_path / "a.pptx"))
    (page,) = read(tmp_path / "a.pptx")
    assert page.page.text == "42"


@pytest.mark.parametrize(
    ("suffix", "kind"),
    [(".ppsx", _SHOW), (".pptm", _MACROS.format("presentation")), (".ppsm", _MACROS.format("slideshow"))],
)
def test_slide_shows_and_presentations_with_macros_are_read_alike(suffix: str, kind: str, tmp_path: Path) -> None:
    """They hold the same parts under another name."""
    plain = make_pptx(tmp_path / "a.pptx")
    path = tmp_path / f"b{suffix}"
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(path, "w") as new:
        for entry in old.infolist():
            new.writestr(entry, old.read(entry).replace(_MAIN.encode(), kind.encode()))
    assert read(path) == read(plain)


def test_real_presentations_keep_what_is_on_their_slides(shared_data: Path) -> None:
    """Checked by hand: both charts, one of them in three dimensions, tables, notes, and no page number."""
    folder = shared_data / "odd/pptx"
    ducks, revenue = read(folder / "docling/data__pptx__sources__pptx_chart.pptx")
    assert "2021; Freshwater Ducks: 150; Saltwater Ducks: 110" in ducks.page.text
    assert revenue.page.text.endswith("Q1; 2026: 10\nQ2; 2026: 20\nQ3; 2026: 30")
    (talk,) = (folder / "poi").glob("*Maloney.pptx")
    slides = read(talk)
    assert slides[2].page.text.startswith("The problem\n\nResearch and evaluation is under-utilised")
    assert slides[9].page.text.startswith("Example: Differentiated products\n\nPrinciple: Context; Details: Housing")
    assert "Notes: Context and client" in slides[19].page.text
    assert not any(each.page.text.endswith(str(each.page.number)) for each in slides)
