"""A PDF page as an image, and where on it given stretches of its text stand.

Runs in the process that opens files. Boxes go through PDFium's own conversion from page to bitmap, which alone knows
about crop boxes and rotation. It knows nothing of documents, chunks or questions.
"""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING, Any

import pypdfium2.raw as pdfium_c

from rag.pdfium_text import PageText, read_text
from rag.reading_messages import Box, PageImage
from rag.word_marks import Edges, in_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from PIL.Image import Image

__all__ = ["draw", "picture_of"]

_MOST_PIXELS = 12_000_000
_LONGEST_SIDE = 6_000
_FINER = 16
_READABLE = 200 / 72


def draw(page: Any, scale: float, spans: Sequence[tuple[int, int]]) -> PageImage:  # noqa: ANN401  (pypdfium2 ships no types)
    """Draw a pypdfium2 ``PdfPage`` at ``scale`` pixels per point, or less where that would be too large.

    ``spans`` are code point offsets into the stored text of the page.
    """
    bitmap = page.render(scale=_bounded(scale, page.get_width(), page.get_height()))
    to_pixels = _Pixels(bitmap, page)
    text_page = page.get_textpage()
    text = read_text(text_page)
    boxes = [
        Box(index, *edges)
        for index, (start, end) in enumerate(spans)
        for edges in to_pixels.visible(in_rows(map(to_pixels.of, _rectangles(text_page, text, start, end))))
    ]
    return PageImage(_png(bitmap), bitmap.width, bitmap.height, tuple(boxes))


def picture_of(page: Any) -> Image:  # noqa: ANN401
    """The page as a picture from which words can be read, grey and at some 200 dots per inch."""
    bitmap = page.render(scale=_bounded(_READABLE, page.get_width(), page.get_height()))
    picture: Image = bitmap.to_pil().convert("L")
    return picture


class _Pixels:
    """From points of the page to pixels of its image, whichever way the page is cropped and turned."""

    def __init__(self, bitmap: Any, page: Any) -> None:  # noqa: ANN401
        whole = bitmap.get_posconv(page)
        *window, rotation = whole.pos_args
        # PDFium answers in whole pixels; asked about a larger image, it answers in fractions of them
        self._convert = type(whole)(page, (*(_FINER * edge for edge in window), rotation)).to_bitmap
        self._width, self._height = bitmap.width, bitmap.height

    def of(self, rectangle: Edges) -> Edges:
        """Left, bottom, right and top in points as left, top, right and bottom in pixels."""
        left, bottom, right, top = rectangle
        (x0, y0), (x1, y1) = self._convert(left, bottom), self._convert(right, top)
        return min(x0, x1) / _FINER, min(y0, y1) / _FINER, max(x0, x1) / _FINER, max(y0, y1) / _FINER

    def visible(self, rectangles: Iterable[Edges]) -> Iterator[Edges]:
        """What of the rectangles is on the image."""
        for left, top, right, bottom in rectangles:
            inside = max(left, 0.0), max(top, 0.0), min(right, self._width), min(bottom, self._height)
            if inside[0] < inside[2] and inside[1] < inside[3]:
                yield inside


def _bounded(scale: float, width: float, height: float) -> float:
    """The scale at which the image stays within its limits."""
    return min(scale, math.sqrt(_MOST_PIXELS / (width * height)), _LONGEST_SIDE / max(width, height))


def _png(bitmap: Any) -> bytes:  # noqa: ANN401
    buffer = io.BytesIO()
    bitmap.to_pil().save(buffer, format="PNG", compress_level=3)
    return buffer.getvalue()


def _rectangles(text_page: Any, text: PageText, start: int, end: int) -> Iterator[Edges]:  # noqa: ANN401
    """Left, bottom, right and top of each printed stretch of the span, in points of the page."""
    for raw_start, raw_end in text.raw_spans(start, end):
        first = pdfium_c.FPDFText_GetCharIndexFromTextIndex(text_page, raw_start)
        last = pdfium_c.FPDFText_GetCharIndexFromTextIndex(text_page, raw_end - 1)
        for index in range(text_page.count_rects(first, last - first + 1)):
            yield text_page.get_rect(index)
