"""Every format comes out as pages of text with blocks; what cannot be read says why, and nothing else happens."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rag.chunking import chunk_pages
from rag.errors import DamagedFile, EmptyFile, FileTooLarge, NothingToRead, PasswordNeeded, ReadError, UnknownFormat
from rag.reading import media_type_of, open_document
from rag.tokens import MODEL_LIMIT, MiniLMTokenizer
from storage.records import PageUnit
from tests.documents import (
    LEASE,
    make_bomb,
    make_contract_pdf,
    make_csv,
    make_docx,
    make_encrypted_pdf,
    make_pptx,
    make_scan_pdf,
    make_xlsx,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag.reading.blocks import Reading, ReadPage

DATA = Path(__file__).resolve().parents[3] / ".." / "shared" / "data"
ODD = {
    "docx": ("edge/docx/*.docx", "docx/poi/*.docx"),
    "pdf": ("edge/pdf/[!ot]*.pdf", "pdf/pdf.js/issue*.pdf"),
    "tables": ("edge/csv/[!f]*.csv", "csv/**/*.[ct]sv", "edge/xlsx/one*.xlsx", "xlsx/tika/*.xlsx"),
    "text": ("edge/txt/[!n]*.txt", "edge/names/*.txt", "edge/zero/*", "html/tika/*.html", "md/pandoc/*.md"),
    "web": ("html/*/*.html", "edge/html/*"),
    "mail": ("eml/*/*", "msg/*/*", "edge/eml/*"),
    "books": ("epub/*/*.epub", "edge/epub/*", "ipynb/*/*"),
    "slides": ("pptx/poi/*.pptx", "pptx/python-pptx/*.pptx"),
    "office": (
        "od[pst]/**/*.od[pst]",
        "xls/**/*.xls",
        "xlsx/**/*.xlsb",
        "rtf/**/*.rtf",
        "edge/rtf/*",
        "doc/*/*",
        "ppt/*/*",
    ),
}


def _make_html(path: Path) -> Path:
    path.write_text("<h1>Rules</h1><p>Quiet after ten.</p>", encoding="utf-8")
    return path


def _make_text(path: Path) -> Path:
    path.write_text("RULES\n\nQuiet after ten.\n", encoding="utf-8")
    return path


def _make_markdown(path: Path) -> Path:
    path.write_text("# Rules\n\nQuiet after ten.\n", encoding="utf-8")
    return path


def _make_table(path: Path) -> Path:
    return make_csv(path, [["Item", "Amount"], ["Rent", "950"]])


def _make_json(path: Path) -> Path:
    path.write_text('{"item": "Rent", "amount": 950}', encoding="utf-8")
    return path


def _make_xml(path: Path) -> Path:
    path.write_text("<cost><item>Rent</item><amount>950</amount></cost>", encoding="utf-8")
    return path


def _make_drawing(path: Path) -> Path:
    path.write_text('<svg xmlns="http://www.w3.org/2000/svg"><text>Kitchen</text></svg>', encoding="utf-8")
    return path


def _make_workbook(path: Path) -> Path:
    return make_xlsx(path, {"Costs": [["Item", "Amount"], ["Rent", 950]], "Notes": [["Paid by card"]]})


MAKERS: dict[str, tuple[Callable[[Path], Path], PageUnit | None, int | None]] = {
    ".pdf": (make_contract_pdf, PageUnit.PAGE, 2),
    ".docx": (make_docx, None, None),
    ".pptx": (make_pptx, PageUnit.SLIDE, 2),
    ".xlsx": (_make_workbook, PageUnit.SHEET, 2),
    ".csv": (_make_table, None, None),
    ".html": (_make_html, None, None),
    ".md": (_make_markdown, None, None),
    ".txt": (_make_text, None, None),
    ".json": (_make_json, None, None),
    ".jsonl": (_make_json, None, None),
    ".xml": (_make_xml, None, None),
    ".svg": (_make_drawing, None, None),
    ".py": (_make_text, None, None),
    ".tex": (_make_text, None, None),
}
ENDINGS = (
    *MAKERS, ".eml", ".epub", ".geojson", ".htm", ".ipynb", ".log", ".markdown", ".mbox", ".mbx", ".mht", ".mhtml",
    ".msg", ".ndjson", ".rss", ".sql", ".tab", ".text", ".tsv", ".xht", ".xhtml", ".yaml",
)  # fmt: skip


def read_all(path: Path) -> tuple[Reading, list[ReadPage]]:
    """Open the file and read it to its end."""
    reading = open_document(path, name=path.name)
    return reading, list(reading.pages)


def check(reading: Reading, pages: list[ReadPage], tokenizer: MiniLMTokenizer) -> None:
    """What holds for every document: blocks in order inside their page, chunks that are slices and fit the model."""
    assert reading.title
    assert [read.page.number for read in pages] == list(range(1, len(pages) + 1))
    for read in pages:
        ends = [0, *(block.end for block in read.blocks)]
        assert all(end <= block.start < block.end for end, block in zip(ends, read.blocks, strict=False))
        assert ends[-1] <= len(read.page.text)
        assert not set("\r\x00\ufffe\ufeff") & set(read.page.text.encode().decode())
    texts = {read.page.number: read.page.text for read in pages}
    for chunk in chunk_pages(pages, document_id="0" * 64, title=reading.title, unit=reading.unit, tokenizer=tokenizer):
        assert chunk.text == texts[chunk.page or 1][chunk.char_start : chunk.char_end]
        assert len(tokenizer.spans(chunk.indexed_text)) + 2 <= MODEL_LIMIT


@pytest.fixture(scope="module")
def tokenizer() -> MiniLMTokenizer:
    """The model's own."""
    return MiniLMTokenizer.load()


