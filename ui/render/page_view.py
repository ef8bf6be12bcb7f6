"""The page that a passage stands on: as PDFium draws it with boxes over the marked words, or as marked text."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup

from rag.evidence import Span
from ui.render import icons
from ui.render.marks import marked, within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag.reading_messages import Box, PageImage
    from storage.records import Document, Page

__all__ = ["Sheet", "page_cutting", "page_locked", "page_picture", "page_words"]

_VIEW = Markup(
    '<div class="page-head"><div class="page-name"><b>{name}</b><span>{where}</span></div><div'
    ' class="page-acts">{zoom}{turns}'
    '<a class="act" href="/originals/{document}{anchor}" target="_blank" rel="noopener">Open'
    " original</a></div></div>{body}"
)
_TURN = Markup(
    '<button type="button" class="chip small" data-action="turn-page" data-page="{page}"'
    ' aria-label="{label}"{state}>{sign}</button>'
)
_ZOOM = Markup(
    '<button type="button" class="chip small zoom" data-zoom aria-pressed="false"'
    ' aria-label="Show it larger">{}</button>'
)
_PICTURE = Markup(
    '<div class="sheet"><div class="drawn" style="aspect-ratio:{width}/{height}">'
    '<img src="data:image/png;base64,{png}" alt="{alt}" width="{width}" height="{height}">{boxes}</div></div>'
)
_CUTTING = Markup(
    '<button type="button" class="cutting" data-action="turn-back" aria-label="See the whole of page {page}">'
    '<span class="cut" style="aspect-ratio:{width:.1f}/{height:.1f}">'
    '<span class="drawn" style="width:{scale:.3f}%;margin:{top:.3f}% 0 0 {left:.3f}%;aspect-ratio:{whole}">'
    '<img src="data:image/png;base64,{png}" alt="">{boxes}</span></span></button>'
)
_BOX = Markup(
    '<i class="box" style="left:{left:.3f}%;top:{top:.3f}%;width:{width:.3f}%;height:{height:.3f}%"{scroll}></i>'
)
_WORDS = Markup('<div class="sheet"><div class="words" dir="auto" tabindex="0">{before}{text}{after}</div></div>')
_LOCKED = Markup(
    '<form class="ways locked" data-action="unlock-page" data-document="{document}"><p role="alert">{sentence}</p>'
    '<input type="password" name="value" required autocomplete="off" aria-label="Password of {name}">'
    '<button class="chip">Unlock</button></form>'
)
_MARGIN = 0.04
_NARROWEST = 0.55
_TALLEST = 0.75
"""Of the cutting beside a passage: the margin and the least width as shares of the page's, the height of its width."""
_NEAR = 20_000
"""Characters shown on either side of the marked words: a book without pages would be too much for a browser."""


class Sheet(NamedTuple):
    """Which page is looked at, and which of its words are marked."""

    document: Document
    page: int | None
    spans: tuple[Span, ...]


class _Cutting(NamedTuple):
    """The part of a page's picture that is shown, in pixels."""

    left: float
    top: float
    right: float
    bottom: float


def page_cutting(sheet: Sheet, image: PageImage) -> Markup:
    """Return the part of a PDF's page where the marked words stand, with a margin; nothing where none can be seen."""
    if not image.boxes:
        return Markup("")
    cut = _around(image)
    width, height = cut.right - cut.left, cut.bottom - cut.top
    return _CUTTING.format(
        page=sheet.page,
        width=width,
        height=height,
        scale=100 * image.width / width,
        left=-100 * cut.left / width,
        top=-100 * cut.top / width,  # a margin in per cent is one of the width, also above
        whole=f"{image.width}/{image.height}",
        png=base64.b64encode(image.png).decode("ascii"),
        boxes=Markup("").join(_box(box, image) for box in image.boxes),
    )


