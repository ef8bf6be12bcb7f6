"""Rich text reads as its program shows it, whatever wrote it and in whatever encoding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rag.errors import DamagedFile, NothingToRead
from rag.reading import open_document

if TYPE_CHECKING:
    from pathlib import Path

    from rag.reading.blocks import Reading, ReadPage

HEAD = (
    r"{\rtf1\ansi\ansicpg1252\deff0"
    r"{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset204 Arial Cyr;}{\f2\fcharset128 Mincho;}}"
    r"{\stylesheet{\s0 Normal;}{\s1\b heading 1;}{\s2 heading 2;}}{\info{\title The lease}{\author Ada}}"
)


def read(path: Path, data: str | bytes) -> tuple[Reading, ReadPage]:
    path.write_bytes(data if isinstance(data, bytes) else data.encode("ascii"))
    reading = open_document(path, name=path.name)
    (page,) = reading.pages
    return reading, page


def test_headings_lists_and_tables_keep_their_order(tmp_path: Path) -> None:
    """Headings by style or outline level; a cell with two paragraphs stays one cell."""
    reading, page = read(
        tmp_path / "a.rtf",
        HEAD + r"\pard\s1\b Rent\par\pard\plain It is due.\line Always.\par"
        r"\pard\outlinelevel1 Costs\par\pard {\listtext\pard 1.\tab}First\par{\pntext\f1\'b7\tab}Second\par"
        r"\trowd\cellx1\cellx2\pard\intbl Item\cell Amount\cell\row"
        r"\trowd\cellx1\cellx2\pard\intbl Rent\par and heat\cell 950\cell\row\pard After \{it\} a\\b\par}",
    )
    assert reading.title == "The lease"
    assert page.page.text == (
        "Rent\n\nIt is due.\nAlways.\n\nCosts\n\n"
        "• 1. First\n• Second\nItem: Rent and heat; Amount: 950\n\nAfter {it} a\\b"
    )
    assert page.blocks[-1].headings == ("Rent", "Costs")


def test_what_stands_beside_the_text_follows_it(tmp_path: Path) -> None:
    """Boxes, notes, comments with who made them, headers; fields, hidden words and pictures leave no trace."""
    _, page = read(
        tmp_path / "a.rtf",
        HEAD + r"{\header\pard Mill Lane 12\par}{\footer Page {\field{\*\fldinst PAGE}{\fldrslt 1}}}"
        r"\pard Rent{\footnote \chftn Not on Sundays.} is due.{\v secret}{\deleted gone}{\*\unknown{\b junk}}"
        r"{\*\shppict{\pict\pngblip 89504e47}}"
        r"{\list{\listlevel{\leveltext \'02\'00.}{\levelnumbers \'01}}{\listname List1;}}"
        r"{\shp{\*\shpinst{\sp{\sn a}{\sv b}}{\shptxt In a box\par}}{\shprslt again}}"
        r"{\*\atnauthor Bob}{\*\annotation Check this.}\par}",
    )
    assert page.page.text == (
        "Rent is due.\n\nIn a box\n\nNot on Sundays.\n\nComment by Bob: Check this.\n\nHeader: Mill Lane 12"
    )


@pytest.mark.parametrize(
    ("rich", "text"),
    [
        (r"{\f1 \'cf\'f0\'e8\'e2\'e5\'f2}", "Привет"),
        (r"{\f2 \'83\'65\'83\'58\'83\'67}", "テスト"),
        (r"950 \'80 \u8211- due \ldblquote now\rdblquote", "950 € – due “now”"),
        (r"smile \u-10179?\u-8704? end", "smile 😀 end"),
        (r"{\uc2 \u945\'61\'62}{\uc0 \u946}!", "αβ!"),
        (r"opt\-ional non\~breaking \emdash  dash", "optional non breaking — dash"),
    ],
)
def test_characters_come_out_in_every_spelling(rich: str, text: str, tmp_path: Path) -> None:
    """The font's character set, Unicode with its substitutes, and control words."""
    _, page = read(tmp_path / "a.rtf", HEAD + rich + r"\par}")
    assert page.page.text.replace("\xa0", " ") == text


def test_bytes_beyond_ascii_are_read_in_the_encoding_of_the_file(tmp_path: Path) -> None:
    """Programs that do not escape them are understood too."""
    data = b"{\\rtf1\\ansi\\ansicpg1251 " + "Привет, дом".encode("cp1251") + b"\\par}"
    assert read(tmp_path / "a.rtf", data)[1].page.text == "Привет, дом"


@pytest.mark.parametrize(
    ("rich", "text"),
    [
        (r"before {\bin2147483647 x} after}", "before"),
        (r"before {\pict\bin5 }}}}}} after}", "before after"),
        (r"before " + "{" * 50_000 + "deep" + "}" * 50_000 + "}", "before deep"),
        (r"before }}}} after", "before after"),
        (r"before {\field{\*\fldinst{HYPERLINK " * 20_000, "before"),
        (r"before {\fonttbl " + r"\f1\fcharset0 a" * 50_000, "before"),
        (r"before {\stylesheet" + r"\s1" * 50_000, "before"),
        (r"before {\pict " + "89504e47" * 500_000 + "} after}", "before after"),
    ],
    ids=["bin beyond the end", "braces in bin", "deep", "too many ends", "fields", "fonts", "styles", "picture"],
)
@pytest.mark.timeout(60)
def test_no_rich_text_takes_long_or_crashes(rich: str, text: str, tmp_path: Path) -> None:
    """What hangs or breaks simpler readers costs seconds at most."""
    _, page = read(tmp_path / "a.rtf", r"{\rtf1\ansi " + rich)
    assert page.page.text.split() == text.split()


def test_rich_text_without_words_and_files_that_are_none_say_so(tmp_path: Path) -> None:
    """Two different sentences."""
    with pytest.raises(NothingToRead):
        read(tmp_path / "a.rtf", HEAD + r"\par}")
    with pytest.raises(DamagedFile):
        read(tmp_path / "a.rtf", bytes(range(1, 256)))
