"""Makers of scans: pictures on which it is known where each word was drawn.

Pages are drawn at 200 dots per inch, as a scanner would make them, but cleaner.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageDraw, ImageFont

from rag.ocr import find_engine

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from rag.reading_messages import Box

__all__ = [
    "LEFT",
    "RIGHT",
    "Drawing",
    "Place",
    "covers",
    "draw_columns",
    "draw_lines",
    "needs_engine",
    "nobody_reads_pictures",
    "save_scan",
]

LEFT = (
    "The monthly rent is 950 euros and is due",
    "on the third working day of each month.",
    "Keys are handed over by the caretaker",
    "in the hall on the day of the move.",
    "Whoever loses one pays for a new lock,",
    "unless the old one was worn out before.",
    "Bicycles are kept in the yard at night.",
)
RIGHT = (
    "The deposit of 1900 euros is returned",
    "within six weeks of moving out again.",
    "Pets need the consent of the landlord",
    "and may not be left alone for long.",
    "The cellar is shared with the neighbour",
    "and is swept by turns every Saturday.",
    "Rubbish goes into the bins on Tuesdays.",
)
"""Two texts in lines that fit a column each."""
_PAGE = (1654, 2339)
_LETTERS = 30
_LEADING = 48

needs_engine = pytest.mark.skipif(find_engine() is None, reason="nothing on this machine reads pictures (Tesseract)")

Place = tuple[float, float, float, float]
"""Left, top, right and bottom, in pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """A picture, and its words with their places."""

    picture: Image.Image
    words: tuple[tuple[str, Place], ...]

    def of(self, quote: str) -> list[Place]:
        """Where the words of the quote were drawn."""
        said, wanted = [word for word, _ in self.words], quote.split()
        at = next(at for at in range(len(said)) if said[at : at + len(wanted)] == wanted)
        return [place for _, place in self.words[at : at + len(wanted)]]


def draw_lines(lines: Sequence[str], *, size: tuple[int, int] = _PAGE) -> Drawing:
    """One column."""
    return _drawing(size, ((140, lines),))


def draw_columns(*columns: Sequence[str]) -> Drawing:
    """Columns beside each other, their lines at the same heights."""
    return _drawing(_PAGE, tuple((100 + 800 * index, lines) for index, lines in enumerate(columns)))


def save_scan(path: Path, pictures: Sequence[Image.Image]) -> Path:
    """The pictures as the pages of a PDF or a TIFF, whichever the name says."""
    first, *others = pictures
    more = {"save_all": True, "append_images": others} if path.suffix in {".pdf", ".tiff"} else {}
    first.save(path, **more, **({"resolution": 200} if path.suffix == ".pdf" else {}))
    return path


def covers(boxes: Sequence[Box], places: Sequence[Place], scale: float) -> bool:
    """Whether the middle of each place is inside a box, and no box is where there is no place."""
    scaled = [tuple(scale * edge for edge in place) for place in places]
    marked = all(any(_holds(box, place) for box in boxes) for place in scaled)
    return marked and all(any(_holds_middle(box, place) for place in scaled) for box in boxes)


@pytest.fixture
def nobody_reads_pictures(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A computer without Tesseract on its path; where RapidOCR is installed too, there is no such thing to be had."""
    empty = tmp_path / "no programs"
    empty.mkdir()
    monkeypatch.setenv("PATH", os.fspath(empty))
    assert shutil.which("tesseract") is None
    find_engine.cache_clear()
    try:
        if find_engine() is not None:
            pytest.skip("RapidOCR is installed here")
        yield
    finally:
        monkeypatch.undo()
        find_engine.cache_clear()


def _drawing(size: tuple[int, int], columns: Sequence[tuple[int, Sequence[str]]]) -> Drawing:
    picture = Image.new("RGB", size, "white")
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(_LETTERS)
    words: list[tuple[str, Place]] = []
    for left, lines in columns:
        for number, line in enumerate(lines):
            top, across = 200 + number * _LEADING, float(left)
            for word in line.split():
                pen.text((across, top), word, font=font, fill="black")
                words.append((word, pen.textbbox((across, top), word, font=font)))
                across += pen.textlength(f"{word} ", font=font)
    return Drawing(picture, tuple(words))


def _holds(box: Box, place: Sequence[float]) -> bool:
    """Whether nearly all of the place is inside the box."""
    width = min(box.right, place[2]) - max(box.left, place[0])
    height = min(box.bottom, place[3]) - max(box.top, place[1])
    return width > 0 and height > 0 and width * height > 0.6 * (place[2] - place[0]) * (place[3] - place[1])


def _holds_middle(box: Box, place: Sequence[float]) -> bool:
    across, down = (place[0] + place[2]) / 2, (place[1] + place[3]) / 2
    return box.left <= across <= box.right and box.top <= down <= box.bottom
