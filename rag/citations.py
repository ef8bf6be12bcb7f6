"""Markers back to evidence: what the model writes as ``[1]`` becomes a citation of exact words while it still writes.

Models write markers in several ways, split them over chunks, and point to passages that do not exist. What leaves here
is text whose markers are all of one form and all real. Which sentence of a passage supports a claim best is asked of a
function that is given; how passages were found is not known here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import TYPE_CHECKING

from rag.events import TextDelta
from rag.segmentation import sentence_spans
from storage.records import Citation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rag.evidence import Evidence, Span

__all__ = ["CitationStream", "MarkerResolver", "Resolved", "citing_sentence"]

_HIGHEST_REFERENCE = 999
"""A larger number in brackets is a year or an amount, and part of the text."""
_LONGEST_RANGE = 10
_LONGEST_MARKER = 120
_NAMED = r"(?:passages?|sources?|documents?|passagen?|quellen?|fuentes?|fonti?|nos?\.?|\^|\#)?"
_MARKER = re.compile(
    rf"""
    (?P<space>[ \t]*) (?:\[|【) [ ]* {_NAMED} [ ]*
    (?P<list> \d+ (?: [ ]* (?:,|;|&|–|-|and|und|et|y|e) [ ]* {_NAMED} [ ]* \d+ )* )
    [ ]* (?: † [^\[\]【】\n]{{0,20}} )? (?:\]|】)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_ITEM = re.compile(r"(\d+)(?:\s*[–-]\s*(\d+))?")
_UNFINISHED = re.compile(rf"[ \t]*(?:\[|【)[^\[\]【】\n]{{0,{_LONGEST_MARKER}}}$|[ \t]+$")
"""The beginning of what may become a marker, with the white space that goes with it."""
_DANGLING = re.compile(r"[ \t]*(?:\[|【)[\d\s,]*$|[ \t]+$")
_CODE = re.compile(r"```|`|\n")
_CODE_ENDS = {"": (), "`": ("`", "\n"), "```": ("```",)}
_OUR_MARKER = re.compile(r"\[\d+\]")
_NO_WORDS = re.compile(r"[\W_]*(?:(?:\d{1,3}|[^\W\d_]|[ivx]{1,4})[.)])*[\W_]*")
"""What may stand before the first word of a line: the mark or number of a list's item, a heading's or a quote's."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """A stretch of the answer whose markers are real and of the form ``[1]``."""

    text: str
    markers: tuple[tuple[int, int], ...] = ()
    """Each marker's number with the offset into ``text`` at which it begins."""


