"""The heading path while a document is read: which headings a stretch of text stands under.

A heading's rank says what it outranks: the smaller, the further out. Ranks are whatever orders a format's headings,
such as levels of an outline or font sizes negated.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

__all__ = ["HeadingPath", "worded_rank"]

_DEEPEST = 4
_LONGEST = 150
_PART = re.compile(
    r"(?i:article|chapter|part|section|appendix|annex|schedule|exhibit|item)\s+(?:[\dIVXLC.]+|[A-H])(?!\w).*"
)
_NUMBERED = re.compile(r"(?P<number>\d{1,2}(?:\.\d{1,2})*)[.)]?\s+(?=[^\W\d_])[^a-z].*[^\d]")
_CAPITALS = re.compile(r"[^a-z]*[^\W\d_a-z]{3}[^a-z]*[^a-z\d]")
_LONGEST_WORDED = 80
_NO_HEADING = (".", ",", ";", ":")
_CAPITALS_RANK = 2


@dataclass(frozen=True, slots=True)
class HeadingPath:
    """The headings that are in force, outermost first, each with its rank."""

    ranked: tuple[tuple[float, str], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The path as blocks carry it."""
        return tuple(name for _, name in self.ranked)

    @property
    def loosened(self) -> HeadingPath:
        """The innermost heading alone, in force until any other comes."""
        return HeadingPath(tuple((math.inf, name) for _, name in self.ranked[-1:]))

    def under(self, rank: float, name: str) -> HeadingPath:
        """The path from this heading on: it ends all headings that it does not stand below."""
        outer = tuple(entry for entry in self.ranked if entry[0] < rank)
        return HeadingPath((*outer, (rank, " ".join(name.split())[:_LONGEST]))[-_DEEPEST:])


def worded_rank(line: str) -> int | None:
    """The rank of a line by itself that reads like a heading ("ARTICLE II", "3. ORDERS", "2.1 Fees"), None for others.

    It is positive, so that what is set as a heading outranks what only reads like one.
    """
    if len(line) > _LONGEST_WORDED or "\n" in line or line.endswith(_NO_HEADING):
        return None
    if _PART.fullmatch(line):
        return 1
    if numbered := _NUMBERED.fullmatch(line):
        return _CAPITALS_RANK + 1 + numbered["number"].count(".")
    return _CAPITALS_RANK if _CAPITALS.fullmatch(line) and line.lower() != line == line.upper() else None
