"""The files that a PDF holds: those listed in its catalogue, and those pinned to its pages as paper clips are.

They come one at a time, so that only one is in memory. What is no file, is damaged or is too large is left out; a
document that lists more files than anybody has made is not believed. It knows nothing of what becomes of them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pypdf.generic import ArrayObject, DictionaryObject, StreamObject

from rag.pypdf_reading import PYPDF_TROUBLE
from rag.reading.blocks import Attachment
from rag.reading.cleaning import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pypdf import PdfReader

__all__ = ["attached_files"]

_MOST_FILES = 1_000
_MOST_NODES = 10_000
_LARGEST = 500 << 20
"""Bytes of one file; pypdf itself unpacks no more than 75 MB of a compressed one."""
_LARGEST_TOGETHER = 2 << 30
_FOLDERS = re.compile(r".*[/\\:]", re.DOTALL)
_NAMELESS = "attachment"


def attached_files(reader: PdfReader, pages: Iterable[int] = ()) -> Iterator[Attachment]:
    """The files in an opened PDF, each once; ``pages`` are those, from 1, that have annotations."""
    seen: set[int] = set()
    total = 0
    for specification in _specifications(reader, pages):
        try:
            found = _file(specification, seen, _LARGEST_TOGETHER - total)
        except PYPDF_TROUBLE:
            continue
        if found is not None:
            total += len(found.data)
            yield found
        if len(seen) >= _MOST_FILES:
            return


def _specifications(reader: PdfReader, pages: Iterable[int]) -> Iterator[Any]:
    """What may say which file is where: leaves of the catalogue's name tree, then annotations of the pages."""
    try:
        names = _inside(reader.root_object, "/Names", "/EmbeddedFiles")
        yield from _leaves(names)
        yield from _items(_inside(reader.root_object, "/AF"))
        for number in pages:
            for annotation in _items(_inside(reader.pages[number - 1], "/Annots")):
                if _inside(annotation, "/Subtype") == "/FileAttachment":
                    yield _inside(annotation, "/FS")
    except PYPDF_TROUBLE:
        return


def _leaves(root: Any) -> Iterator[Any]:  # noqa: ANN401  (a file's dictionaries hold anything)
    """The values of a name tree, whose nodes may go round in a circle."""
    waiting, met = [root], 0
    while waiting and met < _MOST_NODES:
        node = waiting.pop()
        met += 1
        yield from _items(_inside(node, "/Names"))[1::2]
        waiting += reversed(_items(_inside(node, "/Kids")))


def _items(found: Any) -> list[Any]:  # noqa: ANN401
    return [each.get_object() for each in found] if isinstance(found, ArrayObject) else []


def _inside(holder: Any, *keys: str) -> Any:  # noqa: ANN401
    """What stands under the keys, one within the other; None where it does not."""
    for key in keys:
        if not isinstance(holder, DictionaryObject) or key not in holder:
            return None
        holder = holder[key]
    return holder


def _file(specification: Any, seen: set[int], room: int) -> Attachment | None:  # noqa: ANN401
    """The file that a specification leads to, unless it has come already or is too large."""
    stream = _inside(specification, "/EF", "/UF") or _inside(specification, "/EF", "/F")
    if not isinstance(stream, StreamObject) or id(stream) in seen:
        return None
    seen.add(id(stream))
    size = _inside(stream, "/Params", "/Size")
    if isinstance(size, int) and size > min(_LARGEST, room):
        return None
    data = stream.get_data()
    stream.decoded_self = None  # or pypdf would keep every file in memory
    if len(data) > min(_LARGEST, room):
        return None
    return Attachment(_name(specification), data)


def _name(specification: Any) -> str:  # noqa: ANN401
    """The file's name, whatever folder it is said to come from."""
    said = _inside(specification, "/UF") or _inside(specification, "/F") or ""
    return one_line(_FOLDERS.sub("", str(said))).strip(". ") or _NAMELESS
