"""Plain text: its encoding is found, its lines kept as typed, its paragraphs the stretches between blank lines."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from charset_normalizer import from_bytes

from rag.errors import DamagedFile, NothingToRead
from rag.reading.blocks import Block, BlockKind, Reading, ReadPage
from rag.reading.cleaning import clean
from rag.reading.headings import HeadingPath, worded_rank
from rag.reading.titles import title_from_name
from storage.records import Page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["decode", "read_plain"]

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 60_000
_ASCII = 127
_SPARSE = 0.3
_NEARLY_ALL = 0.9
_WESTERN = frozenset("äöüßÄÖÜéèêëÉàâáãçÇùûúôóõîïíñåæøÅÆØ“”‘’„«»–—…•·°§€£©®½¿¡\xa0")
_BINARY = re.compile(r"[\x01-\x08\x0e-\x1a\x1c-\x1f]")
_MOST_BINARY = 0.02
_BLANK = re.compile(r"\n{2,}")


def read_plain(path: Path, name: str) -> Reading:
    """Open a plain text file."""
    text = decode(path.read_bytes(), name)
    return Reading(title_from_name(name), None, None, iter([ReadPage(Page(1, "", text), tuple(_blocks(text)))]))


def decode(data: bytes, name: str) -> str:
    """The bytes as clean text; DamagedFile where they are no text, NothingToRead where they are only white space."""
    text = data.decode(_encoding(data), errors="replace")
    if len(_BINARY.findall(text[:_SAMPLE])) > _MOST_BINARY * len(text[:_SAMPLE]):
        raise DamagedFile(name, "binary data")
    text = clean(text)
    if not text.strip():
        raise NothingToRead(name, "only white space")
    return text


def _encoding(data: bytes) -> str:
    """What a byte order mark says, else UTF-8 where it fits, UTF-16 without a mark, or the likeliest old encoding."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    try:
        data.decode()
    except UnicodeDecodeError:
        return _guessed(data[:_SAMPLE])
    return _wide(data[:_SAMPLE]) or "utf-8"


def _wide(sample: bytes) -> str:
    """UTF-16 without a mark betrays itself by zeros in every other byte; empty where it is not that."""
    for parity, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros, others = sample[parity::2].count(0), sample[1 - parity :: 2].count(0)
        if zeros * 2 > len(sample[parity::2]) and others * 10 < zeros:
            return encoding
    return ""


def _guessed(sample: bytes) -> str:
    wide = _wide(sample)
    if wide:
        return wide
    if _is_western(sample.decode("cp1252", errors="replace")):
        return "cp1252"
    best = from_bytes(sample, cp_exclusion=["utf_7"]).best()
    return best.encoding if best else "cp1252"


def _is_western(text: str) -> bool:
    """Whether nearly all letters beyond ASCII are those that Western languages have, which statistics often mistake."""
    beyond = [character for character in text if ord(character) > _ASCII]
    usual = sum(character in _WESTERN for character in beyond)
    return len(beyond) < _SPARSE * len(text) and usual >= _NEARLY_ALL * len(beyond)


def _blocks(text: str) -> Iterator[Block]:
    """Paragraphs between blank lines; a short line by itself, in capitals or numbered, is a heading."""
    path = HeadingPath()
    start = 0
    for blank in (*_BLANK.finditer(text), None):
        end = blank.start() if blank else len(text)
        first, last = _trimmed(text, start, end)
        start = blank.end() if blank else end
        if first == last:
            continue
        rank = worded_rank(text[first:last])
        if rank is not None:
            path = path.under(rank, text[first:last])
            yield Block(BlockKind.HEADING, first, last, path.names)
        else:
            yield Block(BlockKind.PARAGRAPH, first, last, path.names)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    stretch = text[start:end]
    kept = stretch.strip()
    first = start + len(stretch) - len(stretch.lstrip())
    return first, first + len(kept)
