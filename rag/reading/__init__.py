"""One reader per family of formats, and the one table that says which reads what.

Readers are imported when their first file comes, so that starting the program does not wait for libraries it may not
need.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from rag.errors import EmptyFile, UnknownFormat

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rag.pdfium_process import PdfiumProcess
    from rag.reading.blocks import Reading

__all__ = ["media_type_of", "open_document"]


def _pdf(path: Path, name: str, pdfium: PdfiumProcess) -> Reading:
    from rag.reading.pdf import read_pdf

    return read_pdf(path, name, pdfium)


def _word(path: Path, name: str, _: PdfiumProcess) -> Reading:
    from rag.reading.word import read_word

    return read_word(path, name)


def _slides(path: Path, name: str, _: PdfiumProcess) -> Reading:
    from rag.reading.slides import read_slides

    return read_slides(path, name)


def _workbook(path: Path, name: str, _: PdfiumProcess) -> Reading:
    from rag.reading.sheets import read_workbook

    return read_workbook(path, name)


def _csv(path: Path, name: str, _: PdfiumProcess) -> Reading:
    from rag.reading.csv_table import read_csv

    return read_csv(path, name)


def _web(path: Path, name: str, _: PdfiumProcess) -> Reading:
    from rag.reading.web import read_web

    return read_web(path, name)


def _web_archive(path: Path, name: str, _: PdfiumProcess) -> Reading:
    from rag.reading.web_archive import read_web_archive

    return read_web_archive(path, name)


def _book(path: Path, name: str, _: PdfiumProcess) -> Reading:
    from rag.reading.books import read_book

    return read_book(path, name)


def _mail(path: Path, name: str, _: PdfiumProcess) -> Reading:
    from rag.reading.mail import read_mail

    return read_mail(path, name)


def _mailbox(path: Path, name: str, _: PdfiumProcess) -> Reading:
    from rag.reading.mail import read_mailbox

    return read_mailbox(path, name)


def _outlook(path: Path, name: str, _: PdfiumProcess) -> Reading:
    from rag.reading.outlook import read_outlook

    return read_outlook(path, name)


def _notebook(path: Path, name: str, _: PdfiumProcess) -> Reading:
    from rag.reading.notebooks import read_notebook

    return read_notebook(path, name)


def _markdown(path: Path, name: str, _: PdfiumProcess) -> Reading:
    from rag.reading.markdown import read_markdown

    return read_markdown(path, name)


def _plain(path: Path, name: str, _: PdfiumProcess) -> Reading:
    from rag.reading.plain import read_plain

    return read_plain(path, name)


@dataclass(frozen=True, slots=True)
class _Format:
    """One format: its media type, the endings of its files, and who reads it."""

    media_type: str
    suffixes: tuple[str, ...]
    read: Callable[[Path, str, PdfiumProcess], Reading]

    @property
    def is_text(self) -> bool:
        """Whether its files are characters from their first byte on, which may speak of anything."""
        return self.media_type.startswith(("text/", "message/", "multipart/")) or self.media_type in _WRITTEN


_MAILBOX, _NOTEBOOK = "application/mbox", "application/x-ipynb+json"
_WRITTEN = (_MAILBOX, _NOTEBOOK)
"""Media types of characters that are not called text."""
_OFFICE = "application/vnd.openxmlformats-officedocument"
_FORMATS = (
    _Format("application/pdf", (".pdf",), _pdf),
    _Format(f"{_OFFICE}.wordprocessingml.document", (".docx",), _word),
    _Format(f"{_OFFICE}.presentationml.presentation", (".pptx",), _slides),
    _Format(f"{_OFFICE}.spreadsheetml.sheet", (".xlsx",), _workbook),
    _Format("text/csv", (".csv",), _csv),
    _Format("text/tab-separated-values", (".tsv",), _csv),
    _Format("text/html", (".html", ".htm", ".xhtml", ".xht"), _web),
    _Format("multipart/related", (".mhtml", ".mht"), _web_archive),
    _Format("application/epub+zip", (".epub",), _book),
    _Format("message/rfc822", (".eml",), _mail),
    _Format(_MAILBOX, (".mbox", ".mbx"), _mailbox),
    _Format("application/vnd.ms-outlook", (".msg",), _outlook),
    _Format(_NOTEBOOK, (".ipynb",), _notebook),
    _Format("text/markdown", (".md", ".markdown"), _markdown),
    _Format("text/plain", (".txt", ".text", ".log"), _plain),
)
_BY_SUFFIX = {suffix: form for form in _FORMATS for suffix in form.suffixes}
_SNIFFED = 1_024
_PDF_MARK = b"%PDF-"


def media_type_of(name: str) -> str:
    """The media type that a file of this name has; UnknownFormat where no reader knows its ending."""
    return _format_of(name).media_type


def open_document(path: Path, *, name: str, pdfium: PdfiumProcess) -> Reading:
    """Open the file at ``path``, which a person knows as ``name``.

    Its pages are read while they are asked for, so the iterator raises too: any ReadError, named for ``name``.
    """
    named = _format_of(name)
    with path.open("rb") as file:
        beginning = file.read(_SNIFFED)
    if not beginning:
        raise EmptyFile(name)
    form = _BY_SUFFIX.get(_true_suffix(path, beginning, named), named)
    return form.read(path, name, pdfium)


def _format_of(name: str) -> _Format:
    suffix = PurePath(name).suffix.lower()
    if suffix not in _BY_SUFFIX:
        raise UnknownFormat(name, suffix or "no ending")
    return _BY_SUFFIX[suffix]


def _true_suffix(path: Path, beginning: bytes, named: _Format) -> str:
    """What the file's first bytes say it is, whatever it is called; empty where they do not tell.

    A PDF may have some bytes before its mark; a text that only mentions the mark stays a text.
    """
    from rag.reading.archives import ZIP_SIGNATURE, main_folder

    if beginning.startswith(_PDF_MARK) or (_PDF_MARK in beginning and not named.is_text):
        return ".pdf"
    if beginning.startswith(ZIP_SIGNATURE):
        return {"word": ".docx", "ppt": ".pptx", "xl": ".xlsx"}.get(main_folder(path), "")
    return ""
