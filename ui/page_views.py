"""The Page tab: which page is looked at, asked of the assistant, and drawn as a picture where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.evidence import Span
from rag.sentences import sentence_for
from storage.errors import FootnoteError
from ui.render.evidence import quotes_in
from ui.render.marks import joined, shifted
from ui.render.page_view import Sheet, no_page, page_picture, page_words

if TYPE_CHECKING:
    from markupsafe import Markup

    from rag.evidence import Answer, Evidence
    from ui.desk import Desk
    from ui.session import Session

__all__ = ["page_body"]

_PDF = "application/pdf"


async def page_body(desk: Desk, session: Session, answer: Answer | None) -> Markup:
    """Return the page of the open passage, or of the best one where none is open."""
    evidence = _open_passage(session, answer)
    if answer is None or evidence is None:
        return no_page()
    sheet = _sheet(session, answer, evidence)
    key = (sheet.document.id, sheet.page, sheet.spans)
    if key not in desk.sheets:
        try:
            desk.sheets[key] = await _draw(desk, sheet)
        except FootnoteError as error:
            return no_page(sentence_for(error))
    return desk.sheets[key]


def _open_passage(session: Session, answer: Answer | None) -> Evidence | None:
    passages = answer.evidence if answer is not None else ()
    return next((each for each in passages if each.chunk.id == session.chunk_id), passages[0] if passages else None)


def _sheet(session: Session, answer: Answer, evidence: Evidence) -> Sheet:
    chunk = evidence.chunk
    page = session.page or chunk.page
    if page != chunk.page:
        return Sheet(evidence.document, page, ())
    spans = quotes_in(answer, chunk.id) or shifted(evidence.highlights, chunk.char_start)
    return Sheet(evidence.document, page, joined(spans) or (Span(chunk.char_start, chunk.char_end),))


async def _draw(desk: Desk, sheet: Sheet) -> Markup:
    document = sheet.document
    if document.media_type == _PDF and sheet.page is not None:
        return page_picture(sheet, await desk.assistant.page_image(document.id, sheet.page, sheet.spans))
    return page_words(sheet, desk.assistant.page_text(document.id, sheet.page))
