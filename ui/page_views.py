"""The page that a passage stands on: which one is looked at, asked of the assistant, drawn as picture or as text.

Whole for the Page tab, and for the card of the open passage the stretch of the page around its marked words.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from markupsafe import Markup

from rag.errors import PasswordNeeded
from rag.evidence import Span
from rag.retelling import is_removed
from rag.sentences import DRAWING, LOCKED_PAGE, NOTHING_FOUND, REMOVED_QUOTE, WRONG_PASSWORD, sentence_for
from storage.errors import FootnoteError
from ui.render.evidence import quotes_in
from ui.render.frame import hollow
from ui.render.marks import joined, shifted
from ui.render.page_view import Sheet, page_cutting, page_locked, page_picture, page_words
from ui.render.words import is_drawn
from ui.sheets import Drawn

if TYPE_CHECKING:
    from rag.evidence import Answer, Evidence
    from storage.records import Page
    from ui.desk import Desk

__all__ = ["page_body", "page_detail"]


async def page_body(desk: Desk, answer: Answer, chunk_id: str | None, turned_to: int | None) -> Markup:
    """Return the page of the open passage, or of the best one where none is open, or the one ``turned_to`` from it."""
    evidence = _passage(answer, chunk_id) or next(iter(answer.evidence), None)
    if evidence is None:
        return hollow(NOTHING_FOUND)
    if is_removed(evidence.document.id):
        return hollow(REMOVED_QUOTE)
    drawn = await _drawn(desk, _sheet(answer, evidence, turned_to))
    return hollow(DRAWING) if drawn is None else drawn.whole


async def page_detail(desk: Desk, answer: Answer, chunk_id: str | None) -> Markup:
    """Return the marked words of the open passage as they stand on its page; nothing where there is no picture."""
    evidence = _passage(answer, chunk_id)
    sheet = None if evidence is None else _sheet(answer, evidence, None)
    if sheet is None or not _has_picture(sheet):
        return Markup("")
    drawn = await _drawn(desk, sheet)
    return Markup("") if drawn is None else drawn.detail


def _passage(answer: Answer, chunk_id: str | None) -> Evidence | None:
    return next((each for each in answer.evidence if each.chunk.id == chunk_id), None)


def _sheet(answer: Answer, evidence: Evidence, turned_to: int | None) -> Sheet:
    chunk = evidence.chunk
    page = turned_to or chunk.page
    if page != chunk.page:
        return Sheet(evidence.document, page, ())
    spans = quotes_in(answer, chunk.id) or shifted(evidence.highlights, chunk.char_start)
    return Sheet(evidence.document, page, joined(spans) or (Span(chunk.char_start, chunk.char_end),))


def _has_picture(sheet: Sheet) -> bool:
    return is_drawn(sheet.document) and sheet.page is not None


async def _drawn(desk: Desk, sheet: Sheet) -> Drawn | None:
    key = (sheet.document.id, sheet.page, sheet.spans)
    return await desk.sheets.get(key, lambda: _draw(desk, sheet))


async def _draw(desk: Desk, sheet: Sheet) -> Drawn:
    """Draw a page; what is wrong with it is said in its place, and a passage's card has nothing of it."""
    try:
        if not _has_picture(sheet):
            return Drawn(page_words(sheet, await _text(desk, sheet)))
        image = await desk.assistant.page_image(sheet.document.id, sheet.page or 1, sheet.spans)
    except PasswordNeeded:
        tried = desk.assistant.has_password(sheet.document.id)
        text = await _text(desk, sheet)
        return Drawn(page_locked(sheet, text, WRONG_PASSWORD if tried else LOCKED_PAGE), lasting=False)
    except FootnoteError as error:
        return Drawn(hollow(sentence_for(error)), lasting=False)
    return Drawn(page_picture(sheet, image), page_cutting(sheet, image))


async def _text(desk: Desk, sheet: Sheet) -> Page:
    return await asyncio.to_thread(desk.assistant.page_text, sheet.document.id, sheet.page)
