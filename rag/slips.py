"""How far a word that nobody knows is more likely a slip of the finger in a known word than a word of its own.

A logistic regression over what the slip is (letters swapped, left out, put in, exchanged), how much likelier the
letters of the known word are in their order, and how often it is met. It was fitted to questions with a typo on one
side, and on the other to questions about what other libraries hold, whose words are right and not here. Pure; it reads
no library.
"""

from __future__ import annotations

import math
from collections import Counter
from enum import StrEnum
from functools import cache
from itertools import takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Letters", "Slip", "slip_between", "slip_score", "weight_of"]

_ROWS = (("qwertyuiop", "asdfghjkl", "zxcvbnm"), ("qwertzuiop", "asdfghjkl", "yxcvbnm"))
_VOWELS = frozenset("aeiouy")
_SEEN_BEFORE, _LETTERS = 0.05, 28
"""What a sequence of letters counts that was never seen, and how many letters there are."""


class Slip(StrEnum):
    """What parts a word from the one that was meant."""

    SWAPPED = "swapped"
    LEFT_OUT = "left_out"
    PUT_IN = "put_in"
    NEIGHBOUR = "neighbour"
    """A letter for one beside it on the keyboard, or a vowel for another."""
    OTHER = "other"
    """Any other letter, or more than one slip."""


_OF_SLIP = {
    Slip.SWAPPED: -0.14,
    Slip.LEFT_OUT: -0.23,
    Slip.NEIGHBOUR: -1.81,
    Slip.PUT_IN: -3.30,
    Slip.OTHER: -7.38,
}
_OF_DOUBLED, _OF_ORDER, _OF_LENGTH, _OF_DOCUMENTS, _OF_LIBRARY, _OF_NAME = 0.35, 0.33, 0.43, 0.66, -0.36, -1.03
_LONGEST, _SMALLEST = 12, 20
"""Letters that count of a word, and documents that a library counts for at least."""


class Letters:
    """Which letters follow which, in the words that it is given."""

    def __init__(self, words: Iterable[str]) -> None:
        """``words`` are in small letters."""
        self._triples: Counter[str] = Counter()
        for word in words:
            framed = f"^^{word}$"
            self._triples.update(map("".join, zip(framed, framed[1:], framed[2:], strict=False)))
        self._pairs: Counter[str] = Counter()
        for triple, count in self._triples.items():
            self._pairs[triple[:2]] += count

    def likelihood(self, word: str) -> float:
        """The logarithm of how likely the letters of a word are to stand in this order."""
        framed = f"^^{word}$"
        triples = (framed[start : start + 3] for start in range(len(word) + 1))
        return sum(
            math.log((self._triples[each] + _SEEN_BEFORE) / (self._pairs[each[:2]] + _SEEN_BEFORE * _LETTERS))
            for each in triples
        )


def weight_of(documents: int, of: int) -> float:
    """What it tells for a word that it stands in so many ``documents`` of a library ``of`` so many."""
    return _OF_DOCUMENTS * math.log(documents) + _OF_LIBRARY * math.log(max(of, _SMALLEST))


def slip_score(written: str, meant: str, letters: Letters, weight: float, *, name: bool = False) -> float:
    """Above 0 where ``written`` is believed to be a slip in ``meant``, which has a ``weight`` (see ``weight_of``).

    Both are in small letters; ``name`` tells that the word was written as names are.
    """
    order = letters.likelihood(meant) - letters.likelihood(written)
    return (
        _OF_SLIP[slip_between(written, meant)]
        + _OF_DOUBLED * _is_doubled(written, meant)
        + _OF_ORDER * order
        + _OF_LENGTH * min(len(written), _LONGEST)
        + weight
        + _OF_NAME * name
    )


def slip_between(written: str, meant: str) -> Slip:
    """What parts two words that are not the same."""
    at = _parting(written, meant)
    if written[at:] == meant[at + 1 :]:
        return Slip.LEFT_OUT
    if written[at + 1 :] == meant[at:]:
        return Slip.PUT_IN
    if written[at + 1 :] == meant[at + 1 :]:
        return Slip.NEIGHBOUR if _are_near(written[at], meant[at]) else Slip.OTHER
    swapped = written[:at] + written[at : at + 2][::-1] + written[at + 2 :]
    return Slip.SWAPPED if swapped == meant else Slip.OTHER


def _is_doubled(written: str, meant: str) -> bool:
    """Whether one of two equal letters side by side was left out, or a letter was written twice."""
    at = _parting(written, meant)
    shorter, longer = sorted((written, meant), key=len)
    return shorter[at:] == longer[at + 1 :] and at > 0 and longer[at] == longer[at - 1]


def _parting(one: str, other: str) -> int:
    """The first place at which two words differ."""
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return sum(1 for _ in alike)


def _are_near(one: str, other: str) -> bool:
    return {one, other} <= _VOWELS or frozenset((one, other)) in _neighbours()


@cache
def _neighbours() -> frozenset[frozenset[str]]:
    """Pairs of letters that lie side by side, or one above the other, on the keyboards of the West."""
    places = [{key: (row, at) for row, keys in enumerate(rows) for at, key in enumerate(keys)} for rows in _ROWS]
    return frozenset(
        frozenset((one, other))
        for keyboard in places
        for one, (row, at) in keyboard.items()
        for other, (its_row, its_at) in keyboard.items()
        if one != other and abs(row - its_row) <= 1 and abs(at - its_at) <= 1
    )
