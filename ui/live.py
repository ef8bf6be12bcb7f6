"""An answer while it grows: what there is of it and, in a few words, what is happening.

Folded from events by the same ``rag.draft`` that the chain uses, so what is shown is what would be kept.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rag.draft import absorb, begin
from rag.events import Retrieved, Selected, TextDelta, Thinking, WaitingForModel
from rag.planning.telling import sentence_for_what_was_searched

if TYPE_CHECKING:
    from rag.events import AnswerEvent
    from rag.evidence import Answer

__all__ = ["LiveAnswer", "after", "fresh", "later"]


@dataclass(frozen=True, slots=True, eq=False)
class LiveAnswer:
    """A turn that is being answered."""

    turn_id: str
    answer: Answer
    stage: str
    """What is happening."""
    waits: str = ""
    """The same without how long it has lasted, where a language model is waited for; else empty."""
    since: float = 0.0
    """When the waiting began, in seconds of the clock that only goes forward."""


def fresh(turn_id: str, question: str) -> LiveAnswer:
    """Return a turn of which nothing is known but its question."""
    return LiveAnswer(turn_id, begin(question), "Searching your documents…")


def after(live: LiveAnswer, event: AnswerEvent) -> LiveAnswer:
    """Return the turn as it is after ``event``, which has just come."""
    stage = _stage(live, event)
    waits = stage if isinstance(event, WaitingForModel) else ""
    return replace(live, answer=absorb(live.answer, event), stage=stage, waits=waits, since=time.monotonic())


def later(live: LiveAnswer) -> LiveAnswer:
    """Return the turn as it is when nothing has happened for a while: the same, or longer waited for."""
    seconds = round(time.monotonic() - live.since)
    return replace(live, stage=f"{live.waits} {seconds} s") if live.waits and seconds else live


def _stage(live: LiveAnswer, event: AnswerEvent) -> str:
    match event:
        case Retrieved(candidates):
            stage = f"Weighing {len(candidates)} passages…"
        case Selected():
            stage = "Reading the best passages…"
        case WaitingForModel(model, cold):
            stage = f"Loading {model}, which can take a minute…" if cold else f"Waiting for {model}…"
        case Thinking(characters):
            stage = f"Thinking… ({characters:,} characters so far)"
        case TextDelta():
            stage = _searched(live.answer)
        case _:
            stage = live.stage
    return stage


def _searched(answer: Answer) -> str:
    return "Writing…" if answer.plan is None else sentence_for_what_was_searched(answer.plan)
