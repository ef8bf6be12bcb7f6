"""Presentations of LibreOffice and its kin (ODP): a slide is a page, its title its heading, its notes read with it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rag.errors import NothingToRead
from rag.reading.blocks import Reading
from rag.reading.cleaning import one_line
from rag.reading.odf import OdfWalk, open_part, q, running_text, title_of
from rag.reading.titles import choose_title
from rag.reading.writer import PageWriter
from storage.records import PageUnit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rag.reading.blocks import ReadPage

__all__ = ["read_odf_slides"]

_NUMBERED = re.compile(r"[^\W\d]+\s*\d+")
"""What a program calls a slide that nobody has named ("page1", "Slide 2", "Folie3")."""
_NOTES = q("presentation:notes")
_CLASS = q("presentation:class")


def read_odf_slides(path: Path, name: str) -> Reading:
    """Open an ODP file."""
    slides = list(open_part(path, name, "content.xml").iter(q("draw:page")))
    if not slides:
        raise NothingToRead(name, "no slides")
    title = choose_title(title_of(path, name), name)
    return Reading(title, PageUnit.SLIDE, len(slides), _pages(slides, name))


def _pages(slides: list[Any], name: str) -> Iterator[ReadPage]:
    empty = True
    for number, slide in enumerate(slides, start=1):
        page = _page(slide, number)
        empty = empty and not page.blocks
        yield page
    if empty:
        raise NothingToRead(name, "no text on any slide")


def _page(slide: Any, number: int) -> ReadPage:  # noqa: ANN401  (lxml ships no types)
    """One slide: its title, its frames in their order, its notes and comments."""
    writer = PageWriter()
    titles = [frame for frame in slide.iterchildren() if frame.get(_CLASS) == "title"]
    title = one_line(" ".join(_text(frame) for frame in titles))
    writer.heading(0, title)
    notes = slide.find(_NOTES)
    for done in (*titles, *([] if notes is None else [notes])):
        slide.remove(done)
    walk = OdfWalk(writer)
    walk.through(slide)
    said = "" if notes is None else "\n".join(_text(frame) for frame in notes if frame.get(_CLASS) == "notes").strip()
    writer.paragraph(said and f"Notes: {said}")
    walk.asides.write(writer)
    called = slide.get(q("draw:name"), "")
    return writer.finish(number, title or ("" if _NUMBERED.fullmatch(called) else called))


def _text(frame: Any) -> str:  # noqa: ANN401
    """All that is written in a frame."""
    return "\n".join(running_text(paragraph) for paragraph in frame.iter(q("text:p"))).strip()
