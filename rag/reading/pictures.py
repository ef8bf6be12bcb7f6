"""Pictures: scans, photographs and screenshots, each page read by whichever engine this computer has.

Here it is also said what becomes of a page that no engine can read; the pages of a PDF that are pictures come by this
way too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.errors import NothingToRead, PicturesOnly
from rag.ocr import find_engine
from rag.ocr.page_text import page_of
from rag.ocr.seen import EngineFailed
from rag.picture_file import PictureFile, is_blank, to_read
from rag.reading.blocks import Reading, ReadPage
from rag.reading.titles import title_from_name
from storage.records import Page, PageUnit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PIL.Image import Image

__all__ = ["nothing_in", "read_picture", "seen_on"]


def read_picture(path: Path, name: str) -> Reading:
    """Open a picture; a page is read when it is asked for."""
    file = PictureFile(path, name)
    count = file.count()
    return Reading(title_from_name(name), PageUnit.PAGE, count, _pages(file, name, count))


def seen_on(picture: Image, number: int, label: str = "", headings: tuple[str, ...] = ()) -> ReadPage:
    """What stands on a picture of a page; empty where it shows nothing, and ``unread`` where nobody could read it."""
    engine = None if is_blank(picture) else find_engine()
    if engine is None:
        return ReadPage(Page(number, label, "", unread=not is_blank(picture)), ())
    ready = to_read(picture)
    try:
        lines = engine.read(ready)
    except EngineFailed:
        return ReadPage(Page(number, label, "", unread=True), ())
    return page_of(lines, ready.size, number=number, label=label, headings=headings)


def nothing_in(name: str, *, unread: bool) -> NothingToRead:
    """The error for a file without a word; it says so where some may stand on pictures that nobody could read."""
    return PicturesOnly(name, "no engine reads its pictures") if unread else NothingToRead(name, "no text on any page")


def _pages(file: PictureFile, name: str, count: int) -> Iterator[ReadPage]:
    empty, unread = True, False
    for number in range(1, count + 1):
        read = seen_on(file.page(number), number)
        empty, unread = empty and not read.blocks, unread or read.page.unread
        yield read
    if empty:
        raise nothing_in(name, unread=unread)
