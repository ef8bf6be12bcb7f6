"""JSON and JSON lines as a person would write them down: "name: value", headings for what is nested, rows for lists.

Numbers and words stay as typed. What is no JSON after all, or nested too deep for anybody, is read as the text it is.
"""

from __future__ import annotations

import json
import re
from collections import deque
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

from rag.errors import FileTooLarge, NothingToRead
from rag.reading.blocks import BlockKind, Reading
from rag.reading.encodings import decode
from rag.reading.headings import HeadingPath
from rag.reading.source import reading_of_lines
from rag.reading.tables import described_rows
from rag.reading.titles import title_from_name
from rag.reading.writer import PageWriter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["read_json", "read_json_lines"]

_LARGEST = 100_000_000
"""Bytes of one JSON value: Python needs about ten times as many to hold it."""
_MOST_PARTS = 60
_LONGEST_CELL = 500
_LOOKED_AT = 20
_NAMES = ("title", "name", "label", "heading", "id")
"""Keys whose value names an object better than its number."""
_WORDS = {True: "true", False: "false"}


@dataclass(frozen=True, slots=True)
class _Object:
    """An object's members in their order; a key may occur twice, and both are shown."""

    members: list[tuple[str, _Value]]


_Value: TypeAlias = "_Object | list[_Value] | str | bool | None"
_EMPTY: tuple[_Value, ...] = (None, "", [], _Object([]))
_NOT_BLANK = re.compile(r"\S")
_DECODER = json.JSONDecoder(strict=False, object_pairs_hook=_Object, parse_int=str, parse_float=str, parse_constant=str)
"""Figures stay as typed, and what is no number to a computer (NaN, 1e999) is one to nobody else either."""


def read_json(path: Path, name: str) -> Reading:
    """Open a JSON file; it has no pages, so all of it is one."""
    if path.stat().st_size > _LARGEST:
        raise FileTooLarge(name, f"JSON of more than {_LARGEST // 1_000_000} MB")
    text = decode(path.read_bytes(), name)
    try:
        values = list(_values(text))
    except (ValueError, RecursionError):
        return reading_of_lines(text, name)
    writer = PageWriter()
    _write(values[0] if len(values) == 1 else values, writer)
    return _finished(writer, name)


def read_json_lines(path: Path, name: str) -> Reading:
    """Open a file with one JSON value in each line; a line that holds none is a row as typed."""
    text = decode(path.read_bytes(), name)
    writer = PageWriter()
    for count, (number, line) in enumerate(_lines(text)):
        try:
            value = _DECODER.decode(line)
        except (ValueError, RecursionError):
            if count < _LOOKED_AT:
                return reading_of_lines(text, name)
            value = line
        if _is_record(value):
            _write_record(value, number, writer)
        else:
            writer.heading(0, f"Line {number}")
            _write(value, writer)
        writer.path = HeadingPath()
    return _finished(writer, name)


def _finished(writer: PageWriter, name: str) -> Reading:
    read = writer.finish(1)
    if all(block.kind is BlockKind.HEADING for block in read.blocks):
        raise NothingToRead(name, "no values")
    return Reading(title_from_name(name), None, None, iter([read]))


