"""E-mails, and mailboxes of many: each message's head and body, and the files that came with it.

A mailbox may be larger than the memory, so only one of its messages is looked at at a time.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rag.errors import EncryptedForOthers, NothingToRead
from rag.reading.blocks import Reading
from rag.reading.headings import HeadingPath
from rag.reading.mail_headers import head_of, subject_of
from rag.reading.message import attachments_of, has_attachments, parse_message, write_message
from rag.reading.titles import choose_title, title_from_name
from rag.reading.writer import PageWriter
from storage.records import PageUnit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message
    from pathlib import Path

    from rag.reading.blocks import Attachment, ReadPage

__all__ = ["read_mail", "read_mailbox", "reading_of"]

_SEPARATOR = re.compile(rb"From .{0,998}\d{4}[^\S\n]*\n?\Z")
"""How a message begins in a mailbox: the line ends with a year, as sentences that begin so seldom do."""
_QUOTED = re.compile(rb"^>(?=>*From )", re.MULTILINE)
_LONGEST_LINE = 1 << 16


def read_mail(path: Path, name: str) -> Reading:
    """Open a single message (EML); it has no pages, so all of it is one."""
    return reading_of(parse_message(path.read_bytes()), name)


def reading_of(message: Message, name: str) -> Reading:
    """The reading of one message."""
    writer = PageWriter()
    write_message(message, writer, name)
    if writer.blank:
        raise NothingToRead(name, "no text in the message")
    title = choose_title(subject_of(message), name)
    return Reading(title, None, None, iter([writer.finish(1)]), attachments_of(message))


def read_mailbox(path: Path, name: str) -> Reading:
    """Open a mailbox (MBOX); its pages are its messages, in their order."""
    places = list(_places(path))
    if not places:
        raise NothingToRead(name, "no message in the mailbox")
    messages = _Messages(path, name, places)
    return Reading(title_from_name(name), PageUnit.MESSAGE, len(places), messages.pages(), messages.attachments())


def _places(path: Path) -> Iterator[tuple[int, int]]:
    """Where each message begins and ends, its separating line left out.

    The standard library's mailbox parts messages wherever a line begins with "From ", which people write, too.
    """
    begin = None
    at = 0
    after_blank = True
    with path.open("rb") as file:
        while line := file.readline(_LONGEST_LINE):
            if after_blank and _SEPARATOR.match(line):
                if begin is not None:
                    yield begin, at
                begin = at + len(line)
            elif begin is None and line.strip():
                begin = at
            after_blank = not line.strip()
            at += len(line)
    if begin is not None:
        yield begin, at


class _Messages:
    """The messages of a mailbox, read when they are asked for."""

    def __init__(self, path: Path, name: str, places: list[tuple[int, int]]) -> None:
        self._path = path
        self._name = name
        self._places = places
        self._with_files: list[tuple[int, int]] = []

    def pages(self) -> Iterator[ReadPage]:
        """Each message as a page under its subject."""
        for number, (place, message) in enumerate(self._each(self._places), start=1):
            if has_attachments(message):
                self._with_files.append(place)
            subject = subject_of(message)
            writer = PageWriter(HeadingPath().under(0, subject) if subject else None)
            try:
                write_message(message, writer, self._name)
            except EncryptedForOthers:
                writer.paragraph(head_of(message))
            yield writer.finish(number, subject)

    def attachments(self) -> Iterator[Attachment]:
        """The files that came with those whose pages have been gone through."""
        for _, message in self._each(self._with_files):
            yield from attachments_of(message)

    def _each(self, places: list[tuple[int, int]]) -> Iterator[tuple[tuple[int, int], Message]]:
        with self._path.open("rb") as file:
            for begin, end in places:
                file.seek(begin)
                yield (begin, end), parse_message(_QUOTED.sub(b"", file.read(end - begin)))
