"""Blocks to chunks: structure first (headings, paragraphs, sentences), then size, in the model's own word pieces.

Pure: it reads no file and loads no model; the tokenizer is handed in. No chunk crosses a page, every chunk is a slice
of its page's text, and prefix and text together always fit the model, which would cut the rest off without a word.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from rag.labels import HEADING_SEPARATOR, PREFIX_LIMIT, Prefixes, Prefixing, place_of
from rag.reading.blocks import BlockKind
from rag.segmentation import sentence_spans
from rag.tokens import MODEL_LIMIT
from storage.records import Chunk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rag.labels import Tokenizer
    from rag.reading.blocks import Block, ReadPage
    from storage.records import PageUnit

__all__ = ["Cut", "chunk_id", "chunk_pages"]

_BODY_LIMIT = MODEL_LIMIT - PREFIX_LIMIT - 2
_NEARLY = 0.75
"""From this share of the aim on, the next paragraph starts a new chunk."""
_SMALLEST_SECTION = 12
"""A section with fewer word pieces than this is joined to the next one on its page."""
_RUNT = 24
"""A chunk is not closed where fewer word pieces than this would be left of its section."""
_LONGEST = 1_500
"""Characters of a chunk: a "word" of any length can be one (unknown) piece, and people are to read the passage."""


_SEGMENT = 200_000
_LINE = re.compile(r"\S(?:[^\n]*\S)?")
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Cut:
    """How text is cut where its section is longer than a chunk, and what each chunk is encoded under."""

    aim: int = 190
    """Word pieces of text that a chunk aims at."""
    overlap: int = 0
    """Sentences (rows, list items) of the chunk before, of the same section, that a chunk begins with."""
    prefixing: Prefixing = Prefixing.BOTH


@dataclass(frozen=True, slots=True)
class _Unit:
    """The smallest stretch that is kept whole: a heading, a sentence, a row, or a part of one that is too long."""

    start: int
    end: int
    pieces: int
    block: Block
    inside_word: bool = False
    """Whether it ends in the middle of a word; the parts must not meet in one chunk, where they count otherwise."""


def chunk_pages(  # noqa: PLR0913  (a document and how to cut it, each under its name)
    pages: Iterable[ReadPage],
    *,
    document_id: str,
    title: str,
    unit: PageUnit | None,
    tokenizer: Tokenizer,
    cut: Cut = Cut(),
) -> Iterator[Chunk]:
    """Cut a document's pages, as they come, into chunks that cover every block."""
    prefixes = Prefixes(title, tokenizer, cut.prefixing)
    ordinal = 0
    for read in pages:
        measured = _MeasuredText(read.page.text, tokenizer)
        lines = _Lines(read.page.text)
        for section in _sections([piece for block in read.blocks for piece in _units(block, measured, cut.aim)]):
            headings = _headings(section)
            for run in _overlapping(_packed(section, cut.aim), cut.overlap):
                yield Chunk(
                    id=chunk_id(document_id, ordinal),
                    document_id=document_id,
                    ordinal=ordinal,
                    page=None if unit is None else read.page.number,
                    place=place_of(read.page, unit, headings, lines.of(run[0].start, run[-1].end), _rows(run)),
                    heading=HEADING_SEPARATOR.join(headings),
                    prefix=prefixes.of(headings),
                    text=read.page.text[run[0].start : run[-1].end],
                    char_start=run[0].start,
                    char_end=run[-1].end,
                )
                ordinal += 1


def chunk_id(document_id: str, ordinal: int) -> str:
    """The id of a document's chunk, by which its neighbours can be asked for."""
    return f"{document_id[:20]}-{ordinal}"


class _MeasuredText:
    """One page's text, and how many word pieces any stretch of it has, after one pass of the tokenizer."""

    def __init__(self, text: str, tokenizer: Tokenizer) -> None:
        self.text = text
        self._tokenizer = tokenizer
        self._starts = array("L")
        for start, end in _segments(text):
            self._starts.extend(start + offset for offset, _ in tokenizer.spans(text[start:end]))

    def count(self, start: int, end: int) -> int:
        """Word pieces that begin in ``[start, end)``; exact where both ends are ends of words."""
        return bisect_left(self._starts, end) - bisect_left(self._starts, start)

    def count_alone(self, start: int, end: int) -> int:
        """Word pieces of the stretch by itself, which differ where it is cut out of a word."""
        return len(self._tokenizer.spans(self.text[start:end]))

    def fits(self, start: int, end: int) -> bool:
        """Whether a stretch between ends of words can be a chunk."""
        return end - start <= _LONGEST and self.count(start, end) <= _BODY_LIMIT


class _Lines:
    """The line numbers of stretches that come in their order, so that no line of a huge page is counted twice."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position, self._line = 0, 1

    def of(self, start: int, end: int) -> tuple[int, int]:
        """The numbers of its first and its last line, from 1; ``start`` is never before that of the call before."""
        self._line += self._text.count("\n", self._position, start)
        self._position = start
        return self._line, self._line + self._text.count("\n", start, end)


def _segments(text: str) -> Iterator[tuple[int, int]]:
    """The text in stretches that end with a line, so that a huge page is not in memory as word pieces all at once."""
    start = 0
    while start < len(text):
        line_end = text.find("\n", start + _SEGMENT)
        end = len(text) if line_end < 0 else line_end + 1
        yield start, end
        start = end


def _units(block: Block, text: _MeasuredText, aim: int) -> Iterator[_Unit]:
    """A block's units: a heading or row as one, a paragraph as its sentences, and what is too long as its parts."""
    whole = sentence_spans(text.text, block.start, block.end)
    if whole and block.kind is not BlockKind.PARAGRAPH:
        whole = [(whole[0][0], whole[-1][1])]
    for start, end in whole:
        for line_start, line_end in [(start, end)] if text.count(start, end) <= aim else _lines(text.text, start, end):
            yield from _fitting(line_start, line_end, block, text)


