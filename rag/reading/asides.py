"""What stands beside the running text: notes, comments, headers and footers. Each is written once, after the text.

It knows no format. What is printed on every page is said once, and not at all where it is only a page number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rag.reading.cleaning import one_line
from rag.reading.headings import HeadingPath

if TYPE_CHECKING:
    from rag.reading.writer import PageWriter

__all__ = ["Asides"]

_PAGE_NUMBER = re.compile(
    r"\b(pages?|p|seiten?|p[aá]gina|pag|strana|strona|of|von|sur|de|di|van|z|ze)\b|[\d\W_]+", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Asides:
    """The texts beside one document's own, in the order they were found in."""

    notes: list[str] = field(default_factory=list)
    """Footnotes and endnotes."""
    comments: list[tuple[str, str]] = field(default_factory=list)
    """Who made it (may be empty), and what it says."""
    headers: list[str] = field(default_factory=list)
    footers: list[str] = field(default_factory=list)

    def write(self, writer: PageWriter) -> None:
        """Write all of them, under no heading, as none of them belongs to the last one."""
        writer.path = HeadingPath()
        for note in self.notes:
            writer.paragraph(note)
        for author, text in self.comments:
            said_by = f"Comment by {one_line(author)}" if author.strip() else "Comment"
            writer.paragraph(text.strip() and f"{said_by}: {text.strip()}")
        for word, texts in (("Header", self.headers), ("Footer", self.footers)):
            for text in dict.fromkeys(map(one_line, texts)):
                writer.paragraph(f"{word}: {text}" if _PAGE_NUMBER.sub("", text) else "")
