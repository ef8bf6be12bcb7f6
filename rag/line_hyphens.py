"""Whether the hyphen at the end of a printed line belongs to the word or only to the line.

PDFium marks such a hyphen and swallows the line's end, so that "in-person" and "com-pile" look alike. What decides is
evidence: the other words of the page first, then known beginnings such as "non", then the words of the packaged
model's vocabulary, where most of the page's words are in it. Pure but for that vocabulary, which is read once. It
knows nothing of PDFs.
"""

from __future__ import annotations

import re
from functools import cache

from rag.tokens import model_folder

__all__ = ["MARK", "LineHyphens", "vocabulary"]

MARK = "\ufffe"
"""What PDFium writes for a hyphen at a line's end."""

_WORD = re.compile(r"[^\W\d_]+(?:[-\u2010][^\W\d_]+)*")
_BEGINNING = re.compile(r"[^\W\d_]+")
_END = re.compile(r"[^\W\d_]+\Z")
_KEEPING = re.compile(
    r"anti|arch|co|counter|cross|ex|extra|half|inter|intra|mega|micro|mid|mini|multi|neo|non|over|post|pre|pro|pseudo|quasi"
    r"|re|self|semi|sub|super|ultra|un|under|vice"
)
"""Beginnings after which a hyphen that may be either is the word's own."""
_JOINING = re.compile(r"and|or|to|und|oder|bzw|sowie|et|ou|y|o|e|ed|en|of|och|og")
"""After "short-" at a line's end, these words begin a word of their own: "short- and long-term"."""
_ENOUGH_KNOWN = 0.75
"""Share of a page's words in the vocabulary from which on the page is in a language that the vocabulary knows."""
_FEWEST_WORDS = 20
_SHORTEST = 4
"""Letters of a part that is taken for a word on a page that breaks words: "com-pile" is made of two as well."""
_BROKEN = re.compile(r"([^\W\d_]{2,})\ufffe([^\W\d_]+)")
_MARKED = re.compile(r"\S*\ufffe\S*")


@cache
def vocabulary() -> frozenset[str]:
    """The whole words that the packaged model knows, in lower case."""
    pieces = (model_folder() / "vocab.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(piece for piece in pieces if piece.isalpha())


class LineHyphens:
    """The hyphens at the line ends of one page, judged by the page's own words."""

    def __init__(self, page: str, known: frozenset[str]) -> None:
        """``page`` is its text with ``MARK`` for each such hyphen, ``known`` the words of a vocabulary."""
        words = [word.casefold().replace("\u2010", "-") for word in _WORD.findall(_MARKED.sub(" ", page))]
        self._words = frozenset(words)
        plain = [word for word in words if "-" not in word]
        share = sum(word in known for word in plain) / max(len(plain), 1)
        self._known = known if share >= _ENOUGH_KNOWN and len(plain) >= _FEWEST_WORDS else frozenset()
        self._breaks_words = any(head + tail in self._known for head, tail in _BROKEN.findall(page.casefold()))

    def between(self, before: str, after: str) -> str:
        """What stands between the word that ends a line in a hyphen and the one that begins the next."""
        if _JOINING.fullmatch(after.casefold()):
            return "- "
        head, tail = _END.search(before), _BEGINNING.match(after)
        if head is None or tail is None:
            return "-"
        return "-" if self._is_of_the_word(head[0], tail[0], inside="-" in before or "\u2010" in before) else ""

    def _is_of_the_word(self, head: str, tail: str, *, inside: bool) -> bool:
        """Whether the hyphen is the word's own; ``inside``: the word has another one before it."""
        first, second = head.casefold(), tail.casefold()
        if f"{first}-{second}" in self._words:
            return True
        if first + second in self._words or first + second in self._known:
            return False
        capital = tail[0].isupper() and not (head.isupper() and tail.isupper())
        return (
            inside
            or capital
            or _KEEPING.fullmatch(first) is not None
            or len(first) == 1
            or self._are_two_words(first, second)
        )

    def _are_two_words(self, first: str, second: str) -> bool:
        """Whether they are words each; on a page that breaks no word, what is in no vocabulary counts as one too."""
        if not self._breaks_words:
            return bool(self._known)
        return min(len(first), len(second)) >= _SHORTEST and {first, second} <= self._known
