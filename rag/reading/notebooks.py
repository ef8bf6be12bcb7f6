"""Notebooks (Jupyter): their text as Markdown, their code as typed, and what it printed, without pictures."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rag.errors import DamagedFile, NothingToRead
from rag.reading.blocks import Block, BlockKind, Reading, ReadPage
from rag.reading.cleaning import clean
from rag.reading.headings import HeadingPath
from rag.reading.markdown import markdown_blocks, without_pictures
from rag.reading.plain import decode
from rag.reading.titles import choose_title
from storage.records import Page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["read_notebook"]

_LONGEST_OUTPUT = 1_000
_COLOUR = re.compile(r"\x1b\[[\d;]*[A-Za-z]")
_OBJECT = re.compile(r"\[?<[^<>\n]*>\]?")
"""How Python shows what has no words of its own, such as "<Figure size 640x480 with 1 Axes>"."""


def read_notebook(path: Path, name: str) -> Reading:
    """Open a notebook; it has no pages, so all of it is one."""
    try:
        notebook = json.loads(decode(path.read_bytes(), name))
    except (ValueError, RecursionError) as error:
        raise DamagedFile(name, f"not JSON: {error}") from error
    sheet = _Sheet()
    for cell in _cells(notebook, name):
        _write_cell(cell, sheet)
    if not sheet.blocks:
        raise NothingToRead(name, "no text in any cell")
    heading = next((block.headings[-1] for block in sheet.blocks if block.kind is BlockKind.HEADING), "")
    declared = notebook.get("metadata", {})
    title = declared.get("title") if isinstance(declared, dict) else ""
    return Reading(choose_title(title if isinstance(title, str) else heading, name), None, None, iter([sheet.page()]))


def _cells(notebook: object, name: str) -> Iterator[dict[str, Any]]:
    """The cells of today's notebooks, and those of old ones, which had them on worksheets."""
    if not isinstance(notebook, dict) or not ({"cells", "worksheets"} & notebook.keys()):
        raise DamagedFile(name, "no notebook")
    holders = [notebook, *_listed(notebook.get("worksheets"))]
    return (cell for holder in holders for cell in _listed(holder.get("cells")))


class _Sheet:
    """The notebook's text on its way to one page."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._parts: list[str] = []
        self._length = 0
        self._path = HeadingPath()

    def markdown(self, text: str) -> None:
        """Text with headings, which count for what follows in other cells, too."""
        text = without_pictures(clean(text)).strip("\n")
        if text.strip():
            start = self._begin(text)
            found, self._path = markdown_blocks(text, path=self._path)
            self.blocks += (replace(block, start=block.start + start, end=block.end + start) for block in found)

    def typed(self, text: str) -> None:
        """Code, or what it printed."""
        text = clean(text).strip("\n")
        if text.strip():
            start = self._begin(text)
            self.blocks.append(Block(BlockKind.PARAGRAPH, start, self._length, self._path.names))

    def page(self) -> ReadPage:
        """All of it."""
        return ReadPage(Page(1, "", "".join(self._parts)), tuple(self.blocks))

    def _begin(self, text: str) -> int:
        gap = "\n\n" if self._parts else ""
        self._parts += (gap, text)
        start = self._length + len(gap)
        self._length = start + len(text)
        return start


def _write_cell(cell: dict[str, Any], sheet: _Sheet) -> None:
    text = _joined(cell.get("source", cell.get("input")))
    match cell.get("cell_type"):
        case "markdown":
            sheet.markdown(text)
        case "heading":
            level = cell.get("level")
            sheet.markdown("#" * (level if isinstance(level, int) and 0 < level <= 6 else 1) + " " + text)  # noqa: PLR2004
        case _:
            sheet.typed(text)
    for output in _listed(cell.get("outputs")):
        sheet.typed(_shortened(_COLOUR.sub("", _printed(output)).strip("\n")))


def _printed(output: dict[str, Any]) -> str:
    """What an output says in plain text; empty where it shows a picture or an error."""
    if output.get("name", output.get("stream", "stdout")) == "stderr" or output.get("output_type") in {
        "error",
        "pyerr",
    }:
        return ""
    data = output.get("data")
    shown = data.get("text/plain") if isinstance(data, dict) else output.get("text")
    text = _joined(shown)
    return "" if _OBJECT.fullmatch(text.strip()) else text


def _shortened(text: str) -> str:
    """The beginning of a long output, to the end of a line."""
    if len(text) <= _LONGEST_OUTPUT:
        return text
    kept = text[:_LONGEST_OUTPUT]
    return f"{kept.rpartition(chr(10))[0] or kept}\n…"


def _joined(source: object) -> str:
    """A cell's text, which is stored whole or line by line."""
    lines = source if isinstance(source, list) else [source]
    return "".join(line for line in lines if isinstance(line, str))


def _listed(value: object) -> list[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
