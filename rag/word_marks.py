"""The rectangles that mark words on the picture of a page. Pure.

A mark runs on along its line, whether the words come one by one from an engine that has read a picture or letter by
letter from a PDF. It knows nothing of files, pages or questions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.reading_messages import Box

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from storage.records import WordBox

__all__ = ["Edges", "in_rows", "marks_on"]

_SAME_LINE = 0.5

Edges = tuple[float, float, float, float]
"""Left, top, right and bottom."""


def marks_on(width: int, height: int, words: Sequence[WordBox], spans: Sequence[tuple[int, int]]) -> tuple[Box, ...]:
    """The boxes of ``spans`` (offsets into the page's text) on a picture of this many pixels."""
    return tuple(
        Box(index, *edges)
        for index, (start, end) in enumerate(spans)
        for edges in in_rows(
            (word.left * width, word.top * height, word.right * width, word.bottom * height)
            for word in words
            if word.start < end and start < word.end
        )
    )


def in_rows(rectangles: Iterable[Edges]) -> Iterator[Edges]:
    """Rectangles that follow each other on one line as one: some files print every letter by itself."""
    row: Edges | None = None
    for edges in rectangles:
        if row is not None and _continues(row, edges):
            row = min(row[0], edges[0]), min(row[1], edges[1]), max(row[2], edges[2]), max(row[3], edges[3])
            continue
        if row is not None:
            yield row
        row = edges
    if row is not None:
        yield row


def _continues(row: Edges, following: Edges) -> bool:
    """Whether the following rectangle stands beside the row, no further off than the row is high."""
    height = max(row[3] - row[1], following[3] - following[1])
    shared = min(row[3], following[3]) - max(row[1], following[1])
    beside = shared > _SAME_LINE * min(row[3] - row[1], following[3] - following[1])
    return beside and -height < following[0] - row[2] < height
