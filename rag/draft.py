"""How an answer grows: the one place where an event becomes part of an ``Answer``.

The chain folds its own events into the answer it finally gives, and whoever watches can fold the same events into the
same answer. So an answer that is stopped half-way holds exactly what had been shown.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rag.events import (
    AnswerEvent,
    Failed,
    Finished,
    QuickAnswered,
    Reranked,
    Retrieved,
    SearchedFor,
    Selected,
    TextDelta,
    WaitingForModel,
)
from rag.evidence import Answer, Caveat, Outcome

if TYPE_CHECKING:
    from rag.evidence import Candidate

__all__ = ["absorb", "begin"]


def begin(question: str, *, searched: int = 0, in_library: int = 0, being_read: int = 0) -> Answer:
    """Return the answer that a question starts from: interrupted, until a stage says otherwise."""
    return Answer(
        question=question,
        searched_for=question,
        outcome=Outcome.INTERRUPTED,
        searched=searched,
        in_library=in_library,
        being_read=being_read,
        warnings=(Caveat.STILL_READING,) if being_read else (),
    )


def absorb(answer: Answer, event: AnswerEvent) -> Answer:
    """Return the answer with what ``event`` adds to it; a terminal event brings the whole answer along."""
    match event:
        case Finished(whole) | Failed(whole):
            return whole
        case SearchedFor(plan):
            return replace(answer, searched_for=plan.question, plan=plan)
        case TextDelta(text, citations):
            return replace(answer, text=answer.text + text, citations=answer.citations + citations)
        case WaitingForModel(model=model):
            return replace(answer, model=model)
        case _:
            return _absorb_findings(answer, event)


def _absorb_findings(answer: Answer, event: AnswerEvent) -> Answer:
    seconds = answer.seconds
    match event:
        case Retrieved(candidates, encode, search):
            seconds = replace(seconds, encode=seconds.encode + encode, search=seconds.search + search)
            return replace(
                answer, weighed=len(candidates), sharing_words=sum(map(_shares_words, candidates)), seconds=seconds
            )
        case Reranked(answerable=answerable, seconds=rerank, answerable_parts=parts):
            seconds = replace(seconds, rerank=seconds.rerank + rerank)
            return replace(answer, answerable=answerable, answerable_parts=parts, seconds=seconds)
        case Selected(evidence=evidence, seconds=total):
            return replace(answer, evidence=evidence, seconds=replace(seconds, total=total))
        case QuickAnswered(quick_answer=quick_answer, more_quotes=more_quotes):
            return replace(answer, quick_answer=quick_answer, more_quotes=more_quotes)
        case _:
            return answer


def _shares_words(candidate: Candidate) -> bool:
    return candidate.scores.keyword is not None and candidate.scores.keyword.value > 0
