"""How good each stage's and mode's order is, on every development set, beside other projects; and ``answerable``.

    python -m tests.benchmarks.retrieval [--sets NAME ...] [--peers NAME ...] [--questions N] [--inside] [--data DIR]
        [--cache DIR]

The program's own library, chain and settings are measured: dense, keyword and fused as balanced mode has them, and the
reranked order of every mode. Peers are other projects' retrieval (``tests/benchmarks/peers``) over the same texts with
the same embedding model; those that are installed, as ``pip install -e '.[peers]'`` does. Of a large set a sample of
questions is asked, the same ones in every run, of the whole of its passages. Prints Markdown on stdout. Half an hour
once libraries and vectors are there, and as long again the first time.

What a language model of yours gains is measured with its setting on: FOOTNOTE_REPHRASE=on, and --server.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rag.evidence import Mode
from tests.benchmarks.asking import NOBODY, RERANKED, STAGES, ask, opened
from tests.benchmarks.kept_libraries import DEFAULT_CACHE, say
from tests.benchmarks.metrics import Figures, area_under_roc, calibration_error, figures_of, mean
from tests.benchmarks.peers.known import PEERS, installed
from tests.benchmarks.peers.seam import judged
from tests.benchmarks.peers.vectors import SharedVectors
from tests.benchmarks.question_sets import INSIDE_THEIR_DOCUMENT, PAGES, available, gathered, sampled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from rag.assistant import Assistant
    from tests.benchmarks.asking import Found
    from tests.benchmarks.question_sets import Asked, Benchmark

__all__ = ["main", "parser_of", "table"]

_QUESTIONS = 300
_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
_HEAD = ("set", "questions", "passages", "order", "hit@1", "hit@5", "hit@10", "MRR@10", "nDCG@10", "ms")
_ANSWERABLE_HEAD = (
    "set",
    "answerable",
    "unanswerable",
    "area under ROC",
    "calibration error",
    "wrong refusals",
    "wrong answers",
)


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of one benchmark."""

    benchmark: Benchmark
    orders: Mapping[str, Figures]
    """Of every stage before reranking, of every mode, and of every peer."""
    sources: Figures
    """Of what balanced mode shows, where passages that are read as one count as one."""
    milliseconds: Mapping[Mode, float]
    """A question took, the mean over all."""
    with_answer: tuple[float, ...]
    """``answerable`` of each question that has an answer."""
    without_answer: tuple[float, ...]


def main(arguments: Sequence[str]) -> int:
    """Read the command line, measure, and print the tables."""
    parser = parser_of("retrieval", __doc__.partition("\n")[0])
    parser.add_argument("--inside", action="store_true", help="ask all questions about pages of their own document")
    parser.add_argument("--peers", nargs="*", metavar="NAME", default=installed(), help="beside these (%(default)s)")
    flags = parser.parse_args(arguments)
    names = flags.sets or available(flags.data)
    inside = frozenset(PAGES) if flags.inside else INSIDE_THEIR_DOCUMENT
    threshold, measured = 0.0, []
    for name in names:
        benchmark = sampled(gathered(name, flags.data, flags.cache, inside), flags.questions)
        with opened(benchmark.library, flags.server) as assistant:
            threshold = assistant.settings.answerable_threshold
            own = asyncio.run(_measured(assistant, benchmark))
        measured.append(_beside_peers(own, flags.peers, flags.cache))
    sys.stdout.write("\n".join(_report(measured, threshold, flags.questions, inside)) + "\n")
    return 0


def parser_of(module: str, about: str) -> argparse.ArgumentParser:
    """The command line of a benchmark that asks questions of sets."""
    parser = argparse.ArgumentParser(prog=f"python -m tests.benchmarks.{module}", description=about)
    parser.add_argument("--sets", nargs="+", metavar="NAME", help="only these (all that are there)")
    parser.add_argument("--questions", type=int, default=_QUESTIONS, help="the most of each kind, a set (%(default)s)")
    parser.add_argument("--data", type=Path, default=_DATA, help="the folder of test data (%(default)s)")
    parser.add_argument("--cache", type=Path, default=DEFAULT_CACHE, help="where filled libraries lie (%(default)s)")
    parser.add_argument("--server", default=NOBODY, help="an Ollama for what a model does before searching (none)")
    return parser


