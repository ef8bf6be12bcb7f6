"""Reciprocal rank fusion: one order from several, by ranks alone.

Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning Methods", SIGIR
2009: an item's value is the sum over the lists it stands in of 1 / (k + its rank there). Pure arithmetic on ids; it
knows nothing of where the lists come from and does not look at their values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["DEFAULT_K", "fuse"]

DEFAULT_K = 60
"""The paper's constant: large enough that one list's first place does not outweigh two good places."""


def fuse(*lists: Sequence[tuple[str, float]], k: int = DEFAULT_K) -> list[tuple[str, float]]:
    """Fuse ranked lists of (id, value), best first, into one of (id, sum of reciprocal ranks), best first.

    Of equal sums the one met first, reading the lists in the order given, comes first.
    """
    sums: dict[str, float] = {}
    for ranked in lists:
        for rank, (id_, _) in enumerate(ranked, start=1):
            sums[id_] = sums.get(id_, 0.0) + 1.0 / (k + rank)
    return sorted(sums.items(), key=lambda item: -item[1])
