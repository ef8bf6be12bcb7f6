"""Word documents: what stands in boxes, in layout tables and beside the text, and the endings other than .docx."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from rag.reading import open_document
from tests.documents import make_docx

if TYPE_CHECKING:
    from pathlib import Path

    from rag.reading.blocks import ReadPage

_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_WORDS = "application/vnd.ms-word."
_TEMPLATE = "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml"


def read(path: Path) -> ReadPage:
    (page,) = open_document(path, name=path.name).pages
    return page


def test_headers_footers_and_comments_are_read_once_and_after_the_text(tmp_path: Path) -> None:
    """A comment says whose it is; a footer that is only a page number is no text; none stands under a heading."""
    document = Document()
    document.add_heading("Rent", level=1)
    paragraph = document.add_paragraph("It is 950 euros.")
    document.add_comment(paragraph.runs, text="Really?", author="Ada Lovelace", initials="AL")
    for section in (document.sections[0], document.add_section()):
        section.header.is_linked_to_previous = False
        section.header.paragraphs[0].text = "Mill Lane 12"
        section.footer.paragraphs[0].text = "Page 1 of 3"
    document.save(str(tmp_path / "a.docx"))
    page = read(tmp_path / "a.docx")
    assert page.page.text == ("Rent\n\nIt is 950 euros.\n\nComment by Ada Lovelace: Really?\n\nHeader: Mill Lane 12")
    assert [block.headings for block in page.blocks] == [("Rent",), ("Rent",), (), ()]


def test_a_text_box_is_read_once_after_the_paragraph_it_hangs_on(tmp_path: Path) -> None:
    """Word saves each twice, for new and old programs."""
    document = Document()
    box = "<w:txbxContent><w:p><w:r><w:t>In a box.</w:t></w:r></w:p></w:txbxContent>"
    spaces = (
        'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
        'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
        'xmlns:v="urn:schemas-microsoft-com:vml"'
    )
    document.element.body.insert(
        0,
        parse_xml(
            f"<w:p {nsdecls('w')} {spaces}><w:r><w:t>Before</w:t></w:r><w:r><mc:AlternateContent>"
            f'<mc:Choice Requires="wps"><w:drawing><wps:txbx>{box}</wps:txbx></w:drawing></mc:Choice>'
            f"<mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
            "<w:r><w:t> after.</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r></w:p>"
        ),
    )
    document.save(str(tmp_path / "a.docx"))
    assert read(tmp_path / "a.docx").page.text == "Before after.\n\nIn a box."


def test_a_table_that_only_lays_out_the_page_is_read_as_text(tmp_path: Path) -> None:
    """Its headings stay headings, and the table inside it stays a table."""
    document = Document()
    cell = document.add_table(rows=1, cols=1).cell(0, 0)
    cell.paragraphs[0].text = "Costs"
    cell.paragraphs[0].style = "Heading 1"
    inner = cell.add_table(rows=2, cols=2)
    for at, text in enumerate(("Item", "Amount", "Rent", "950")):
        inner.cell(at // 2, at % 2).text = text
    document.save(str(tmp_path / "a.docx"))
    page = read(tmp_path / "a.docx")
    assert page.page.text == "Costs\n\nItem: Rent; Amount: 950"
    assert page.blocks[-1].headings == ("Costs",)


@pytest.mark.parametrize(
    ("suffix", "kind"),
    [
        (".docm", f"{_WORDS}document.macroEnabled.main+xml"),
        (".dotm", f"{_WORDS}template.macroEnabledTemplate.main+xml"),
        (".dotx", _TEMPLATE),
    ],
)
def test_templates_and_documents_with_macros_are_read_alike(suffix: str, kind: str, tmp_path: Path) -> None:
    """They hold the same parts under another name."""
    plain = make_docx(tmp_path / "a.docx")
    path = tmp_path / f"b{suffix}"
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(path, "w") as new:
        for entry in old.infolist():
            new.writestr(entry, old.read(entry).replace(_MAIN.encode(), kind.encode()))
    assert read(path) == read(plain)


def test_real_documents_keep_what_their_programs_show(shared_data: Path) -> None:
    """Checked by hand against the documents."""
    folder = shared_data / "odd/docx"
    headers = read(folder / "python-docx/features__steps__test_files__hdr-header-footer.docx")
    assert headers.page.text.endswith("Header: Header for section-1\n\nFooter: Footer for section 1")
    table = read(folder / "poi/document__65099.docx")
    assert "Acronym: Definition\nLAB: Logical Architecture Blank" in table.page.text
    formula = read(folder / "poi/integration__stress007.docx")
    assert "Ytij=β0+βtxt+βix0ij+βjzj+vj+Uti" in formula.page.text
