"""What is searched for: the values that a question becomes before anything is searched.

Plain frozen values. How a question becomes a plan is the affair of the other modules here, how a plan is searched that
of ``rag/chain.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

__all__ = ["MOST_SEARCHES", "Filter", "FilterKind", "Plan", "Search", "SearchKind"]

MOST_SEARCHES = 8
"""Of one question."""


class SearchKind(StrEnum):
    """How the words of a search came about."""

    ASKED = "asked"
    """The question itself, or a follow-up made whole; words of earlier ones may stand in brackets behind it."""
    PART = "part"
    """One of several questions in one."""
    GIVEN = "given"
    """Written by the person, who was shown what had been searched for."""
    REPHRASED = "rephrased"
    """The question in other words."""
    STEP_BACK = "step_back"
    """The more general question behind it."""
    IMAGINED = "imagined"
    """A passage that might answer it, made up by a language model (HyDE)."""

    @property
    def is_help(self) -> bool:
        """Whether it only helps to find passages for the question before it, which alone they are judged by."""
        return self in {SearchKind.REPHRASED, SearchKind.STEP_BACK, SearchKind.IMAGINED}


@dataclass(frozen=True, slots=True)
class Search:
    """One text that the documents are searched for."""

    text: str
    kind: SearchKind = SearchKind.ASKED


class FilterKind(StrEnum):
    """What a filter looks at."""

    DOCUMENT = "document"
    COLLECTION = "collection"
    FORMAT = "format"
    YEAR = "year"
    PHRASE = "phrase"


@dataclass(frozen=True, slots=True)
class Filter:
    """What only some passages pass."""

    kind: FilterKind
    text: str
    """As a person reads it: the name of the document or collection, the year, the words."""
    documents: tuple[str, ...] = ()
    """Ids of the documents that pass, where it looks at documents."""
    held: bool = True
    """False where nothing good was found behind it, and everything was searched after all."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is searched for one question; the first search is no help."""

    question: str
    """The question as it was asked, or a follow-up made whole, or with words of earlier ones in brackets behind it."""
    searches: tuple[Search, ...]
    filters: tuple[Filter, ...] = ()
    respelled: bool = False
    """Whether slips of the finger in the question were put right."""
    looked_back: bool = False
    """Whether words of earlier questions stand in brackets behind the first search."""

    @classmethod
    def plain(cls, question: str) -> Plan:
        """The question, as it is."""
        return cls(question, (Search(question),))

    @classmethod
    def given(cls, texts: Sequence[str]) -> Plan:
        """What a person has written, each text searched by itself, of everything."""
        lines = [" ".join(text.split()) for text in texts[:MOST_SEARCHES]]
        return cls(" ".join(lines), tuple(Search(line, SearchKind.GIVEN) for line in lines))

    @property
    def questions(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Each text that passages are judged by, with the texts that help to find them."""
        found: list[tuple[str, tuple[str, ...]]] = []
        for search in self.searches:
            if search.kind.is_help and found:
                question, helps = found[-1]
                found[-1] = (question, (*helps, search.text))
            else:
                found.append((search.text, ()))
        return tuple(found)

    @property
    def holding(self) -> tuple[Filter, ...]:
        """The filters that are in force."""
        return tuple(each for each in self.filters if each.held)

    @property
    def phrases(self) -> tuple[str, ...]:
        """What passages have to say word for word."""
        return tuple(each.text for each in self.holding if each.kind is FilterKind.PHRASE)

    def is_plain(self, question: str) -> bool:
        """Whether this is the question as it was asked, of everything."""
        return not self.filters and [each.text for each in self.searches] == [question]

    def without_filters(self) -> Plan:
        """The same of everything, its filters noted as tried."""
        return replace(self, filters=tuple(replace(each, held=False) for each in self.filters))

    def rewritten(self, texts: Sequence[str], held: Collection[int]) -> Plan | None:
        """The plan as a person has changed it: these texts, and the filters at these places; None for no text."""
        kinds = {" ".join(each.text.split()): each.kind for each in self.searches if each.kind.is_help}
        lines = [line for text in texts if (line := " ".join(text.split()))][:MOST_SEARCHES]
        searches = tuple(Search(line, kinds.get(line, SearchKind.GIVEN)) for line in lines)
        if not searches:
            return None
        first = replace(searches[0], kind=SearchKind.GIVEN)
        filters = tuple(replace(self.filters[place], held=True) for place in held)
        return Plan(" ".join(lines), (first, *searches[1:]), filters)

    def scope_within(self, scope: frozenset[str] | None) -> frozenset[str] | None:
        """The documents to search: those of ``scope`` (None: all) that pass every filter."""
        for each in self.holding:
            if each.kind is not FilterKind.PHRASE:
                scope = frozenset(each.documents) if scope is None else scope & frozenset(each.documents)
        return scope
