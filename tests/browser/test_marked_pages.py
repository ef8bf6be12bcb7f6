"""The marks on a page's picture lie on the very words that are quoted, however the page is cut, turned or set.

What the browser draws is measured in its pixels and brought back to the PDF's own coordinates here, without the
program's help; PDFium then says which characters stand there.
"""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pypdfium2
import pytest
from PIL import Image, ImageChops, ImageStat
from playwright.sync_api import expect

from tests.browser.person import add, ask_and_wait, open_page_tab, search_only
from tests.documents import LEASE, make_cropped_pdf, make_pdf, make_rotated_pdf, make_two_column_pdf

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.doubles.ollama import OllamaDouble

pytestmark = pytest.mark.browser

MAKERS: dict[str, Callable[[Path], Path]] = {
    "ordinary": lambda path: make_pdf(path, [["Lease of 12 Mill Lane", "", *LEASE]]),
    "cropped": make_cropped_pdf,
    "rotated": make_rotated_pdf,
    "two-column": make_two_column_pdf,
}
MEASURE = """(around) => {
    const image = document.querySelector(around + ' .drawn img').getBoundingClientRect();
    return [...document.querySelectorAll(around + ' .drawn .box')].map((each) => {
        const box = each.getBoundingClientRect();
        return [(box.left - image.left) / image.width, (box.top - image.top) / image.height,
                (box.right - image.left) / image.width, (box.bottom - image.top) / image.height];
    });
}"""


@dataclass(frozen=True, slots=True)
class Box:
    """A mark in the PDF's own coordinates: points from the lower left corner of the sheet."""

    left: float
    bottom: float
    right: float
    top: float

    def holds(self, character: tuple[float, float, float, float]) -> bool:
        """Whether the middle of a character lies in it."""
        left, bottom, right, top = character
        return self.left <= (left + right) / 2 <= self.right and self.bottom <= (bottom + top) / 2 <= self.top


@pytest.mark.parametrize("kind", MAKERS)
def test_the_words_in_the_drawn_boxes_are_the_quote(kind: str, page: Page, model: OllamaDouble, tmp_path: Path) -> None:
    """From the question to the citation, its card with a part of the page, the whole page, and the boxes on both."""
    path = MAKERS[kind](tmp_path / f"{kind}.pdf")
    add(page, path)
    search_only(page, [path.name])
    model.answer = "Either party may end the lease with three months' notice in writing. [1]"
    turn = ask_and_wait(page, "How much notice does either party need to end this lease?")
    turn.locator("button.fn").first.click()
    quote = page.locator(".ev.sel").get_by_role("button", name="Copy quote").get_attribute("data-copy") or ""
    assert LEASE[1] in " ".join(quote.split())
    expect(page.locator(".cut .box").first).to_be_in_viewport()
    in_the_card = page.evaluate(MEASURE, ".cut")
    open_page_tab(page)
    expect(page.locator(".drawn .box").first).to_be_in_viewport()
    with pypdfium2.PdfDocument(path) as document:
        sheet = document[0]
        for boxes in (in_the_card, page.evaluate(MEASURE, ".sheet")):
            assert _text_in([_on_paper(box, sheet) for box in boxes], sheet) == _bare(LEASE[1])
        assert _difference(_shown(page), sheet) < 2, "the picture is of the page, upright and whole"


def _on_paper(box: tuple[float, float, float, float], sheet: Any) -> Box:
    """Bring a box, as shares of the shown page from its upper left corner, to the paper (ISO 32000-1, 14.11.2)."""
    corners = [_point(box[0], box[1], sheet), _point(box[2], box[3], sheet)]
    (x0, x1), (y0, y1) = (sorted(values) for values in zip(*corners, strict=True))
    return Box(x0, y0, x1, y1)


def _point(across: float, down: float, sheet: Any) -> tuple[float, float]:
    left, bottom, right, top = sheet.get_cropbox()
    turned = {0: (across, 1 - down), 90: (down, across), 180: (1 - across, down), 270: (1 - down, 1 - across)}
    along, up = turned[sheet.get_rotation()]
    return left + along * (right - left), bottom + up * (top - bottom)


def _text_in(boxes: list[Box], sheet: Any) -> str:
    """All characters whose middles lie in any of the boxes, without spaces."""
    text = sheet.get_textpage()
    inside = [at for at in range(text.count_chars()) if any(box.holds(text.get_charbox(at)) for box in boxes)]
    return _bare("".join(text.get_text_range(at, 1) for at in inside))


def _bare(text: str) -> str:
    return "".join(text.split())


def _shown(page: Page) -> Image.Image:
    source = page.locator(".drawn img").get_attribute("src") or ""
    return Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2]))).convert("L")


def _difference(shown: Image.Image, sheet: Any) -> float:
    """Mean difference of the grey values between what is shown and PDFium's own picture."""
    drawn = sheet.render(scale=shown.width / sheet.get_width()).to_pil().convert("L").resize(shown.size)
    return ImageStat.Stat(ImageChops.difference(shown, drawn)).mean[0]
