"""The small tasks that a language model can be given about a question: their words, and how its lines are read.

What each task's lines are good for stands in the module of its name. A model's word is never taken on trust: whoever
reads its lines keeps only what looks like what was asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Task", "is_question_like", "lines_in"]

_BULLET = re.compile(r"^(?:[-*•–]|\(?\d{1,2}[.):])\s+")
_LABEL = re.compile(
    r"^(?:rewritten|rephrased|sub-?)?\s*(?:question|query|passage|answer)s?\s*\d*\s*:\s*", re.IGNORECASE
)
_LONGEST = 300
"""Characters of one line that is searched for."""


@dataclass(frozen=True, slots=True)
class Task:
    """What a model is asked to do with a question, with one example done."""

    instruction: str
    example: str
    done: str
    tokens: int = 120


def lines_in(written: str) -> tuple[str, ...]:
    """A model's lines without numbers, bullets, labels and quotation marks, each once."""
    lines = (_LABEL.sub("", _BULLET.sub("", line.strip())).strip('"“”„«»* ') for line in written.splitlines())
    return tuple(dict.fromkeys(line for line in lines if line))


def is_question_like(line: str, question: str) -> bool:
    """Whether a line can be searched for beside ``question``: other words, no essay, no pointers to passages."""
    return line.casefold() != question.casefold() and len(line) <= _LONGEST and "[" not in line
