"""The one table of formats: which endings a kind of file has, and which module reads it.

A format is one line here and one module beside it, which is imported when its first file comes, so that starting the
program does not wait for libraries it may not need.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import import_module
from pathlib import PurePath
from typing import TYPE_CHECKING

from rag.errors import DamagedFile, EmptyFile, UnknownFormat
from rag.reading.archives import is_locked
from rag.reading.cleaning import clean
from rag.reading.signatures import true_suffix

if TYPE_CHECKING:
    from pathlib import Path

    from rag.reading.blocks import Reading

__all__ = ["FORMATS", "Format", "media_type_of", "open_document"]


@dataclass(frozen=True, slots=True)
class Format:
    """One format: its media type, the endings of its files, and who reads it."""

    family: str
    """What people call it, in the README's table."""
    media_type: str
    endings: str
    """With spaces between them."""
    reader: str
    """"module.function" below this package; the function takes a path and the name that people know."""
    locks: bool = False
    """Whether its files may be locked with a password; its reader takes that too."""

    @property
    def suffixes(self) -> tuple[str, ...]:
        """The endings of its files, each with its dot."""
        return tuple(self.endings.split())

    @property
    def is_text(self) -> bool:
        """Whether its files are characters from their first byte on, which may speak of anything."""
        beginning, end = ("text/", "message/", "multipart/"), ("json", "jsonl", "xml", "mbox")
        return self.media_type.startswith(beginning) or self.media_type.endswith(end)

    def read(self, path: Path, name: str, password: str | None) -> Reading:
        """Have the file read by the one who knows its format."""
        module, _, function = self.reader.partition(".")
        read = getattr(import_module(f"rag.reading.{module}"), function)
        reading: Reading = read(path, name, password) if self.locks else read(path, name)
        return reading


