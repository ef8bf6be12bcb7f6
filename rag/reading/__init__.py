"""One reader per family of formats, and the one table that says which reads what."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from rag.errors import UnknownFormat
from rag.reading.pdf import read_pdf
from rag.reading.plain import read_plain

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rag.pdfium_process import PdfiumProcess
    from rag.reading.blocks import Reading

__all__ = ["READABLE_SUFFIXES", "media_type_of", "open_document"]


@dataclass(frozen=True, slots=True)
class _Format:
    """One format: its media type, the endings of its files, and who reads it."""

    media_type: str
    suffixes: tuple[str, ...]
    read: Callable[[Path, str, PdfiumProcess], Reading]


_FORMATS = (
    _Format("application/pdf", (".pdf",), read_pdf),
    _Format("text/plain", (".txt", ".text", ".log"), lambda path, name, _: read_plain(path, name)),
)
_BY_SUFFIX = {suffix: form for form in _FORMATS for suffix in form.suffixes}

READABLE_SUFFIXES = frozenset(_BY_SUFFIX)
"""The endings of files that can be read, in small letters, with their dot."""


def media_type_of(name: str) -> str:
    """The media type that a file of this name has; UnknownFormat where no reader knows its ending."""
    return _format_of(name).media_type


def open_document(path: Path, *, name: str, pdfium: PdfiumProcess) -> Reading:
    """Open the file at ``path``, which a person knows as ``name``.

    Its pages are read while they are asked for, so the iterator raises too: any ReadError, named for ``name``.
    """
    return _format_of(name).read(path, name, pdfium)


def _format_of(name: str) -> _Format:
    suffix = PurePath(name).suffix.lower()
    if suffix not in _BY_SUFFIX:
        raise UnknownFormat(name, suffix or "no ending")
    return _BY_SUFFIX[suffix]