def _lines(text: str, start: int, end: int) -> list[tuple[int, int]]:
    return [line.span() for line in _LINE.finditer(text, start, end)]


def _fitting(start: int, end: int, block: Block, text: _MeasuredText) -> Iterator[_Unit]:
    """The stretch itself or the fewest parts of it that fit, cut between words, inside one only where it must be."""
    part_start, part_end = start, start
    for word in _WORD.finditer(text.text, start, end):
        if part_start == part_end:
            part_start = part_end = word.start()
        if text.fits(part_start, word.end()):
            part_end = word.end()
            continue
        if part_start < part_end:
            yield _Unit(part_start, part_end, text.count(part_start, part_end), block)
        part_start, part_end = word.span()
        if not text.fits(part_start, part_end):
            yield from _word_parts(part_start, part_end, block, text)
            part_start = part_end
    if part_start < part_end:
        yield _Unit(part_start, part_end, text.count(part_start, part_end), block)


def _word_parts(start: int, end: int, block: Block, text: _MeasuredText) -> Iterator[_Unit]:
    """A word that is too long for a chunk, in parts."""
    while start < end:
        cut = min(end, start + _LONGEST)
        while cut > start + 1 and text.count_alone(start, cut) > _BODY_LIMIT:
            cut = start + (cut - start) // 2
        yield _Unit(start, cut, text.count_alone(start, cut), block, inside_word=cut < end)
        start = cut


def _sections(units: list[_Unit]) -> Iterator[list[_Unit]]:
    """The units that may share a chunk: those under one heading path, and very short sections with the next one."""
    section: list[_Unit] = []
    for unit in units:
        if section and _begins_section(unit, section) and sum(each.pieces for each in section) >= _SMALLEST_SECTION:
            yield section
            section = []
        section.append(unit)
    if section:
        yield section


def _begins_section(unit: _Unit, section: list[_Unit]) -> bool:
    """Whether the unit stands under another heading than the section, headings that follow each other taken as one."""
    if unit.block.kind is BlockKind.HEADING:
        return section[-1].block.kind is not BlockKind.HEADING
    return unit.block.headings != section[-1].block.headings


def _headings(section: list[_Unit]) -> tuple[str, ...]:
    """The heading path that all text of the section stands under."""
    paths = {unit.block.headings for unit in section if unit.block.kind is not BlockKind.HEADING}
    if not paths:
        return section[-1].block.headings
    first, *others = paths
    shared = next((i for i, name in enumerate(first) if any(path[i : i + 1] != (name,) for path in others)), len(first))
    return first[:shared]


def _packed(section: list[_Unit], longest_aim: int) -> Iterator[list[_Unit]]:
    """The section's units in runs of about the same length, each small enough for a chunk."""
    total = sum(unit.pieces for unit in section)
    aim = total / max(ceil(total / longest_aim), 1)
    run: list[_Unit] = []
    pieces, left = 0, total
    for unit in section:
        if run and (_must_close(run, pieces, unit) or _may_close(run, pieces, unit, aim, left)):
            yield run
            run, pieces = [], 0
        run.append(unit)
        pieces += unit.pieces
        left -= unit.pieces
    if run:
        yield run


def _must_close(run: list[_Unit], pieces: int, unit: _Unit) -> bool:
    """Whether ``unit`` cannot join the run."""
    return run[-1].inside_word or pieces + unit.pieces > _BODY_LIMIT or unit.end - run[0].start > _LONGEST


def _may_close(run: list[_Unit], pieces: int, unit: _Unit, aim: float, left: int) -> bool:
    """Whether the run has its length, or nearly so and a block begins; never after a heading nor before a runt."""
    if run[-1].block.kind is BlockKind.HEADING or left < _RUNT:
        return False
    at_block = unit.start == unit.block.start and pieces > aim * _NEARLY and left > aim * _NEARLY
    return at_block or pieces + unit.pieces / 2 > aim


def _overlapping(runs: Iterable[list[_Unit]], most: int) -> Iterator[list[_Unit]]:
    """The runs, each with as many of the last units of the one before at its head, up to ``most``, as fit."""
    before: list[_Unit] = []
    for run in runs:
        begun = list(run)
        for unit in reversed(before[len(before) - most :] if most else []):
            if unit.inside_word or _is_full(begun, unit):
                break
            begun.insert(0, unit)
        yield begun
        before = run


def _is_full(run: list[_Unit], unit: _Unit) -> bool:
    """Whether ``unit`` has no room at the head of the run."""
    return sum(each.pieces for each in run) + unit.pieces > _BODY_LIMIT or run[-1].end - unit.start > _LONGEST


def _rows(run: list[_Unit]) -> tuple[int, ...]:
    return tuple(unit.block.row for unit in run if unit.block.row is not None)
