"""What each reader keeps of its format, and what it leaves out."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

import pytest
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from openpyxl import Workbook

from rag.errors import DamagedFile
from rag.reading import open_document
from rag.reading.blocks import BlockKind
from rag.reading.headings import worded_rank
from rag.reading.values import shown
from tests.documents import (
    make_commented_pdf,
    make_contract_pdf,
    make_csv,
    make_docx,
    make_form_pdf,
    make_handbook_pdf,
    make_pdf,
    make_pptx,
    make_xlsx,
)

if TYPE_CHECKING:
    from pathlib import Path

    from rag.reading.blocks import ReadPage
    from rag.reading_process import ReadingProcesses


def pages_of(path: Path) -> list[ReadPage]:
    return list(open_document(path, name=path.name).pages)


def text_of(path: Path) -> str:
    return "\n\n".join(read.page.text for read in pages_of(path))


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


# Word


def test_word_keeps_headings_lists_and_tables_in_their_order(tmp_path: Path) -> None:
    """The body reads from top to bottom, and every row says its column names."""
    (read,) = pages_of(make_docx(tmp_path / "rules.docx"))
    assert read.page.text == (
        "Noise\n\nQuiet hours are from ten in the evening to six in the morning.\n\nParties\n\n"
        "• Tell the neighbours\n• End by midnight\n\nCosts\n\n"
        "Item: Rent; Amount: 950\nItem: Heating; Amount: 120\n\nAll amounts are in euros."
    )
    paths = {read.page.text[block.start : block.end]: block.headings for block in read.blocks}
    assert paths["• End by midnight"] == ("Noise", "Parties")
    assert paths["All amounts are in euros."] == ("Costs",)
    assert [block.row for block in read.blocks if block.kind is BlockKind.ROW] == [2, 3]


def test_word_calls_a_document_what_it_calls_itself(tmp_path: Path) -> None:
    """The title of the properties comes before the file's name."""
    assert open_document(make_docx(tmp_path / "x.docx"), name="x.docx").title == "House rules"


def test_word_reads_what_was_inserted_and_not_what_was_deleted(tmp_path: Path) -> None:
    """Tracked changes count as accepted; content controls and bold lines are read too."""
    document = Document()
    document.add_paragraph().add_run("Termination").bold = True
    body = document.element.body
    body.insert(
        1,
        parse_xml(
            f"<w:sdt {nsdecls('w')}><w:sdtContent><w:p><w:r><w:t>Notice is </w:t></w:r>"
            "<w:del><w:r><w:delText>two</w:delText></w:r></w:del><w:ins><w:r><w:t>three</w:t></w:r></w:ins>"
            "<w:r><w:t> months</w:t><w:tab/><w:t>long.</w:t></w:r></w:p>"
            "</w:sdtContent></w:sdt>"
        ),
    )
    document.save(str(tmp_path / "changes.docx"))
    (read,) = pages_of(tmp_path / "changes.docx")
    assert read.page.text == "Termination\n\nNotice is three months long."
    assert read.blocks[1].headings == ("Termination",)


# Slides


def test_slides_are_pages_with_their_notes(tmp_path: Path) -> None:
    """A slide's title is its label and its heading; notes and tables are read."""
    first, second = pages_of(make_pptx(tmp_path / "plan.pptx"))
    assert (first.page.number, first.page.label) == (1, "Plan for the year")
    assert first.page.text.endswith("Replace the boiler\n\nNotes: The boiler is from 1998.")
    assert second.page.text == "Budget\n\nWork: Boiler; Price: 4,200"
    assert {block.headings for block in second.blocks} == {("Budget",)}


# Sheets


def test_rows_repeat_their_column_names_and_keep_their_numbers(tmp_path: Path) -> None:
    """The header is found below a title and blank rows; row numbers are those of the spreadsheet."""
    rows = [
        ["Costs of the house"],
        [],
        ["Item", "Amount", "Due"],
        ["Rent", 950, None],
        [],
        ["Heating", 120.5, "monthly"],
    ]
    first, second = pages_of(make_xlsx(tmp_path / "costs.xlsx", {"Costs": rows, "Empty": []}))
    assert first.page.text == "Costs of the house\nItem: Rent; Amount: 950\nItem: Heating; Amount: 120.5; Due: monthly"
    assert [block.row for block in first.blocks] == [1, 4, 6]
    assert (first.page.label, second.page.label, second.page.text) == ("Costs", "Empty", "")


