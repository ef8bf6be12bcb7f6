"""What the questions before do for the next one, without a language model: in dialogues, and where they are of no use.

    python -m tests.benchmarks.follow_ups [--sets NAME ...] [--questions N] [--data DIR] [--cache DIR]

The sets are those that may be trained on. A set of dialogues is asked with what was said before; of any other, each
question comes after two about other documents, which had better change nothing. Every question is asked with them and
as a first one. Prints Markdown on stdout.
"""

from __future__ import annotations

import asyncio
import random
import sys
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from rag.draft import begin
from rag.events import Reranked
from rag.inquiry import Exchange, Inquiry
from rag.learning.question_sets import read_set, sampled
from tests.benchmarks.asking import opened
from tests.benchmarks.kept_libraries import ENCODING, kept, of_passages, say
from tests.benchmarks.metrics import figures_of
from tests.benchmarks.retrieval import parser_of, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from rag.assistant import Assistant
    from rag.events import AnswerEvent
    from rag.learning.question_sets import Question, QuestionSet

__all__ = ["main"]

SETS = ("doc2dial-val", "nq", "squad-train44", "pubmedqa")
_MOST_PASSAGES = 3000
_BEFORE = 2
_SEED = 0
_HEAD = ("set", "questions", "nDCG@10 as a first question", "after others", "refused", "after others", "looked back")


@dataclass(frozen=True, slots=True)
class Found:
    """What one question found."""

    ndcg: float
    answerable: float
    looked_back: bool
    """Whether it was searched with words of the ones before."""


def main(arguments: Sequence[str]) -> int:
    """Read the command line, measure, and print the table."""
    flags = parser_of("follow_ups", __doc__.partition("\n")[0]).parse_args(arguments)
    rows = []
    for name in flags.sets or SETS:
        archive = flags.data / "questions" / "train" / f"{name}.tar.xz"
        asked = _in_conversations(archive, flags.questions)
        folder = kept(flags.cache, f"{name}-talks", [archive], partial(of_passages, asked.passages), ENCODING)
        with opened(folder) as assistant:
            first = asyncio.run(_all(assistant, [replace(each, earlier=()) for each in asked.questions]))
            after = asyncio.run(_all(assistant, asked.questions))
            rows.append(_row(name, first, after, assistant.settings.answerable_threshold))
        say(f"{name}: {len(after)} questions")
    sys.stdout.write("\n".join(table(_HEAD, iter(rows))) + "\n")
    return 0


def _in_conversations(archive: Path, questions: int) -> QuestionSet:
    """A set's follow-ups; of a set that has none, its questions, each behind some about other documents."""
    dialogues = read_set(archive, follow_ups=True)
    if dialogues.questions:
        return sampled(dialogues, passages=_MOST_PASSAGES, questions=questions)
    whole = sampled(read_set(archive), passages=_MOST_PASSAGES, questions=questions)
    return replace(whole, questions=tuple(_after_others(whole)))


def _after_others(whole: QuestionSet) -> Iterator[Question]:
    chance = random.Random(_SEED)  # noqa: S311  (a sample, not a secret)
    documents = {passage.id: passage.document_id for passage in whole.passages}
    about = {question.id: {documents[id_] for id_ in question.relevant} for question in whole.questions}
    for question in whole.questions:
        others = [each for each in whole.questions if not about[each.id] & about[question.id]]
        yield replace(question, earlier=tuple(each.text for each in chance.sample(others, min(_BEFORE, len(others)))))


async def _all(assistant: Assistant, questions: Sequence[Question]) -> list[Found]:
    return [await _ask(assistant, question) for question in questions]


async def _ask(assistant: Assistant, question: Question) -> Found:
    events: list[AnswerEvent] = []
    history = tuple(Exchange(text, "") for text in question.earlier)
    scope = None if question.document_id is None else frozenset({question.document_id})
    inquiry = Inquiry(begin(question.text), events.append, scope=scope, history=history)
    draft = (await assistant._engine.get().finder.ainvoke(inquiry)).draft
    last = [event for event in events if isinstance(event, Reranked)][-1]
    figures = figures_of([each.chunk.chunk.id for each in last.candidates], [{id_} for id_ in question.relevant])
    return Found(figures.ndcg, draft.answerable, draft.plan is not None and draft.plan.looked_back)


def _row(name: str, first: Sequence[Found], after: Sequence[Found], threshold: float) -> Sequence[str]:
    figures = [sum(one.ndcg for one in found) / len(found) for found in (first, after)]
    refused = [sum(one.answerable < threshold for one in found) / len(found) for found in (first, after)]
    looked_back = sum(one.looked_back for one in after)
    return (
        *(name, str(len(after)), *(f"{value:.3f}" for value in figures), *(f"{share:.1%}" for share in refused)),
        f"{looked_back / len(after):.0%}",
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
