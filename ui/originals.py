"""The way to a document's original file: shown by the browser where that is harmless, saved where it is not.

A web page from the library must never run as part of this page, so only formats without scripts are shown in place.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.responses import FileResponse, PlainTextResponse
from starlette.routing import Route

from rag.sentences import sentence_for
from storage.errors import FootnoteError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from ui.backend import Backend

__all__ = ["originals_route"]

_SHOWN_AS = {
    **{each: each for each in ("application/pdf", "text/plain", "image/png", "image/jpeg", "image/webp")},
    "text/markdown": "text/plain",
}
"""What a browser may show, and as what."""


def originals_route(assistant: Backend) -> Route:
    """Return the route ``/originals/{document_id}``."""

    async def original(request: Request) -> Response:
        document_id = request.path_params["document_id"]
        documents = await asyncio.to_thread(assistant.documents)
        document = next((each for each in documents if each.id == document_id), None)
        if document is None:
            return PlainTextResponse("There is no such document.", 404)
        try:
            path = await asyncio.to_thread(assistant.original, document.id)
        except FootnoteError as error:
            return PlainTextResponse(sentence_for(error), 404)
        shown_as = _SHOWN_AS.get(document.media_type)
        return FileResponse(
            path,
            media_type=shown_as or "application/octet-stream",
            filename=document.name,
            content_disposition_type="inline" if shown_as else "attachment",
            headers={"Cache-Control": "private, no-store"},
        )

    return Route("/originals/{document_id}", original)