async def _measured(assistant: Assistant, benchmark: Benchmark) -> Measured:
    targets = [asked.targets for asked in benchmark.answerable]
    found: dict[Mode, list[Found]] = {}
    reranked: dict[str, Figures] = {}
    milliseconds: dict[Mode, float] = {}
    for mode in Mode:
        started = time.perf_counter()
        found[mode] = await _all(assistant, benchmark.answerable, mode)
        milliseconds[mode] = 1000 * (time.perf_counter() - started) / len(found[mode])
        reranked[mode] = _mean([one.orders[RERANKED] for one in found[mode]], targets)
        took = f"{len(found[mode])} questions, {milliseconds[mode]:.0f} ms each"
        say(f"{benchmark.name}: {mode} {reranked[mode].ndcg:.3f}, {took}")
    balanced = found[Mode.BALANCED]
    before = {stage: _mean([one.orders[stage] for one in balanced], targets) for stage in STAGES if stage != RERANKED}
    sources = _mean([one.sources for one in balanced], targets)
    with_answer = tuple(one.answerable for one in balanced)
    without = await _all(assistant, benchmark.unanswerable, Mode.BALANCED)
    without_answer = tuple(one.answerable for one in without)
    return Measured(benchmark, before | reranked, sources, milliseconds, with_answer, without_answer)


async def _all(assistant: Assistant, questions: Sequence[Asked], mode: Mode) -> list[Found]:
    return [await ask(assistant, asked.text, asked.scope, mode) for asked in questions]


def _mean(orders: Sequence[Sequence[str]], targets: Sequence[Sequence[frozenset[str]]]) -> Figures:
    return mean([figures_of(order, of_one) for order, of_one in zip(orders, targets, strict=True)])


def _beside_peers(own: Measured, peers: Sequence[str], cache: Path) -> Measured:
    """The same with the peers' figures."""
    if not peers:
        return own
    vectors, pieces = SharedVectors(cache), own.benchmark.pieces()
    wanted = [asked.wanted for asked in own.benchmark.answerable]
    figures = {}
    for name in peers:
        figures[name] = judged(PEERS[name].load(), pieces, wanted, vectors)
        say(f"{own.benchmark.name}: {name} {figures[name].ndcg:.3f}")
    return replace(own, orders={**own.orders, **figures})


# printing


def _report(measured: Sequence[Measured], threshold: float, most: int, inside: Iterable[str]) -> Iterator[str]:
    yield from table(_HEAD, (row for one in measured for row in _rows(one)))
    yield ""
    yield f"At most {most} questions of a set, sampled with a fixed seed; “of” names how many there are."
    yield f"Asked inside their own document: {', '.join(sorted(inside))} and sets of scope doc."
    yield _where_reranking_does_not_pay(measured)
    of_each = ", ".join(f"{one.benchmark.name} {one.sources.hit_5:.3f}" for one in measured)
    yield f"Hit@5 of balanced mode where passages that are read as one count as one: {of_each}."
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
    size = str(whole) if asked == whole else f"{asked} of {whole}"
    about = [one.benchmark.name, size, f"{one.benchmark.chunks:,}"]
    for name, figures in one.orders.items():
        took = f"{one.milliseconds[Mode(name)]:.0f}" if name in set(Mode) else ""
        yield (*about, name, *(f"{value:.3f}" for value in astuple(figures)), took)
        about = ["", "", ""]


def _where_reranking_does_not_pay(measured: Sequence[Measured]) -> str:
    """Where its nDCG@10 is not above everything else's."""
    lost = [f"{one.benchmark.name} ({', '.join(ahead)})" for one in measured if (ahead := _not_beaten(one))]
    won = len(measured) - len(lost)
    where = f"; not on {'; '.join(lost)}" if lost else ""
    return f"By nDCG@10 balanced mode beats all stages and peers on {won} of {len(measured)} sets{where}."


def _not_beaten(one: Measured) -> list[str]:
    balanced = one.orders[Mode.BALANCED].ndcg
    return [
        f"{name} {figures.ndcg:.3f} to {balanced:.3f}"
        for name, figures in one.orders.items()
        if name not in set(Mode) and figures.ndcg >= balanced
    ]


def _judgement(one: Measured, threshold: float) -> Sequence[str]:
    with_answer, without = one.with_answer, one.without_answer
    refused = sum(value < threshold for value in with_answer) / len(with_answer)
    answered = sum(value >= threshold for value in without) / len(without)
    area = area_under_roc(with_answer, without)
    counts = (str(len(with_answer)), str(len(without)))
    error = calibration_error(with_answer, without)
    return (one.benchmark.name, *counts, f"{area:.3f}", f"{error:.3f}", f"{refused:.1%}", f"{answered:.1%}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
