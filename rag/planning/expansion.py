"""The question in other words, so that passages are found which use other words (multi-query expansion)."""

from __future__ import annotations

from rag.planning.plan import Search, SearchKind
from rag.planning.tasks import Task, is_question_like, lines_in

__all__ = ["TASK", "phrasings_in"]

TASK = Task(
    instruction="Write the question in three other ways, with other words that documents may use for the same. One on "
    "each line. Keep its language and its meaning. Do not answer it.",
    example="How much notice must the tenant give?",
    done="What is the tenant's notice period?\nHow long before moving out must the lease be terminated?\n"
    "When does a renter have to announce the end of the tenancy?",
)
_MOST = 3


def phrasings_in(question: str, written: str) -> tuple[Search, ...]:
    """The searches that a model's lines are good for."""
    lines = [line for line in lines_in(written) if is_question_like(line, question)]
    return tuple(Search(line, SearchKind.REPHRASED) for line in lines[:_MOST])