class MarkerResolver:
    """Turns the text of one answer, as it comes in, into text with real markers; ``count`` passages can be cited."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._pending = ""
        self._fence = ""
        self._last = ""
        self.invented = 0
        """How many markers pointed to passages that do not exist, and were dropped."""

    def feed(self, text: str) -> Resolved:
        """Take in what the model wrote next and return what is certain now."""
        self._pending += text
        body = self._pending.rstrip("`")  # a run of backticks may go on in the next chunk
        last, is_code = _by_code(body, self._fence)[0][-1]
        unfinished = None if is_code else _UNFINISHED.search(last)
        end = len(body) - len(last) + unfinished.start() if unfinished else len(body)
        ready, self._pending = self._pending[:end], self._pending[end:]
        return self._resolve(ready)

    def finish(self) -> Resolved:
        """Return what is left when the model has ended, without white space or a marker that it did not finish."""
        ready = self._pending if self._fence else _DANGLING.sub("", self._pending)
        self._pending = ""
        return self._resolve(ready)

    def _resolve(self, text: str) -> Resolved:
        done, markers = "", []
        for piece in self._pieces(text):
            if isinstance(piece, str):
                done += piece
                continue
            numbers = self._real(piece)
            if numbers:
                done += piece["space"]
            for number in numbers:
                markers.append((number, len(done)))
                done += f"[{number}]"
        return Resolved(done, tuple(markers))

    def _pieces(self, text: str) -> list[str | re.Match[str]]:
        """The text cut into plain stretches and markers; in code there are no markers."""
        pieces: list[str | re.Match[str]] = []
        stretches, self._fence = _by_code(text, self._fence)
        for stretch, is_code in stretches:
            at = 0
            for found in () if is_code else _MARKER.finditer(stretch):
                before = stretch[found.start() - 1 : found.start()] if found.start() else self._last
                if not _is_text(found, before):
                    pieces += [stretch[at : found.start()], found]
                    at = found.end()
            pieces.append(stretch[at:])
            self._last = stretch[-1:] or self._last
        return pieces

    def _real(self, marker: re.Match[str]) -> list[int]:
        """The numbers of a marker that passages have, counting the others."""
        numbers = _numbers(marker["list"])
        real = [number for number in numbers if 1 <= number <= self._count]
        self.invented += len(numbers) - len(real)
        return real


class CitationStream:
    """The answer's text as it comes in, given on with real markers and the citation of each.

    ``evidence`` are the passages in the prompt by their numbers; ``quote_of`` finds, for a citing sentence, the span of
    what was read of the passage that supports it best. No text waits for a sentence to end, but a citation may.
    """

    def __init__(self, evidence: Mapping[int, Evidence], quote_of: Callable[[str, Evidence], Span]) -> None:
        self._resolver = MarkerResolver(max(evidence, default=0))
        self._evidence = evidence
        self._quote_of = quote_of
        self._text = ""
        self._waiting: list[tuple[int, int]] = []
        """Markers whose citing sentences are not complete, and those behind them: number and offset."""

    @property
    def invented(self) -> int:
        """How many markers pointed to passages that do not exist."""
        return self._resolver.invented

    def feed(self, text: str) -> TextDelta:
        """Take in what the model wrote next; the delta may be empty."""
        return self._cited(self._resolver.feed(text))

    def finish(self) -> TextDelta:
        """Return what is left when the model has ended, in whatever way."""
        rest = self._cited(self._resolver.finish())
        return replace(rest, citations=rest.citations + self._cite(len(self._waiting)))

    def _cited(self, resolved: Resolved) -> TextDelta:
        offset = len(self._text)
        self._text += resolved.text
        self._waiting += [(number, offset + at) for number, at in resolved.markers]
        ready = sum(1 for _ in takewhile(lambda marker: sentence_is_complete(self._text, marker[1]), self._waiting))
        return TextDelta(resolved.text, self._cite(ready))

    def _cite(self, count: int) -> tuple[Citation, ...]:
        """The citations of the first markers that wait."""
        ready, self._waiting = self._waiting[:count], self._waiting[count:]
        return tuple(self._citation(number, citing_sentence(self._text, at)) for number, at in ready)

    def _citation(self, number: int, sentence: str) -> Citation:
        evidence = self._evidence[number]
        return _citation(number, evidence, self._quote_of(sentence, evidence))


def citing_sentence(text: str, at: int) -> str:
    """The sentence that a marker at offset ``at`` stands for: the one it ends or follows, without any markers.

    A marker that opens the text, a line or an item of a list stands for the sentence after it, and one that has a line
    to itself for the sentence before.
    """
    before, after = _beside(text, at)
    return next(iter([*before[-1:], *after[:1], *_sentences(text[:at])[-1:]]), "")


def sentence_is_complete(text: str, at: int) -> bool:
    """Whether nothing that is still to be written can change what the marker at offset ``at`` stands for."""
    before, after = _beside(text, at)
    return bool(before) or "\n" in text[at:] or len(after) > 1


def _beside(text: str, at: int) -> tuple[list[str], list[str]]:
    """The sentences before and behind offset ``at`` on its line."""
    line_start = text.rfind("\n", 0, at) + 1
    return _sentences(text[line_start:at]), _sentences(text[at:].partition("\n")[0])


def _sentences(text: str) -> list[str]:
    """The sentences in which anything is said, without any markers."""
    bare = _OUR_MARKER.sub("", text)
    sentences = (bare[start:end] for start, end in sentence_spans(bare))
    return [sentence for sentence in sentences if not _NO_WORDS.fullmatch(sentence)]


def _citation(number: int, evidence: Evidence, quote: Span) -> Citation:
    chunk = evidence.read
    return Citation(
        marker=number,
        chunk_id=chunk.id,
        document_id=chunk.document_id,
        document=evidence.document.name,
        page=chunk.page,
        place=chunk.place,
        quote=chunk.text[quote.start : quote.end],
        char_start=chunk.char_start + quote.start,
        char_end=chunk.char_start + quote.end,
    )


def _by_code(text: str, fence: str) -> tuple[list[tuple[str, bool]], str]:
    """The text cut where code begins and ends, after ``fence`` has been opened, and the fence open at its end.

    What single backticks enclose ends with the line at the latest.
    """
    stretches, at = [], 0
    for tick in _CODE.finditer(text):
        opens = not fence and tick[0] != "\n"
        if opens or tick[0] in _CODE_ENDS[fence]:
            stretches.append((text[at : tick.start()], bool(fence)))
            fence, at = (tick[0] if opens else ""), tick.start()
    return [*stretches, (text[at:], bool(fence))], fence


def _is_text(marker: re.Match[str], before: str) -> bool:
    """Whether brackets that look like a marker belong to the text: a year, an amount, or the index in ``items[0]``."""
    figures = re.findall(r"\d+", marker["list"])
    if len(marker[0].strip()) > _LONGEST_MARKER or any(int(figure) > _HIGHEST_REFERENCE for figure in figures):
        return True
    return before.isalnum() and not marker["space"] and marker["list"] == "0"


def _numbers(listed: str) -> list[int]:
    """The numbers of "1, 2" or "1–3", each once."""
    numbers: list[int] = []
    for first, last in _ITEM.findall(listed):
        start, end = int(first), int(last or first)
        numbers += range(start, end + 1) if start <= end < start + _LONGEST_RANGE else [start, end]
    return list(dict.fromkeys(numbers))
