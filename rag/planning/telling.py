"""What a plan searched for and where, in plain words, as page and terminal say it.

It owns the words for filters; what was found, and every other sentence for people, is not its affair.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.planning.plan import FilterKind

if TYPE_CHECKING:
    from rag.planning.plan import Filter, Plan

__all__ = ["sentence_for_filters", "sentence_for_what_was_searched", "words_for_filter"]

_FILTERS = {
    FilterKind.DOCUMENT: "in {0}",
    FilterKind.COLLECTION: "in the collection {0}",
    FilterKind.FORMAT: "in files of the kind {0}",
    FilterKind.YEAR: "in documents of {0}, or of no year",
    FilterKind.PHRASE: "in passages that say “{0}”",
}


def words_for_filter(narrowing: Filter) -> str:
    """Where a filter looks, to follow "only"."""
    return _FILTERS[narrowing.kind].format(narrowing.text)


def sentence_for_what_was_searched(plan: Plan) -> str:
    """What was searched for, and where."""
    texts = " · ".join(f"“{each.text}”" for each in plan.searches)
    only = ", ".join(map(words_for_filter, plan.holding))
    return f"Searched for: {texts}" + (f", only {only}" if only else "")


def sentence_for_filters(plan: Plan) -> str:
    """That filters were given up; empty where none was."""
    tried = [each for each in plan.filters if not each.held]
    phrases = [f"“{each.text}”" for each in tried if each.kind is FilterKind.PHRASE]
    saying = f" saying {' or '.join(phrases)}" if phrases else ""
    where = ", ".join(words_for_filter(each) for each in tried if each.kind is not FilterKind.PHRASE)
    found = f"Nothing{saying} that seems to answer was found{where and f' {where}'}"
    return f"{found}, so everything was searched." if tried else ""
