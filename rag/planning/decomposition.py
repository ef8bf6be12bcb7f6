"""Several questions in one, taken apart by a language model."""

from __future__ import annotations

from rag.leaning import content_words, leans
from rag.planning.splitting import MOST_PARTS
from rag.planning.tasks import Task, is_question_like, lines_in

__all__ = ["TASK", "parts_in"]

TASK = Task(
    instruction="If the question asks several things, write each as a question that can be understood by itself, one "
    "on a line. If it asks one thing, repeat it. Keep its language. Do not answer it.",
    example="Compare the rent of the flat with that of the house and say when the keys are handed over.",
    done="What is the rent of the flat?\nWhat is the rent of the house?\nWhen are the keys handed over?",
)


def parts_in(question: str, written: str) -> tuple[str, ...]:
    """The parts that a model found; only ``question`` where it found none, or they are not parts of it.

    Each has to stand by itself and to be about something that the question names.
    """
    asked = set(content_words(question))
    lines = [line for line in lines_in(written) if is_question_like(line, question) and not leans(line)]
    parts = tuple(line for line in lines if asked & set(content_words(line)))
    return parts if 1 < len(parts) <= MOST_PARTS and len(parts) == len(lines) else (question,)
