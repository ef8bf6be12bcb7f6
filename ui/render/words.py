"""Figures and names as people read them: seconds, counts, a document's name without its ending."""

from __future__ import annotations

from datetime import datetime
from pathlib import PurePath

from storage.records import Document, PageUnit

__all__ = ["about_document", "count", "is_drawn", "origin", "pages_of", "quoted", "seconds", "short_name", "source"]

_SOON = 90
_NO_BREAK = "\u00a0"
_PDF = "application/pdf"
_PICTURES = frozenset({"image/png", "image/jpeg", "image/tiff", "image/webp"})


def seconds(value: float) -> str:
    """Return a duration, from "0.02 s" to "3 min", which no line end parts."""
    if value < 0.1:  # noqa: PLR2004  (below it one decimal would say nothing)
        return f"{value:.2f}{_NO_BREAK}s"
    if value < 10:  # noqa: PLR2004  (from here on a decimal is noise)
        return f"{value:.1f}{_NO_BREAK}s"
    return f"{value:.0f}{_NO_BREAK}s" if value < _SOON else f"{value / 60:.0f}{_NO_BREAK}min"


def count(number: int, noun: str) -> str:
    """Return "1 page", "18 pages"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def is_drawn(document: Document) -> bool:
    """Return whether its pages are shown as they look: those of a PDF, and pictures."""
    return document.media_type == _PDF or document.media_type in _PICTURES


def pages_of(document: Document) -> str:
    """Return "18 pages", "3 sheets", or nothing where the format has none."""
    if document.pages is None:
        return ""
    return count(document.pages, document.unit or PageUnit.PAGE)


def about_document(document: Document) -> str:
    """Return "18 pages · 64 passages"."""
    return " · ".join(part for part in (pages_of(document), count(document.chunks, "passage")) if part)


def origin(document: Document) -> str:
    """Return what tells a document from another of its name: its folder, else when it came."""
    if document.source is not None:
        return f"from {PurePath(document.source).parent}"
    return f"added {datetime.fromisoformat(document.added_at).astimezone():%Y-%m-%d %H:%M}"


def short_name(name: str) -> str:
    """Return a file's name without its ending."""
    return PurePath(name).stem or name


def source(document: str, place: str) -> str:
    """Return "Lease agreement 2024.pdf, p. 6"."""
    return f"{document}, {place}" if place else document


def quoted(quote: str, document: str, place: str) -> str:
    """Return a quote with its source, as it goes to the clipboard; of a removed document only that it was one."""
    return f"“{quote}” — {source(document, place)}" if quote else source(document, place)
