"""Scans and pictures: their words are read in order, and it is known where on the page each of them stands."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from rag.errors import DamagedFile, FileTooLarge, NothingToRead, PicturesOnly
from rag.reading import open_document
from rag.word_marks import marks_on
from storage.records import PageUnit
from storage.word_boxes import unpack
from tests.documents import LEASE, make_pdf, make_scan_pdf
from tests.rag.reading.opened import DATA, needs_data
from tests.scans import (
    LEFT,
    RIGHT,
    covers,
    draw_columns,
    draw_lines,
    needs_engine,
    nobody_reads_pictures,
    save_scan,
)

if TYPE_CHECKING:
    from pathlib import Path

    from rag.reading.blocks import ReadPage
    from rag.reading_process import ReadingProcesses
    from tests.scans import Drawing

__all__ = ["nobody_reads_pictures"]


def read(path: Path) -> list[ReadPage]:
    """All pages of the file."""
    return list(open_document(path, name=path.name).pages)


def lines_of(page: ReadPage) -> list[str]:
    """What stands on its lines."""
    return [line for line in page.page.text.splitlines() if line]


def marked_as_drawn(page: ReadPage, drawing: Drawing, quote: str) -> bool:
    """Whether the boxes of the quote lie on its words as they were drawn."""
    start = page.page.text.replace("\n", " ").index(quote)
    picture = drawing.picture
    boxes = marks_on(picture.width, picture.height, unpack(page.page.words), [(start, start + len(quote))])
    return covers(boxes, drawing.of(quote), 1.0)


@needs_engine
@pytest.mark.parametrize("ending", [".png", ".jpg", ".tiff", ".webp", ".pdf"])
def test_a_scan_is_read_word_for_word(ending: str, tmp_path: Path) -> None:
    """Whichever file it comes in; a document of one page, all of its lines in blocks."""
    path = save_scan(tmp_path / f"Lease{ending}", [draw_lines(LEFT).picture])
    reading = open_document(path, name=path.name)
    (page,) = reading.pages
    assert (reading.title, reading.unit, reading.page_count) == ("Lease", PageUnit.PAGE, 1)
    assert lines_of(page) == list(LEFT)
    assert "".join(page.page.text[block.start : block.end] for block in page.blocks).split() == " ".join(LEFT).split()
    assert not page.page.unread


@needs_engine
def test_every_word_has_its_place(tmp_path: Path) -> None:
    """Each box belongs to one word of the text, and lies where that word was drawn."""
    drawing = draw_lines(LEFT)
    (page,) = read(save_scan(tmp_path / "Lease.png", [drawing.picture]))
    words = unpack(page.page.words)
    assert [page.page.text[word.start : word.end] for word in words] == " ".join(LEFT).split()
    for word, (_, place) in zip(words, drawing.words, strict=True):
        assert covers(marks_on(*drawing.picture.size, [word], [(word.start, word.end)]), [place], 1.0)


@needs_engine
def test_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    """And a quote in the right one is marked there, over the end of its line."""
    drawing = draw_columns(LEFT, RIGHT)
    (page,) = read(save_scan(tmp_path / "Lease.png", [drawing.picture]))
    assert lines_of(page) == [*LEFT, *RIGHT]
    assert marked_as_drawn(page, drawing, "is returned within six weeks")


@needs_engine
def test_every_page_of_a_tiff_is_read(tmp_path: Path) -> None:
    """Fax machines and scanners put many into one file."""
    first, second = draw_lines(LEFT), draw_lines(RIGHT)
    pages = read(save_scan(tmp_path / "Fax.tiff", [first.picture, second.picture]))
    assert [(page.page.number, lines_of(page)) for page in pages] == [(1, list(LEFT)), (2, list(RIGHT))]
    assert marked_as_drawn(pages[1], second, "six weeks")


@needs_engine
def test_a_pdf_of_pages_and_scans_is_read_whole(tmp_path: Path) -> None:
    """Pages with text are read as ever, and only the others from their pictures; a blank one is neither."""
    from pypdf import PdfReader, PdfWriter

    scan = save_scan(tmp_path / "scan.pdf", [draw_lines(RIGHT).picture])
    writer = PdfWriter()
    for part in (make_pdf(tmp_path / "text.pdf", [LEASE]), scan, make_pdf(tmp_path / "blank.pdf", [[]])):
        writer.append(PdfReader(part))
    writer.write(tmp_path / "mixed.pdf")
    printed, scanned, blank = read(tmp_path / "mixed.pdf")
    assert lines_of(printed) == list(LEASE)
    assert not printed.page.words
    assert lines_of(scanned) == list(RIGHT)
    assert scanned.page.words
    assert (blank.page.text, blank.page.words, blank.page.unread) == ("", b"", False)


@needs_engine
def test_a_page_lying_on_its_side_is_read_too(tmp_path: Path) -> None:
    """As a photograph says of itself, and where nothing says so."""
    drawing = draw_lines(LEFT + RIGHT)
    told, untold = tmp_path / "told.jpg", tmp_path / "untold.png"
    turned = drawing.picture.transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter to the right (EXIF 2.3, Orientation)
    turned.save(told, exif=exif)
    turned.save(untold)
    (page,) = read(told)
    assert lines_of(page) == [*LEFT, *RIGHT]
    assert marked_as_drawn(page, drawing, "handed over by the caretaker")
    if find_name() == "Tesseract":
        (page,) = read(untold)
        assert lines_of(page) == [*LEFT, *RIGHT]


@needs_engine
def test_a_word_broken_at_the_end_of_its_line_is_whole_and_marked_in_both_places(tmp_path: Path) -> None:
    """It is found by a search for the word, and both its halves are marked."""
    drawing = draw_lines(("The land-", "lord keeps the keys.", "Ask the landlord for them, or the neighbour."))
    (page,) = read(save_scan(tmp_path / "Keys.png", [drawing.picture]))
    assert page.page.text.startswith("The landlord keeps the keys.")
    boxes = marks_on(*drawing.picture.size, unpack(page.page.words), [(4, 12)])
    assert covers(boxes, [*drawing.of("land-"), drawing.of("lord keeps")[0]], 1.0)


@needs_engine
@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "CMYK", "I;16"])
def test_whatever_its_colours_a_picture_is_read(mode: str, tmp_path: Path) -> None:
    """Black and white, grey, a palette, transparent, for print, and sixteen bits deep."""
    picture = draw_lines(LEFT).picture.convert("L" if mode == "I;16" else mode, dither=Image.Dither.NONE)
    if mode == "I;16":
        picture = picture.convert("I").point(lambda value: value * 200).convert("I;16")
    (page,) = read(save_scan(tmp_path / f"scan.{'tiff' if mode == 'CMYK' else 'png'}", [picture]))
    assert lines_of(page) == list(LEFT)


@needs_engine
def test_a_picture_called_pdf_is_read(tmp_path: Path) -> None:
    """Scanners' apps do that."""
    path = save_scan(tmp_path / "scan.png", [draw_lines(LEFT).picture]).rename(tmp_path / "scan.pdf")
    assert lines_of(read(path)[0]) == list(LEFT)


