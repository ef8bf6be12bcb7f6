"""What is marked on a page image is what was quoted, however the page is cropped, turned or set."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pypdfium2
import pytest
from PIL import Image

from rag.reading import open_document
from tests.documents import LEASE, make_cropped_pdf, make_pdf, make_rotated_pdf, make_two_column_pdf

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rag.reading_messages import PageImage
    from rag.reading_process import ReadingProcesses


def _make_plain_pdf(path: Path) -> Path:
    return make_pdf(path, [LEASE])


MAKERS = [_make_plain_pdf, make_cropped_pdf, make_rotated_pdf, make_two_column_pdf]


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("scale", [1.0, 1.5, 3.0])
@pytest.mark.parametrize("quote", LEASE)
def test_the_text_inside_the_boxes_is_the_quote(
    make: Callable[[Path], Path], scale: float, quote: str, processes: ReadingProcesses, tmp_path: Path
) -> None:
    """PDFium's own text inside the drawn boxes equals the quoted words."""
    path = make(tmp_path / "page.pdf")
    text, start, end = _find(path, quote)
    image = processes.render(path, 1, scale=scale, spans=[(start, end)])
    assert _words_inside(path, image, scale) == text[start:end].split()


@pytest.mark.parametrize("make", MAKERS)
def test_the_boxes_cover_ink(make: Callable[[Path], Path], processes: ReadingProcesses, tmp_path: Path) -> None:
    """There is something dark in every box, and the image is as large as it says."""
    path = make(tmp_path / "page.pdf")
    _, start, end = _find(path, LEASE[1])
    image = processes.render(path, 1, scale=2.0, spans=[(start, end)])
    picture = Image.open(io.BytesIO(image.png)).convert("L")
    assert picture.size == (image.width, image.height)
    for box in image.boxes:
        assert picture.crop((box.left, box.top, box.right, box.bottom)).getextrema()[0] < 100


def _find(path: Path, quote: str) -> tuple[str, int, int]:
    """The page's stored text and where the quote stands in it, line breaks aside."""
    (read,) = open_document(path, name=path.name).pages
    start = read.page.text.replace("\n", " ").index(quote)
    return read.page.text, start, start + len(quote)


def _words_inside(path: Path, image: PageImage, scale: float) -> list[str]:
    document = pypdfium2.PdfDocument(path)
    page = document[0]
    text_page = page.get_textpage()
    to_page = page.render(scale=scale * _FINER).get_posconv(page).to_page
    found = []
    for box in image.boxes:
        x0, y0 = to_page(round(box.left * _FINER), round(box.top * _FINER))
        x1, y1 = to_page(round(box.right * _FINER), round(box.bottom * _FINER))
        found.append(text_page.get_text_bounded(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)))
    text_page.close()
    page.close()
    document.close()
    return " ".join(found).split()


_FINER = 1
