"""The heading path while a document is read: which headings a stretch of text stands under.

A heading's rank says what it outranks: the smaller, the further out. Ranks are whatever orders a format's headings,
such as levels of an outline or font sizes negated.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["HeadingPath"]

_DEEPEST = 5
_LONGEST = 150


@dataclass(frozen=True, slots=True)
class HeadingPath:
    """The headings that are in force, outermost first, each with its rank."""

    ranked: tuple[tuple[float, str], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The path as blocks carry it."""
        return tuple(name for _, name in self.ranked)

    def under(self, rank: float, name: str) -> HeadingPath:
        """The path from this heading on: it ends all headings that it does not stand below."""
        outer = tuple(entry for entry in self.ranked if entry[0] < rank)
        return HeadingPath((*outer, (rank, " ".join(name.split())[:_LONGEST]))[-_DEEPEST:])
