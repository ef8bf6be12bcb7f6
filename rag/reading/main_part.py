"""Which part of a web page a person came to read: not its menus, teasers, cookie banners and forms.

It leaves out only what is small beside the rest and either named for what it is or little but links, because a saved
page that lost a paragraph is worse than one that kept a menu.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.reading.html_tree import steps, unread_nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selectolax.lexbor import LexborHTMLParser, LexborNode

__all__ = ["main_part"]

_MAIN = "main, [role=main], article"
_MAIN_SHARE = 0.4
"""A page's main part is all that is read where it has at least this share of the text."""
_CLUTTER = re.compile(
    r"(?:^|[\s_-])(?:"
    r"suggest(?:ed|ions?)|(?:jp-?)?related(?:-?(?:posts?|articles?|content|links|stories|news))?|recommend(?:ed|ations?)|recirc\w*|"
    r"more-?(?:stories|news|articles)|most-?(?:popular|read)|trending|popular-?posts|"
    r"share|sharing|share-?(?:bar|buttons?|links|tools)|sharedaddy|addthis\w*|"
    r"social-?(?:share|sharing|links|media|icons|buttons|bar|nav)|"
    r"newsletter\w*|subscri(?:be|ption)-?(?:box|form|wrapper)?|sign-?up|opt-?in|paywall|"
    r"cookies?-?(?:banner|notice|consent|bar|law|popup)?|consent|gdpr\w*|"
    r"ads?|advert\w*|adsbygoogle|sponsored|promo(?:tion|box)?|outbrain|taboola|"
    r"breadcrumbs?|pagination|pager|post-?navigation|nav-?(?:links|bar|box|menu)|navbar|navbox|main-?nav|sub-?nav\w*|"
    r"menu|menus|site-?(?:header|footer|nav)|footer|sidebar|rail|toc|"
    r"comment-?(?:form|respond)|respond|login\w*|modal\w*|popup|skip-?(?:link|to-?content)|"
    r"sr-only|visually-?hidden|screen-reader-text|noprint|mw-editsection|mw-jump-link"
    r")(?=$|[\s_-])",
    re.IGNORECASE,
)
_CLUTTER_SHARE = 0.3
_FORM_SHARE = 0.1
_LINKED = 0.75
_FEWEST_LINKS = 3
_SECTIONS = {"article", "main", "section", "blockquote"}
_BOXES = {"div", "section", "aside", "ul", "ol", "p", "header", "footer", "form", "table", "span", "details"}
_LISTS = {"div", "section", "aside", "ul", "ol"}


@dataclass(slots=True)
class _Size:
    """How much text stands below a node, how much of it in links, how many links, and how many main headings."""

    text: int = 0
    linked: int = 0
    links: int = 0
    headings: int = 0

    def add(self, inner: _Size) -> None:
        """Count what stands below a node's child as below the node."""
        self.text += inner.text
        self.linked += inner.linked
        self.links += inner.links
        self.headings += inner.headings


def main_part(tree: LexborHTMLParser, body: LexborNode) -> tuple[LexborNode, set[int]]:
    """The node that holds the matter, and the marks of what is not to be read within it."""
    unread = unread_nodes(tree)
    sizes = _sizes(body, unread)
    whole = sizes[body.mem_id].text
    root = next((node for node in body.css(_MAIN) if _text(sizes, node) >= max(_MAIN_SHARE * whole, 1)), body)
    is_declared = root.mem_id != body.mem_id
    return root, unread | set(_clutter(root, unread, sizes, is_declared=is_declared))


def _clutter(root: LexborNode, unread: set[int], sizes: dict[int, _Size], *, is_declared: bool) -> Iterator[int]:
    whole = sizes[root.mem_id].text
    for node, entering in steps(root, unread):
        size = sizes.get(node.mem_id)
        if not entering or size is None or size.text > _CLUTTER_SHARE * whole or size.headings:
            continue
        if node.tag in _BOXES and (
            _is_named_clutter(node)
            or _is_small_form(node, size, whole)
            or (not is_declared and (_is_little_but_links(node, size) or _is_frame(node)))
        ):
            yield node.mem_id


def _is_named_clutter(node: LexborNode) -> bool:
    """By its class, or by its id unless that only repeats its heading ("Related work"), as in many manuals."""
    attributes = node.attributes
    if _CLUTTER.search(attributes.get("class") or ""):
        return True
    mark = attributes.get("id") or ""
    if node.tag not in _LISTS or not _CLUTTER.search(mark):
        return False
    heading = node.css_first("h1, h2, h3, h4, h5, h6")
    return heading is None or _slug(heading.text()) != _slug(mark)


def _slug(name: str) -> str:
    return "-".join(re.findall(r"\w+", name.lower().replace("_", " ")))


def _is_small_form(node: LexborNode, size: _Size, whole: int) -> bool:
    return node.tag == "form" and size.text <= _FORM_SHARE * whole


def _is_little_but_links(node: LexborNode, size: _Size) -> bool:
    return node.tag in _LISTS and size.links >= _FEWEST_LINKS and size.linked >= _LINKED * size.text


def _is_frame(node: LexborNode) -> bool:
    """Whether it is the head or foot of the page itself, not of a section of it."""
    if node.tag not in {"header", "footer"}:
        return False
    parent = node.parent
    while parent is not None and parent.tag not in _SECTIONS:
        parent = parent.parent
    return parent is None


def _text(sizes: dict[int, _Size], node: LexborNode) -> int:
    size = sizes.get(node.mem_id)
    return size.text if size else 0


def _sizes(root: LexborNode, unread: set[int]) -> dict[int, _Size]:
    """The sizes of the root and of all elements below it."""
    sizes = {root.mem_id: _Size()}
    open_nodes = [sizes[root.mem_id]]
    for node, entering in steps(root, unread):
        if node.is_text_node:
            open_nodes[-1].text += len(" ".join((node.text_content or "").split())) if entering else 0
        elif node.is_element_node and entering:
            open_nodes.append(sizes.setdefault(node.mem_id, _Size()))
        elif node.is_element_node:
            size = open_nodes.pop()
            if node.tag == "a":
                size.linked, size.links = size.text, 1
            size.headings += node.tag == "h1"
            open_nodes[-1].add(size)
    return sizes
