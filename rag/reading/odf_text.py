"""Texts of LibreOffice and its kin (ODT): headings, lists and tables in their order, then what stands beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rag.errors import DamagedFile, NothingToRead
from rag.reading.blocks import Reading
from rag.reading.odf import OdfWalk, open_part, q, running_text, title_of
from rag.reading.titles import choose_title
from rag.reading.writer import PageWriter

if TYPE_CHECKING:
    from pathlib import Path

    from rag.reading.asides import Asides

__all__ = ["read_odf_text"]

_TITLE = "Title"
_SECTION = "office:body/office:text"


def read_odf_text(path: Path, name: str) -> Reading:
    """Open an ODT file; it has no pages, so all of it is one."""
    content = open_part(path, name, "content.xml")
    text = content.find("/".join(map(q, _SECTION.split("/"))))
    if text is None:
        raise DamagedFile(name, "no text body")
    writer = PageWriter()
    walk = OdfWalk(writer, _title_styles(content))
    walk.through(text)
    _add_headers(path, name, walk.asides)
    walk.asides.write(writer)
    if writer.blank:
        raise NothingToRead(name, "no text in the body")
    return Reading(choose_title(title_of(path, name), name), None, None, iter([writer.finish(1)]))


def _title_styles(content: Any) -> frozenset[str]:  # noqa: ANN401  (lxml ships no types)
    """The style of titles, and the unnamed ones that only change its looks."""
    names = {_TITLE}
    for style in content.iter(q("style:style")):
        if style.get(q("style:parent-style-name")) == _TITLE:
            names.add(style.get(q("style:name"), ""))
    return frozenset(names)


def _add_headers(path: Path, name: str, asides: Asides) -> None:
    """Headers and footers stand with the page styles; a file without any is none the worse for it."""
    try:
        styles = open_part(path, name, "styles.xml")
    except DamagedFile:
        return
    for page in styles.iter(q("style:master-page")):
        for tag, texts in ((q("style:header"), asides.headers), (q("style:footer"), asides.footers)):
            texts += [running_text(part) for part in page.iterchildren(tag)]
