"""Slips of the finger in a question: words that no document knows, replaced by the one that was meant.

The whole question is searched for in its corrected form, by meaning as well as by words, and what was searched for is
told. A word is left alone where it is known in any form, where it is a word of the model's own vocabulary, where it
stands in quotes, where the question is in a language that no document is in, where no word of the documents is near,
and where it looks like a word of its own (``rag/slips.py``): names and numbers that are not there stay not there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rag.lazy import Lazy
from rag.leaning import content_words
from rag.planning.wording import quoted_in
from rag.slips import Letters, slip_score, weight_of
from storage.analysis import words_of
from storage.languages import SMALL_WORDS, language_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from storage.library import Library
    from storage.vocabulary import Vocabulary

__all__ = ["Spelling"]

_WORD = re.compile(r"(?<![\w@./-])[^\W\d_]{4,}(?![\w@/-]|\.\w)")
"""A whole word of letters, not a part of an address, a number or a compound."""

_CAPITALS = frozenset({"german"})
"""Languages in which other words than names have one."""

_SURELY = 2
"""Small words that a question has to have more of a language than of any of the library's, to be in that one."""


class Spelling:
    """Puts slips right by the words of a library."""

    def __init__(self, library: Library, words: frozenset[str]) -> None:
        """``words`` are right whatever the library holds, in small letters."""
        self._library, self._words = library, words
        self._last: tuple[Vocabulary, Letters] | None = None

    def corrected(self, question: str) -> str:
        """The question with its slips put right."""
        words = frozenset(words_of(question))
        if _is_foreign(words, self._library.languages()):
            return question  # its words are not here, and right
        language = language_of(words)
        untouched = {word.casefold() for phrase in quoted_in(question) for word in _WORD.findall(phrase)}
        # A millisecond for each document of a library, the first time.
        vocabulary = Lazy(self._library.vocabulary)

        def put_right(match: re.Match[str]) -> str:
            written = match.group()
            word = written.casefold()
            if word in untouched or word in self._words or not content_words(word) or word in vocabulary.get():
                return written
            meant = self._meant(word, vocabulary.get(), name=language not in _CAPITALS and _is_like_a_name(match))
            # Known by another form of it: an inflection, or without its accents.
            if meant is None or self._library.keyword(word, 1):
                return written
            return _in_the_letters_of(written, meant)

        return _WORD.sub(put_right, question)

    def _meant(self, word: str, vocabulary: Vocabulary, *, name: bool) -> str | None:
        """The word of the documents in which ``word`` is most likely a slip; None where it hardly is one."""
        if not (near := vocabulary.near(word)):
            return None
        letters = self._letters(vocabulary)
        score, meant = max(
            (slip_score(word, other, letters, weight_of(count, vocabulary.documents), name=name), other)
            for other, count in near.items()
        )
        return meant if score > 0 else None

    def _letters(self, vocabulary: Vocabulary) -> Letters:
        """The order of letters in all words that are right; a tenth of a second where documents have changed."""
        if self._last is None or self._last[0] is not vocabulary:
            self._last = vocabulary, Letters(self._words.union(vocabulary.spelled()))
        return self._last[1]


def _is_foreign(words: frozenset[str], languages: Collection[str]) -> bool:
    """Whether a question is in a language of which there is no document, as its small words tell."""
    small = {language: len(words & small) for language, small in SMALL_WORDS.items()}
    return max(small.values()) >= _SURELY + max((small[language] for language in languages), default=0)


def _is_like_a_name(match: re.Match[str]) -> bool:
    """Whether a word has a capital that neither the beginning of the question nor all of it explains."""
    before = match.string[: match.start()]
    return match.group()[0].isupper() and any(map(str.isalpha, before)) and not match.string.isupper()


def _in_the_letters_of(written: str, meant: str) -> str:
    """The word meant, with capitals where the word written has them."""
    if written.isupper():
        return meant.upper()
    return meant.capitalize() if written[0].isupper() else meant