_OFFICE = "application/vnd.openxmlformats-officedocument"
_ODF = "application/vnd.oasis.opendocument"
_XML = ".xml .rss .atom .kml .gpx .opml .xsd .xsl .xslt .wsdl .tei .dbk .dita .xlf .xliff .fb2 .rdf .resx .xbrl"
_LINES = (
    ".log .srt .vtt .ics .vcf .tex .ltx .bib .org .rst .adoc .asciidoc .diff .patch "
    ".py .pyi .js .mjs .cjs .jsx .ts .tsx .vue .java .kt .kts .scala .groovy .c .h .cpp .cc .cxx .hpp .cs .fs .vb .go "
    ".rs .rb .php .swift .m .mm .lua .pl .pm .r .jl .dart .ex .exs .erl .hs .ml .clj .lisp .el .asm .f90 .pas .sql .sh "
    ".bash .zsh .fish .ps1 .bat .cmd .css .scss .sass .less .graphql .proto .tf .gradle .cmake .mk "
    ".yaml .yml .toml .ini .cfg .conf .properties .env .inf"
)
FORMATS = (
    Format("PDF", "application/pdf", ".pdf", "pdf.read_pdf", locks=True),
    Format("Word", f"{_OFFICE}.wordprocessingml.document", ".docx .docm .dotx .dotm", "word.read_word"),
    Format(
        "PowerPoint", f"{_OFFICE}.presentationml.presentation", ".pptx .pptm .ppsx .ppsm .potx", "slides.read_slides"
    ),
    Format("Excel", f"{_OFFICE}.spreadsheetml.sheet", ".xlsx .xlsm .xltx .xltm", "sheets.read_workbook"),
    Format(
        "Excel", "application/vnd.ms-excel.sheet.binary.macroEnabled.12", ".xlsb", "value_sheets.read_values_workbook"
    ),
    Format("Excel", "application/vnd.ms-excel", ".xls .xlt", "value_sheets.read_values_workbook"),
    Format("LibreOffice", f"{_ODF}.text", ".odt .ott", "odf_text.read_odf_text"),
    Format("LibreOffice", f"{_ODF}.presentation", ".odp .otp", "odf_slides.read_odf_slides"),
    Format("LibreOffice", f"{_ODF}.spreadsheet", ".ods .ots", "odf_sheets.read_odf_sheets"),
    Format("Rich text", "application/rtf", ".rtf", "rtf.read_rtf"),
    Format("Refused, with what to do", "application/msword", ".doc .dot", "old_office.refuse_word"),
    Format("Refused, with what to do", "application/vnd.ms-powerpoint", ".ppt .pps .pot", "old_office.refuse_slides"),
    Format("Web pages", "text/html", ".html .htm .xhtml .xht", "web.read_web"),
    Format("Web pages", "multipart/related", ".mhtml .mht", "web_archive.read_web_archive"),
    Format("Books", "application/epub+zip", ".epub", "books.read_book"),
    Format("E-mail", "message/rfc822", ".eml", "mail.read_mail"),
    Format("E-mail", "application/mbox", ".mbox .mbx", "mail.read_mailbox"),
    Format("E-mail", "application/vnd.ms-outlook", ".msg", "outlook.read_outlook"),
    Format("Tables", "text/csv", ".csv .psv", "csv_table.read_csv"),
    Format("Tables", "text/tab-separated-values", ".tsv .tab", "csv_table.read_csv"),
    Format("Text", "text/markdown", ".md .markdown", "markdown.read_markdown"),
    Format("Text", "text/plain", ".txt .text", "plain.read_plain"),
    Format("Notebooks", "application/x-ipynb+json", ".ipynb", "notebooks.read_notebook"),
    Format("Data", "application/json", ".json .geojson .json5 .jsonc .webmanifest", "json_data.read_json"),
    Format("Data", "application/jsonl", ".jsonl .ndjson", "json_data.read_json_lines"),
    Format("Data", "application/xml", _XML, "xml_data.read_xml"),
    Format("Drawings", "image/svg+xml", ".svg", "xml_data.read_svg"),
    Format("Pictures and scans", "image/png", ".png", "pictures.read_picture"),
    Format("Pictures and scans", "image/jpeg", ".jpg .jpeg .jpe .jfif", "pictures.read_picture"),
    Format("Pictures and scans", "image/tiff", ".tif .tiff", "pictures.read_picture"),
    Format("Pictures and scans", "image/webp", ".webp", "pictures.read_picture"),
    Format("Code, logs and other lines", "text/plain", _LINES, "source.read_source"),
)
"""What is read, in the order in which people meet it."""
_BY_SUFFIX = {suffix: form for form in FORMATS for suffix in form.suffixes}
_NO_ENDING = Format("Text", "text/plain", "", "source.read_source")
_ENDING = re.compile(r"\.(?=[a-z\d]*[a-z])[a-z\d]{1,12}")
_SNIFFED = 1_024


def media_type_of(name: str) -> str:
    """The media type that a file of this name has; UnknownFormat where no reader knows its ending."""
    return _format_of(name).media_type


def open_document(path: Path, *, name: str, password: str | None = None) -> Reading:
    """Open the file at ``path``, which a person knows as ``name``; to be called in a process of its own.

    Its pages are read while they are asked for, so the iterator raises too: any ReadError, named for ``name``.
    """
    named = _format_of(name)
    with path.open("rb") as file:
        beginning = file.read(_SNIFFED)
    if not beginning:
        raise EmptyFile(name)
    if password is not None and is_locked(path):
        from rag.reading.locked_office import read_unlocked

        return read_unlocked(path, name, password, lambda opened: open_document(opened, name=name))
    true = true_suffix(path, beginning, _suffix_of(name), is_text=named.is_text)
    form = _BY_SUFFIX.get(true, named)
    try:
        return form.read(path, name, password)
    except DamagedFile as error:
        if form is _NO_ENDING:
            raise UnknownFormat(name, "no ending") from error
        raise


def _format_of(name: str) -> Format:
    """The format that a name promises; one without an ending may be any text, such as "README"."""
    suffix = _suffix_of(name)
    if not _ENDING.fullmatch(suffix):
        return _NO_ENDING
    if suffix not in _BY_SUFFIX:
        raise UnknownFormat(name, suffix)
    return _BY_SUFFIX[suffix]


def _suffix_of(name: str) -> str:
    return PurePath(clean(name).strip()).suffix.lower()
