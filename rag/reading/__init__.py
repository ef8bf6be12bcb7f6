"""One reader per family of formats, and the one table that says which reads what.

Readers are imported when their first file comes, so that starting the program does not wait for libraries it may not
need.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from rag.errors import DamagedFile, EmptyFile, UnknownFormat
from rag.reading.cleaning import clean

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


def _markdown(path: Path, name: str, _: PdfiumProcess) -> Reading:
    from rag.reading.markdown import read_markdown

    return read_markdown(path, name)


def _plain(path: Path, name: str, _: PdfiumProcess) -> Reading:
    from rag.reading.plain import read_plain

    return read_plain(path, name)


def _source(path: Path, name: str, _: PdfiumProcess) -> Reading:
    from rag.reading.source import read_source

    return read_source(path, name)


def _json(path: Path, name: str, _: PdfiumProcess) -> Reading:
    from rag.reading.json_data import read_json

    return read_json(path, name)


def _json_lines(path: Path, name: str, _: PdfiumProcess) -> Reading:
    from rag.reading.json_data import read_json_lines

    return read_json_lines(path, name)


def _xml(path: Path, name: str, _: PdfiumProcess) -> Reading:
    from rag.reading.xml_data import read_xml

    return read_xml(path, name)


def _svg(path: Path, name: str, _: PdfiumProcess) -> Reading:
    from rag.reading.xml_data import read_svg

    return read_svg(path, name)


def _unnamed(path: Path, name: str, _: PdfiumProcess) -> Reading:
    """Whatever has no ending: read if it is text."""
    from rag.reading.source import read_source

    try:
        return read_source(path, name)
    except DamagedFile as error:
        raise UnknownFormat(name, "no ending") from error


@dataclass(frozen=True, slots=True)
class _Format:
    """One format: its media type, the endings of its files, and who reads it."""

    media_type: str
    suffixes: tuple[str, ...]
    read: Callable[[Path, str, PdfiumProcess], Reading]

    @property
    def is_text(self) -> bool:
        """Whether its files are characters from their first byte on, which may speak of anything."""
        return self.media_type.startswith("text/") or self.media_type.endswith(("json", "xml", "jsonl"))


_OFFICE = "application/vnd.openxmlformats-officedocument"
_XML = ".xml .rss .atom .kml .gpx .opml .xsd .xsl .xslt .wsdl .tei .dbk .dita .xlf .xliff .fb2 .rdf .resx .xbrl"
_LINES = (
    ".log .srt .vtt .ics .vcf .tex .ltx .bib .org .rst .adoc .asciidoc .diff .patch "
    ".py .pyi .js .mjs .cjs .jsx .ts .tsx .vue .java .kt .kts .scala .groovy .c .h .cpp .cc .cxx .hpp .cs .fs .vb .go "
    ".rs .rb .php .swift .m .mm .lua .pl .pm .r .jl .dart .ex .exs .erl .hs .ml .clj .lisp .el .asm .f90 .pas .sql .sh "
    ".bash .zsh .fish .ps1 .bat .cmd .css .scss .sass .less .graphql .proto .tf .gradle .cmake .mk "
    ".yaml .yml .toml .ini .cfg .conf .properties .env .inf"
)
_FORMATS = (
    _Format("application/pdf", (".pdf",), _pdf),
    _Format(f"{_OFFICE}.wordprocessingml.document", (".docx",), _word),
    _Format(f"{_OFFICE}.presentationml.presentation", (".pptx",), _slides),
    _Format(f"{_OFFICE}.spreadsheetml.sheet", (".xlsx",), _workbook),
    _Format("text/csv", (".csv", ".psv"), _csv),
    _Format("text/tab-separated-values", (".tsv", ".tab"), _csv),
    _Format("text/html", (".html", ".htm"), _web),
    _Format("text/markdown", (".md", ".markdown"), _markdown),
    _Format("text/plain", (".txt", ".text"), _plain),
    _Format("application/json", (".json", ".geojson", ".json5", ".jsonc", ".webmanifest"), _json),
    _Format("application/jsonl", (".jsonl", ".ndjson"), _json_lines),
    _Format("application/xml", tuple(_XML.split()), _xml),
    _Format("image/svg+xml", (".svg",), _svg),
    _Format("text/plain", tuple(_LINES.split()), _source),
)
_BY_SUFFIX = {suffix: form for form in _FORMATS for suffix in form.suffixes}
_SNIFFED = 1_024
_PDF_MARK = b"%PDF-"
_NO_ENDING = _Format("text/plain", (), _unnamed)
_ENDING = re.compile(r"\.(?=[a-z\d]*[a-z])[a-z\d]{1,12}")


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
    """The format that a name promises; one without an ending may be any text, such as "README"."""
    suffix = PurePath(clean(name).strip()).suffix.lower()
    if not _ENDING.fullmatch(suffix):
        return _NO_ENDING
    if suffix not in _BY_SUFFIX:
        raise UnknownFormat(name, suffix)
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
