"""How a question becomes a plan: a follow-up is made whole, then rules look at it that need no model.

The order of all transformations stands here; what each does stands in the module it calls.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.planning.naming import documents_named, documents_of_year
from rag.planning.plan import Filter, FilterKind, Plan, Search, SearchKind
from rag.planning.splitting import parts_of
from rag.planning.wording import phrases_of, year_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rag.inquiry import Inquiry
    from storage.library import Library

__all__ = ["Planner"]


@dataclass(frozen=True, slots=True, eq=False)
class Planner:
    """Plans what is searched for."""

    library: Library
    rewrite: Callable[[Inquiry], Awaitable[str]]
    """Makes a follow-up whole."""

    async def plan(self, inquiry: Inquiry) -> Plan:
        """Return what to search for; for most questions that is the question."""
        question = inquiry.draft.question
        if inquiry.history:
            question = await self.rewrite(inquiry)
        return Plan(question, _searches(question), self._filters(question, inquiry.scope))

    def _filters(self, question: str, scope: frozenset[str] | None) -> tuple[Filter, ...]:
        documents = [each for each in self.library.documents() if scope is None or each.id in scope]
        named = documents_named(question, documents)
        phrases = () if named else phrases_of(question)  # what is quoted may be a document's name
        dated = None if named else documents_of_year(year_of(question), documents)
        found = (named, dated, *(Filter(FilterKind.PHRASE, phrase) for phrase in phrases))
        return tuple(each for each in found if each is not None)


def _searches(question: str) -> tuple[Search, ...]:
    parts = parts_of(question)
    return tuple(Search(part, SearchKind.PART if len(parts) > 1 else SearchKind.ASKED) for part in parts)
