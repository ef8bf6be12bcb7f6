"""Words in quotes are meant word for word: where passages hold them, no others come into question."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from rag.planning.filtering import passages_holding
from rag.planning.plan import Filter, FilterKind, Plan
from tests.storage.made import id_of, made

if TYPE_CHECKING:
    from storage.library import Library


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


def _holding(library: Library, *phrases: str) -> frozenset[str] | None:
    plan = replace(Plan.plain("Why?"), filters=tuple(Filter(FilterKind.PHRASE, phrase) for phrase in phrases))
    return passages_holding(library, plan, None)


def test_every_phrase_counts_and_any_where_none_has_them_all(library: Library) -> None:
    library.add([made("lease", TEXTS)])
    assert _holding(library) is None
    assert _holding(library, "notice period", "two months") == _ids("lease", 2)
    assert _holding(library, "notice periods", "two months") == _ids("lease", 2, 3)
    assert _holding(library, "three months") == frozenset()
