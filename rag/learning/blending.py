"""How much a cross-encoder's word counts beside late interaction's, and what the two are worth together.

Both are log-odds of a kind: late interaction's are fitted, a cross-encoder's have no zero of their own, since it has
learned to compare. The share is the smallest that orders held-out questions about as well as the best one does; then a
logistic function makes a probability of the sum. Measured are the first passages of each listing, as thorough mode
reads them.
No model is known here, only what it said.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log2
from typing import TYPE_CHECKING

import numpy as np

from rag.cross_encoder import READ, Blend

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from rag.learning.listings import Listing

__all__ = ["SHARES", "Figures", "Reading", "best_share", "blend_of", "figures_of", "gained"]

SHARES = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0)
_DEPTH = 10


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """The first passages of one held-out listing, and what was said of each; all of shape (passages,)."""

    late_interaction: NDArray[np.float64]
    """Log-odds."""
    cross_encoder: NDArray[np.float64]
    """Logits."""
    relevant: NDArray[np.bool_]
    wanted: int

    @classmethod
    def of(cls, listing: Listing, logits: NDArray[np.float64]) -> Reading:
        """A listing with the logits of its first passages."""
        late, relevant = np.array(listing.log_odds[:READ]), np.array(listing.relevant[:READ], np.bool_)
        return cls(late, logits, relevant, listing.wanted)

    def blended(self, share: float) -> NDArray[np.float64]:
        """What orders the passages where a cross-encoder has this share."""
        return self.late_interaction + share * self.cross_encoder


@dataclass(frozen=True, slots=True)
class Figures:
    """How good orders are, from 0 to 1."""

    ndcg: float
    mrr: float


def figures_of(orders: Sequence[NDArray[np.float64]], readings: Sequence[Reading]) -> Figures:
    """The mean nDCG@10 and MRR@10 of orders by falling value."""
    judged = [_judged(values, reading) for values, reading in zip(orders, readings, strict=True)]
    ndcg, mrr = np.mean(judged, axis=0)
    return Figures(float(ndcg), float(mrr))


def gained(share: float, readings: Sequence[Reading]) -> tuple[float, float]:
    """By how much nDCG@10 is better with a cross-encoder of this share than without, and the standard error of that."""
    changes = [_judged(each.blended(share), each)[0] - _judged(each.late_interaction, each)[0] for each in readings]
    spread = float(np.std(changes, ddof=1)) if len(changes) > 1 else 0.0
    return float(np.mean(changes)), spread / len(changes) ** 0.5


def best_share(readings: Sequence[Reading]) -> float:
    """The smallest share that orders these questions as well as the best one, within a standard error of that.

    Few questions prove little: what one of ten shares gains on them by chance is not to be used.
    """
    judged = np.array([[_judged(each.blended(share), each)[0] for each in readings] for share in SHARES])
    behind = judged[judged.mean(axis=1).argmax()] - judged
    errors = behind.std(axis=1) / len(readings) ** 0.5
    return SHARES[int(np.argmax(behind.mean(axis=1) <= errors))]


def blend_of(share: float, readings: Sequence[Reading]) -> Blend:
    """The blend of this share that makes probabilities of these questions' passages."""
    slope, bias = _logistic(readings, share)
    return Blend(late_interaction=slope, cross_encoder=slope * share, bias=bias)


def _judged(values: NDArray[np.float64], reading: Reading) -> tuple[float, float]:
    """nDCG@10 and reciprocal rank of one order."""
    hits = np.flatnonzero(reading.relevant[np.argsort(-values, kind="stable")][:_DEPTH])
    best = sum(1 / log2(place + 2) for place in range(min(reading.wanted, _DEPTH)))
    ndcg = sum(1 / log2(place + 2) for place in hits) / best
    return ndcg, 1 / (hits[0] + 1) if len(hits) else 0.0


def _logistic(readings: Sequence[Reading], share: float) -> tuple[float, float]:
    """Slope and bias of the logistic function over the passages that would be shown."""
    from sklearn.linear_model import LogisticRegression

    shown = [np.argsort(-each.blended(share), kind="stable")[:_DEPTH] for each in readings]
    values = np.concatenate([each.blended(share)[places] for each, places in zip(readings, shown, strict=True)])
    right = np.concatenate([each.relevant[places] for each, places in zip(readings, shown, strict=True)])
    if right.all() or not right.any():
        return 1.0, 0.0
    model = LogisticRegression(max_iter=1000).fit(values[:, None], right)
    return float(model.coef_[0][0]), float(model.intercept_[0])
