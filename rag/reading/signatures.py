"""What a file is by its first bytes, whatever it is called: many a .doc is RTF or a web page, and many a .xls is a CSV.

It looks only as far as it must to choose a reader. Whether the file is sound is the reader's business.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from rag.reading.archives import OLE_SIGNATURE, ZIP_SIGNATURE, archive_suffix

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["picture_suffix", "true_suffix"]

_PDF_MARK = b"%PDF-"
_RTF_MARK = b"{\\rtf"
_HTML = re.compile(rb"<(!doctype\s+html|html|head|body|meta|table|div|style)\b", re.IGNORECASE)
_XML = b"<?xml"
_MHTML = re.compile(rb"mime-version:.*multipart/related", re.IGNORECASE | re.DOTALL)
_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")

_PICTURE = re.compile(
    rb"(?P<png>\x89PNG\r\n\x1a\n)|(?P<jpg>\xff\xd8\xff)|(?P<tif>II[*+]\x00|MM\x00[*+])|(?P<webp>RIFF.{4}WEBP)",
    re.DOTALL,
)

_STREAMS = {".doc": ("WordDocument",), ".ppt": ("PowerPoint Document",), ".xls": ("Workbook", "Book")}
"""How old Office files call their main stream."""
_LOCKED = "EncryptedPackage"
_MESSAGE = "__substg1.0_"
_SHEETS = frozenset({".xls", ".xlt", ".xlsx", ".xlsm", ".xlsb", ".xltx", ".xltm", ".ods", ".ots"})
_PROSE = frozenset({".doc", ".dot", ".docx", ".docm", ".dotx", ".odt", ".ott", ".rtf", ".ppt", ".pptx", ".odp"})


def true_suffix(path: Path, beginning: bytes, suffix: str, *, is_text: bool) -> str:
    """The ending that a file called ``suffix`` should have by its ``beginning``; empty where that does not tell.

    A PDF may have some bytes before its mark; a text that only mentions the mark stays a text.
    """
    if beginning.startswith(_PDF_MARK) or (_PDF_MARK in beginning and not is_text):
        return ".pdf"
    if beginning.startswith(ZIP_SIGNATURE):
        return archive_suffix(path)
    if picture := picture_suffix(beginning):
        return picture
    if beginning.startswith(OLE_SIGNATURE):
        return _ole_suffix(path.read_bytes(), suffix)
    if beginning.removeprefix(codecs.BOM_UTF8).lstrip().startswith(_RTF_MARK):
        return ".rtf"
    return _suffix_of_text(beginning, suffix) if suffix in _SHEETS | _PROSE else ""


def picture_suffix(beginning: bytes) -> str:
    """The ending of a picture that is read; empty for whatever is none."""
    found = _PICTURE.match(beginning)
    return f".{found.lastgroup}" if found else ""


def _ole_suffix(data: bytes, suffix: str) -> str:
    """Which Office program made an old file; its own stream is looked for first, as each can hold files of the others.

    What is locked with a password looks old from outside, and goes to the reader that says so.
    """
    if _MESSAGE.encode("utf-16-le") in data:
        return ".msg"
    if _LOCKED.encode("utf-16-le") in data:
        return ".docx"
    candidates = [suffix] if suffix in _STREAMS else []
    for each in (*candidates, *_STREAMS):
        if any(f"{stream}\0".encode("utf-16-le") in data for stream in _STREAMS[each]):
            return each
    return ""


def _suffix_of_text(beginning: bytes, suffix: str) -> str:
    """What an Office file is that begins like none: a page, a table or a text that a program called so."""
    start = beginning.removeprefix(codecs.BOM_UTF8).lstrip()
    if _MHTML.search(start):
        return ".mht"
    if start.startswith(_XML) and not _HTML.search(start):
        return ".xml"
    if start.startswith(b"<") and _HTML.search(start):
        return ".html"
    if _BINARY.search(beginning) and not beginning.startswith(_WIDE_MARKS):
        return ""
    return ".csv" if suffix in _SHEETS else ".txt"
