"""Follow-ups without a language model: the words of the questions before, and when they count.

Whether a question needs them cannot be told by its wording: "In May?" leans on nothing by its words, and "Can I keep a
dog?" stands by itself. So it is searched alone, and where that finds little, again with these words behind it; they
count where the answer then seems to be there, and is likelier to be, in a passage that is hardly worse for the question
alone. It knows of what was found only the scores.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rag.calibration import log_odds_of
from rag.leaning import aside_of, content_words, with_aside

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag.evidence import Candidate
    from rag.inquiry import Exchange
    from rag.planning.plan import Plan

__all__ = ["LIKELY", "fits_alone", "looking_back"]

LIKELY = 0.5
"""A question whose answer is as likely there needs no other words."""
_QUESTIONS = 3
"""Looked back on: the one before alone finds less, and more would bring in what was talked of before that."""
_MOST_WORDS = 40
_HARDLY_WORSE = 0.6
"""In log-odds. With more, what was talked of before is found instead of what a short question asks for."""


def looking_back(plan: Plan, history: Sequence[Exchange]) -> Plan:
    """The plan with the words of the last few questions in brackets behind its own, where they count for less.

    ``history`` is oldest first. A question that is taken apart stays as it is: its parts lean on each other.
    """
    if len(plan.questions) > 1:
        return plan
    earlier = [turn.question for turn in history[: -_QUESTIONS - 1 : -1]]
    searches = (
        each if each.kind.is_help else replace(each, text=_with_words_of(earlier, each.text)) for each in plan.searches
    )
    return replace(plan, question=_with_words_of(earlier, plan.question), searches=tuple(searches))


def _with_words_of(earlier: Sequence[str], text: str) -> str:
    """The text followed by content words of earlier ones, unless it has such words already."""
    if aside_of(text) < len(text):
        return text
    own = set(content_words(text))
    words = dict.fromkeys(word for each in earlier for word in content_words(each) if word not in own)
    return with_aside(text, list(words)[:_MOST_WORDS])


def fits_alone(first: Candidate, judged: Sequence[Candidate], best: Sequence[Candidate]) -> bool:
    """Whether ``first``, found with other words, is hardly worse for the question alone than what that found itself.

    ``judged`` are all that were found with those words, as the question alone orders them, ``best`` those it found.
    """
    if not best:
        return True
    place = [each.chunk.chunk.id for each in judged].index(first.chunk.chunk.id)
    return bool(log_odds_of(judged)[place] >= log_odds_of(best)[0] - _HARDLY_WORSE)
