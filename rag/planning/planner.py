"""How a question becomes a plan: the order of all transformations, by rules and by a language model.

A follow-up is made whole first, where a model can, then slips of the finger are put right. Rules that need no model
come next. What a model can do beyond that is off unless its setting is on, and a model that is not there or does not
answer in time changes nothing. What each transformation does stands in the module it calls.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rag.planning import decomposition, expansion, imagining, routing, stepping_back, structuring
from rag.planning.naming import documents_named, documents_of_year
from rag.planning.plan import Filter, FilterKind, Plan, Search, SearchKind
from rag.planning.splitting import parts_of
from rag.planning.wording import phrases_of, year_of
from rag.settings import PlanningSettings, Switch

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from rag.inquiry import Inquiry
    from rag.planning.tasks import Task
    from storage.library import Library
    from storage.records import Document

__all__ = ["Planner"]


def _as_written(question: str) -> str:
    return question


async def _nobody(_inquiry: Inquiry, _task: Task, _text: str) -> str:
    return ""


@dataclass(frozen=True, slots=True, eq=False)
class Planner:
    """Plans what is searched for."""

    library: Library
    rewrite: Callable[[Inquiry], Awaitable[str]]
    """Makes a follow-up whole."""
    consult: Callable[[Inquiry, Task, str], Awaitable[str]] = _nobody
    """Gives a language model a task about a text; nothing comes back where there is no model, or it takes too long."""
    settings: PlanningSettings = field(default_factory=PlanningSettings)
    spell: Callable[[str], str] = _as_written
    """Puts slips of the finger right; what has none stays as it is."""

    async def plan(self, inquiry: Inquiry) -> Plan:
        """Return what to search for; for most questions that is the question."""
        question = inquiry.draft.question
        if inquiry.history:
            question = await self.rewrite(inquiry)
        written = question
        if self.settings.spelling is Switch.ON:
            question = await asyncio.to_thread(self.spell, question)
        there = await asyncio.to_thread(self.library.documents)
        scope = inquiry.scope
        documents = there if scope is None else tuple(each for each in there if each.id in scope)
        parts = await self._parts(inquiry, question)
        kind = SearchKind.PART if len(parts) > 1 else SearchKind.ASKED
        searches = [Search(part, kind) for part in parts]
        if len(parts) == 1:
            searches += await self._helps(inquiry, question)
        filters = await self._filters(inquiry, question, documents)
        return Plan(question, tuple(searches), filters, respelled=question != written)

    async def _parts(self, inquiry: Inquiry, question: str) -> tuple[str, ...]:
        parts = parts_of(question) if self.settings.rules is Switch.ON else (question,)
        if len(parts) > 1 or self.settings.decompose is Switch.OFF:
            return parts
        return decomposition.parts_in(question, await self.consult(inquiry, decomposition.TASK, question))

    async def _helps(self, inquiry: Inquiry, question: str) -> list[Search]:
        """Other texts that help to find passages for the question."""
        helps: list[Search] = []
        if self.settings.rephrase is Switch.ON:
            helps += expansion.phrasings_in(question, await self.consult(inquiry, expansion.TASK, question))
        if self.settings.step_back is Switch.ON:
            helps += stepping_back.general_in(question, await self.consult(inquiry, stepping_back.TASK, question))
        if self.settings.hyde is Switch.ON:
            helps += imagining.passage_in(await self.consult(inquiry, imagining.TASK, question))
        return helps

    async def _filters(self, inquiry: Inquiry, question: str, documents: Sequence[Document]) -> tuple[Filter, ...]:
        found = await asyncio.to_thread(_by_rules, question, documents) if self.settings.rules is Switch.ON else []
        if self.settings.structure is Switch.ON and documents:
            told = f"{structuring.facts(documents)}\n\n{question}"
            written = await self.consult(inquiry, structuring.TASK, told)
            found += structuring.filters_in(question, written, documents)
        if self.settings.route is Switch.ON and (collections := self.library.collections.list()):
            told = f"{routing.facts(collections)}\n\n{question}"
            written = await self.consult(inquiry, routing.TASK, told)
            found += routing.collection_in(written, collections, documents)
        return tuple({(each.kind, each.text): each for each in reversed(found)}.values())[::-1]


def _by_rules(question: str, documents: Sequence[Document]) -> list[Filter]:
    if (named := documents_named(question, documents)) is not None:
        return [named]  # what is quoted, and the year, may be parts of its name
    dated = documents_of_year(year_of(question), documents)
    return [*([dated] if dated else []), *(Filter(FilterKind.PHRASE, phrase) for phrase in phrases_of(question))]
