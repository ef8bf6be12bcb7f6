"""Which passages a plan's phrases let through: those that hold them word for word, as the library finds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rag.planning.plan import Plan
    from storage.library import Library

__all__ = ["passages_holding"]


def passages_holding(library: Library, plan: Plan, scope: frozenset[str] | None) -> frozenset[str] | None:
    """Ids of the passages that hold every phrase in force, or, where none does, any; None where there is no phrase."""
    found = [library.holding(phrase, scope) for phrase in plan.phrases]
    if not found:
        return None
    return frozenset.intersection(*found) or frozenset.union(*found)
