"""From what an engine has seen on a picture to a page of text whose every word is known to stand somewhere.

Words become lines, lines paragraphs; a word that was broken at a line's end is made whole and stands in two places.
Pure but for the vocabulary that tells such hyphens. It knows neither engines nor files.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rag.line_hyphens import MARK, LineHyphens, vocabulary
from rag.reading.blocks import Block, BlockKind, ReadPage
from rag.reading.cleaning import clean
from storage.records import Page, WordBox
from storage.word_boxes import pack

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rag.ocr.seen import SeenLine, SeenWord

__all__ = ["page_of"]

_BROKEN = re.compile(r"[^\W\d_]{2,}[-\u2010\u00ad]\Z")
_GOES_ON = re.compile(r"[^\W\d_]")
_EAST_ASIA = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]")
_Placed = tuple["SeenWord", str]
"""A word, and what stands before it."""


def page_of(
    lines: Sequence[SeenLine], size: tuple[int, int], *, number: int, label: str = "", headings: tuple[str, ...] = ()
) -> ReadPage:
    """The page that the lines of a picture of ``size`` pixels make."""
    placed = list(_placed(lines))
    raw = "".join(f"{before}{word.text[:-1] if cut else word.text}" for word, before, cut in _with_cuts(placed))
    hyphens = LineHyphens(raw, vocabulary() if MARK in raw else frozenset())
    text, words = _written(placed, hyphens, size)
    blocks = tuple(
        Block(BlockKind.PARAGRAPH, match.start(), match.end(), headings)
        for match in re.finditer(r"(?s)\S.*?(?=\n\n|\Z)", text)
    )
    return ReadPage(Page(number, label, text, pack(words)), blocks)


def _placed(lines: Sequence[SeenLine]) -> Iterator[_Placed]:
    """The words in order; before one that goes on with a broken word stands ``MARK``."""
    before: SeenWord | None = None
    paragraph = -1
    for line in lines:
        for index, word in enumerate(line.words):
            apart = _apart(before, word, new_line=not index)
            yield word, "" if before is None else apart if line.paragraph == paragraph else "\n\n"
            before, paragraph = word, line.paragraph


def _apart(before: SeenWord | None, word: SeenWord, *, new_line: bool) -> str:
    if before is not None and new_line:
        return MARK if _BROKEN.search(before.text) and _GOES_ON.match(word.text) else "\n"
    alike = before is not None and _EAST_ASIA.match(before.text[-1:]) and _EAST_ASIA.match(word.text)
    return "" if alike else " "


def _with_cuts(placed: Sequence[_Placed]) -> Iterator[tuple[SeenWord, str, bool]]:
    """The words, what stands before each, and whether its last sign is a hyphen that the next one's mark stands for."""
    for index, (word, before) in enumerate(placed, start=1):
        yield word, before, index < len(placed) and placed[index][1] == MARK


def _written(placed: Sequence[_Placed], hyphens: LineHyphens, size: tuple[int, int]) -> tuple[str, list[WordBox]]:
    """The text, and where in it and on the picture each word stands."""
    parts: list[str] = []
    boxes: list[WordBox] = []
    length, broken = 0, ""
    for word, before, cut in _with_cuts(placed):
        shown = clean(word.text[:-1] if cut else word.text)
        apart = hyphens.between(broken, shown) if before == MARK else before
        parts += (apart, shown)
        start = length + len(apart)
        length = start + len(shown)
        boxes.append(_box(word, start, length, size))
        broken = shown
    return "".join(parts), boxes


def _box(word: SeenWord, start: int, end: int, size: tuple[int, int]) -> WordBox:
    width, height = size
    return WordBox(start, end, word.left / width, word.top / height, word.right / width, word.bottom / height)
