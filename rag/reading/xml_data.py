"""XML of any vocabulary: prose as paragraphs, data as "name: value" lines, what repeats as rows.

Entities are never resolved by the parser and nothing is fetched. Those a file declares itself as a few plain words are
put in; a file whose entities lead to others or are long is refused, since that is how small files fill a memory.
"""

from __future__ import annotations

import re
from collections import Counter
from enum import Enum, auto
from itertools import islice
from typing import TYPE_CHECKING, Any

from lxml import etree

from rag.errors import DamagedFile, FileTooLarge, NothingToRead
from rag.reading.blocks import Reading
from rag.reading.encodings import decode
from rag.reading.source import reading_of_lines
from rag.reading.titles import choose_title
from rag.reading.web import read_web
from rag.reading.writer import PageWriter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rag.reading.headings import HeadingPath

__all__ = ["read_svg", "read_xml"]

_LARGEST = 100_000_000
"""Bytes: the tree takes several times as many."""
_LONGEST_ENTITY = 1_000
_MOST_EXPANDED = 1_000_000
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_NO_CHARACTER = re.compile(r"&#(?:[0-8]|1[124-9]|2\d|3[01]|x[0-8bcBC]|x[01]?[efEF]|x1[\da-dA-D]);")
"""References to what XML allows no reference to."""
_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)
_HTML = re.compile(rb"<html[\s>]", re.IGNORECASE)
_HEAD = 4_096
_TITLES = {"title", "head", "heading", "caption"}
_NOISE = {"class", "style"}
_PROSE = re.compile(r".{100}|(?:\S+ ){3}.*[.!?…]\W{0,2}\Z", re.DOTALL)
"""What is read as a sentence and needs no name before it."""
_LONGEST_CELL = 300
_WIDEST_ROW = 60
_NO_WORDS = re.compile(r"[^\s,;]{300}")
"""Pictures and keys written in letters."""
_JOINTS = re.compile(r"(?<=[a-z\d])(?=[A-Z])|[_.-]+")


class _Kind(Enum):
    """How an element is written."""

    LINE = auto()
    PROSE = auto()
    ROW = auto()
    INNER = auto()
    NOTHING = auto()


def read_xml(path: Path, name: str) -> Reading:
    """Open an XML file; it has no pages, so all of it is one."""
    data = _data(path, name)
    root = _root(data, name)
    if _HTML.search(data, 0, _HEAD) and (root is None or _local(root) == "html"):
        return read_web(path, name)
    if root is None:
        return reading_of_lines(decode(data, name), name)
    writer = PageWriter()
    _write(root, writer)
    if writer.blank:
        raise NothingToRead(name, "no text in any element")
    title = next((_text(each) for each in root.iterfind("{*}title")), "") or _text(root.find("{*}channel/{*}title"))
    return Reading(choose_title(title, name), None, None, iter([writer.finish(1)]))


def read_svg(path: Path, name: str) -> Reading:
    """Open a drawing (SVG): its title, its description and the words in it."""
    root = _root(_data(path, name), name)
    if root is None:
        raise DamagedFile(name, "not well-formed")
    writer = PageWriter()
    for element in root.iter("{*}title", "{*}desc", "{*}text"):
        writer.paragraph(_text(element))
    if writer.blank:
        raise NothingToRead(name, "a drawing without words")
    return Reading(choose_title(_text(root.find("{*}title")), name), None, None, iter([writer.finish(1)]))


def _data(path: Path, name: str) -> bytes:
    if path.stat().st_size > _LARGEST:
        raise FileTooLarge(name, f"XML of more than {_LARGEST // 1_000_000} MB")
    return path.read_bytes()


# parsing


def _root(data: bytes, name: str) -> Any | None:  # noqa: ANN401  (lxml ships no types)
    """The root element without entities; None where it is not well-formed in any encoding."""
    root = _parsed(data)
    if root is None and _ENTITY.search(data):
        raise DamagedFile(name, "entities that do not hold")
    if root is None:
        root = _parsed(_NO_CHARACTER.sub("", _DECLARATION.sub("", decode(data, name))).encode())
    if root is not None:
        _put_entities_in(root, name)
    return root


def _parsed(data: bytes) -> Any | None:  # noqa: ANN401
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _put_entities_in(root: Any, name: str) -> None:  # noqa: ANN401
    """Put the words of plain entities where they are used; leave out those of other files; refuse all others."""
    internal = root.getroottree().docinfo.internalDTD
    declared = {each.name: each.content for each in internal.iterentities()} if internal is not None else {}
    room = _MOST_EXPANDED
    for entity in list(root.iter(etree.Entity)):
        words = declared.get(entity.name) or ""
        room -= len(words)
        if "&" in words or "<" in words or len(words) > _LONGEST_ENTITY or room < 0:
            raise DamagedFile(name, "entities that grow")
        _replace(entity, words)


def _replace(entity: Any, words: str) -> None:  # noqa: ANN401
    before, parent = entity.getprevious(), entity.getparent()
    text = words + (entity.tail or "")
    if before is None:
        parent.text = (parent.text or "") + text
    else:
        before.tail = (before.tail or "") + text
    parent.remove(entity)


# writing


