"""Real files of other people, beside what their own programs show: the same words, in the same rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rag.reading import open_document
from rag.reading.tables import described_rows

if TYPE_CHECKING:
    from pathlib import Path

PICKED = {
    "docx/poi/document__Bug60337.docx": ["Task II; Branden: 20; Nicolaas: 5; Sam: 5; Simon: 15"],
    "docx/pandoc/docx__table_captions_no_field.docx": [
        "See Table 5.1.",
        "First option; Count: 242; %: 45\nSecond option; Count: 99; %: 18",
    ],
    "pptx/docling/data__pptx__sources__powerpoint_sample.pptx": [
        "Second slide title\n\nA rectangle shape with this text inside.",
        "Notes: Final notes on the third slide.\nSecond line of notes.",
    ],
    "pptx/python-pptx/features__steps__test_files__tbl-cell.pptx": ["a: d; b: e; c: f\na: g; b: h; c: i"],
    "xlsx/poi/spreadsheet__XSSFSheet.copyRows.xlsx": [
        "Style: Red; Error: #N/A; Date: 2000-01-01; Boolean: TRUE; String: Hello; Int: 15; Float: 12.5; ",
        "Style: Blue; Error: #NAME?; Date: 2000-01-02; Boolean: FALSE; String: World; Int: 42; Float: 5.5",
        "Data Format: $100.20",
    ],
    "xlsx/poi/spreadsheet__46535.xlsx": [
        "Code: Code name\nAAB: Arrabury\n",
        "ABE: Allentown Lehigh Valley International",
    ],
    "xlsx/tika/testEXCEL_headers_footers.xlsx": ["John Smith30: 30 Corporate HQ"],
    "epub/calibre/quick_start__deu.epub": ["Calibre Kurzanleitung\n\nVierte Ausgabe\n\nVon: John Schember"],
    "epub/epub-tests/pkg-spine-order-svg.epub": ["all the way to page 4\n\nPage 1\fPage 2\fPage 3\fPage 4"],
    "eml/tika/testRFC822_multipart_attachments.eml": [
        "From: Bugs Bunny <Bugs.Bunny@acme.com>\nTo: Bugs Bunny <Bugs.Bunny@acme.com>\nSubject: EML 1\n\nHi,\n\n",
        "Hi,\n\nThis is test email for EML1\n\nThanks,\nChetan",
    ],
    "eml/mail/emails__mime_emails__raw_email_with_nested_attachment.eml": [
        "Date: Thursday, 22 February 2007, 11:20 (UTC-0700)\nSubject: Testing attachments\n\nHere is a test",
        "Here is a test of an attachment via email.\n\n- Jamis",
    ],
}
"""What stands in each, as its own program shows it; a new page after each ``\\f``."""


@pytest.mark.parametrize("path", PICKED)
def test_a_picked_file_says_what_a_person_reads(path: str, shared_data: Path) -> None:
    """Words in their order, and rows of tables with the names of their columns."""
    file = shared_data / "odd" / path
    text = "\f".join(page.page.text for page in open_document(file, name=file.name).pages)
    assert [words for words in PICKED[path] if words not in text] == []


def test_an_empty_corner_does_not_hide_the_names_of_columns() -> None:
    """Where rows have names too, nothing stands above those."""
    rows = [["", "Before", "After"], ["Rent", "950", "980"], ["Heat", "120", "110"]]
    assert [text for _, text in described_rows(enumerate(rows, 1))] == [
        "Rent; Before: 950; After: 980",
        "Heat; Before: 120; After: 110",
    ]


def test_a_title_above_the_second_column_names_nothing() -> None:
    """One word over a table is what the table is about."""
    rows = [["", "Costs"], ["Rent", "950"], ["Heat", "120"]]
    assert [text for _, text in described_rows(enumerate(rows, 1))] == ["Costs", "Rent: 950", "Heat: 120"]
