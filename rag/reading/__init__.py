"""One reader per family of formats, and the one table that says which reads what.

Readers are imported when their first file comes, so that starting the program does not wait for libraries it may not
need.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from rag.errors import EmptyFile, OldFormat, UnknownFormat
from rag.reading.signatures import true_suffix

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


def _old_word(_: Path, name: str, __: PdfiumProcess) -> Reading:
    raise OldFormat(name, "save it as .docx")


def _old_slides(_: Path, name: str, __: PdfiumProcess) -> Reading:
    raise OldFormat(name, "save it as .pptx")


def _rtf(path: Path, name: str, _: PdfiumProcess) -> Reading:
    from rag.reading.rtf import read_rtf

    return read_rtf(path, name)


def _odf_text(path: Path, name: str, _: PdfiumProcess) -> Reading:
    from rag.reading.odf_text import read_odf_text

    return read_odf_text(path, name)


def _odf_slides(path: Path, name: str, _: PdfiumProcess) -> Reading:
    from rag.reading.odf_slides import read_odf_slides

    return read_odf_slides(path, name)


def _slides(path: Path, name: str, _: PdfiumProcess) -> Reading:
    from rag.reading.slides import read_slides

    return read_slides(path, name)


def _workbook(path: Path, name: str, _: PdfiumProcess) -> Reading:
    from rag.reading.sheets import read_workbook

    return read_workbook(path, name)


def _values_workbook(path: Path, name: str, _: PdfiumProcess) -> Reading:
    from rag.reading.value_sheets import read_values_workbook

    return read_values_workbook(path, name)


def _odf_sheets(path: Path, name: str, _: PdfiumProcess) -> Reading:
    from rag.reading.odf_sheets import read_odf_sheets

    return read_odf_sheets(path, name)


def _csv(path: Path, name: str, _: PdfiumProcess) -> Reading:
    from rag.reading.csv_table import read_csv

    return read_csv(path, name)


def _web(path: Path, name: str, _: PdfiumProcess) -> Reading:
    from rag.reading.web import read_web

    return read_web(path, name)


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
        return self.media_type.startswith("text/")


_OFFICE = "application/vnd.openxmlformats-officedocument"
_ODF = "application/vnd.oasis.opendocument"
_FORMATS = (
    _Format("application/pdf", (".pdf",), _pdf),
    _Format(f"{_OFFICE}.wordprocessingml.document", (".docx", ".docm", ".dotx", ".dotm"), _word),
    _Format(f"{_OFFICE}.presentationml.presentation", (".pptx", ".pptm", ".ppsx", ".ppsm", ".potx"), _slides),
    _Format(f"{_OFFICE}.spreadsheetml.sheet", (".xlsx", ".xlsm", ".xltx", ".xltm"), _workbook),
    _Format("application/vnd.ms-excel.sheet.binary.macroEnabled.12", (".xlsb",), _values_workbook),
    _Format("application/vnd.ms-excel", (".xls", ".xlt"), _values_workbook),
    _Format(f"{_ODF}.spreadsheet", (".ods", ".ots"), _odf_sheets),
    _Format(f"{_ODF}.text", (".odt", ".ott"), _odf_text),
    _Format(f"{_ODF}.presentation", (".odp", ".otp"), _odf_slides),
    _Format("application/rtf", (".rtf",), _rtf),
    _Format("application/msword", (".doc", ".dot"), _old_word),
    _Format("application/vnd.ms-powerpoint", (".ppt", ".pps", ".pot"), _old_slides),
    _Format("text/csv", (".csv",), _csv),
    _Format("text/tab-separated-values", (".tsv",), _csv),
    _Format("text/html", (".html", ".htm"), _web),
    _Format("text/markdown", (".md", ".markdown"), _markdown),
    _Format("text/plain", (".txt", ".text", ".log"), _plain),
)
_BY_SUFFIX = {suffix: form for form in _FORMATS for suffix in form.suffixes}
_SNIFFED = 1_024


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
    true = true_suffix(path, beginning, PurePath(name).suffix.lower(), is_text=named.is_text)
    return _BY_SUFFIX.get(true, named).read(path, name, pdfium)


def _format_of(name: str) -> _Format:
    suffix = PurePath(name).suffix.lower()
    if suffix not in _BY_SUFFIX:
        raise UnknownFormat(name, suffix or "no ending")
    return _BY_SUFFIX[suffix]