def test_hidden_sheets_are_left_out(tmp_path: Path) -> None:
    """Nobody sees them, so nothing is answered from them."""
    workbook = Workbook()
    workbook.active.append(["Shown"])
    hidden = workbook.create_sheet("Secret")
    hidden.append(["Hidden"])
    hidden.sheet_state = "hidden"
    workbook.save(tmp_path / "book.xlsx")
    assert [read.page.text for read in pages_of(tmp_path / "book.xlsx")] == ["Shown"]


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (None, "General", ""),
        (True, "General", "TRUE"),
        (950, "General", "950"),
        (0.1 + 0.2, "General", "0.3"),
        (1900.0, "General", "1900"),
        (1234567.891, "#,##0.00", "1,234,567.89"),
        (0.125, "0.0%", "12.5%"),
        (950, '#,##0.00 "€"', "950.00 €"),
        (950, "[$€-407]#,##0", "€950"),
        (950, '"$"#,##0.00_);[Red]("$"#,##0.00)', "$950.00"),
        (1e300, "General", "1e+300"),
        (datetime(2024, 3, 1, tzinfo=UTC), "General", "2024-03-01"),
        (datetime(2024, 3, 1, 9, 30, tzinfo=UTC), "General", "2024-03-01 09:30"),
        (time(9, 30), "h:mm", "09:30"),
        ("=A1", "General", "=A1"),
    ],
)
def test_values_are_shown_about_as_the_spreadsheet_shows_them(value: object, number_format: str, text: str) -> None:
    """Dates, percentages, thousands and currencies."""
    assert shown(value, number_format) == text


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_tables_as_text_are_parted_rightly(delimiter: str, encoding: str, tmp_path: Path) -> None:
    """Delimiter and encoding are found; commas inside cells part nothing."""
    rows = [["Käufer", "Straße", "Betrag"], ["Jürgen", "Große Gasse, 3", "3,50"], ["Zoë", "Am Ölberg; 4", "1.200,00"]]
    path = make_csv(tmp_path / "käufe.csv", rows, delimiter=delimiter, encoding=encoding)
    assert text_of(path) == (
        "Käufer: Jürgen; Straße: Große Gasse, 3; Betrag: 3,50\nKäufer: Zoë; Straße: Am Ölberg; 4; Betrag: 1.200,00"
    )


def test_a_table_without_a_header_keeps_its_first_row(tmp_path: Path) -> None:
    """Where no row names the columns, none is taken for the one that does."""
    assert text_of(make_csv(tmp_path / "a.csv", [["Rent", "950"], ["Heating", "120"]])) == "Rent: 950\nHeating: 120"
    assert text_of(make_csv(tmp_path / "b.csv", [["1", "2", "3"], ["4", "5", "6"]])) == "1; 2; 3\n4; 5; 6"


# Web pages


def test_web_pages_lose_their_menus_and_scripts(tmp_path: Path) -> None:
    """What a person came to read is left, with headings, lists and tables."""
    path = write(
        tmp_path / "page.html",
        """<!doctype html><title>House rules</title><style>p{}</style>
        <nav><a href=/>Home</a></nav><script>alert("x")</script><main><h1>Noise</h1>
        <p>Quiet <b>after</b> ten<br>in the evening.</p>and before six<ul><li>No drums<li>No <i>bugles</i></ul>
        <h2>Costs</h2><table><tr><th>Item<th>Amount<tr><td>Rent<td>950</table><pre>a
  b</pre></main><footer role=contentinfo>Imprint</footer>""",
    )
    reading = open_document(path, name=path.name)
    (read,) = reading.pages
    assert reading.title == "House rules"
    assert read.page.text == (
        "Noise\n\nQuiet after ten\nin the evening.\n\nand before six\n\n• No drums\n• No bugles\n\nCosts\n\n"
        "Item: Rent; Amount: 950\n\na\n  b"
    )
    assert read.blocks[-1].headings == ("Noise", "Costs")


