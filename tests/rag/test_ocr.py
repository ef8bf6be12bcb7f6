"""What engines see becomes text in the order of reading, and Tesseract reads the languages that make sense."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from rag.ocr.page_text import page_of
from rag.ocr.reading_order import in_reading_order
from rag.ocr.seen import SeenLine, SeenWord
from rag.ocr.tesseract import find_tesseract, languages_to_read
from storage.word_boxes import unpack

if TYPE_CHECKING:
    from pathlib import Path

SIZE = (1000, 1000)


def stretch(text: str, left: float, top: float) -> tuple[SeenWord, ...]:
    """A line of words, each letter ten pixels wide and twenty high."""
    words = []
    for word in text.split():
        words.append(SeenWord(word, left, top, left + 10 * len(word), top + 20, 0.9))
        left += 10 * (len(word) + 1)
    return tuple(words)


def shown(stretches: list[tuple[SeenWord, ...]]) -> str:
    """The text of a page on which these were seen."""
    return page_of(in_reading_order(stretches), SIZE, number=1).page.text


def test_columns_of_running_text_come_one_after_the_other() -> None:
    """Below a heading over both, however the engine mixed them."""
    left = [stretch(f"left column line {number} goes on", 0, 100 + 30 * number) for number in range(4)]
    right = [stretch(f"right column line {number} ends", 500, 100 + 30 * number) for number in range(4)]
    mixed = [each for pair in zip(right, left, strict=True) for each in pair]
    assert shown([*mixed, stretch("A heading over both of the columns that is long", 100, 0)]).split("\n\n") == [
        "A heading over both of the columns that is long",
        "\n".join(f"left column line {number} goes on" for number in range(4)),
        "\n".join(f"right column line {number} ends" for number in range(4)),
    ]


def test_cells_beside_each_other_are_one_line() -> None:
    """A price belongs to what it is the price of."""
    rows = [("Coffee", "3.20"), ("Apple cake", "4.10"), ("Tea", "2.80"), ("Sum", "10.10")]
    cells = [
        stretch(text, 500 * column, 30 * row) for row, texts in enumerate(rows) for column, text in enumerate(texts)
    ]
    assert shown(cells[::-1]) == "Coffee 3.20\nApple cake 4.10\nTea 2.80\nSum 10.10"


def test_a_hyphen_that_only_ends_a_line_goes_and_one_of_the_word_stays() -> None:
    """Both halves keep their places."""
    lines = [
        SeenLine(stretch("The land-", 0, 0), 0),
        SeenLine(stretch("lord said that a land-lord and a landlord", 0, 30), 0),
        SeenLine(stretch("are well-", 0, 60), 0),
        SeenLine(stretch("known, and well-known is one word", 0, 90), 0),
    ]
    page = page_of(lines, SIZE, number=3, label="iii", headings=("Rules",)).page
    assert "well-known, and" in page.text
    for word in unpack(page.words):
        assert page.text[word.start : word.end].strip() == page.text[word.start : word.end] != ""


def test_signs_of_scripts_without_spaces_stand_together() -> None:
    """As they are written."""
    words = tuple(SeenWord(sign, 20 * at, 0, 20 * at + 18, 20, 0.9) for at, sign in enumerate("家賃は月額"))
    assert page_of([SeenLine(words, 0)], SIZE, number=1).page.text == "家賃は月額"


@pytest.mark.parametrize(
    ("installed", "system", "read"),
    [
        (("deu", "eng", "osd"), "fr_FR", ("deu", "eng")),
        (("osd", "equ"), "de_DE", ()),
        (("deu", "eng", "fra", "osd", "spa"), "fr_FR", ("fra", "eng")),
        (("deu", "eng", "fra", "spa"), "", ("eng",)),
        (("deu", "fra", "ita", "spa"), "sv_SE", ("deu", "fra", "ita")),
    ],
)
def test_the_languages_read_are_all_where_few_else_the_systems_and_english(
    installed: tuple[str, ...], system: str, read: tuple[str, ...]
) -> None:
    """Each language more costs time, and errors on pages that are not in it."""
    assert languages_to_read(installed, system) == read


@pytest.mark.skipif(sys.platform == "win32", reason="writes a program that only a shell starts")
def test_an_engine_that_does_not_start_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a library of it has gone, say: each picture would take its reader down."""
    program = tmp_path / "tesseract"
    program.write_text("#!/bin/sh\necho 'cannot open shared object file' >&2\nexit 127\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_tesseract() is None
    program.write_text("#!/bin/sh\necho 'List of available languages (1):'\necho eng\n")
    engine = find_tesseract()
    assert engine is not None
    assert engine.languages == ("eng",)
