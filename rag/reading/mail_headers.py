"""The head of an e-mail as a person reads it: names and subjects decoded, dates in words, names of files made safe.

Nothing in a mail's head can be trusted to be well-formed, so what cannot be decoded stays as it was typed.
"""

from __future__ import annotations

import mimetypes
import re
from datetime import datetime
from email.errors import HeaderParseError
from email.header import decode_header
from email.utils import collapse_rfc2231_value, parsedate_to_datetime
from typing import TYPE_CHECKING

from rag.errors import ReadError
from rag.reading.charsets import declared_text
from rag.reading.cleaning import one_line
from rag.reading.plain import decode

if TYPE_CHECKING:
    from email.message import Message

__all__ = ["file_name", "head_of", "subject_of", "text_in"]

_SHOWN = ("From", "To", "Cc", "Bcc", "Date", "Subject")
_QUOTED_NAME = re.compile(r'"([^"<>\\]+)"(?= ?<)')
_UNSAFE = re.compile(r'[\x00-\x1f\\/:*?"<>|]+')
_LONGEST_NAME = 150
_LONGEST_VALUE = 50_000
"""Characters of a header; the decoder's time grows with the square of them."""


def head_of(message: Message) -> str:
    """Who wrote to whom, when, and about what: a line for each that is known."""
    lines = ((name, _header(message, name)) for name in _SHOWN)
    return "\n".join(f"{name}: {_dated(value) if name == 'Date' else value}" for name, value in lines if value)


def subject_of(message: Message) -> str:
    """The subject on one line; may be empty."""
    return _header(message, "Subject")


def file_name(part: Message, number: int) -> str:
    """What an attached file is called, without any folder; ``number`` is for one without a name."""
    try:
        given = part.get_param("filename", None, "content-disposition") or part.get_param("name", None)
        name = _worded(collapse_rfc2231_value(given)) if given else ""
    except (LookupError, UnicodeError, ValueError):
        name = ""
    if not name and part.get_content_type() == "message/rfc822" and isinstance(part.get_payload(), list):
        return f"{_safe(subject_of(part.get_payload(0))) or 'message'}.eml"  # type: ignore[arg-type]
    name = _safe(re.split(r"[\\/]", name)[-1])
    return name or f"attachment {number}{mimetypes.guess_extension(part.get_content_type()) or ''}"


def text_in(data: bytes, declared: str) -> str:
    """The bytes in the encoding they declare, else in the likeliest; empty where they are no text."""
    text = declared_text(data, declared or "utf-8")
    if text is not None:
        return text
    try:
        return decode(data, "")
    except ReadError:
        return ""


def _header(message: Message, name: str) -> str:
    values = [value for key, value in message.raw_items() if key.lower() == name.lower()]
    return _worded(str(values[0])) if values else ""


def _worded(raw: str) -> str:
    """A header's value, its encoded words and bare bytes decoded, on one line."""
    raw = text_in(raw[:_LONGEST_VALUE].encode("utf-8", "surrogateescape"), "utf-8")
    try:
        parts = decode_header(raw)
    except (HeaderParseError, ValueError, LookupError):
        parts = [(raw, None)]
    words = "".join(_decoded(part, charset or "utf-8") if isinstance(part, bytes) else part for part, charset in parts)
    return _QUOTED_NAME.sub(r"\1", one_line(words))


def _decoded(word: bytes, charset: str) -> str:
    """An encoded word; it is too short for its encoding to be guessed where it declares a wrong one."""
    text = declared_text(word, charset)
    return word.decode("utf-8", "replace") if text is None else text


def _dated(value: str) -> str:
    """The date in words, or as it was typed where it is none."""
    when = _moment(value)
    if when is None:
        return value
    zone = f" (UTC{when:%z})" if when.tzinfo else ""
    return f"{when:%A}, {when.day} {when:%B %Y}, {when:%H:%M}{zone}"


def _moment(value: str) -> datetime | None:
    for parsed in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            return parsed(value)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


def _safe(name: str) -> str:
    """The name as any disk takes it, with its ending kept."""
    name = one_line(_UNSAFE.sub(" ", name)).strip(" .")
    stem, dot, ending = name.rpartition(".")
    return name if len(name) <= _LONGEST_NAME else f"{(stem or name)[: _LONGEST_NAME - len(ending)]}{dot}{ending[:20]}"