def test_web_pages_are_read_in_the_encoding_they_declare(tmp_path: Path) -> None:
    """And in another where they declare a wrong one."""
    page = "<meta charset={}><p>Žluťoučký kůň</p>"
    assert text_of(write(tmp_path / "a.html", page.format("iso-8859-2"), "iso-8859-2")) == "Žluťoučký kůň"
    assert text_of(write(tmp_path / "b.html", page.format("no-such-thing"))) == "Žluťoučký kůň"


def test_a_web_page_nested_thousands_deep_is_read(tmp_path: Path) -> None:
    """Depth costs no recursion."""
    assert text_of(write(tmp_path / "deep.html", "<div>" * 20_000 + "bottom")) == "bottom"


# Markdown and plain text


def test_markdown_stays_as_typed(tmp_path: Path) -> None:
    """The stored text is the file's; headings, items and rows are recognised in it."""
    typed = (
        "---\ntitle: My house\n---\n# The *house*\n\nIt is old.\nVery old.\n\n- roof\n- walls\n  - north\n\n"
        "## Costs\n\n| Item | Amount |\n|------|--------|\n| Rent | 950 |\n\n```\n# no heading\n```"
    )
    path = write(tmp_path / "house.md", typed)
    reading = open_document(path, name=path.name)
    (read,) = reading.pages
    assert (reading.title, read.page.text) == ("My house", typed)
    found = [(read.page.text[block.start : block.end], block.headings) for block in read.blocks]
    assert found == [
        ("# The *house*", ("The house",)),
        ("It is old.\nVery old.", ("The house",)),
        ("- roof", ("The house",)),
        ("- walls\n  - north", ("The house",)),
        ("## Costs", ("The house", "Costs")),
        ("| Item | Amount |", ("The house", "Costs")),
        ("| Rent | 950 |", ("The house", "Costs")),
        ("```\n# no heading\n```", ("The house", "Costs")),
    ]


def test_plain_text_has_paragraphs_and_plain_headings(tmp_path: Path) -> None:
    """Blank lines part paragraphs; a line in capitals or with a number, by itself, heads them."""
    (read,) = pages_of(
        write(tmp_path / "lease.txt", "LEASE\r\n\r\n2 Rent\r\n\r\n2.1 Amount\r\n\r\nIt is 950.\r\nMonthly.\r\n")
    )
    assert read.page.text == "LEASE\n\n2 Rent\n\n2.1 Amount\n\nIt is 950.\nMonthly.\n"
    assert read.blocks[-1].headings == ("LEASE", "2 Rent", "2.1 Amount")
    assert read.page.text[read.blocks[-1].start : read.blocks[-1].end] == "It is 950.\nMonthly."


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Grüße aus Köln, “schön” – 5 €", "cp1252"),
        ("Grüße aus Köln", "utf-8-sig"),
        ("Grüße aus Köln", "utf-16-le"),
        ("Grüße aus Köln", "utf-16"),
        ("Grüße aus Köln", "utf-32"),
        ("Кое-что о доме и о саде, и о том, кто в нём живёт. " * 5, "cp1251"),
        ("契約書の第一条は家賃について定める。" * 10, "shift_jis"),
        ("Zażółć gęślą jaźń, proszę bardzo, książka leży na stole. " * 5, "cp1250"),
    ],
)
def test_the_encoding_is_found(text: str, encoding: str, tmp_path: Path) -> None:
    """Old files are read as they were written."""
    assert text_of(write(tmp_path / "old.txt", text, encoding)).strip() == text.strip()


def test_control_characters_are_dropped_and_binaries_refused(tmp_path: Path) -> None:
    """A NUL parts words and a bell parts nothing; a program called .txt is no text."""
    assert text_of(write(tmp_path / "nul.txt", "al\x07pha\x00beta " + "gamma " * 50)).startswith("alpha beta gamma")
    (tmp_path / "program.txt").write_bytes(bytes(range(1, 256)) * 40)
    with pytest.raises(DamagedFile):
        pages_of(tmp_path / "program.txt")


# PDF