@pytest.mark.parametrize("suffix", MAKERS)
def test_every_format_is_read_into_pages_and_blocks(suffix: str, tokenizer: MiniLMTokenizer, tmp_path: Path) -> None:
    """Unit and count are those of the format, and every offset holds."""
    make, unit, count = MAKERS[suffix]
    reading, pages = read_all(make(tmp_path / f"rules{suffix.upper()}"))
    assert (reading.unit, reading.page_count) == (unit, count)
    assert len(pages) == (count or 1)
    assert all(read.blocks for read in pages)
    check(reading, pages, tokenizer)


def test_every_readable_ending_has_a_media_type() -> None:
    """The one table answers for all."""
    assert all("/" in media_type_of(f"Name.With.Dots{suffix.upper()}") for suffix in ENDINGS)


@pytest.mark.parametrize("name", ["photo.heic", "old.wpd", "program.exe", "text.xyz", "archive.tar.gz"])
def test_an_unknown_ending_is_not_guessed_at(name: str, tmp_path: Path) -> None:
    """A file of another kind is refused before anything is read of it."""
    path = tmp_path / name
    path.write_text("text", encoding="utf-8")
    with pytest.raises(UnknownFormat):
        media_type_of(name)
    with pytest.raises(UnknownFormat):
        open_document(path, name=name)


@pytest.mark.parametrize("name", ["README", "Makefile", ".profile", "Lease of 2024.11", "Letter to Dr. Smith", "v1.2"])
def test_a_text_without_an_ending_is_read(name: str, tmp_path: Path) -> None:
    """A figure or a word after a full stop is no ending."""
    path = tmp_path / name
    path.write_text("Quiet after ten.", encoding="utf-8")
    assert media_type_of(name) == "text/plain"
    _, pages = read_all(path)
    assert pages[0].page.text == "Quiet after ten."


def test_what_has_no_ending_and_is_no_text_is_unknown(tmp_path: Path) -> None:
    """Or what its first bytes say it is."""
    path = tmp_path / "program"
    path.write_bytes(b"\x7fELF" + bytes(range(256)) * 40)
    with pytest.raises(UnknownFormat):
        read_all(path)
    reading, _ = read_all(make_contract_pdf(tmp_path / "lease.pdf").rename(tmp_path / "lease"))
    assert reading.unit is PageUnit.PAGE


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("lease.pdf.txt", "a,b,c\n1,2,3"),
        ("LEASE.CSV", "a: 1; b: 2; c: 3"),
        ("very-long-name-" * 15 + ".txt", "a,b,c\n1,2,3"),
        ("gpj.\u202ecsv", "a: 1; b: 2; c: 3"),
        ("lease\u202excod.csv", "a: 1; b: 2; c: 3"),
        ("lease.csv ", "a: 1; b: 2; c: 3"),
    ],
)
def test_odd_names_find_their_reader(name: str, text: str, tmp_path: Path) -> None:
    """Two endings, capitals, any length, marks that turn the writing round, a blank at the end."""
    path = tmp_path / name
    path.write_text("a,b,c\n1,2,3", encoding="utf-8")
    reading, pages = read_all(path)
    assert pages[0].page.text == text
    assert "\u202e" not in reading.title


def test_a_wrong_ending_does_not_mislead(tmp_path: Path) -> None:
    """A PDF called .docx is read as the PDF it is, and a workbook called .txt as a workbook."""
    reading, pages = read_all(make_contract_pdf(tmp_path / "lease.docx"))
    assert (reading.unit, pages[0].page.label) == (PageUnit.PAGE, "i")
    reading, pages = read_all(_make_workbook(tmp_path / "book.xlsx").rename(tmp_path / "book.txt"))
    assert (reading.unit, pages[0].page.text) == (PageUnit.SHEET, "Item: Rent; Amount: 950")


