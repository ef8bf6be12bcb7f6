"""Whether the documents hold the answer at all: a probability, from the best passages and what stands behind them.

Six signs speak for it: how much of the question one sentence of the best passage has by itself, and how near the
passage is as a whole; which names and numbers of the question it lacks; its evidence, and that of its rivals, who stay
behind where one really answers; and how many were compared, since among many one is near by chance. The first few
passages are asked, and the one that speaks loudest counts. A logistic function, fitted by
``rag/learning/fit_reranker.py`` on questions whose answer is there and on the same ones without it, makes a probability
of them. Cosine alone is no guide.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np

from rag.calibration import coefficients, cosines_of, log_odds_of
from rag.quick_answer import sentence_maxsim, word_weight

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from rag.calibration import Coefficients
    from rag.encoder import EncodedQuestion
    from rag.evidence import Candidate

__all__ = [
    "RIVALS",
    "answerable",
    "best_passage_signs",
    "first_passages_signs",
    "probability_of",
    "rivalry_signs",
]

RIVALS = slice(1, 6)
"""The ranks that the best passage is compared with."""
_MOST_COMPARED = 50
"""Candidates from which it no longer counts how many there are."""
_JUDGED = 3
"""Passages any of which may be the one that answers; fitted are the signs of the first. The row of a month may come
second, behind a clause that has every word of the question but the name of the month."""
_NO_WEIGHT = 1e-9
_WORD = re.compile(r"\w+")
_ALIKE = 5
"""Letters that two forms of a word share."""


def answerable(question: EncodedQuestion, candidates: Sequence[Candidate], *, more: bool = False) -> float:
    """The probability that the documents hold the answer, from the candidates as the built-in reranker ordered them.

    Where there are ``more`` passages than candidates, as many count as compared as in any large library: what a mode
    leaves out makes the others no likelier to answer.
    """
    if not candidates:
        return 0.0
    return probability_of(
        first_passages_signs(question, candidates), log_odds_of(candidates), coefficients(), more=more
    )


def probability_of(
    signs: NDArray[np.float64],
    log_odds: NDArray[np.float64],
    fitted: Coefficients,
    *,
    more: bool = False,
) -> float:
    """What ``answerable`` says of the signs of the first few passages and the log-odds of all, both best first."""
    rivalry = rivalry_signs(log_odds, fitted, more=more)
    speaking = (np.concatenate([own, [its], rivalry[1:]]) for own, its in zip(signs, log_odds, strict=False))
    return 1 / (1 + math.exp(-max(float(each @ fitted.answerable) for each in speaking) - fitted.answerable_bias))


def first_passages_signs(question: EncodedQuestion, candidates: Sequence[Candidate]) -> NDArray[np.float64]:
    """``best_passage_signs`` of the first few candidates, any of which may be the one that answers. Shape (few, 3)."""
    places = range(min(len(candidates), _JUDGED))
    return np.array([best_passage_signs(question, candidates[place:]) for place in places])


def best_passage_signs(question: EncodedQuestion, candidates: Sequence[Candidate]) -> NDArray[np.float64]:
    """Of the first candidate: MaxSim of its best sentence, missing names, cosine. Shape (3,)."""
    best = candidates[0]
    signs = (
        sentence_maxsim(question, best.chunk),
        _missing_names(question, best.chunk.chunk.indexed_text),
        cosines_of(question, [best])[0],
    )
    return np.array(signs, np.float64)


def rivalry_signs(
    log_odds: NDArray[np.float64],
    fitted: Coefficients,
    *,
    more: bool = False,
) -> NDArray[np.float64]:
    """Of log-odds, best first: the best, the mean of its rivals, and the logarithm of how many were compared.

    Shape (3,). Beside too few rivals stands one of the usual evidence.
    """
    usual = fitted.evidence * fitted.usual_rival + fitted.bias
    rivals = log_odds[RIVALS]
    compared = math.log1p(_MOST_COMPARED if more else min(len(log_odds), _MOST_COMPARED))
    return np.array([log_odds[0], (rivals.sum() + usual) / (len(rivals) + 1), compared])


def _missing_names(question: EncodedQuestion, text: str) -> float:
    """The share of the question's weight in names and numbers that a passage does not have, 0 to 1."""
    there = {word[:_ALIKE] for word in _WORD.findall(text.casefold())}
    words = [(match[0], word_weight(question, match), _is_name(match)) for match in _WORD.finditer(question.text)]
    missing = sum(weight for word, weight, name in words if name and word.casefold()[:_ALIKE] not in there)
    return missing / max(sum(weight for _, weight, _ in words), _NO_WEIGHT)


def _is_name(word: re.Match[str]) -> bool:
    """Whether it is written like a name or a number; the first word of a question always is, and tells nothing."""
    return word[0][0].isdigit() or (word.start() > 0 and word[0][0].isupper())
