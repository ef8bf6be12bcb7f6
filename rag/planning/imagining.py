"""A passage that might answer the question, made up, to find real ones like it (Gao et al. 2022, HyDE).

It is only ever searched for. Nothing is answered from it, and no passage is judged by it.
"""

from __future__ import annotations

from rag.planning.plan import Search, SearchKind
from rag.planning.tasks import Task, lines_in

__all__ = ["TASK", "passage_in"]

TASK = Task(
    instruction="Write a short passage, two sentences at most, as it might stand in a document that answers the "
    "question. Invent what you do not know. Keep the language.",
    example="How soon must the landlord return the deposit?",
    done="The Landlord shall return the deposit to the Tenant within thirty days after the end of the tenancy, less "
    "any deductions for damage.",
)
_LONGEST = 600
"""Characters; the encoder reads no more."""


def passage_in(written: str) -> tuple[Search, ...]:
    """The search that a model's passage is good for."""
    passage = " ".join(lines_in(written))[:_LONGEST].strip()
    return (Search(passage, SearchKind.IMAGINED),) if passage else ()