@pytest.mark.parametrize("name", ["about.txt", "about.md", "about.csv", "about.html", "about.eml", "about.mbox"])
def test_a_text_that_speaks_of_pdf_files_is_a_text(name: str, tmp_path: Path) -> None:
    """Their mark counts in the middle of a file only where the name promises no text."""
    path = tmp_path / name
    path.write_text("Each of them begins with %PDF-1.7 and a newline.", encoding="utf-8")
    _, pages = read_all(path)
    assert "begins with %PDF-1.7" in pages[0].page.text


@pytest.mark.parametrize(
    ("name", "before"), [("lease.pdf", b"\r\n\r\n"), ("lease.docx", b"\0" * 9), ("lease.txt", b"")]
)
def test_a_pdf_is_known_by_its_mark(name: str, before: bytes, tmp_path: Path) -> None:
    """Also with some bytes before it, unless it is called a text."""
    path = make_contract_pdf(tmp_path / name)
    path.write_bytes(before + path.read_bytes())
    reading, _ = read_all(path)
    assert reading.unit is PageUnit.PAGE


@pytest.mark.parametrize("suffix", ENDINGS)
def test_a_file_without_a_byte_is_called_empty(suffix: str, tmp_path: Path) -> None:
    """Whatever its name promises: it is no scan, and not damaged."""
    path = tmp_path / f"empty{suffix}"
    path.write_bytes(b"")
    with pytest.raises(EmptyFile) as caught:
        read_all(path)
    assert caught.value.file == path.name


@pytest.mark.parametrize("suffix", [".pdf", ".docx", ".pptx", ".xlsx"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_truncated_file_is_damaged_or_read_in_part(suffix: str, share: float, tmp_path: Path) -> None:
    """Half a file is an error of its own kind, never a stranger's."""
    path = MAKERS[suffix][0](tmp_path / f"whole{suffix}")
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises((DamagedFile, NothingToRead)):
        read_all(path)


def test_an_archive_that_unpacks_to_gigabytes_is_not_opened(tmp_path: Path) -> None:
    """A bomb is recognised by what it says of itself, whatever Office file it is called."""
    bomb = make_bomb(tmp_path / "bomb.docx")
    for suffix in (".docx", ".pptx", ".xlsx"):
        with pytest.raises(FileTooLarge):
            open_document(bomb, name=f"bomb{suffix}")


def test_locked_files_ask_for_their_password(tmp_path: Path) -> None:
    """A locked PDF, and an Office file locked the way Office does it."""
    locked = tmp_path / "locked.docx"
    locked.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"))
    for path in (make_encrypted_pdf(tmp_path / "locked.pdf", key="secret"), locked):
        with pytest.raises(PasswordNeeded):
            read_all(path)


def test_a_scan_has_nothing_to_read(tmp_path: Path) -> None:
    """A PDF of pictures says so once all its pages were looked at."""
    with pytest.raises(NothingToRead):
        read_all(make_scan_pdf(tmp_path / "scan.pdf"))


def test_pdf_pages_say_what_was_printed(tmp_path: Path) -> None:
    """Headings by the outline, paragraphs by their distance, labels as printed."""
    reading, (first, second) = read_all(make_contract_pdf(tmp_path / "a.pdf"))
    assert reading.title == "Lease of 12 Mill Lane"
    assert first.page.text == f"Rent\n\n{LEASE[0]}\n{LEASE[2]}"
    assert [block.headings for block in first.blocks] == [("Rent",), ("Rent",)]
    assert (second.page.label, second.blocks[0].headings) == ("ii", ("Termination",))


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared data is not beside this checkout")
def test_real_reports_and_contracts_are_read_in_seconds(tokenizer: MiniLMTokenizer) -> None:
    """Every fifth of the question set's PDFs, whole: offsets hold, and hundreds of pages take seconds."""
    begun, count = time.monotonic(), 0
    for path in sorted((DATA / "pdfqa" / "pdfs").iterdir())[::5]:
        reading, pages = read_all(path)
        check(reading, pages, tokenizer)
        assert len(pages) == reading.page_count
        count += len(pages)
    assert count > 200
    assert (time.monotonic() - begun) / count < 0.2


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared data is not beside this checkout")
@pytest.mark.parametrize("kind", ODD)
@pytest.mark.filterwarnings("default")  # odd files make the libraries remark on them
def test_odd_files_are_read_or_refused_in_bounded_time(kind: str, tokenizer: MiniLMTokenizer) -> None:
    """Whatever strangers have made: text, or one of our own errors, and soon."""
    paths = [path for pattern in ODD[kind] for path in sorted((DATA / "odd").glob(pattern))]
    assert len(paths) > 5
    for path in paths:
        begun = time.monotonic()
        try:
            check(*read_all(path), tokenizer)
        except ReadError as error:
            assert error.file == path.name  # noqa: PT017  (either is right)
        assert time.monotonic() - begun < 20