@needs_engine
def test_a_picture_of_nothing_holds_nothing(tmp_path: Path) -> None:
    """White paper, a drawing, a single point."""
    for picture in (Image.new("L", (800, 600), "white"), Image.new("RGB", (1, 1), "black")):
        with pytest.raises(NothingToRead) as caught:
            read(save_scan(tmp_path / "nothing.png", [picture]))
        assert type(caught.value) is NothingToRead
    with pytest.raises(NothingToRead):
        read(make_scan_pdf(tmp_path / "drawing.pdf"))


def test_a_picture_too_large_is_refused_unopened(tmp_path: Path) -> None:
    """A few bytes may promise more points than any memory has."""
    path = tmp_path / "huge.png"
    parts = (b"IHDR" + struct.pack(">2I5B", 100_000, 100_000, 8, 2, 0, 0, 0), b"IDAT", b"IEND")
    chunks = [struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part)) for part in parts]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))
    with pytest.raises(FileTooLarge, match="100,000 by 100,000"):
        read(path)


def test_a_picture_that_breaks_off_is_damaged(tmp_path: Path) -> None:
    """Half of a file is no page."""
    whole = save_scan(tmp_path / "scan.png", [draw_lines(LEFT).picture]).read_bytes()
    (tmp_path / "half.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DamagedFile):
        read(tmp_path / "half.png")


@pytest.mark.usefixtures("nobody_reads_pictures")
def test_without_an_engine_a_scan_says_how_to_get_one(tmp_path: Path) -> None:
    """It is neither damaged nor empty."""
    for name in ("scan.png", "scan.pdf", "scan.tiff"):
        with pytest.raises(PicturesOnly):
            read(save_scan(tmp_path / name, [draw_lines(LEFT).picture]))


@pytest.mark.usefixtures("nobody_reads_pictures")
def test_without_an_engine_a_mixed_file_says_which_pages_were_not_read(tmp_path: Path) -> None:
    """The others are read; a blank page lacks nothing."""
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter()
    for part in (
        make_pdf(tmp_path / "text.pdf", [LEASE]),
        save_scan(tmp_path / "scan.pdf", [draw_lines(RIGHT).picture]),
        make_pdf(tmp_path / "blank.pdf", [[]]),
    ):
        writer.append(PdfReader(part))
    writer.write(tmp_path / "mixed.pdf")
    assert [page.page.unread for page in read(tmp_path / "mixed.pdf")] == [False, True, False]


@needs_data
@needs_engine
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("image/OCRmyPDF/linn.png", "32 Track MIDI Sequence Recorder"),
        ("image/OCRmyPDF/baiona_gray.png", "Komunikabideak"),
        ("pdf/OCRmyPDF/vector.pdf", "for OCR processing. There could be more or less text."),
    ],
)
def test_pictures_of_others_are_read(name: str, words: str) -> None:
    """A leaflet, a map, and a PDF whose letters are drawn."""
    page = read(DATA / "odd" / name)[0]
    assert words in " ".join(page.page.text.split())


@needs_data
@pytest.mark.parametrize(("name", "error"), [("truncated.jpg", DamagedFile), ("png-100000x100000.png", FileTooLarge)])
def test_hostile_pictures_are_refused(name: str, error: type[Exception]) -> None:
    """In a moment, and for what they are."""
    with pytest.raises(error):
        read(DATA / "odd" / "edge" / "image" / name)


@needs_engine
def test_pictures_are_the_same_read_here_or_there(processes: ReadingProcesses, tmp_path: Path) -> None:
    """Text and boxes come whole from the process that reads."""
    path = save_scan(tmp_path / "Lease.png", [draw_lines(LEFT).picture])
    with processes.reader() as reader:
        assert list(reader.read(path).pages) == read(path)


def find_name() -> str:
    """What reads pictures here."""
    from rag.ocr import find_engine

    engine = find_engine()
    return engine.name if engine else ""
