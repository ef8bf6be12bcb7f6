"""A question on its way: what was asked, how it is to be answered, what was found so far, and who is told.

The one value that every stage of ``rag/chain.py`` takes and hands on. Of the stages it knows only that they tell
events.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from rag.draft import absorb
from rag.evidence import Answer, Caveat, Mode, Outcome
from rag.planning.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag.events import AnswerEvent
    from rag.evidence import Candidate

__all__ = ["Exchange", "Inquiry", "said_in", "sound", "title_of"]

_TITLE_LENGTH = 60


def sound(question: str) -> str:
    """Return the question with what is no Unicode replaced: terminals and browsers can hand over half a character."""
    return question.encode("utf-8", "replace").decode("utf-8")


def title_of(question: str) -> str:
    """Return a conversation's title: its first question, cut at a word."""
    line = " ".join(question.split())
    return line if len(line) <= _TITLE_LENGTH else line[:_TITLE_LENGTH].rsplit(" ", 1)[0] + " …"


def said_in(answer: Answer) -> str:
    """Return what the person was told, for the sake of a follow-up."""
    return answer.text or (answer.quick_answer.text if answer.quick_answer else "")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One earlier turn: what was asked and what the person was told."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True, eq=False)
class Inquiry:
    """One question on its way through the chain: what was asked, what was found so far, and who is told."""

    draft: Answer
    """The answer as far as it has come; only ``tell`` and ``settle`` change it."""
    emit: Callable[[AnswerEvent], None]
    mode: Mode = Mode.BALANCED
    scope: frozenset[str] | None = None
    """Ids of the documents that may be used; None for all."""
    history: tuple[Exchange, ...] = ()
    """Earlier turns, oldest first."""
    model: str = ""
    """The language model asked for; empty for whichever is chosen in the settings."""
    top_k: int = 10
    started: float = field(default_factory=time.perf_counter)
    given: Plan | None = None
    """What to search for, where the person has said so."""
    lists: tuple[tuple[Candidate, ...], ...] = ()
    """The candidates of each question of the plan, in the order of the last stage that ordered them ..."""
    candidates: tuple[Candidate, ...] = ()
    """... and all of them, merged."""

    @property
    def plan(self) -> Plan:
        """What is searched for."""
        return self.draft.plan or Plan.plain(self.draft.searched_for)

    @property
    def candidates_of_each(self) -> tuple[tuple[str, tuple[Candidate, ...]], ...]:
        """Each question of the plan with what was found for it."""
        return tuple((question, found) for (question, _), found in zip(self.plan.questions, self.lists, strict=True))

    @property
    def elapsed(self) -> float:
        """Seconds since the question was asked."""
        return time.perf_counter() - self.started

    def tell(self, event: AnswerEvent) -> Inquiry:
        """Let everyone know, and return the inquiry with the event absorbed into its draft."""
        self.emit(event)
        return replace(self, draft=absorb(self.draft, event))

    def settle(self, outcome: Outcome, *warnings: Caveat, problem: str | None = None) -> Inquiry:
        """Return the inquiry with its outcome decided, and with warnings added."""
        known = self.draft.warnings
        added = tuple(warning for warning in warnings if warning not in known)
        return replace(self, draft=replace(self.draft, outcome=outcome, warnings=known + added, problem=problem))
