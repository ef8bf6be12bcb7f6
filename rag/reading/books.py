"""Electronic books (EPUB): chapter by chapter, each read like a web page of which all is matter."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING
from zipfile import BadZipFile, ZipFile

from rag.errors import DamagedFile, NothingToRead, PasswordNeeded, ReadError
from rag.reading.archives import check_archive
from rag.reading.blocks import BlockKind, Reading
from rag.reading.book_package import open_package
from rag.reading.headings import HeadingPath
from rag.reading.html_blocks import write_html
from rag.reading.html_tree import decode_html, flat_text, parse, unread_nodes
from rag.reading.titles import choose_title
from rag.reading.writer import PageWriter
from storage.records import PageUnit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from selectolax.lexbor import LexborHTMLParser

    from rag.reading.blocks import ReadPage
    from rag.reading.book_package import Package

__all__ = ["read_book"]

_BROKEN = (BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, KeyError)
"""What an archive's files let out when they are not what they should be."""


def read_book(path: Path, name: str) -> Reading:
    """Open a book; its pages are the files of its chapters, in reading order."""
    check_archive(path, name)
    try:
        with ZipFile(path) as archive:
            package = open_package(archive, name)
    except _BROKEN as error:
        raise DamagedFile(name, f"{type(error).__name__}: {error}") from error
    except RuntimeError as error:  # what the library says of a file with a password
        raise PasswordNeeded(name, str(error)) from error
    title = choose_title(package.title, name)
    return Reading(title, PageUnit.CHAPTER, len(package.chapters), _pages(path, name, package))


def _pages(path: Path, name: str, package: Package) -> Iterator[ReadPage]:
    label, blank = "", True
    with ZipFile(path) as archive:
        for number, chapter in enumerate(package.chapters, start=1):
            try:
                data = archive.read(chapter)
            except _BROKEN as error:
                raise DamagedFile(name, f"{chapter}: {error}") from error
            except RuntimeError as error:
                raise PasswordNeeded(name, str(error)) from error
            read = _page(_text(data), number, package.labels.get(chapter, ""), label)
            label, blank = read.page.label, blank and not read.blocks
            yield read
    if blank:
        raise NothingToRead(name, "no text in any chapter")


def _text(data: bytes) -> str:
    """A chapter's markup; empty where it holds none."""
    try:
        return decode_html(data, "")
    except ReadError:
        return ""


def _page(text: str, number: int, label: str, before: str) -> ReadPage:
    """One chapter under its name: that of the table of contents, its own heading, or the one it goes on from."""
    tree = parse(text, strict=True)
    has_heading = tree.css_first("h1, h2, h3, h4, h5, h6") is not None
    named = label or ("" if has_heading else before)
    writer = PageWriter(HeadingPath().under(0, named) if named and not has_heading else None)
    if tree.body is not None:
        write_html(tree.body, writer, unread_nodes(tree))
    if writer.blank:
        _write_drawing(tree, writer)
    read = writer.finish(number, named)
    if named:
        return read
    heading = next((block for block in read.blocks if block.kind is BlockKind.HEADING), None)
    return writer.finish(number, read.page.text[heading.start : heading.end] if heading else "")


def _write_drawing(tree: LexborHTMLParser, writer: PageWriter) -> None:
    """The words in a page that is all drawn, such as a comic's."""
    for words in tree.css("svg text"):
        writer.paragraph(flat_text(words))
