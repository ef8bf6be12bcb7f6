"""From the tree of an HTML page, a chapter or a mail to blocks: headings, paragraphs, items and the rows of tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.reading.html_tables import data_table
from rag.reading.html_tree import flat_text, is_block, steps
from rag.reading.tables import described_rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from selectolax.lexbor import LexborNode

    from rag.reading.html_tables import DataTable
    from rag.reading.writer import PageWriter

__all__ = ["write_html"]

_HEADINGS = {f"h{rank}": rank for rank in range(1, 7)}


def write_html(root: LexborNode, writer: PageWriter, unread: Iterable[int] = ()) -> None:
    """Write everything below ``root`` that is not in ``unread``."""
    walk = _Walk(writer, set(unread))
    for node, entering in steps(root, walk.done):
        (walk.enter if entering else walk.leave)(node)
    walk.end_block()


class _Walk:
    """One way through a tree, collecting running text until a block ends."""

    def __init__(self, writer: PageWriter, done: set[int]) -> None:
        self.done = done
        """What is not to be looked into, or no more."""
        self._writer = writer
        self._running: list[str] = []
        self._in_item = False

    def enter(self, node: LexborNode) -> None:
        """Write what the node itself has to say."""
        if node.is_text_node:
            self._running.append(" ".join(f"|{node.text_content}|".split())[1:-1])
        elif node.tag == "br":
            self._running.append("\n")
        elif is_block(node):
            self.end_block()
            if self._is_written_whole(node):
                self.done.add(node.mem_id)
            elif node.tag == "li":
                self._in_item = True

    def leave(self, node: LexborNode) -> None:
        """End the block that the node was."""
        if is_block(node):
            self.end_block()
            if node.tag in {"li", "ul", "ol"}:
                self._in_item = False

    def end_block(self) -> None:
        """Write the running text as what it is."""
        text = "\n".join(" ".join(line.split()) for line in "".join(self._running).split("\n")).strip()
        self._running.clear()
        if text:
            (self._writer.item if self._in_item else self._writer.paragraph)(text)
            self._in_item = False

    def _is_written_whole(self, node: LexborNode) -> bool:
        """Write a heading, a preformatted text or a table of data at once; whether it was one."""
        if node.tag in _HEADINGS:
            self._writer.heading(_HEADINGS[node.tag], flat_text(node, self.done))
        elif node.tag == "pre":
            self._writer.paragraph(node.text())
        elif node.tag == "table" and (table := data_table(node, self.done)) is not None:
            self._write_table(table)
        else:
            return False
        return True

    def _write_table(self, table: DataTable) -> None:
        for caption in table.captions:
            self._writer.paragraph(caption)
        for number, row in described_rows(table.rows, header_marked=table.header_marked):
            self._writer.row(row, number)
