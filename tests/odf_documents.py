"""Makers of OpenDocument files: an archive with the XML that a test is about, and nothing that it is not about."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["make_odf"]

_URN = "urn:oasis:names:tc:opendocument:xmlns"
_NAMESPACES = " ".join(
    [
        *(f'xmlns:{name}="{_URN}:{name}:1.0"' for name in ("office", "text", "table", "presentation", "style")),
        f'xmlns:draw="{_URN}:drawing:1.0"',
        'xmlns:dc="http://purl.org/dc/elements/1.1/"',
    ]
)


def make_odf(path: Path, kind: str, body: str, **parts: str) -> Path:
    """A file of kind "text", "presentation" or "spreadsheet".

    Of its parts, ``styles`` are the unnamed styles of the content, ``pages`` the master pages, ``title`` what it calls
    itself, and ``dtd`` what is declared before all.
    """
    content = (
        f"<office:automatic-styles>{parts.get('styles', '')}</office:automatic-styles>"
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body>"
    )
    masters = f"<office:master-styles>{parts.get('pages', '')}</office:master-styles>"
    meta = f"<office:meta><dc:title>{parts.get('title', '')}</dc:title></office:meta>"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
        archive.writestr("content.xml", _document("content", content, parts.get("dtd", "")))
        archive.writestr("styles.xml", _document("styles", masters))
        archive.writestr("meta.xml", _document("meta", meta))
    return path


def _document(part: str, inside: str, dtd: str = "") -> str:
    return f'<?xml version="1.0"?>{dtd}<office:document-{part} {_NAMESPACES}>{inside}</office:document-{part}>'