def _write(root: Any, writer: PageWriter) -> None:  # noqa: ANN401
    """Write an element with all that is in it, in its order; the heading path is as before when an element ends."""
    waiting: list[tuple[_Kind, list[Any], int, HeadingPath]] = [(_Kind.INNER, [root], 0, writer.path)]
    while waiting:
        kind, run, rank, path = waiting.pop()
        writer.path = path
        if kind is _Kind.INNER:
            runs = _runs(run[0])
            _write_heading(run[0], {each for each, _ in runs}, rank, writer)
            waiting.extend((each, elements, rank + 1, writer.path) for each, elements in reversed(runs))
        elif kind is _Kind.PROSE:
            writer.paragraph(_text(run[0]))
        elif kind is _Kind.LINE:
            writer.paragraph("\n".join(_line(element) for element in run))
        else:
            for number, element in enumerate(run, start=1):
                writer.row(_row(element), number)


def _runs(element: Any) -> list[tuple[_Kind, list[Any]]]:  # noqa: ANN401
    """The children in their order, those together that make lines or rows together."""
    if not len(element) or _is_mixed(element):
        return [(kind, [element])] if (kind := _leaf_kind(element)) is not _Kind.NOTHING else []
    rows = _row_tags(element)
    title = _title_of(element)
    runs: list[tuple[_Kind, list[Any]]] = []
    for child in element:
        kind = _kind(child, rows)
        if child is title or kind is _Kind.NOTHING:
            continue
        joined = runs and runs[-1][0] is kind and kind in {_Kind.LINE, _Kind.ROW}
        if joined and (kind is _Kind.LINE or runs[-1][1][0].tag == child.tag):
            runs[-1][1].append(child)
        else:
            runs.append((kind, [child]))
    return runs


def _kind(element: Any, rows: set[str]) -> _Kind:  # noqa: ANN401
    if element.tag in rows:
        return _Kind.ROW
    return _Kind.INNER if len(element) and not _is_mixed(element) else _leaf_kind(element)


def _leaf_kind(element: Any) -> _Kind:  # noqa: ANN401
    text = _text(element)
    if _NO_WORDS.search(text) or not (text or _attributes(element)):
        return _Kind.NOTHING
    return _Kind.PROSE if _PROSE.match(text) else _Kind.LINE


def _is_mixed(element: Any) -> bool:  # noqa: ANN401
    """Whether there are words beside the children, as in a paragraph with something emphasised."""
    return bool((element.text or "").strip()) or any((child.tail or "").strip() for child in element)


def _row_tags(element: Any) -> set[str]:  # noqa: ANN401
    """The tags that repeat among the children, all of which fit a row and none of which is a mere line."""
    counts = Counter(child.tag for child in element)
    often = {tag for tag, count in counts.items() if count > 1}
    for child in element:
        if child.tag in often and not _fits_row(child):
            often.discard(child.tag)
    return often


def _fits_row(element: Any) -> bool:  # noqa: ANN401
    if not len(element):
        return not _text(element) and bool(_attributes(element))
    pairs = list(islice(_pairs(element), _WIDEST_ROW + 1))
    return 0 < len(pairs) <= _WIDEST_ROW and all(len(text) <= _LONGEST_CELL for _, text in pairs)


def _row(element: Any) -> str:  # noqa: ANN401
    return "; ".join(f"{name}: {text}" for name, text in _pairs(element))


def _pairs(element: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    """What an element holds as names and texts: <rent><amount>950</amount></rent> has "rent amount"."""
    waiting = [("", element)]
    while waiting:
        name, inner = waiting.pop()
        if len(inner) and not _is_mixed(inner):
            yield from ((f"{name} {key}".strip(), text) for key, text in _attributes(inner))
            waiting.extend((f"{name} {_words(child)}".strip(), child) for child in reversed(inner))
        elif inner is element:
            yield from _attributes(inner)
        elif text := _value(inner):
            yield name, text


def _line(element: Any) -> str:  # noqa: ANN401
    return f"{_words(element)}: {_value(element)}"


def _value(element: Any) -> str:  # noqa: ANN401
    """An element's text with its attributes behind it, which often are its unit or its kind."""
    text = " ".join(_text(element).split())
    attributes = "; ".join(f"{name}: {value}" for name, value in _attributes(element))
    return f"{text} ({attributes})" if text and attributes else text or attributes


def _write_heading(element: Any, kinds: set[_Kind], rank: int, writer: PageWriter) -> None:  # noqa: ANN401
    """What the element calls itself; else its tag, where lines or rows below it need one."""
    title = _title_of(element)
    if title is not None:
        writer.heading(rank, _text(title))
    elif len(element) and not _is_mixed(element) and kinds & {_Kind.LINE, _Kind.ROW}:
        writer.heading(rank, _words(element))
    if len(element) and not _is_mixed(element):
        writer.paragraph("\n".join(f"{name}: {value}" for name, value in _attributes(element)))


def _title_of(element: Any) -> Any | None:  # noqa: ANN401
    """The child that heads the element, if its first ones hold one that is short enough."""
    first = next((child for child in element if _local(child) in _TITLES), None)
    return first if first is not None and 0 < len(_text(first)) <= _LONGEST_CELL else None


def _attributes(element: Any) -> list[tuple[str, str]]:  # noqa: ANN401
    """The attributes that say something: none of other namespaces, none for looks, none of no words."""
    return [
        (_JOINTS.sub(" ", key), value.strip())
        for key, value in element.attrib.items()
        if not key.startswith("{") and key not in _NOISE and 0 < len(value.strip()) <= _LONGEST_CELL
    ]


def _local(element: Any) -> str:  # noqa: ANN401
    return str(element.tag).rpartition("}")[2].lower()


def _words(element: Any) -> str:  # noqa: ANN401
    """An element's name in words: "unitPrice" is "unit Price"."""
    return _JOINTS.sub(" ", str(element.tag).rpartition("}")[2]).strip()


def _text(element: Any | None) -> str:  # noqa: ANN401
    return "" if element is None else "".join(element.itertext()).strip()
