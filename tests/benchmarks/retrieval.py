"""How good each stage's order is, on every development set: dense, keyword, fused, reranked, and ``answerable``.

    python -m tests.benchmarks.retrieval [--sets NAME ...] [--questions N] [--data DIR] [--cache DIR] [--server URL]

The program's own library, chain and settings are measured. Of a large set a sample of questions is asked, the same ones
in every run, of the whole of its passages. Prints Markdown on stdout. A quarter of an hour once the libraries are
filled, which takes some five minutes the first time.

What a language model of yours gains is measured with its setting on: FOOTNOTE_REPHRASE=on, and --server.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.asking import NOBODY, STAGES, ask, opened
from tests.benchmarks.kept_libraries import DEFAULT_CACHE, say
from tests.benchmarks.metrics import Figures, area_under_roc, figures_of, mean
from tests.benchmarks.question_sets import INSIDE_THEIR_DOCUMENT, available, gathered, sampled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rag.assistant import Assistant
    from tests.benchmarks.asking import Found
    from tests.benchmarks.question_sets import Asked, Benchmark

__all__ = ["flags_of", "main", "table"]

_QUESTIONS = 300
_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
_HEAD = ("set", "questions", "passages", "stage", "hit@1", "hit@5", "hit@10", "MRR@10", "nDCG@10")
_ANSWERABLE_HEAD = ("set", "answerable", "unanswerable", "area under ROC", "wrong refusals", "wrong answers")


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of one benchmark."""

    benchmark: Benchmark
    stages: Mapping[str, Figures]
    with_answer: tuple[float, ...]
    """``answerable`` of each question that has an answer."""
    without_answer: tuple[float, ...]


def main(arguments: Sequence[str]) -> int:
    """Read the command line, measure, and print the tables."""
    flags = flags_of(arguments, "retrieval", __doc__.partition("\n")[0])
    names = flags.sets or available(flags.data)
    threshold, measured = 0.0, []
    for name in names:
        benchmark = sampled(gathered(name, flags.data, flags.cache), flags.questions)
        with opened(benchmark.library, flags.server) as assistant:
            threshold = assistant.settings.answerable_threshold
            measured.append(asyncio.run(_measured(assistant, benchmark)))
    sys.stdout.write("\n".join(_report(measured, threshold, flags.questions)) + "\n")
    return 0


def flags_of(arguments: Sequence[str], module: str, about: str) -> argparse.Namespace:
    """Read the command line of a benchmark that asks questions of sets."""
    parser = argparse.ArgumentParser(prog=f"python -m tests.benchmarks.{module}", description=about)
    parser.add_argument("--sets", nargs="+", metavar="NAME", help="only these (all that are there)")
    parser.add_argument("--questions", type=int, default=_QUESTIONS, help="the most of each kind, a set (%(default)s)")
    parser.add_argument("--data", type=Path, default=_DATA, help="the folder of test data (%(default)s)")
    parser.add_argument("--cache", type=Path, default=DEFAULT_CACHE, help="where filled libraries lie (%(default)s)")
    parser.add_argument("--server", default=NOBODY, help="an Ollama for what a model does before searching (none)")
    return parser.parse_args(arguments)


async def _measured(assistant: Assistant, benchmark: Benchmark) -> Measured:
    started = time.perf_counter()
    found = await _all(assistant, benchmark.answerable)
    without = await _all(assistant, benchmark.unanswerable)
    each = (time.perf_counter() - started) / (len(found) + len(without))
    say(f"{benchmark.name}: {len(found)} + {len(without)} questions, {1000 * each:.0f} ms each")
    targets = [asked.targets for asked in benchmark.answerable]
    stages = {
        stage: mean([figures_of(one.orders[stage], of_one) for one, of_one in zip(found, targets, strict=True)])
        for stage in STAGES
    }
    return Measured(benchmark, stages, tuple(one.answerable for one in found), tuple(one.answerable for one in without))


async def _all(assistant: Assistant, questions: Sequence[Asked]) -> list[Found]:
    return [await ask(assistant, asked.text, asked.scope) for asked in questions]


# printing


def _report(measured: Sequence[Measured], threshold: float, most: int) -> Iterator[str]:
    yield from table(_HEAD, (row for one in measured for row in _rows(one)))
    yield ""
    yield f"At most {most} questions of a set, sampled with a fixed seed; “of” names how many there are."
    yield f"Asked inside their own document: {', '.join(sorted(INSIDE_THEIR_DOCUMENT))} and sets of scope doc."
    yield _where_reranking_does_not_pay(measured)
    if judged := [one for one in measured if one.without_answer]:
        yield from ("", f"Whether the answer is there, at the threshold of {threshold}:", "")
        yield from table(_ANSWERABLE_HEAD, (_judgement(one, threshold) for one in judged))


def table(head: Sequence[str], rows: Iterator[Sequence[str]]) -> Iterator[str]:
    """Markdown."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def _rows(one: Measured) -> Iterator[Sequence[str]]:
    asked, whole = len(one.benchmark.answerable), one.benchmark.questions
    for stage in STAGES:
        first = stage == STAGES[0]
        size = str(whole) if asked == whole else f"{asked} of {whole}"
        about = (one.benchmark.name, size, f"{one.benchmark.chunks:,}") if first else ("", "", "")
        yield (*about, stage, *(f"{value:.3f}" for value in astuple(one.stages[stage])))


def _where_reranking_does_not_pay(measured: Sequence[Measured]) -> str:
    """Where its nDCG@10 is not above the better arm's and fusion's."""
    lost = [f"{one.benchmark.name} ({', '.join(ahead)})" for one in measured if (ahead := _not_beaten(one))]
    won = len(measured) - len(lost)
    where = f"; not on {'; '.join(lost)}" if lost else ""
    return f"By nDCG@10 reranked beats the better arm and the fused list on {won} of {len(measured)} sets{where}."


def _not_beaten(one: Measured) -> list[str]:
    reranked = one.stages["reranked"].ndcg
    return [
        f"{stage} {figures.ndcg:.3f} to {reranked:.3f}"
        for stage, figures in one.stages.items()
        if stage != "reranked" and figures.ndcg >= reranked
    ]


def _judgement(one: Measured, threshold: float) -> Sequence[str]:
    with_answer, without = one.with_answer, one.without_answer
    refused = sum(value < threshold for value in with_answer) / len(with_answer)
    answered = sum(value >= threshold for value in without) / len(without)
    area = area_under_roc(with_answer, without)
    counts = (str(len(with_answer)), str(len(without)))
    return (one.benchmark.name, *counts, f"{area:.3f}", f"{refused:.1%}", f"{answered:.1%}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
