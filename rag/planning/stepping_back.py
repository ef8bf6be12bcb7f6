"""The more general question behind one, whose passages hold what it needs (Zheng et al. 2023, step-back)."""

from __future__ import annotations

from rag.planning.plan import Search, SearchKind
from rag.planning.tasks import Task, is_question_like, lines_in

__all__ = ["TASK", "general_in"]

TASK = Task(
    instruction="Write the more general question that one would have to know the answer to first, on one line. "
    "Keep the language. Do not answer it.",
    example="May I keep two cats in the flat on the third floor?",
    done="What are the rules about keeping pets in the flat?",
    tokens=60,
)


def general_in(question: str, written: str) -> tuple[Search, ...]:
    """The search that a model's first line is good for, if it is."""
    lines = [line for line in lines_in(written)[:1] if is_question_like(line, question)]
    return tuple(Search(line, SearchKind.STEP_BACK) for line in lines)