def test_form_values_and_comments_follow_the_printed_text(tmp_path: Path) -> None:
    """They are paragraphs of their own, with offsets like any other."""
    for path, note in (
        (make_form_pdf(tmp_path / "form.pdf"), "tenant: Ada Lovelace"),
        (make_commented_pdf(tmp_path / "commented.pdf"), "Comment: Ask about the cellar"),
    ):
        (read,) = pages_of(path)
        last = read.blocks[-1]
        assert read.page.text[last.start : last.end] == note
        assert read.page.text[last.start - 2 : last.start] == "\n\n"


def test_words_hyphenated_at_the_end_of_a_line_are_made_whole(tmp_path: Path) -> None:
    """The hyphen goes in the middle of a word, and stays where a capital or a figure follows."""
    path = make_pdf(tmp_path / "hyphens.pdf", [["The agree-", "ment on Co-", "Branding ends."]])
    assert text_of(path) == "The agreement on Co-Branding ends."


def test_a_hyphen_of_the_words_own_survives_the_end_of_a_line(processes: ReadingProcesses, tmp_path: Path) -> None:
    """And what is marked of the page is those words, on both lines."""
    lines = [
        "You may give notice by letter or in",
        "writing to the landlord or in-",
        "person at the office on any working day.",
    ]
    path = make_pdf(tmp_path / "person.pdf", [lines])
    (read,) = pages_of(path)
    start = read.page.text.index("in-person")
    boxes = processes.render(path, 1, spans=[(start, start + len("in-person"))]).boxes
    assert len({round(box.top) for box in boxes}) == 2


def test_a_gap_between_lines_is_a_paragraph(tmp_path: Path) -> None:
    """Lines at the usual distance belong together, and a wider one parts them."""
    path = make_pdf(tmp_path / "gaps.pdf", [["One line", "and the next", "", "Another paragraph", "of two lines"]])
    (read,) = pages_of(path)
    assert read.page.text == "One line\nand the next\n\nAnother paragraph\nof two lines"
    assert len(read.blocks) == 2


def test_a_hash_for_a_name_gives_way_to_what_is_printed_large(tmp_path: Path) -> None:
    """The title is the metadata's, else a telling file name, else the largest words of the first page."""
    plain = make_pdf(tmp_path / "plain.pdf", [["Nothing large"]])
    large = make_contract_pdf(tmp_path / "large.pdf", title="")
    for path, name, title in (
        (plain, "Lease of the mill.pdf", "Lease of the mill"),
        (plain, "0f3a9c8e7d6b5a41.pdf", "0f3a9c8e7d6b5a41"),
        (large, "0f3a9c8e7d6b5a41.pdf", "Rent"),
    ):
        assert open_document(path, name=name).title == title


@pytest.mark.parametrize(
    ("line", "rank"),
    [
        ("ARTICLE II", 1),
        ("Exhibit A", 1),
        ("TERM AND TERMINATION", 2),
        ("3. ORDERS", 3),
        ("2.1 Fees", 4),
        ("The rent is due.", None),
        ("Itemised list", None),
        ("TOTAL 1,900", None),
        ("2022 2021 2020", None),
        ("IT IS DUE.", None),
        ("A" * 90, None),
        ("ДОГОВОР АРЕНДЫ", 2),
        ("Привет", None),
        ("契約書", None),
    ],
)
def test_lines_that_read_like_headings_are_known(line: str, rank: int | None) -> None:
    """Parts, capitals and numbers head; sentences and figures do not."""
    assert worded_rank(line) == rank


def test_large_and_bold_lines_of_a_pdf_are_headings(tmp_path: Path) -> None:
    """Without an outline, the way a line is set tells; a running title on every page does not count."""
    path = make_handbook_pdf(tmp_path / "handbook.pdf", pages=6)
    pages = pages_of(path)
    assert [block.headings for block in pages[0].blocks if block.kind is BlockKind.PARAGRAPH][-1] == (
        "Chapter 1",
        "Details of 1",
    )
    running = [block for read in pages for block in read.blocks if block.headings[-1:] == ("Handbook",)]
    assert {block.kind for block in running} <= {BlockKind.HEADING}
    assert not any("Handbook" in block.headings for block in pages[-1].blocks if block.kind is BlockKind.HEADING)
