"""A PDF that is open: its facts, the text of its pages, what was noted on them, and pictures of them.

PDFium opens nearly every file and pypdf most of the others. PDFium is not thread-safe and a hostile file can take its
process down, so this is only ever used in a process of its own (``rag/reading_worker.py``). It knows nothing of
headings or chunks.
"""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, Protocol

import pypdfium2
import pypdfium2.raw as pdfium_c

from rag.errors import DamagedFile, PasswordNeeded
from rag.pdfium_image import draw, picture_of
from rag.pdfium_opening import PasswordWanted, open_with_pdfium, open_with_pypdf
from rag.pdfium_text import read_text
from rag.pypdf_attachments import attached_files
from rag.pypdf_reading import PYPDF_TROUBLE, PypdfDocument, page_notes
from rag.reading_messages import OutlineEntry, PageImage, PdfFacts, PdfPage
from rag.usable_text import is_unusable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from PIL.Image import Image

    from rag.reading.blocks import Attachment

__all__ = ["PdfFile"]

_MOST_OUTLINE = 5_000
_PLAIN_ANNOTATIONS = frozenset({pdfium_c.FPDF_ANNOT_LINK, pdfium_c.FPDF_ANNOT_POPUP})


class _Pdf(Protocol):
    """A PDF opened by either library."""

    def facts(self) -> PdfFacts: ...
    def page(self, number: int) -> PdfPage: ...
    def picture(self, number: int) -> Image | None: ...
    def image(self, number: int, scale: float, spans: Sequence[tuple[int, int]]) -> PageImage: ...
    def close(self) -> None: ...


class PdfFile:
    """One PDF, whichever library opens it; every question raises DamagedFile where the file does not let it answer."""

    def __init__(self, path: Path, name: str, password: str | None = None) -> None:
        """Open the file that people know as ``name``; PasswordNeeded where none was given, or a wrong one."""
        self._path = path
        self._name = name
        self._password = password
        with self._trouble():
            self._pdf = self._open()

    def facts(self) -> PdfFacts:
        """Title, page count and outline."""
        with self._trouble():
            return self._pdf.facts()

    def page(self, number: int) -> PdfPage:
        """The text of a page, counted from 1; a damaged one has none, and costs no other."""
        try:
            return self._pdf.page(number)
        except (pypdfium2.PdfiumError, *PYPDF_TROUBLE):
            return PdfPage(number, "", "", (), annotated=False)

    def picture(self, number: int) -> Image | None:
        """A page as a picture to read words from; None where it cannot be drawn."""
        try:
            return self._pdf.picture(number)
        except (pypdfium2.PdfiumError, *PYPDF_TROUBLE):
            return None

    def notes(self, numbers: Sequence[int]) -> dict[int, list[str]]:
        """Filled-in form fields and comments of these pages; a file in which they cannot be read has none."""
        try:
            return page_notes(self._path, numbers, self._password)
        except PYPDF_TROUBLE:
            return {}

    def image(self, number: int, scale: float, spans: Sequence[tuple[int, int]]) -> PageImage:
        """A page at ``scale`` pixels per point, with the boxes of ``spans`` (offsets into its stored text)."""
        with self._trouble():
            return self._pdf.image(number, scale, spans)

    def close(self) -> None:
        """Let go of the file."""
        self._pdf.close()

    def attachments(self, annotated: Iterable[int]) -> Iterator[Attachment]:
        """The files inside the file; ``annotated`` are the pages that may have some pinned to them."""
        try:
            reader = open_with_pypdf(self._path, self._password)
        except PYPDF_TROUBLE:
            return
        with closing(reader):
            yield from attached_files(reader, annotated)

    def _open(self) -> _Pdf:
        try:
            return _ByPdfium(self._path, self._password)
        except PasswordWanted as error:
            raise PasswordNeeded(self._name, str(error)) from error
        except pypdfium2.PdfiumError:
            return self._open_otherwise()

    def _open_otherwise(self) -> _Pdf:
        try:
            return _ByPypdf(self._path, self._password)
        except PasswordWanted as error:
            raise PasswordNeeded(self._name, str(error)) from error

    @contextmanager
    def _trouble(self) -> Iterator[None]:
        """Say in the words of the error tree what either library lets out."""
        try:
            yield
        except (pypdfium2.PdfiumError, *PYPDF_TROUBLE) as error:
            raise DamagedFile(self._name, f"{type(error).__name__}: {error}") from error


class _ByPdfium:
    """A PDF that PDFium opens, which is nearly every one."""

    def __init__(self, path: Path, password: str | None) -> None:
        self._document = open_with_pdfium(path, password)
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
        return PdfPage(number, label, text.text, text.lines, annotated, telling=not is_unusable(text.layout.text))

    def picture(self, number: int) -> Image | None:
        page = self._load(number)
        picture = picture_of(page)
        page.close()
        return picture

    def image(self, number: int, scale: float, spans: Sequence[tuple[int, int]]) -> PageImage:
        page = self._load(number)
        image = draw(page, scale, spans)
        page.close()
        return image

    def close(self) -> None:
        self._document.close()

    def _load(self, number: int) -> Any:  # noqa: ANN401  (pypdfium2 ships no types)
        if not 1 <= number <= self._pages:
            raise IndexError(f"page {number} of {self._pages}")
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

    def picture(self, number: int) -> Image | None:  # noqa: ARG002  (there is none of any page)
        return None

    def image(self, number: int, scale: float, spans: Sequence[tuple[int, int]]) -> PageImage:
        raise ValueError(f"PDFium refuses the file: no image of page {number} ({scale=}, {len(spans)} spans)")


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
