"""Files of LibreOffice and its kin come out as those of Word, PowerPoint and Excel do."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from rag.errors import DamagedFile, NothingToRead, PasswordNeeded
from rag.reading import open_document
from rag.reading.blocks import BlockKind
from storage.records import PageUnit
from tests.odf_documents import make_odf

if TYPE_CHECKING:
    from pathlib import Path

    from rag.reading.blocks import Reading, ReadPage

TABLE = (
    "<table:table>"
    "<table:table-row><table:table-cell><text:p>Item</text:p></table:table-cell>"
    "<table:table-cell><text:p>Amount</text:p></table:table-cell></table:table-row>"
    "<table:table-row><table:table-cell><text:p>Rent</text:p></table:table-cell>"
    "<table:table-cell><text:p>950</text:p></table:table-cell></table:table-row>"
    "</table:table>"
)


def read(path: Path) -> tuple[Reading, list[ReadPage]]:
    reading = open_document(path, name=path.name)
    return reading, list(reading.pages)


def test_a_text_keeps_headings_lists_and_tables_in_their_order(tmp_path: Path) -> None:
    """With the title that the document gives itself, and every row saying its column names."""
    path = make_odf(
        tmp_path / "rules.odt",
        "text",
        '<text:p text:style-name="P1">House rules</text:p>'
        '<text:h text:outline-level="1">Noise</text:h>'
        "<text:p>Quiet<text:s text:c='2'/>after<text:tab/><text:span>ten</text:span>.<text:line-break/>Always.</text:p>"
        "<text:list><text:list-item><text:p>No drums</text:p><text:list><text:list-item><text:p>No bugles</text:p>"
        "</text:list-item></text:list></text:list-item></text:list>"
        f'<text:section><text:h text:outline-level="2">Costs</text:h>{TABLE}</text:section>',
        styles='<style:style style:name="P1" style:parent-style-name="Title"/>',
        title="The rules",
    )
    reading, (page,) = read(path)
    assert (reading.title, reading.unit, reading.page_count) == ("The rules", None, None)
    assert page.page.text == (
        "House rules\n\nNoise\n\nQuiet  after ten.\nAlways.\n\n• No drums\n• No bugles\n\n"
        "Costs\n\nItem: Rent; Amount: 950"
    )
    assert page.blocks[-1].headings == ("House rules", "Noise", "Costs")
    assert page.blocks[-1].kind is BlockKind.ROW


def test_what_stands_beside_a_text_follows_it_once(tmp_path: Path) -> None:
    """Notes, comments with who made them, boxes, headers and footers; deleted text and page numbers are left out."""
    header = "<style:header><text:p>Mill Lane 12</text:p></style:header>"
    footer = "<style:footer><text:p>Page <text:page-number>1</text:page-number></text:p></style:footer>"
    path = make_odf(
        tmp_path / "lease.odt",
        "text",
        "<text:tracked-changes><text:p>struck out</text:p></text:tracked-changes>"
        "<text:p>Rent is due<text:note><text:note-citation>1</text:note-citation>"
        "<text:note-body><text:p>Not on Sundays.</text:p></text:note-body></text:note> monthly."
        "<office:annotation><dc:creator>Ada</dc:creator><text:p>Check this.</text:p></office:annotation>"
        "<draw:frame><draw:text-box><text:p>In a box.</text:p></draw:text-box></draw:frame></text:p>",
        pages=f"<style:master-page>{header}{footer}</style:master-page><style:master-page>{header}</style:master-page>",
    )
    _, (page,) = read(path)
    assert page.page.text == (
        "Rent is due monthly.\n\nIn a box.\n\n1 Not on Sundays.\n\nComment by Ada: Check this.\n\nHeader: Mill Lane 12"
    )


def test_slides_are_pages_with_their_titles_and_notes(tmp_path: Path) -> None:
    """The title comes first, wherever it stands in the file."""
    path = make_odf(
        tmp_path / "plan.odp",
        "presentation",
        '<draw:page draw:name="page1"><draw:frame><draw:text-box><text:list><text:list-item>'
        "<text:p>Paint the stairs</text:p></text:list-item></text:list></draw:text-box></draw:frame>"
        '<draw:frame presentation:class="title"><draw:text-box><text:p>Plan</text:p></draw:text-box></draw:frame>'
        '<presentation:notes><draw:frame presentation:class="notes"><draw:text-box>'
        "<text:p>In May.</text:p></draw:text-box></draw:frame></presentation:notes></draw:page>"
        f'<draw:page draw:name="Budget"><draw:frame>{TABLE}</draw:frame></draw:page>',
    )
    reading, (first, second) = read(path)
    assert (reading.unit, reading.page_count) == (PageUnit.SLIDE, 2)
    assert (first.page.label, first.page.text) == ("Plan", "Plan\n\n• Paint the stairs\n\nNotes: In May.")
    assert (second.page.label, second.page.text) == ("Budget", "Item: Rent; Amount: 950")


def test_cells_read_as_they_are_shown(tmp_path: Path) -> None:
    """Percentages and currencies as printed, dates in figures as ISO 8601 writes them; hidden sheets are left out."""

    def cell(text: str, attributes: str = "") -> str:
        return f"<table:table-cell {attributes}><text:p>{text}</text:p></table:table-cell>"

    def row(*cells: str, repeated: int = 1) -> str:
        return f'<table:table-row table:number-rows-repeated="{repeated}">{"".join(cells)}</table:table-row>'

    empty = '<table:table-cell table:number-columns-repeated="16000"/>'
    path = make_odf(
        tmp_path / "costs.ods",
        "spreadsheet",
        '<table:table table:name="Costs">'
        + row(cell("Item"), cell("Share"), cell("Paid"), empty)
        + row(empty, repeated=1_000)
        + row(cell("Rent"), cell("12.5 %", 'office:value="0.125"'), cell("03/01/24", 'office:date-value="2024-03-01"'))
        + row(cell("Heat"), cell("120 €", 'office:value="120"'), cell("1 May", 'office:date-value="2024-05-01"'))
        + row(empty, repeated=1_000_000)
        + '</table:table><table:table table:name="Secret" table:style-name="ta2">'
        + row(cell("hidden"))
        + "</table:table>",
        styles='<style:style style:name="ta2"><style:table-properties table:display="false"/></style:style>',
    )
    reading, (page,) = read(path)
    assert (reading.unit, reading.page_count, page.page.label) == (PageUnit.SHEET, 1, "Costs")
    assert page.page.text == "Item: Rent; Share: 12.5 %; Paid: 2024-03-01\nItem: Heat; Share: 120 €; Paid: 1 May"
    assert [block.row for block in page.blocks] == [1_002, 1_003]


@pytest.mark.parametrize(("name", "kind"), [("a.odt", "text"), ("a.odp", "presentation"), ("a.ods", "spreadsheet")])
def test_files_that_are_empty_locked_or_torn_are_told_apart(name: str, kind: str, tmp_path: Path) -> None:
    """No text, a password and damage are three sentences."""
    path = make_odf(tmp_path / name, kind, '<draw:page/><table:table table:name="x"/>')
    with pytest.raises(NothingToRead):
        read(path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("META-INF/manifest.xml", "<manifest><manifest:encryption-data/></manifest>")
    with pytest.raises(PasswordNeeded):
        read(path)
    with pytest.raises(DamagedFile):
        read(make_odf(tmp_path / name, kind, "<text:p>not closed"))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
    with pytest.raises(DamagedFile):
        read(path)


def test_a_real_presentation_is_read_whole(shared_data: Path) -> None:
    """Thirty-seven slides of somebody's lecture, titles as headings."""
    _, pages = read(shared_data / "odd/odp/tika/testODP_NPE.odp")
    assert len(pages) == 37
    assert pages[2].page.label == "Culture, Society, and Health: Definitions"
    assert "Pharmaceutical / Drug Companies" in pages[5].page.text
    assert sum(bool(page.page.label) for page in pages) >= 35
