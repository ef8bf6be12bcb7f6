"""What the rules of ``rag/planning`` make of the questions of every set: how many they touch, and what comes of those.

    python -m tests.benchmarks.planning [--sets NAME ...] [--questions N] [--data DIR] [--cache DIR]

Only the touched questions are asked, once as they are planned and once just as they are. Prints Markdown on stdout.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.draft import begin
from rag.events import Reranked
from rag.inquiry import Inquiry
from rag.planning.plan import FilterKind, Plan, SearchKind
from rag.planning.planner import Planner
from tests.benchmarks.asking import opened
from tests.benchmarks.kept_libraries import say
from tests.benchmarks.metrics import figures_of, mean
from tests.benchmarks.question_sets import available, gathered, sampled
from tests.benchmarks.retrieval import parser_of, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rag.assistant import Assistant
    from rag.events import AnswerEvent
    from rag.evidence import Answer
    from tests.benchmarks.metrics import Figures
    from tests.benchmarks.question_sets import Asked, Benchmark

__all__ = ["main"]

_HEAD = ("set", "rule", "touched", "given up", "hit@1", "before", "hit@10", "before", "nDCG@10", "before", "refused",
         "before")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Touched:
    """One question that a rule touched."""

    rule: str
    planned: Answer
    plain: Answer
    figures: Figures
    figures_plain: Figures


def main(arguments: Sequence[str]) -> int:
    """Read the command line, measure, and print the table."""
    flags = parser_of("planning", __doc__.partition("\n")[0]).parse_args(arguments)
    rows: list[Sequence[str]] = []
    for name in flags.sets or available(flags.data):
        benchmark = sampled(gathered(name, flags.data, flags.cache), flags.questions)
        with opened(benchmark.library) as assistant:
            touched = asyncio.run(_touched(assistant, benchmark))
            rows += _rows(benchmark, touched, assistant.settings.answerable_threshold)
        say(f"{name}: {len(touched)} of {len(benchmark.answerable)} touched")
    sys.stdout.write("\n".join(table(_HEAD, iter(rows))) + "\n")
    return 0


async def _touched(assistant: Assistant, benchmark: Benchmark) -> list[Touched]:
    found = []
    for asked in benchmark.answerable:
        plan = await _plan(assistant, asked)
        if not plan.is_plain(asked.text):
            planned, figures = await _ask(assistant, asked)
            plain, figures_plain = await _ask(assistant, asked, plain=True)
            found.append(Touched(_rule(plan), planned, plain, figures, figures_plain))
    return found


async def _plan(assistant: Assistant, asked: Asked) -> Plan:
    return await Planner(assistant.library, _as_it_is).plan(_inquiry(asked, []))


async def _as_it_is(inquiry: Inquiry) -> str:
    return inquiry.draft.question


async def _ask(assistant: Assistant, asked: Asked, *, plain: bool = False) -> tuple[Answer, Figures]:
    events: list[AnswerEvent] = []
    inquiry = _inquiry(asked, events, Plan.plain(asked.text) if plain else None)
    answer = (await assistant._engine.get().finder.ainvoke(inquiry)).draft
    last = [event for event in events if isinstance(event, Reranked)][-1]
    return answer, figures_of([each.chunk.chunk.id for each in last.candidates], asked.targets)


def _inquiry(asked: Asked, events: list[AnswerEvent], given: Plan | None = None) -> Inquiry:
    return Inquiry(begin(asked.text), events.append, scope=asked.scope, given=given)


def _rule(plan: Plan) -> str:
    """The first rule that had something to say."""
    if any(each.kind is SearchKind.PART for each in plan.searches):
        return "parts"
    return next(str(kind) for kind in FilterKind if any(each.kind is kind for each in plan.filters))


def _rows(benchmark: Benchmark, touched: Sequence[Touched], threshold: float) -> Iterator[Sequence[str]]:
    for rule in sorted({each.rule for each in touched}):
        of_rule = [each for each in touched if each.rule == rule]
        now, before = mean([each.figures for each in of_rule]), mean([each.figures_plain for each in of_rule])
        pairs = ((now.hit_1, before.hit_1), (now.hit_10, before.hit_10), (now.ndcg, before.ndcg))
        given_up = sum(any(not each.held for each in one.planned.plan.filters) for one in of_rule if one.planned.plan)
        answers = [each.planned for each in of_rule], [each.plain for each in of_rule]
        yield (
            *(benchmark.name, rule, f"{len(of_rule)} of {len(benchmark.answerable)}", str(given_up)),
            *(f"{value:.3f}" for pair in pairs for value in pair),
            *(str(_refused(each, threshold)) for each in answers),
        )


def _refused(answers: Iterable[Answer], threshold: float) -> int:
    return sum(answer.answerable < threshold for answer in answers)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
