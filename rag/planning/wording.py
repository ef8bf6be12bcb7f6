"""What a question says of where to look by its wording: phrases in quotation marks, and a year.

A phrase counts from two words on: one word in quotation marks is more often a name than meant word for word.
A year counts where the question places something in it ("in 2023"), and only one. Pure; it knows no documents.
"""

from __future__ import annotations

import re

__all__ = ["phrases_of", "quoted_in", "year_of"]

_QUOTED = re.compile(r"\"([^\"“”„«»]+)\"|[“„]([^\"“”„]+)[”“]|«([^«»]+)»|»([^«»]+)«")
_LONGEST = 80
"""Characters of a phrase."""
_NUMBER = re.compile(r"(?<![\d.,/-])(?:1[5-9]|20)\d\d(?![\d/%€$£-]|[.,]\d)")
_PLACED = re.compile(
    r"\b(?:in|for|of|during|year|tax|im|jahr|für|von|en|pour|année|durante|año|de|nel|anno|del)\s+(?:the\s+year\s+)?$",
    re.IGNORECASE,
)


def phrases_of(question: str) -> tuple[str, ...]:
    """What passages have to say word for word."""
    return tuple(phrase for phrase in quoted_in(question) if " " in phrase and len(phrase) <= _LONGEST)


def quoted_in(question: str) -> tuple[str, ...]:
    """What stands in quotation marks, without them."""
    quoted = (" ".join(next(filter(None, groups)).split()) for groups in _QUOTED.findall(question))
    return tuple(dict.fromkeys(phrase.strip(" .,;:?!") for phrase in quoted))


def year_of(question: str) -> str:
    """The year that the question is about; empty where there is none, or more than one."""
    numbers = list(_NUMBER.finditer(question))
    years = {found[0] for found in numbers}
    return years.pop() if len(years) == 1 and _PLACED.search(question[: numbers[0].start()]) else ""
