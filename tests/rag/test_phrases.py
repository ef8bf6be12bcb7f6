"""Words in quotes are meant word for word: where passages hold them, no others come into question."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rag.phrases import holding, quoted
from tests.storage.made import id_of, made

if TYPE_CHECKING:
    from storage.library import Library


@pytest.mark.parametrize(
    ("question", "phrases"),
    [
        ('What is the "notice period"?', ("notice period",)),
        ("Was heißt „höhere Gewalt“ und “force majeure”?", ("höhere Gewalt", "force majeure")),
        ("Que dit «bail»?", ("bail",)),
        ("What does »Frist« mean?", ("Frist",)),
        ('"twice" or "twice"', ("twice",)),
        ('an odd " mark', ()),
        ('"…" says nothing, nor does ""', ()),
        ("the tenant's and the landlord's", ()),
    ],
)
def test_what_stands_in_quotes_is_a_phrase(question: str, phrases: tuple[str, ...]) -> None:
    assert quoted(question) == phrases


def _ids(name: str, *ordinals: int) -> set[str]:
    return {f"{id_of(name)[:16]}-{ordinal}" for ordinal in ordinals}


TEXTS = [
    "The notice\nperiod is long",
    "Period of notice",
    "Notice-Period: two months",
    "Notice periods differ",
    "in the notice of that period",
]


@pytest.mark.parametrize("indexed", [True, False])
def test_a_phrase_is_held_where_its_words_stand_side_by_side(library: Library, *, indexed: bool) -> None:
    """In this order and these forms, whatever stands between them and however large the letters are."""
    library.add([made("lease", TEXTS), made("other", ["the notice period of another"])])
    if indexed:
        library.tidy()
    assert library.holding("Notice period", frozenset({id_of("lease")})) == _ids("lease", 0, 2)
    assert library.holding("notice periods") == _ids("lease", 3)
    assert library.holding("notice of") == _ids("lease", 4)
    assert library.holding("period notice") == frozenset()
    assert library.holding("of the") == library.holding("unheard of") == frozenset()


def test_every_phrase_counts_and_any_where_none_has_them_all(library: Library) -> None:
    library.add([made("lease", TEXTS)])
    assert holding(library, "notice period", None) is None
    assert holding(library, 'the "notice period" of "two months"', None) == _ids("lease", 2)
    assert holding(library, '"notice periods" or "two months"', None) == _ids("lease", 2, 3)
    assert holding(library, '"three months"', None) == frozenset()