def _around(image: PageImage) -> _Cutting:
    """The boxes and a margin, neither narrower than reads well nor much taller than fits beside an answer."""
    margin = _MARGIN * image.width
    left = max(0.0, min(box.left for box in image.boxes) - margin)
    right = min(image.width, max(max(box.right for box in image.boxes) + margin, left + _NARROWEST * image.width))
    left = max(0.0, min(left, right - _NARROWEST * image.width))
    top = max(0.0, min(box.top for box in image.boxes) - margin)
    bottom = min(image.height, max(box.bottom for box in image.boxes) + margin, top + _TALLEST * (right - left))
    return _Cutting(left, top, right, bottom)


def page_picture(sheet: Sheet, image: PageImage) -> Markup:
    """Return a PDF's page as it looks."""
    boxes = Markup("").join(
        _box(box, image, scroll=_key(sheet) if index == 0 else "") for index, box in enumerate(image.boxes)
    )
    picture = _PICTURE.format(
        width=image.width,
        height=image.height,
        png=base64.b64encode(image.png).decode("ascii"),
        alt=f"{sheet.document.name}, page {sheet.page}",
        boxes=boxes,
    )
    return _view(sheet, f"page {sheet.page} of {sheet.document.pages}", picture, zoom=_ZOOM.format(icons.LARGER))


def page_words(sheet: Sheet, page: Page) -> Markup:
    """Return a page as text, the marked words in view."""
    window = _window(page.text, sheet.spans)
    text = marked(page.text[window.start : window.end], within(sheet.spans, window))
    words = _WORDS.format(
        before="… " if window.start else "",
        text=text.replace("<mark>", Markup('<mark data-scroll="{}">').format(_key(sheet)), 1),
        after=" …" if window.end < len(page.text) else "",
    )
    return _view(sheet, _where(sheet, page), words)


def page_locked(sheet: Sheet, page: Page, sentence: str) -> Markup:
    """Return where the password of a locked PDF is asked for, and below it the words of the page."""
    document = sheet.document
    return _LOCKED.format(document=document.id, name=document.name, sentence=sentence) + page_words(sheet, page)


def _box(box: Box, image: PageImage, scroll: str = "") -> Markup:
    return _BOX.format(
        left=100 * box.left / image.width,
        top=100 * box.top / image.height,
        width=100 * (box.right - box.left) / image.width,
        height=100 * (box.bottom - box.top) / image.height,
        scroll=Markup(' data-scroll="{}"').format(scroll) if scroll else "",
    )


def _key(sheet: Sheet) -> str:
    """Changes whenever another place comes into view, so that the page scrolls once and then lets the person scroll."""
    start = sheet.spans[0].start if sheet.spans else 0
    return f"{sheet.document.id[:12]}-{sheet.page}-{start}"


def _window(text: str, spans: Sequence[Span]) -> Span:
    start = min((span.start for span in spans), default=0)
    end = max((span.end for span in spans), default=0)
    return Span(max(0, start - _NEAR), min(len(text), end + _NEAR))


def _where(sheet: Sheet, page: Page) -> str:
    document = sheet.document
    if document.unit is None or document.pages is None:
        return "text"
    label = f" “{page.label}”" if page.label and page.label != str(page.number) else ""
    return f"{document.unit} {page.number} of {document.pages}{label}"


def _view(sheet: Sheet, where: str, body: Markup, zoom: str = "") -> Markup:
    return _VIEW.format(
        name=sheet.document.name,
        where=where,
        zoom=zoom,
        turns=_turns(sheet),
        document=sheet.document.id,
        anchor=f"#page={sheet.page}" if sheet.page else "",
        body=body,
    )


def _turns(sheet: Sheet) -> Markup:
    if sheet.page is None or (sheet.document.pages or 1) < 2:  # noqa: PLR2004  (a single page has no neighbours)
        return Markup("")
    return _turn(sheet, sheet.page - 1, "Previous page", "‹") + _turn(sheet, sheet.page + 1, "Next page", "›")


def _turn(sheet: Sheet, page: int, label: str, sign: str) -> Markup:
    there = 1 <= page <= (sheet.document.pages or 1)
    return _TURN.format(page=page, label=label, sign=sign, state="" if there else Markup(" disabled"))