def _values(text: str) -> Iterator[_Value]:
    """The values of a text that is nothing but JSON: one, or several after each other."""
    position = 0
    while begin := _NOT_BLANK.search(text, position):
        value, position = _DECODER.raw_decode(text, begin.start())
        yield value


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, with their numbers, one by one."""
    number, start = 1, 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        if line := text[start:end].strip():
            yield number, line
        number, start = number + 1, end + 1


def _write(root: _Value, writer: PageWriter) -> None:
    """Write a value with all that is in it; what is deep waits in a list rather than in calls."""
    waiting: list[tuple[int, str, _Value]] = [(len(writer.path.names), "", root)]
    while waiting:
        rank, name, value = waiting.pop()
        if value in _EMPTY:
            continue
        writer.heading(rank, name)
        if isinstance(value, _Object):
            deeper = _write_members(value, writer)
        elif isinstance(value, list):
            deeper = _write_items(value, writer)
        else:
            _write_paragraphs(_shown(value), writer)
            continue
        waiting.extend((rank + 1, *each) for each in reversed(deeper))


def _write_paragraphs(text: str, writer: PageWriter) -> None:
    for part in text.split("\n\n"):
        writer.paragraph(part)


def _write_members(value: _Object, writer: PageWriter) -> list[tuple[str, _Value]]:
    """Write the members that fit a line each; the others are given back."""
    short = [(key, _shown(member)) for key, member in value.members if _is_cell(member)]
    writer.paragraph("\n".join(f"{key}: {text}" for key, text in short if text))
    return [(key, member) for key, member in value.members if not _is_cell(member)]


def _write_items(items: list[_Value], writer: PageWriter) -> list[tuple[str, _Value]]:
    """Write a list's items where they are rows, records or lines; others are given back, each with a name."""
    if all(isinstance(item, list) and all(map(_is_cell, item)) for item in items):
        cells = [[_shown(cell) for cell in item] for item in items if isinstance(item, list)]
        for number, row in described_rows(enumerate(cells, start=1)):
            writer.row(row, number)
    elif all(map(_is_record, items)):
        path = writer.path
        for number, item in enumerate(items, start=1):
            _write_record(item, number, writer)
            writer.path = path
    else:
        return [(_name_of(item) or str(number), item) for number, item in enumerate(items, start=1)]
    return []


def _write_record(value: _Value, number: int, writer: PageWriter) -> None:
    """Write one of several like values: as a row, or under its name or number where a part of it is long."""
    if not isinstance(value, _Object):
        writer.row(_shown(value), number)
        return
    pairs = [(key, _shown(cell)) for key, cell in _pairs(value)]
    if all(_is_cell(text) for _, text in pairs):
        writer.row("; ".join(f"{key}: {text}" for key, text in pairs if text), number)
        return
    writer.heading(len(writer.path.names), _name_of(value) or str(number))
    writer.paragraph("\n".join(f"{key}: {text}" for key, text in pairs if text and _is_cell(text)))
    for key, text in pairs:
        if not _is_cell(text):
            _write_paragraphs(f"{key}: {text}", writer)


def _is_cell(value: _Value) -> bool:
    """Whether a value fits one line: a short scalar, or a list of such."""
    if isinstance(value, _Object):
        return False
    if isinstance(value, list):
        return all(not isinstance(item, list) and _is_cell(item) for item in value)
    return not isinstance(value, str) or (len(value) <= _LONGEST_CELL and "\n\n" not in value)


def _is_record(value: _Value) -> bool:
    """Whether a value can be told in one row or a few lines: a cell, or an object of not too many parts."""
    if not isinstance(value, _Object):
        return _is_cell(value)
    return sum(1 for _ in islice(_pairs(value), _MOST_PARTS + 1)) <= _MOST_PARTS


def _pairs(value: _Object) -> Iterator[tuple[str, _Value]]:
    """An object's cells with the keys that lead to them: {"rent": {"amount": 950}} has "rent amount"."""
    waiting: list[tuple[str, _Value]] = [("", value)]
    while waiting:
        name, inner = waiting.pop()
        if isinstance(inner, _Object):
            waiting.extend((f"{name} {key}".strip(), each) for key, each in reversed(inner.members))
        elif isinstance(inner, list) and any(isinstance(item, _Object) for item in inner):
            waiting.extend((f"{name} {number}".strip(), inner[number - 1]) for number in range(len(inner), 0, -1))
        else:
            yield name, inner


def _shown(value: _Value) -> str:
    """A value in one piece: lists with commas, however deep; nothing for null."""
    texts: list[str] = []
    waiting = deque([value])
    while waiting:
        item = waiting.popleft()
        if isinstance(item, _Object):
            waiting.extendleft(part for key, member in reversed(item.members) for part in (member, key))
        elif isinstance(item, list):
            waiting.extendleft(reversed(item))
        elif item is not None and item != "":
            texts.append(item if isinstance(item, str) else _WORDS[item])
    return ", ".join(texts)


def _name_of(value: _Value) -> str:
    """What an object calls itself; empty where it does not."""
    members = dict(value.members) if isinstance(value, _Object) else {}
    named = (members.get(key) for key in _NAMES)
    return next((each for each in named if isinstance(each, str) and 0 < len(each) <= _LONGEST_CELL), "")
