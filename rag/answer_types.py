"""What kind of thing a question asks for, as far as its first words tell, and which sentences hold one.

"How much" and "when" are answered by sentences with a number or a time in them, whatever else they say. That knowledge
is a few lists of words in English and German; a question of any other kind, or language, asks for anything.
"""

from __future__ import annotations

import re
from enum import Enum

__all__ = ["AnswerType", "answer_type", "holds"]

_NUMBER_WORDS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion half "
    "once twice ein eine zwei drei vier fünf sechs sieben acht neun zehn elf zwölf hundert tausend million millionen"
)
_MONTHS_AND_DAYS = (
    "january february march april may june july august september october november december "
    "monday mondays tuesday tuesdays wednesday wednesdays thursday thursdays friday fridays saturday saturdays "
    "sunday sundays century januar februar märz mai juni juli oktober dezember "
    "montag dienstag mittwoch donnerstag freitag samstag sonntag montags dienstags mittwochs donnerstags freitags "
    "samstags sonntags jahrhundert"
)
_ASKS_HOW_MUCH = re.compile(
    r"\b(?:how (?:much|many|long|old|far|often|tall|large|big|high|deep|wide|fast)"
    r"|what (?:percentage|number|amount|age|distance|price)"
    r"|wie ?(?:viel|viele|lange|alt|weit|oft|groß|hoch|teuer))\b",
    re.IGNORECASE,
)
_ASKS_WHEN = re.compile(
    r"^\W*(?:(?:since|until|by|from) )?when\b"
    r"|\b(?:what|which) (?:year|date|day|month|time|century|decade)\b"
    r"|^\W*(?:(?:seit|bis|ab) )?wann\b|\bwelche[mnrs]? (?:jahr|tag|monat|datum|jahrhundert)\b",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"\w+")


class AnswerType(Enum):
    """What a sentence must hold to answer."""

    AMOUNT = frozenset(_NUMBER_WORDS.split())
    """A number, in digits or in one of these words."""
    TIME = frozenset(_MONTHS_AND_DAYS.split())
    """A time, in digits or in one of these words."""
    ANYTHING = frozenset[str]()


def answer_type(question: str) -> AnswerType:
    """Return what a question asks for."""
    if _ASKS_HOW_MUCH.search(question):
        return AnswerType.AMOUNT
    return AnswerType.TIME if _ASKS_WHEN.search(question) else AnswerType.ANYTHING


def holds(sentence: str, kind: AnswerType) -> bool:
    """Whether a sentence has such a thing in it; none has anything in particular."""
    if kind is AnswerType.ANYTHING:
        return False
    return bool(_DIGIT.search(sentence)) or not kind.value.isdisjoint(_WORD.findall(sentence.casefold()))
