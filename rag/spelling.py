"""Slips of the finger in a question: words that no document knows, replaced by the nearest that one does.

The whole question is searched for in its corrected form, by meaning as well as by words, and what was searched for is
told. A word is left alone where it is known in any form, where it is a word of the model's own vocabulary, where
it stands in quotes, and where no word of the documents is near: names and numbers that are not there stay not there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rag.lazy import Lazy
from rag.leaning import content_words
from rag.planning.wording import quoted_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage.library import Library

__all__ = ["corrected"]

_WORD = re.compile(r"(?<![\w@./-])[^\W\d_]{4,}(?![\w@/-]|\.\w)")
"""A whole word of letters, not a part of an address, a number or a compound."""


def corrected(question: str, library: Library, is_word: Callable[[str], bool]) -> str:
    """The question with its slips put right; ``is_word`` tells of a word in small letters that it is one anyway."""
    untouched = {word.casefold() for phrase in quoted_in(question) for word in _WORD.findall(phrase)}
    # A millisecond for each document of a library, the first time.
    vocabulary = Lazy(library.vocabulary)

    def put_right(match: re.Match[str]) -> str:
        written = match.group()
        word = written.casefold()
        if word in untouched or is_word(word) or not content_words(word):
            return written
        meant = None if word in vocabulary.get() else vocabulary.get().nearest(word)
        # Known by another form of it: an inflection, or without its accents.
        if meant is None or library.keyword(word, 1):
            return written
        return _in_the_letters_of(written, meant)

    return _WORD.sub(put_right, question)


def _in_the_letters_of(written: str, meant: str) -> str:
    """The word meant, with capitals where the word written has them."""
    if written.isupper():
        return meant.upper()
    return meant.capitalize() if written[0].isupper() else meant
