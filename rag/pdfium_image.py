"""A PDF page as an image, and where on it given stretches of its text stand.

Runs in the process that opens PDFs. Boxes go through PDFium's own conversion from page to bitmap, which alone knows
about crop boxes and rotation. It knows nothing of documents, chunks or questions.
"""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING, Any

import pypdfium2.raw as pdfium_c

from rag.pdfium_messages import Box, PageImage
from rag.pdfium_text import PageText, read_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["draw"]

_MOST_PIXELS = 12_000_000
_LONGEST_SIDE = 6_000


def draw(page: Any, scale: float, spans: Sequence[tuple[int, int]]) -> PageImage:  # noqa: ANN401  (pypdfium2 ships no types)
    """Draw a pypdfium2 ``PdfPage`` at ``scale`` pixels per point, or less where that would be too large.

    ``spans`` are code point offsets into the stored text of the page.
    """
    bitmap = page.render(scale=_bounded(scale, page.get_width(), page.get_height()))
    to_bitmap = bitmap.get_posconv(page).to_bitmap
    text_page = page.get_textpage()
    text = read_text(text_page)
    width, height = bitmap.width, bitmap.height
    boxes = [
        box
        for index, (start, end) in enumerate(spans)
        for rectangle in _rectangles(text_page, text, start, end)
        for box in _visible(_box(to_bitmap, index, rectangle), width, height)
    ]
    return PageImage(_png(bitmap), width, height, tuple(boxes))


def _bounded(scale: float, width: float, height: float) -> float:
    """The scale at which the image stays within its limits."""
    return min(scale, math.sqrt(_MOST_PIXELS / (width * height)), _LONGEST_SIDE / max(width, height))


def _png(bitmap: Any) -> bytes:  # noqa: ANN401
    buffer = io.BytesIO()
    bitmap.to_pil().save(buffer, format="PNG", compress_level=3)
    return buffer.getvalue()


def _rectangles(
    text_page: Any,  # noqa: ANN401
    text: PageText,
    start: int,
    end: int,
) -> Iterator[tuple[float, float, float, float]]:
    """Left, bottom, right and top of each printed stretch of the span, in points of the page."""
    raw_start, raw_end = text.raw_span(start, end)
    if raw_start == raw_end:
        return
    first = pdfium_c.FPDFText_GetCharIndexFromTextIndex(text_page, raw_start)
    last = pdfium_c.FPDFText_GetCharIndexFromTextIndex(text_page, raw_end - 1)
    for index in range(text_page.count_rects(first, last - first + 1)):
        yield text_page.get_rect(index)


def _box(to_bitmap: Any, span: int, rectangle: tuple[float, float, float, float]) -> Box:  # noqa: ANN401
    """The rectangle in pixels, whichever way the page is turned."""
    left, bottom, right, top = rectangle
    (x0, y0), (x1, y1) = to_bitmap(left, bottom), to_bitmap(right, top)
    return Box(span, min(x0, x1), min(y0, y1), max(x0, x1) + 1, max(y0, y1) + 1)


def _visible(box: Box, width: int, height: int) -> Iterator[Box]:
    """The part of a box that is on the image, if any of it is."""
    left, top, right, bottom = max(box.left, 0), max(box.top, 0), min(box.right, width), min(box.bottom, height)
    if left < right and top < bottom:
        yield Box(box.span, left, top, right, bottom)
