"""Which printed lines of a PDF are headings: by its own outline, or by how they are set. Pure.

A PDF does not say what a heading is, so both ways are guesses from what is there at no cost: bookmarks, and the size
and boldness of each line.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from rag.reading.headings import worded_rank

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rag.reading.headings import HeadingPath
    from rag.reading_messages import OutlineEntry, PdfFacts, PdfLine, PdfPage

__all__ = ["Heading", "Headings", "OutlineHeadings", "PageHeadings", "PrintedHeadings", "headings_of"]

_LARGER = 1.12
"""A line this many times larger than the text is set as a heading."""
_LONGEST = 120
_MOST_WORDS = 16
_MOST_LINES = 3
_RUNNING = 3
"""A line that stood on this many pages before is a running title, not a heading."""
_TICK_BOXES = ("☐", "☑", "☒", "□", "■", "•")
_CONTENTS = frozenset({"contents", "tableofcontents", "index", "inhalt", "inhaltsverzeichnis", "sommaire", "índice"})
_MOST_FIGURES = 3
"""A line with more figures than this is the head of a table."""
_FEWEST_ENTRIES = 3
_PAGES_PER_ENTRY = 15
"""An outline with fewer entries than one for this many pages is too coarse to be the only source of headings."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of some rank, printed on the lines up to ``last``."""

    rank: float
    name: str
    last: int


@dataclass(frozen=True, slots=True)
class PageHeadings:
    """The headings of one page: those printed, by the index of their first line, and those in force from its top."""

    placed: dict[int, Heading] = field(default_factory=dict)
    unplaced: tuple[Heading, ...] = ()


class Headings(Protocol):
    """A way of telling headings; pages come in order, batch by batch."""

    def prepare(self, batch: Iterable[PdfPage]) -> None:
        """Learn from pages that are about to be asked for."""
        ...

    def on_page(self, page: PdfPage) -> PageHeadings:
        """The headings of the page."""
        ...

    def carried_over(self, path: HeadingPath, page: PdfPage) -> HeadingPath:
        """What of the path at the end of the page is still in force on the next one."""
        ...


def headings_of(facts: PdfFacts) -> Headings:
    """The document's outline where it has one to speak of, else the way its lines are set."""
    enough = len(facts.outline) >= max(_FEWEST_ENTRIES, facts.pages / _PAGES_PER_ENTRY)
    return OutlineHeadings(facts.outline) if enough else PrintedHeadings()


class OutlineHeadings:
    """Headings are the bookmarks; each is looked for among the lines of the page it leads to."""

    def __init__(self, outline: tuple[OutlineEntry, ...]) -> None:
        self._by_page: defaultdict[int, list[OutlineEntry]] = defaultdict(list)
        for entry in outline:
            self._by_page[entry.page].append(entry)

    def prepare(self, batch: Iterable[PdfPage]) -> None:
        """Nothing to learn: the outline says it all."""

    def on_page(self, page: PdfPage) -> PageHeadings:
        """The page's bookmarks, each at its line, or from the top of the page where no line says it."""
        found = PageHeadings()
        unplaced = []
        keys = ["" if line.row else _letters(page.text[line.start : line.end]) for line in page.lines]
        for entry in self._by_page[page.number]:
            lines = _lines_saying(_letters(entry.title), keys)
            if lines is None or lines[0] in found.placed:
                unplaced.append(Heading(entry.level, entry.title, -1))
            else:
                found.placed[lines[0]] = Heading(entry.level, entry.title, lines[1])
        return PageHeadings(found.placed, tuple(unplaced))

    def carried_over(self, path: HeadingPath, page: PdfPage) -> HeadingPath:
        """All of it: bookmarks hold until the next of their level."""
        del page
        return path


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def _lines_saying(title: str, keys: list[str]) -> tuple[int, int] | None:
    """First and last of the lines that make up the title and nothing else, but for a number before it."""
    if not title:
        return None
    for first in range(len(keys)):
        said = ""
        for last in range(first, min(first + _MOST_LINES, len(keys))):
            said += keys[last]
            if said.lstrip("0123456789") == title.lstrip("0123456789") and said:
                return first, last
    return None


