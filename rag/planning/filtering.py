"""Which of the passages found a plan's filters let through, by the text of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rag.evidence import Candidate
    from rag.planning.plan import Plan

__all__ = ["passing"]


def passing(plan: Plan, candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Those that count, in the order given; where they stand by meaning, by keywords and fused stays as it was."""
    if all(each.narrows for each in plan.holding):
        return tuple(candidates)
    return tuple(each for each in candidates if plan.lets_through(each.chunk.chunk.indexed_text))
