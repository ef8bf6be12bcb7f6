"""From what speaks for a passage to a probability: one number that orders the passages and is the one that is shown.

Four features speak for a passage: MaxSim, coverage of the question's weighted words, cosine of the built-in model's
sentence vectors, and BM25 as a share of the best that the searched documents offer for the question. Their weighted sum
is the passage's *evidence*, less what it lacks of that share in a language that the model does not know, and a logistic
function turns it into the probability that the passage answers the question: the same evidence is the same probability,
whatever else was found, and by whatever model. Coefficients are fitted by ``rag/learning/fit_reranker.py``; where
candidates come from, and whether the answer is there at all (``rag/answerability.py``), is not known here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from rag.evidence import Strength
from rag.late_interaction import best_similarities, coverage, maxsim
from rag.token_vectors import tokens_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from rag.encoder import EncodedQuestion
    from rag.evidence import Candidate, StageScore
    from storage.records import TokenVectors

__all__ = [
    "COEFFICIENTS_PATH",
    "Coefficients",
    "coefficients",
    "cosines_of",
    "evidence_of",
    "in_view_of_all",
    "log_odds_from",
    "log_odds_of",
    "passage_log_odds",
    "passage_probabilities",
    "strength_of",
    "values_of",
]

COEFFICIENTS_PATH = Path(__file__).resolve().parents[1] / "assets" / "reranker.json"

EVIDENCE_WEIGHTS = {"maxsim": 1.0, "coverage": 0.1, "keyword": 0.2, "cosine": 0.3}
"""Chosen on a grid by nDCG@10. Fitted, they would trust the vectors more, which real documents do not bear out."""
UNFAMILIAR_LACK = 0.6
"""What a passage loses in a language that the model does not know, where it has nothing of the share that the best one
has of the question's words: there the words have to carry the order. Chosen on training sets spelled anew
(``rag/learning/unknown_language.py``); in a language half known it is half as much."""
LEAST_BEST_KEYWORD = 1.0
"""A best BM25 below this is not the best there could be: a single common word, or a library where no word is rare."""

_LEAST_PROBABILITY = 1e-9


@dataclass(frozen=True, slots=True)
class Coefficients:
    """What ``rag/learning/fit_reranker.py`` fitted."""

    evidence: float
    bias: float
    usual_rival: float
    """Mean evidence of the passages that come next to the best one, over the training questions."""
    answerable: tuple[float, ...]
    """One for each sign of ``rag/answerability.py``."""
    answerable_bias: float
    strong_from: float
    """Probability."""
    fair_from: float


@cache
def coefficients() -> Coefficients:
    """The fitted coefficients."""
    stored = json.loads(COEFFICIENTS_PATH.read_text(encoding="utf-8"))
    return Coefficients(**{**stored, "answerable": tuple(stored["answerable"])})


def evidence_of(question: EncodedQuestion, candidates: Sequence[Candidate]) -> NDArray[np.float64]:
    """What speaks for each candidate, all features taken together, shape (candidates,)."""
    best = best_similarities(question, [tokens_of(candidate.chunk) for candidate in candidates])
    keyword, cosine = values_of(candidates, "keyword"), cosines_of(question, candidates)
    share = keyword / max(keyword.max(initial=0.0), LEAST_BEST_KEYWORD)
    evidence: NDArray[np.float64] = (
        EVIDENCE_WEIGHTS["maxsim"] * maxsim(best, question.weights).astype(np.float64)
        + EVIDENCE_WEIGHTS["coverage"] * coverage(best, question.weights)
        + EVIDENCE_WEIGHTS["keyword"] * share
        + EVIDENCE_WEIGHTS["cosine"] * cosine
        - UNFAMILIAR_LACK * question.unfamiliar * (1 - share)
    )
    return evidence


def passage_log_odds(evidence: NDArray[np.float64], fitted: Coefficients) -> NDArray[np.float64]:
    """The log-odds that each candidate answers the question, shape (candidates,); they rise with its evidence."""
    return fitted.evidence * evidence + fitted.bias


def passage_probabilities(evidence: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same as probabilities: what is shown, and what orders."""
    return 1 / (1 + np.exp(-passage_log_odds(evidence, coefficients())))


def in_view_of_all(question: EncodedQuestion, candidate: Candidate, tokens: TokenVectors) -> float:
    """The probability that a candidate answers the question where what is read of it has these token vectors.

    What its own words gained it is kept, whichever reranker said so; only what the rest adds counts.
    """
    alike = (candidate, replace(candidate, chunk=replace(candidate.chunk, tokens=tokens)))
    alone, together = passage_log_odds(evidence_of(question, alike), coefficients())
    (log_odds,) = log_odds_of([candidate])
    return float(1 / (1 + np.exp(alone - together - log_odds)))


def strength_of(probability: float) -> Strength:
    """The one plain word for a passage's probability."""
    fitted = coefficients()
    if probability >= fitted.strong_from:
        return Strength.STRONG
    return Strength.FAIR if probability >= fitted.fair_from else Strength.WEAK


def log_odds_of(candidates: Sequence[Candidate]) -> NDArray[np.float64]:
    """The same of candidates whose probability is there, whichever reranker said so, shape (candidates,)."""
    return log_odds_from(values_of(candidates, "rerank"))


def log_odds_from(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """The inverse of the logistic function."""
    inside = np.clip(probabilities, _LEAST_PROBABILITY, 1 - _LEAST_PROBABILITY)
    log_odds: NDArray[np.float64] = np.log(inside / (1 - inside))
    return log_odds


def cosines_of(question: EncodedQuestion, candidates: Sequence[Candidate]) -> NDArray[np.float64]:
    """By the built-in model, which all of this is fitted to: what is shown, unless another model found the passages."""
    found_by_another = any(candidate.chunk.named for candidate in candidates)
    if not found_by_another:
        return values_of(candidates, "dense")
    return np.array([float(np.dot(candidate.chunk.vector, question.vector)) for candidate in candidates])


def values_of(candidates: Sequence[Candidate], stage: Literal["dense", "keyword", "rerank"]) -> NDArray[np.float64]:
    """One stage's values; 0 where it has not run."""
    scores: list[StageScore | None] = [getattr(candidate.scores, stage) for candidate in candidates]
    return np.array([0.0 if score is None else score.value for score in scores])