class PrintedHeadings:
    """Headings are short lines that are set larger than the text, or bold and by themselves."""

    def __init__(self) -> None:
        self._characters: Counter[tuple[float, bool]] = Counter()
        self._seen: Counter[str] = Counter()

    def prepare(self, batch: Iterable[PdfPage]) -> None:
        """Learn what the text is set in: the face that most characters have so far."""
        for page in batch:
            for line in page.lines:
                self._characters[line.size, line.bold] += line.end - line.start

    def on_page(self, page: PdfPage) -> PageHeadings:
        """The page's headings; lines that follow each other in one face are one heading."""
        body_size, body_bold = max(self._characters, key=self._characters.__getitem__, default=(0.0, False))
        placed: dict[int, Heading] = {}
        first = 0
        while first < len(page.lines):
            last = first
            line = page.lines[first]
            if line.row is not None:
                pass
            elif self._is_set_apart(page, first, body_size, bold_text=body_bold):
                last = _end_of_face(page, first)
                name = page.text[line.start : page.lines[last].end]
                if self._is_heading(name) and not _runs_on(page, last):
                    placed[first] = Heading(_set_rank(line, name), name, last)
            elif (worded := _worded_rank(page, first)) is not None and self._is_heading(_text(page, first)):
                placed[first] = Heading(worded, _text(page, first), first)
            first = last + 1
        return PageHeadings(placed)

    def carried_over(self, path: HeadingPath, page: PdfPage) -> HeadingPath:
        """All of it, except for a first page's: a cover is set so large that nothing after would ever end it."""
        return path.loosened if page.number == 1 else path

    def _is_set_apart(self, page: PdfPage, index: int, body_size: float, *, bold_text: bool) -> bool:
        """Whether the line is larger than the text, or bolder and the first of its paragraph."""
        line = page.lines[index]
        opens = index == 0 or _apart(page, index - 1)
        return line.size > body_size * _LARGER or (line.bold and not bold_text and opens and line.size >= body_size)

    def _is_heading(self, name: str) -> bool:
        """Whether it reads like one, and not like a running title."""
        self._seen[_letters(name)] += 1
        reads = len(name) <= _LONGEST and len(name.split()) <= _MOST_WORDS and not name.endswith((".", ",", ";"))
        figures = sum(any(map(str.isdigit, word)) for word in name.split())
        reads = reads and not name.startswith(_TICK_BOXES) and figures <= _MOST_FIGURES
        worded = sum(map(str.isalpha, name)) * 2 > len(name)
        return reads and worded and self._seen[_letters(name)] <= _RUNNING


def _text(page: PdfPage, line: int) -> str:
    return page.text[page.lines[line].start : page.lines[line].end]


def _worded_rank(page: PdfPage, line: int) -> int | None:
    """The rank of a line that is a paragraph by itself and reads like a heading, None for others."""
    begins = line == 0 or _apart(page, line - 1)
    ends = line + 1 < len(page.lines) and _apart(page, line)
    return worded_rank(_text(page, line)) if begins and ends else None


def _apart(page: PdfPage, line: int) -> bool:
    """Whether a blank line follows."""
    return "\n\n" in page.text[page.lines[line].end : page.lines[line + 1].start]


def _set_rank(line: PdfLine, name: str) -> float:
    """The larger and bolder, the further out, but for a table of contents, which nothing else stands under."""
    return 0.0 if _letters(name) in _CONTENTS else -round(line.size) - 0.5 * line.bold


def _runs_on(page: PdfPage, last: int) -> bool:
    """Whether the sentence goes on in the next line, as after the bold beginning of a paragraph."""
    return page.text[page.lines[last].end :].lstrip()[:1].islower()


def _end_of_face(page: PdfPage, first: int) -> int:
    """The last of the lines that follow the first one directly in the same face."""
    face = _face(page.lines[first])
    last = first
    while last + 1 < len(page.lines) and _face(page.lines[last + 1]) == face and not _apart(page, last):
        last += 1
    return last


def _face(line: PdfLine) -> tuple[float, bool]:
    return round(line.size), line.bold
