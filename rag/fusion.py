"""Reciprocal rank fusion: one order from several, by ranks alone.

Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning Methods", SIGIR
2009: an item's value is the sum over the lists it stands in of 1 / (k + its rank there). A list may count for less than
the others. Pure arithmetic on ids; it knows nothing of where the lists come from and does not look at their values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["DEFAULT_K", "fuse"]

DEFAULT_K = 10
"""Chosen on the training sets. The paper's is 60, which orders worse there, and worst where one list is much better."""


def fuse(
    *lists: Sequence[tuple[str, float]], k: int = DEFAULT_K, weights: Sequence[float] | None = None
) -> list[tuple[str, float]]:
    """Fuse ranked lists of (id, value), best first, into one of (id, weighted sum of reciprocal ranks), best first.

    Without ``weights``, one for each list, all count the same. Of equal sums the one met first, reading the lists in
    the order given, comes first.
    """
    sums: dict[str, float] = {}
    for ranked, weight in zip(lists, weights or [1.0] * len(lists), strict=True):
        for rank, (id_, _) in enumerate(ranked, start=1):
            sums[id_] = sums.get(id_, 0.0) + weight / (k + rank)
    return sorted(sums.items(), key=lambda item: -item[1])
