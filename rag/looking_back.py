"""Follow-ups without a language model: the words of the questions before, and when they count.

Whether a question needs them can hardly be told by its wording: "In May?" has no pronoun, and one that has one may need
nothing. So a question is searched alone, and where that finds little, again with these words behind it. They count
where the answer then seems to be there, and likelier than before, in another passage that is hardly worse for the
question's own words; of a question that stands by its words more is asked. It knows of what was found only the scores.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rag.calibration import log_odds_of
from rag.leaning import content_words, leans, with_aside

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag.evidence import Candidate
    from rag.inquiry import Exchange
    from rag.planning.plan import Plan

__all__ = ["LIKELY", "finds_more", "fits", "looking_back"]

LIKELY = 0.5
"""A question whose answer is as likely there needs no other words."""
_LIKELY_ENOUGH = 0.2
"""What a question that stands by its words must come to: with less, one that has no answer is given another's."""
_QUESTIONS = 3
"""Looked back on: the one before alone finds less, and more would bring in what was talked of before that."""
_MOST_WORDS = 40
_HARDLY_WORSE = 0.6
"""In log-odds. With more, what was talked of before is found instead of what a short question asks for."""


def looking_back(plan: Plan, history: Sequence[Exchange]) -> Plan:
    """The plan with the words of the last few questions in brackets behind its own, where they count for less.

    ``history`` is oldest first. Of a question in several parts only the first can lean on what was before it.
    """
    first, *others = plan.searches
    if len(plan.questions) > 1 and not leans(first.text):
        return plan
    earlier = [turn.question for turn in history[: -_QUESTIONS - 1 : -1]]
    text = _with_words_of(earlier, first.text)
    if text == first.text:
        return plan
    question = text if plan.question == first.text else plan.question
    return replace(plan, question=question, searches=(replace(first, text=text), *others), looked_back=True)


def _with_words_of(earlier: Sequence[str], text: str) -> str:
    own = set(content_words(text))
    words = dict.fromkeys(word for each in earlier for word in content_words(each) if word not in own)
    return with_aside(text, list(words)[:_MOST_WORDS])


def finds_more(question: str, alone: float, together: float, threshold: float) -> bool:
    """Whether the probability of an answer that was found with words of other questions is one to go by.

    ``alone`` is that without them, and below ``threshold`` nothing is answered.
    """
    return together > alone and together >= (threshold if leans(question) else max(threshold, _LIKELY_ENOUGH))


def fits(first: Candidate, judged: Sequence[Candidate], best: Sequence[Candidate], *, answered: bool) -> bool:
    """Whether ``first``, found with words of other questions, is hardly worse than what was found without.

    ``judged`` are all that were found with them, reranked for the question's own words (how near they are by meaning
    and keywords stays as it was found), ``best`` those found without, as the same reranker ordered them. Where these
    ``answered`` already, the same passage is no gain.
    """
    if not best:
        return True
    if answered and first.chunk.chunk.id == best[0].chunk.chunk.id:
        return False
    place = [each.chunk.chunk.id for each in judged].index(first.chunk.chunk.id)
    return bool(log_odds_of(judged)[place] >= log_odds_of(best)[0] - _HARDLY_WORSE)
