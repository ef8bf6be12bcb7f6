"""Text as a person reads it: one kind of line end, no control characters, no byte order marks, no lone surrogates.

Marks that turn the direction of writing go too: they can make a text look like another, and what follows it as well.
"""

from __future__ import annotations

import re

__all__ = ["clean", "one_line"]

_LINE_END = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_NOTHING = re.compile(
    r"[\x00-\x08\x0e-\x1b\x1f\x7f-\x9f\u00ad\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
_TRAILING = re.compile(r"[^\S\n]+(?=\n|\Z)")


def clean(text: str) -> str:
    """The text without what no person sees; its lines and blank lines stay as they are."""
    return _TRAILING.sub("", _NOTHING.sub("", _LINE_END.sub("\n", text)))


def one_line(text: str) -> str:
    """The text on one line, for headings and the cells of tables."""
    shown = text if text.isprintable() else clean(text)  # by far most are, and tables have millions of them
    return " ".join(shown.split())
