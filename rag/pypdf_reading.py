"""What pypdf adds to PDFium: the values of form fields, comments, and a second opinion on files that PDFium refuses.

Runs in the process that opens files. pypdf is some twenty times slower, so it is asked only for the pages and files
that need it.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject

from rag.pdfium_opening import open_with_pypdf
from rag.reading.cleaning import clean, one_line
from rag.reading_messages import PdfFacts, PdfLine, PdfPage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["PYPDF_TROUBLE", "PypdfDocument", "page_notes"]

PYPDF_TROUBLE = (
    PyPdfError,
    ValueError,
    LookupError,
    AttributeError,
    TypeError,
    ArithmeticError,
    RecursionError,
    OSError,
)
"""What pypdf lets out when a file is not what it should be."""
_WIDGET = "/Widget"
_SILENT = frozenset({"/Link", "/Popup"})
_BUTTON = "/Btn"
_OFF = frozenset({"", "Off"})
_TICKED = re.compile(r"yes|on|\d+|ja|oui|true|x|checked|wahr", re.IGNORECASE)
_DEEPEST_FIELD = 20

logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # its remarks on odd files are of no use to anybody here


class PypdfDocument:
    """A PDF that PDFium refuses; it has text, and no images of its pages."""

    def __init__(self, path: Path, password: str | None = None) -> None:
        self._reader = open_with_pypdf(path, password)
        self._pages = len(self._reader.pages)

    def facts(self) -> PdfFacts:
        """Title and page count; no outline, as what is left of it can hardly be trusted."""
        metadata = self._reader.metadata
        return PdfFacts(str((metadata and metadata.title) or ""), self._pages, ())

    def page(self, number: int) -> PdfPage:
        """One page's text, paragraphs where pypdf leaves a line blank."""
        extracted = self._reader.pages[number - 1].extract_text()
        text = re.sub(r"\n{3,}", "\n\n", clean(re.sub(r"[^\S\r\n]+", " ", extracted))).strip()
        lines = tuple(PdfLine(match.start(), match.end(), 0.0, bold=False) for match in re.finditer(r"[^\n]+", text))
        return PdfPage(number, "", text, lines, annotated=False)

    def close(self) -> None:
        """Let go of the file."""
        self._reader.close()


def page_notes(path: Path, numbers: Sequence[int], password: str | None = None) -> dict[int, list[str]]:
    """Filled-in form fields ("tenant: Ada") and comments of these pages, counted from 1."""
    reader = open_with_pypdf(path, password)
    try:
        return {number: _notes_on(reader.pages[number - 1]) for number in numbers}
    finally:
        reader.close()


def _notes_on(page: Any) -> list[str]:  # noqa: ANN401  (annotations are dictionaries of whatever a file holds)
    found = []
    for reference in _listed(page.get("/Annots")):
        try:
            found.append(_note(reference.get_object()))
        except PYPDF_TROUBLE:  # one that is damaged costs none of the others
            continue
    return [note for note in dict.fromkeys(found) if note]


def _note(annotation: Any) -> str:  # noqa: ANN401
    kind = annotation.get("/Subtype")
    if kind == _WIDGET:
        return _field(annotation)
    return "" if kind in _SILENT else _comment(annotation)


def _field(widget: Any) -> str:  # noqa: ANN401
    """Name and value of a filled-in field; a ticked box says yes, unless its value is a word of its own."""
    values = _inherited(widget, "/V")
    value = one_line(", ".join(str(each).removeprefix("/") for each in _listed(values) or [values]))
    name = one_line(str(_inherited(widget, "/TU") or _inherited(widget, "/T")))
    if value in _OFF:
        return ""
    ticked = _inherited(widget, "/FT") == _BUTTON and _TICKED.fullmatch(value)
    return f"{name}: {'yes' if ticked else value}"


def _listed(found: Any) -> list[Any]:  # noqa: ANN401
    """The entries of a list; none where it is something else."""
    return list(found) if isinstance(found, ArrayObject) else []


def _inherited(widget: Any, key: str) -> Any:  # noqa: ANN401
    """A field's entry, which may stand with one of its parents; empty where it stands nowhere."""
    for _ in range(_DEEPEST_FIELD):
        if key in widget:
            return widget[key]
        if "/Parent" not in widget:
            break
        widget = widget["/Parent"].get_object()
    return ""


def _comment(annotation: Any) -> str:  # noqa: ANN401
    text = one_line(str(annotation.get("/Contents") or ""))
    return f"Comment: {text}" if text else ""
