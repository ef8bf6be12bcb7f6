"""Web archives (MHTML): a saved page and its pictures in the shape of an e-mail, of which the page is read."""

from __future__ import annotations

from email.message import Message
from typing import TYPE_CHECKING

from rag.errors import DamagedFile
from rag.reading.charsets import declared_text
from rag.reading.html_tree import decode_html
from rag.reading.message import parse_message
from rag.reading.web import page_of

if TYPE_CHECKING:
    from pathlib import Path

    from rag.reading.blocks import Reading

__all__ = ["read_web_archive"]


def read_web_archive(path: Path, name: str) -> Reading:
    """Open a web archive; its page is the part it begins with, or the first that is HTML."""
    message = parse_message(path.read_bytes())
    start = str(message.get_param("start") or "")
    pages = [part for part in _leaves(message) if part.get_content_type() in {"text/html", "application/xhtml+xml"}]
    named = [part for part in pages if start and part.get("Content-ID") == start]
    for part in [*named, *pages]:
        data = part.get_payload(decode=True)
        if isinstance(data, bytes) and data.strip():
            return page_of(declared_text(data, part.get_content_charset() or "") or decode_html(data, name), name)
    raise DamagedFile(name, "no page in the web archive")


def _leaves(message: Message) -> list[Message]:
    """The parts that hold no others, in their order."""
    leaves: list[Message] = []
    waiting = [message]
    while waiting:
        part = waiting.pop()
        inner = part.get_payload()
        if isinstance(inner, list):
            waiting += reversed([entry for entry in inner if isinstance(entry, Message)])
        else:
            leaves.append(part)
    return leaves
