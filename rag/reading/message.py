"""One e-mail message: its parts told apart, its body written as blocks, its attachments handed on.

Of versions of the same text (plain and HTML) one is read. Parts are gone through step by step, never by recursion, and
what is quoted of earlier messages stays, because it is often where the answer stands.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from typing import TYPE_CHECKING

from rag.errors import EncryptedForOthers
from rag.reading.blocks import Attachment
from rag.reading.html_blocks import write_html
from rag.reading.html_tree import flat_text, parse, unread_nodes
from rag.reading.mail_headers import file_name, head_of, text_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rag.reading.writer import PageWriter

__all__ = ["attachments_of", "has_attachments", "parse_message", "write_message"]

_BEFORE_HEAD = re.compile(rb"(?:\xef\xbb\xbf|\s)+(?=[A-Za-z][\w-]{1,40}:)")
_ENVELOPES = {"message/rfc822", "message/global"}
_LOCKED = {"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"}
_SIGNATURES = {"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"}
_LINK = re.compile(r"\S*(?:://|www\.)\S*")
_MARKUP = re.compile(r"\s*<(?:!doctype html|html|body|div|table|p)\b", re.IGNORECASE)
_FEWEST_WORDS = 0.25
"""A plain text with a smaller share of the words of its HTML version is only a notice that there is one."""
_PARAGRAPHS = re.compile(r"\n(?:[ \t]*\n)+")
_SIGNATURE_MARK = "-- "


@dataclass(frozen=True, slots=True)
class _Part:
    """A leaf of a message; parts with the same ``versions`` say the same in other words."""

    message: Message
    versions: int | None
    is_related: bool


@dataclass(frozen=True, slots=True)
class _Body:
    """What a body says, as plain text or as HTML."""

    text: str
    is_html: bool
    versions: int | None

    @property
    def words(self) -> int:
        """How many words it has, addresses of pages not counted."""
        text = self.text
        if self.is_html:
            tree = parse(text)
            text = flat_text(tree.body, unread_nodes(tree)) if tree.body is not None else ""
        return len(_LINK.sub("", text).split())

    def write(self, writer: PageWriter) -> None:
        """Write it as blocks."""
        if not self.is_html:
            for paragraph in _PARAGRAPHS.split(self.text):
                writer.paragraph(paragraph)
        elif (tree := parse(self.text)).body is not None:
            write_html(tree.body, writer, unread_nodes(tree))


@dataclass(slots=True)
class _Parts:
    """What a message consists of."""

    bodies: list[_Part] = field(default_factory=list)
    files: list[Message] = field(default_factory=list)
    locked: bool = False


def parse_message(data: bytes) -> Message:
    """The message, whatever its bytes are; in one part where its parts are nested too deep to be told apart."""
    start = _BEFORE_HEAD.match(data)
    data = data[start.end() :] if start else data
    try:
        return BytesParser(policy=compat32).parsebytes(data)
    except RecursionError:
        return BytesParser(policy=compat32).parsebytes(data, headersonly=True)


def write_message(message: Message, writer: PageWriter, name: str) -> None:
    """Write who wrote to whom, then what; EncryptedForOthers where that is locked away."""
    parts = _parts(message)
    if parts.locked and not parts.bodies:
        raise EncryptedForOthers(name, "an encrypted e-mail")
    writer.paragraph(head_of(message))
    for body in _chosen([_read(part) for part in parts.bodies]):
        body.write(writer)


def attachments_of(message: Message) -> Iterator[Attachment]:
    """The files that came with the message, those inside attached messages left in them."""
    for number, part in enumerate(_parts(message).files, start=1):
        data = _file_data(part)
        if data:
            yield Attachment(file_name(part, number), data)


def has_attachments(message: Message) -> bool:
    """Whether any file came with the message."""
    return bool(_parts(message).files)


def _parts(message: Message) -> _Parts:
    parts = _Parts()
    waiting = [_Part(message, None, is_related=False)]
    while waiting:
        part = waiting.pop()
        kind = part.message.get_content_type()
        inner = part.message.get_payload()
        if kind in _LOCKED:
            parts.locked = True
        elif isinstance(inner, list) and (kind not in _ENVELOPES or part.message is message):
            waiting += reversed(_children(part, kind, [entry for entry in inner if isinstance(entry, Message)]))
        elif kind not in _SIGNATURES and not _is_picture_in_text(part):
            _sort(part, parts, is_whole=part.message is message)
    return parts


def _children(part: _Part, kind: str, inner: list[Message]) -> list[_Part]:
    versions = part.versions
    if versions is None and kind == "multipart/alternative":
        versions = id(part.message)
    return [_Part(entry, versions, part.is_related or kind == "multipart/related") for entry in inner]


def _sort(part: _Part, parts: _Parts, *, is_whole: bool) -> None:
    """A body is text that is not attached as a file."""
    kind, disposition = part.message.get_content_type(), part.message.get_content_disposition()
    is_text = kind in {"text/plain", "text/html"} or part.message.get_content_maintype() == "multipart"
    if (is_text and (disposition != "attachment" or is_whole)) or kind == "message/delivery-status":
        parts.bodies.append(part)
    else:
        parts.files.append(part.message)


def _is_picture_in_text(part: _Part) -> bool:
    """Whether it is a picture that the HTML text shows (a logo, say), which no mail program lists as a file."""
    return (
        part.is_related
        and part.message.get_content_maintype() == "image"
        and "Content-ID" in part.message
        and part.message.get_content_disposition() != "attachment"
    )


def _read(part: _Part) -> _Body:
    text = _text(part.message)
    is_html = part.message.get_content_type() == "text/html" or _MARKUP.match(text) is not None
    return _Body(text if is_html else _unflowed(part.message, text), is_html, part.versions)


def _chosen(bodies: list[_Body]) -> Iterator[_Body]:
    """The bodies to be read, in their order: of versions of one text the plain one, unless that says too little."""
    plain: Counter[int] = Counter()
    rich: Counter[int] = Counter()
    for body in bodies:
        if body.versions is not None:
            (rich if body.is_html else plain)[body.versions] += body.words
    for body in bodies:
        if body.versions is None:
            yield body
            continue
        is_plain_chosen = plain[body.versions] > _FEWEST_WORDS * rich[body.versions]
        if body.is_html != is_plain_chosen:
            yield body


def _text(part: Message) -> str:
    """What a body says, decoded."""
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return "\n\n".join(str(entry).strip() for entry in part.get_payload() if isinstance(entry, Message))
    try:
        declared = part.get_content_charset() or ""
    except (LookupError, UnicodeError, ValueError):
        declared = ""
    return text_in(data, declared)


def _unflowed(part: Message, text: str) -> str:
    """The text with the lines joined again that a mail program broke only to keep them short (RFC 3676)."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if part.get_param("format") != "flowed":
        return text
    joint = "" if part.get_param("delsp") == "yes" else " "
    lines: list[str] = []
    flows = False
    for line in text.split("\n"):
        if flows and _depth(lines[-1]) == _depth(line):
            lines[-1] += line.lstrip(">").removeprefix(" ")
        else:
            lines.append(line)
        flows = line.endswith(" ") and line != _SIGNATURE_MARK
        if flows:
            lines[-1] = lines[-1][:-1] + joint
    return "\n".join(lines)


def _depth(line: str) -> int:
    """How often a line is quoted."""
    return len(line) - len(line.lstrip(">"))


def _file_data(part: Message) -> bytes:
    """A file's bytes; of an attached message, the message as it was sent; none where it cannot be put together."""
    inner = part.get_payload()
    try:
        if isinstance(inner, list):
            return b"\r\n".join(entry.as_bytes() for entry in inner if isinstance(entry, Message))
        data = part.get_payload(decode=True)
    except (RecursionError, LookupError, UnicodeError, ValueError, TypeError):
        return b""
    return data if isinstance(data, bytes) else b""
