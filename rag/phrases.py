"""Words in quotes: which stretches of a question are meant word for word, and which passages hold them.

Where passages hold what is quoted, no others come into question. How a passage is found to hold a phrase is the
library's to know. Single quotes are left alone, as they are apostrophes more often.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.library import Library

__all__ = ["holding", "quoted"]

_QUOTED = re.compile(r'"([^"]+)"|“([^“”„]+)”|„([^“”„]+)[“”]|«([^«»]+)»|»([^«»]+)«')
_WORD = re.compile(r"[^\W_]")


def quoted(question: str) -> tuple[str, ...]:
    """The phrases of a question that stand in quotes and have words in them, each once, in order."""
    found = (next(filter(None, match.groups())) for match in _QUOTED.finditer(question))
    return tuple(dict.fromkeys(phrase for phrase in found if _WORD.search(phrase)))


def holding(library: Library, question: str, scope: frozenset[str] | None) -> frozenset[str] | None:
    """Ids of the passages that hold every phrase of the question, or, where none does, any; None without phrases."""
    found = [library.holding(phrase, scope) for phrase in quoted(question)]
    if not found:
        return None
    return frozenset.intersection(*found) or frozenset.union(*found)
