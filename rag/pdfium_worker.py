"""The process that opens PDFs: it answers one request after another until the program that started it is gone.

Started as ``python -m rag.pdfium_worker`` by ``rag/pdfium_process.py``. PDFium is not thread-safe and a hostile file
can take its process down, so nothing else lives here: no library, no model, no page.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
from collections import OrderedDict
from dataclasses import asdict
from typing import IO, TYPE_CHECKING, Any, Protocol

import pypdfium2
import pypdfium2.raw as pdfium_c

from rag.pdfium_image import draw
from rag.pdfium_messages import OutlineEntry, PageImage, PdfFacts, PdfPage, read_message, write_message
from rag.pdfium_text import read_text
from rag.pypdf_reading import PYPDF_TROUBLE, PypdfDocument, page_notes

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["serve"]

_KEPT_OPEN = 4
_MOST_OUTLINE = 5_000
_PLAIN_ANNOTATIONS = frozenset({pdfium_c.FPDF_ANNOT_LINK, pdfium_c.FPDF_ANNOT_POPUP})
_WANTS_PASSWORD = pdfium_c.FPDF_ERR_PASSWORD


class _Refused(Exception):
    """A request that cannot be met; ``why`` is "password", "damaged" or "page"."""

    def __init__(self, why: str, detail: str) -> None:
        super().__init__(detail)
        self.why = why


class _Pdf(Protocol):
    """A PDF opened by either library."""

    def facts(self) -> PdfFacts: ...
    def page(self, number: int) -> PdfPage: ...
    def image(self, number: int, scale: float, spans: list[tuple[int, int]]) -> PageImage: ...
    def close(self) -> None: ...


class _ByPdfium:
    """A PDF that PDFium opens, which is nearly every one."""

    def __init__(self, path: str) -> None:
        self._document = pypdfium2.PdfDocument(path)
        self._pages = len(self._document)

    def facts(self) -> PdfFacts:
        title = _readable(lambda: self._document.get_metadata_value("Title"))
        return PdfFacts(title.strip("\x00 \t\r\n"), self._pages, tuple(self._outline()))

    def page(self, number: int) -> PdfPage:
        page = self._load(number)
        text = read_text(page.get_textpage())
        label = _readable(lambda: self._document.get_page_label(number - 1))
        annotated = _has_annotations(page)
        page.close()
        return PdfPage(number, label, text.text, text.lines, annotated)

    def image(self, number: int, scale: float, spans: list[tuple[int, int]]) -> PageImage:
        page = self._load(number)
        image = draw(page, scale, spans)
        page.close()
        return image

    def close(self) -> None:
        self._document.close()

    def _load(self, number: int) -> Any:  # noqa: ANN401  (pypdfium2 ships no types)
        if not 1 <= number <= self._pages:
            raise _Refused("page", f"page {number} of {self._pages}")
        return self._document[number - 1]

    def _outline(self) -> list[OutlineEntry]:
        entries = []
        for bookmark in self._document.get_toc():
            target = bookmark.get_dest()
            index = target.get_index() if target else None
            if index is not None:
                entries.append(OutlineEntry(_readable(bookmark.get_title).strip(), index + 1, bookmark.level))
            if len(entries) == _MOST_OUTLINE:
                break
        return entries


class _ByPypdf(PypdfDocument):
    """A PDF that only pypdf opens."""

    def image(self, number: int, scale: float, spans: list[tuple[int, int]]) -> PageImage:
        raise _Refused("damaged", f"PDFium refuses the file: no image of page {number} ({scale=}, {len(spans)} spans)")


def _readable(ask: Callable[[], str]) -> str:
    """What a PDF says beside its pages; empty where that is no text (half a UTF-16 pair), which costs nobody a page."""
    try:
        return ask()
    except UnicodeDecodeError:
        return ""


def _has_annotations(page: Any) -> bool:  # noqa: ANN401
    """Whether there are form fields or comments, links left aside."""
    for index in range(pdfium_c.FPDFPage_GetAnnotCount(page)):
        annotation = pdfium_c.FPDFPage_GetAnnot(page, index)
        kind = pdfium_c.FPDFAnnot_GetSubtype(annotation)
        pdfium_c.FPDFPage_CloseAnnot(annotation)
        if kind not in _PLAIN_ANNOTATIONS:
            return True
    return False


class _Worker:
    """The open documents, and what can be asked about them."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, _Pdf] = OrderedDict()

    def answer(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """Do what is asked and say what came of it."""
        try:
            return self._dispatch(request)
        except _Refused as refused:
            return {"refused": refused.why, "detail": str(refused)}, b""
        except (pypdfium2.PdfiumError, *PYPDF_TROUBLE) as error:
            return {"refused": "damaged", "detail": f"{type(error).__name__}: {error}"}, b""

    def _dispatch(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        path = request["path"]
        match request["do"]:
            case "facts":
                return asdict(self._pdf(path).facts()), b""
            case "pages":
                pages = [self._pdf(path).page(number) for number in range(request["first"], request["last"] + 1)]
                return {"pages": [asdict(page) for page in pages]}, b""
            case "notes":
                return {"notes": list(page_notes(path, request["numbers"]).items())}, b""
            case "image":
                image = self._pdf(path).image(request["page"], request["scale"], request["spans"])
                boxes = [asdict(box) for box in image.boxes]
                return {"width": image.width, "height": image.height, "boxes": boxes}, image.png
            case _:
                self._forget(path)
                return {}, b""

    def _pdf(self, path: str) -> _Pdf:
        """The document at ``path``, kept open for the next request while it is among the latest few."""
        if path not in self._open:
            self._open[path] = _open_pdf(path)
            if len(self._open) > _KEPT_OPEN:
                self._open.popitem(last=False)[1].close()
        self._open.move_to_end(path)
        return self._open[path]

    def _forget(self, path: str) -> None:
        if path in self._open:
            self._open.pop(path).close()


def _open_pdf(path: str) -> _Pdf:
    try:
        return _ByPdfium(path)
    except pypdfium2.PdfiumError as error:
        if error.err_code == _WANTS_PASSWORD:
            raise _Refused("password", str(error)) from error
        return _ByPypdf(path)


def _listen(stream: IO[bytes], requests: queue.SimpleQueue[dict[str, Any]]) -> None:
    """Pass requests on; when the program is gone, end at once, even in the middle of a page."""
    while True:
        try:
            requests.put(read_message(stream)[0])
        except EOFError:
            os._exit(0)


def serve() -> None:
    """Answer requests from standard input on standard output, which is kept clear of anything a library prints."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the program's to handle
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    requests: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, requests), daemon=True).start()
    worker = _Worker()
    while True:
        write_message(replies, *worker.answer(requests.get()))


if __name__ == "__main__":
    serve()
