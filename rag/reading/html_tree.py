"""The tree of an HTML page: parsed, and walked step by step, never by recursion, as it can be a hundred thousand deep.

It knows what no reader ever reads (scripts, styles, menus marked as such) and nothing of what is worth reading.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser

from rag.reading.charsets import declared_text
from rag.reading.plain import decode

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from selectolax.lexbor import LexborNode

__all__ = ["decode_html", "flat_text", "is_block", "parse", "steps", "unread_nodes"]

_CHARSET = re.compile(
    rb"<(?:meta[^>]{0,200}?charset|\?xml[^>]{0,80}?encoding)\s*=\s*[\"']?\s*([\w-]{2,40})", re.IGNORECASE
)
_HEAD = 4_096
_XML = re.compile(r"\s*<\?xml\b")
_CLOSED = re.compile(r"<([a-zA-Z][\w-]{0,40})((?:\s[^<>]{0,4000})?)/>")
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_VOID = re.compile(r"area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([a-zA-Z][\w-]*)[^<>]*>")
_NEVER_DEEP = re.compile(r"p|li|d[dt]|t[dhr]|thead|tbody|tfoot|option|optgroup|html|head|body", re.IGNORECASE)
"""What the next of its kind closes, so that nobody needs to."""
_DEEPEST = 1_000
"""Elements in one another; the parser's time grows with the square of their number."""
_UNREAD = (
    "script, style, noscript, template, svg, math annotation, math annotation-xml, iframe, object, embed, head, nav, "
    "select, datalist, button, dialog, [hidden], [aria-hidden=true], "
    "[role=navigation], [role=banner], [role=contentinfo], [role=search], [role=dialog], [role=alertdialog]"
)
_BLOCK = re.compile(
    r"address|article|aside|blockquote|body|caption|center|d[dlt]|details|dir|div|fieldset|figcaption|figure|footer|"
    r"form|frameset|h[1-6r]|header|hgroup|html|legend|li|main|menu|nav|[ou]l|p|pre|section|summary|"
    r"t(?:able|body|[dhr]|foot|head)"
)


def decode_html(data: bytes, name: str) -> str:
    """The page as text, in the encoding it declares if that is true."""
    declared = _CHARSET.search(data[:_HEAD])
    if declared and not data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE)):
        text = declared_text(data, declared[1].decode("ascii"))
        if text is not None:
            return text
    return decode(data, name)


def parse(text: str, *, strict: bool = False) -> LexborHTMLParser:
    """The page's tree; ``strict`` where it is XHTML, in which an element may close itself and text may be CDATA."""
    if strict or _XML.match(text):
        last = text.rfind("]]>") + 3  # beyond it, each opening would be looked at to the end in vain
        text = _CDATA.sub(lambda match: match[1].replace("&", "&amp;").replace("<", "&lt;"), text[:last]) + text[last:]
        text = _CLOSED.sub(lambda match: match[0] if _VOID.fullmatch(match[1]) else _opened(match), text)
    return LexborHTMLParser(_shallow(text) if text.count("<") > _DEEPEST else text)


def unread_nodes(tree: LexborHTMLParser) -> set[int]:
    """The marks of all nodes that nobody reads, whatever page it is."""
    return {node.mem_id for node in tree.css(_UNREAD)}


def steps(root: LexborNode, unread: Container[int]) -> Iterator[tuple[LexborNode, bool]]:
    """Every node below ``root`` in the order of the page, as it is entered (True) and as it is left (False).

    Nodes in ``unread`` are passed by; one that is put there while it is entered is left without a look at its children.
    """
    node = root.child
    while node is not None:
        if node.mem_id not in unread:
            yield node, True
            if node.child is not None and node.mem_id not in unread:
                node = node.child
                continue
            yield node, False
        while node.next is None:
            if node.parent is None or node.parent.mem_id == root.mem_id:
                return
            node = node.parent
            yield node, False
        node = node.next


def is_block(node: LexborNode) -> bool:
    """Whether it stands on lines of its own."""
    return node.is_element_node and _BLOCK.fullmatch(node.tag or "") is not None


def flat_text(root: LexborNode, unread: Container[int] = ()) -> str:
    """All text below on one line; what stands on lines of its own is parted by a space."""
    parts: list[str] = []
    for node, entering in steps(root, unread):
        if node.is_text_node:
            parts.append((node.text_content or "") if entering else "")
        elif node.tag == "br" or is_block(node):
            parts.append(" ")
    return " ".join("".join(parts).split())


def _shallow(text: str) -> str:
    """The page without the tags of elements that are nested deeper than any person would; their text stays."""
    depth = 0

    def kept(tag: re.Match[str]) -> str:
        nonlocal depth
        if tag[0].endswith("/>") or _VOID.fullmatch(tag[2]) or _NEVER_DEEP.fullmatch(tag[2]):
            return tag[0]
        before, depth = depth, max(0, depth + (-1 if tag[1] else 1))
        return tag[0] if max(before, depth) <= _DEEPEST else " "

    return _TAG.sub(kept, text)


def _opened(match: re.Match[str]) -> str:
    return f"<{match[1]}{match[2]}></{match[1]}>"
