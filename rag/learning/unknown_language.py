"""Question sets as they would look in a language that the model does not know.

None of the training sets is in another language than English, and yet how much the words and how much the vectors are
to be trusted depends on it. So most words of a set are spelled anew, each always in the same way, vowels for vowels and
consonants for consonants; of words with a capital two in three are kept, as languages share names. What the model made
of the words is lost; that the same word stands in question and passage is not, but where only one of them begins a
sentence with it. It knows nothing of models or scores.
"""

from __future__ import annotations

import hashlib
import random
import re
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rag.learning.question_sets import QuestionSet

__all__ = ["in_an_unknown_language", "spelled_anew"]

_SHARE = 0.7
"""Of the words that are spelled anew; about as many of a German text say nothing to a model that knows English."""
_NAMES_KEPT = 2 / 3
_WORD = re.compile(r"[^\W\d_]+")
_VOWELS, _CONSONANTS = "aeiou", "bcdfghjklmnpqrstvwxz"


def in_an_unknown_language(questions: QuestionSet) -> QuestionSet:
    """The same set, its texts spelled anew; which passage answers which question stays as it is."""
    asked = tuple(replace(question, text=spelled_anew(question.text)) for question in questions.questions)
    passages = tuple(
        replace(passage, text=spelled_anew(passage.text), prefix=spelled_anew(passage.prefix))
        for passage in questions.passages
    )
    return replace(questions, name=f"{questions.name}, unknown language", questions=asked, passages=passages)


def spelled_anew(text: str) -> str:
    """A text in the unknown language; digits, punctuation and the length of every word stay."""
    return _WORD.sub(lambda match: _word(match[0]), text)


def _word(word: str) -> str:
    small = word.lower()
    chance = random.Random(hashlib.sha256(small.encode()).digest())  # noqa: S311  (a spelling, not a secret)
    kept, kept_as_name, name = chance.random() >= _SHARE, chance.random() < _NAMES_KEPT, word[0].isupper()
    if kept or (name and kept_as_name):
        return word
    anew = "".join(_letter(letter, chance) for letter in small)
    return anew.capitalize() if name else anew


def _letter(letter: str, chance: random.Random) -> str:
    alike = _VOWELS if letter in _VOWELS else _CONSONANTS
    return chance.choice(alike)
