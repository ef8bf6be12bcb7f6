"""The package of an electronic book (EPUB): which of the archive's files are chapters, in which order, called what.

It knows the book's tables (container, package, navigation) and nothing of the text in its chapters.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from lxml import etree

from rag.errors import DamagedFile, EncryptedForOthers
from rag.reading.cleaning import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zipfile import ZipFile

__all__ = ["Package", "open_package"]

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_RIGHTS = "META-INF/sinf.xml"
_SCRAMBLED_FONTS = {"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"}
"""What hides fonts only, so that the text of the book is readable all the same."""
_CHAPTERS = {"application/xhtml+xml", "text/html", "image/svg+xml", "application/x-dtbook+xml", "text/x-oeb1-document"}


@dataclass(frozen=True, slots=True)
class Package:
    """What the book says of itself."""

    title: str
    chapters: tuple[str, ...]
    """The archive's files that are its chapters, in reading order."""
    labels: dict[str, str]
    """What the table of contents calls them, where it does."""


@dataclass(frozen=True, slots=True)
class _Item:
    path: str
    media_type: str
    properties: frozenset[str]


def open_package(archive: ZipFile, name: str) -> Package:
    """The book's package; DamagedFile where there is none that leads to a chapter."""
    names = frozenset(archive.namelist())
    place = _package_place(archive, names)
    root = _tree(archive, place) if place else None
    if root is None:
        raise DamagedFile(name, "no package that lists the chapters")
    items = dict(_items(root, posixpath.dirname(place), names))
    spine = [items[mark] for mark in _values(root, "itemref", "idref") if mark in items]
    chapters = [item for item in spine if item.media_type in _CHAPTERS and "nav" not in item.properties]
    chapters = chapters or [item for item in spine if item.media_type in _CHAPTERS]
    if not chapters:
        raise DamagedFile(name, "no chapter is where the package says")
    paths = tuple(item.path for item in chapters)
    _refuse_locked(archive, names, frozenset(paths), name)
    return Package(_title(root), paths, _labels(archive, root, items))


def _package_place(archive: ZipFile, names: frozenset[str]) -> str:
    """Where the container says the package is, or the first that looks like one; empty where there is none."""
    container = _tree(archive, _CONTAINER) if _CONTAINER in names else None
    told = _values(container, "rootfile", "full-path") if container is not None else iter(())
    found = (entry for entry in sorted(names) if entry.lower().endswith(".opf"))
    return next((place for place in (*told, *found) if place in names), "")


def _items(root: etree._Element, folder: str, names: frozenset[str]) -> Iterator[tuple[str, _Item]]:
    """The package's files that are really there, by their marks."""
    for item in root.iter("{*}item"):
        path = _resolved(folder, item.get("href", ""))
        if path in names:
            properties = frozenset(item.get("properties", "").split())
            yield item.get("id", ""), _Item(path, item.get("media-type", "").lower(), properties)


def _labels(archive: ZipFile, root: etree._Element, items: dict[str, _Item]) -> dict[str, str]:
    """What each file is called in the table of contents; the first name counts where it has several."""
    contents = next((item for item in items.values() if "nav" in item.properties), None)
    old = items.get(next(_values(root, "spine", "toc"), ""))
    labels: dict[str, str] = {}
    for item, named in ((contents, _named_in_list), (old, _named_in_points)):
        tree = _tree(archive, item.path) if item else None
        if item is not None and tree is not None:
            for href, label in named(tree):
                labels.setdefault(_resolved(posixpath.dirname(item.path), href), one_line(label))
    return {path: label for path, label in labels.items() if label}


def _named_in_list(tree: etree._Element) -> Iterator[tuple[str, str]]:
    for link in tree.iter("{*}a"):
        yield link.get("href", ""), "".join(link.itertext())


def _named_in_points(tree: etree._Element) -> Iterator[tuple[str, str]]:
    for point in tree.iter("{*}navPoint"):
        source, label = point.find("{*}content"), point.find("{*}navLabel/{*}text")
        if source is not None and label is not None:
            yield source.get("src", ""), "".join(label.itertext())


def _refuse_locked(archive: ZipFile, names: frozenset[str], chapters: frozenset[str], name: str) -> None:
    """EncryptedForOthers where chapters are hidden, as shops do."""
    if _RIGHTS in names:
        raise EncryptedForOthers(name, "sold with copy protection")
    tree = _tree(archive, _ENCRYPTION) if _ENCRYPTION in names else None
    for entry in tree.iter("{*}EncryptedData") if tree is not None else ():
        methods = set(_values(entry, "EncryptionMethod", "Algorithm"))
        hidden = {_resolved("", uri) for uri in _values(entry, "CipherReference", "URI")}
        if hidden & chapters and not methods <= _SCRAMBLED_FONTS:
            raise EncryptedForOthers(name, "sold with copy protection")


def _title(root: etree._Element) -> str:
    return next((title.text or "" for title in root.iter("{http://purl.org/dc/elements/1.1/}title")), "")


def _values(root: etree._Element, tag: str, attribute: str) -> Iterator[str]:
    return (element.get(attribute, "") for element in root.iter("{*}" + tag))


def _resolved(folder: str, href: str) -> str:
    """The archive's file that a reference means, without the place in it."""
    return posixpath.normpath(posixpath.join("/", folder, unquote(href.partition("#")[0]))).lstrip("/")


def _tree(archive: ZipFile, path: str) -> etree._Element | None:
    """The file as XML, nothing fetched or expanded, mended where it is broken; None where it is none."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    try:
        return etree.fromstring(archive.read(path), parser)
    except (etree.XMLSyntaxError, KeyError, ValueError):
        return None
