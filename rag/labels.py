"""The words that say what a chunk belongs to: its prefix for the models, and its place for people.

Pure. It knows nothing of how chunks are cut; what is shown of a chunk besides its text is made here.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from storage.records import PageUnit

if TYPE_CHECKING:
    from storage.records import Page

__all__ = [
    "HEADING_SEPARATOR",
    "PREFIX_LIMIT",
    "Prefixes",
    "Prefixing",
    "Tokenizer",
    "is_nameless",
    "place_between",
    "place_of",
]

HEADING_SEPARATOR = " › "
PREFIX_LIMIT = 30
"""Word pieces a prefix may take."""
_TITLE_LIMIT = 18
"""Word pieces of the title where headings follow it."""
_NOT_A_NAME = re.compile(r"[\W\d]+|(?=[a-z]*\d)[\da-f]{4,}|[\da-f]{32,}", re.IGNORECASE)


_COUNTED = re.compile(r"(?P<before>.*?)(?P<of>row|line)s? (?P<first>\d+)(?:–(?P<last>\d+))?")
_YEAR = re.compile(r"(19|20)\d\d")


class Prefixing(StrEnum):
    """What a chunk is encoded and indexed under, besides its text."""

    NONE = "none"
    TITLE = "title"
    """Of the document."""
    HEADINGS = "headings"
    BOTH = "both"


class Tokenizer(Protocol):
    """The model's tokenizer, as far as cutting needs it."""

    def spans(self, text: str) -> list[tuple[int, int]]:
        """The word pieces of ``text`` as character offsets, in order, without special ones, however long it is."""
        ...


def is_nameless(name: str) -> bool:
    """Whether a title or heading tells nothing: only hashes, numbers and punctuation."""
    return all(_NOT_A_NAME.fullmatch(word) for word in re.split(r"[\s_-]+", name) if word)


class Prefixes:
    """The prefixes of one document's chunks: title and heading path, cut to ``PREFIX_LIMIT`` word pieces."""

    def __init__(self, title: str, tokenizer: Tokenizer, prefixing: Prefixing = Prefixing.BOTH) -> None:
        self._title = _readable(title) if prefixing in {Prefixing.TITLE, Prefixing.BOTH} else ""
        self._with_headings = prefixing in {Prefixing.HEADINGS, Prefixing.BOTH}
        self._tokenizer = tokenizer
        self._made: dict[tuple[str, ...], str] = {}

    def of(self, headings: tuple[str, ...]) -> str:
        """The prefix of chunks under this heading path; may be empty."""
        headings = headings if self._with_headings else ()
        if headings not in self._made:
            self._made[headings] = self._make(headings)
        return self._made[headings]

    def _make(self, headings: tuple[str, ...]) -> str:
        names = [name for heading in headings if (name := _readable(heading)) and name != self._title]
        title = self._cut(self._title, _TITLE_LIMIT) if names else self._title
        parts = [title, *names] if title else names
        while len(parts) > (2 if title else 1) and self._pieces(HEADING_SEPARATOR.join(parts)) > PREFIX_LIMIT:
            del parts[1 if title else 0]  # the outermost heading tells least
        return self._cut(HEADING_SEPARATOR.join(parts), PREFIX_LIMIT)

    def _pieces(self, text: str) -> int:
        return len(self._tokenizer.spans(text))

    def _cut(self, text: str, limit: int) -> str:
        """As many whole words of the text as fit, or as much of its first word."""
        words = text.split(" ")
        while self._pieces(text) > limit:
            if len(words) > 1:
                words.pop()
                text = " ".join(words)
            else:
                text = text[: len(text) // 2]
        return text.removesuffix(HEADING_SEPARATOR.rstrip())


def _readable(name: str) -> str:
    """The name in words, or nothing where it tells nothing; a file's name loses its numbers, but for years."""
    words = [word for word in re.split(r"[\s_]+", name) if word]
    if "_" in name:
        words = [word for word in words if not is_nameless(word) or _YEAR.fullmatch(word)]
    return "" if is_nameless(" ".join(words)) else " ".join(words)


def place_of(
    page: Page, unit: PageUnit | None, headings: tuple[str, ...], lines: tuple[int, int], rows: tuple[int, ...]
) -> str:
    """Where a chunk stands, as a person says it; ``lines`` are its first and its last one on the page, from 1."""
    match unit:
        case None:
            return _place_within(headings, lines, rows)
        case PageUnit.PAGE:
            return f"p. {page.label or page.number}"
        case PageUnit.SLIDE:
            return f"Slide {page.number}"
        case PageUnit.SHEET:
            return f"Sheet {page.label}, {_range('row', rows)}" if rows else f"Sheet {page.label}"
        case PageUnit.CHAPTER | PageUnit.MESSAGE:
            named = f", {page.label}" if page.label else ""
            return f"{unit.capitalize()} {page.number}{named}"


def place_between(first: str, last: str) -> str:
    """Where a stretch stands that begins with a chunk at the first of these places and ends with one at the last."""
    begins, ends = _COUNTED.fullmatch(first), _COUNTED.fullmatch(last)
    if not begins or not ends or begins["before"] != ends["before"]:
        return first
    numbers = (int(begins["first"]), int(ends["last"] or ends["first"]))
    return f"{begins['before']}{_range(begins['of'], numbers)}"


def _place_within(headings: tuple[str, ...], lines: tuple[int, int], rows: tuple[int, ...]) -> str:
    """Where a chunk stands in what has no pages: its section, its rows, or its lines where it has neither."""
    if not headings:
        return _range("row", rows) if rows else _range("line", lines)
    section = headings[-1] if headings[-1].startswith("§") else f"§ {headings[-1]}"
    return f"{section}, {_range('row', rows)}" if rows else section


def _range(of: str, numbers: tuple[int, ...]) -> str:
    first, last = min(numbers), max(numbers)
    return f"{of} {first}" if first == last else f"{of}s {first}–{last}"
