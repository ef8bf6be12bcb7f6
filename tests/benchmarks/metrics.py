"""The figures that retrieval is judged by: pure arithmetic on ranked ids, with no idea of where they come from.

A question asks for *targets*, each a set of chunk ids any of which meets it: a passage, all chunks of a page, or all
chunks that overlap a stretch of text. So one definition serves passages, pages and spans.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import astuple, dataclass
from math import log2
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["DEPTH", "Figures", "area_under_roc", "calibration_error", "figures_of", "mean"]

DEPTH = 10
"""How deep MRR and nDCG look."""
_BINS = 10


@dataclass(frozen=True, slots=True)
class Figures:
    """One ranking's figures, or the mean of many; each 0 to 1."""

    hit_1: float
    """Whether the first passage meets a target."""
    hit_5: float
    hit_10: float
    mrr: float
    """1 / rank of the first passage that meets a target, 0 beyond ``DEPTH``."""
    ndcg: float
    """Järvelin and Kekäläinen 2002, gain 1 for each target where it is first met: a second chunk of a page gains
    nothing, and the best possible order is the one that meets the targets soonest."""


def figures_of(ranking: Sequence[str], targets: Sequence[frozenset[str]]) -> Figures:
    """Judge one ranking, best first."""
    gains = _gains(ranking[:DEPTH], targets)
    wanted = frozenset().union(*targets)
    first = next((rank for rank, id_ in enumerate(ranking[:DEPTH], start=1) if id_ in wanted), None)
    hit_1, hit_5, hit_10 = (float(first is not None and first <= depth) for depth in (1, 5, DEPTH))
    return Figures(
        hit_1=hit_1,
        hit_5=hit_5,
        hit_10=hit_10,
        mrr=0.0 if first is None else 1 / first,
        ndcg=_discounted(gains) / _discounted(_best_gains(targets)),
    )


def mean(figures: Sequence[Figures]) -> Figures:
    """The mean of each figure."""
    return Figures(*(sum(values) / len(figures) for values in zip(*map(astuple, figures), strict=True)))


def area_under_roc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """How often a positive's value lies above a negative's; equal ones count half (Mann and Whitney 1947)."""
    wins = sum((one > other) + (one == other) / 2 for one in positive for other in negative)
    return wins / (len(positive) * len(negative))


def calibration_error(positive: Sequence[float], negative: Sequence[float]) -> float:
    """How far probabilities are from how often it was so: ten bins of equal width, each weighing what it holds.

    The expected calibration error of Naeini, Cooper and Hauskrecht 2015.
    """
    bins: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for probability, happened in (*((one, 1.0) for one in positive), *((one, 0.0) for one in negative)):
        bins[min(int(probability * _BINS), _BINS - 1)].append((probability, happened))
    off = (abs(sum(said for said, _ in held) - sum(was for _, was in held)) for held in bins.values())
    return sum(off) / (len(positive) + len(negative))


def _gains(ranking: Iterable[str], targets: Sequence[frozenset[str]]) -> list[int]:
    """How many targets each rank is the first to meet."""
    open_targets, gains = list(targets), []
    for id_ in ranking:
        left = [target for target in open_targets if id_ not in target]
        gains.append(len(open_targets) - len(left))
        open_targets = left
    return gains


def _best_gains(targets: Sequence[frozenset[str]]) -> list[int]:
    """The gains of an order that always takes the chunk which meets most; what no chunk can meet still asks for one."""
    order, left = [], list(targets)
    while reachable := sorted(frozenset().union(*left)):
        order.append(max(reachable, key=lambda id_: sum(id_ in target for target in left)))
        left = [target for target in left if order[-1] not in target]
    return (_gains(order, targets) + [1] * len(left))[:DEPTH]


def _discounted(gains: Iterable[int]) -> float:
    return sum(gain / log2(rank + 1) for rank, gain in enumerate(gains, start=1))
