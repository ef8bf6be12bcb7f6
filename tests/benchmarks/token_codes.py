"""In how few bytes token vectors can be kept, and what that costs in quality, on every development set.

    python -m tests.benchmarks.token_codes [--sets NAME ...] [--questions N] [--data DIR] [--cache DIR]

The same questions as in ``retrieval`` are asked. Their candidates are found once, by the program's own retriever; the
candidates' token vectors are computed once and then kept and read back in every way of ``token_ways``, and the
program's own reranker orders the candidates by what comes back. Prints Markdown on stdout. An hour on two cores.
"""

from __future__ import annotations

import os
import random
import sys
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from math import isnan, nan
from typing import TYPE_CHECKING

import numpy as np

from app import _cache_folder
from rag.answerability import answerable
from rag.background import weights_of
from rag.encoder import CHUNKS_PER_CALL, Encoder, model_fingerprint
from rag.fusion import fuse
from rag.learning.question_sets import read_set
from rag.reranker import rank
from rag.retriever import HybridRetriever, candidate_of
from rag.settings import IngestSettings, from_texts
from rag.token_vectors import kept, pack_bytes, project
from storage.library import Library
from tests.benchmarks.asking import DEEP
from tests.benchmarks.kept_libraries import say
from tests.benchmarks.metrics import area_under_roc, figures_of
from tests.benchmarks.question_sets import available, gathered, sampled
from tests.benchmarks.retrieval import parser_of, table
from tests.benchmarks.token_ways import Text, ways

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from rag.evidence import Candidate
    from storage.records import Chunk, TokenVectors
    from tests.benchmarks.question_sets import Asked, Benchmark
    from tests.benchmarks.token_ways import Way

__all__ = ["main"]

_TRAINING_PASSAGES = 50
"""Of each training set, for what is fitted."""


@dataclass(frozen=True, slots=True)
class Quality:
    """What one way made of one set."""

    size: float
    """Bytes, the mean of the candidates."""
    ndcg: tuple[float, ...]
    """nDCG@10 of the final order of each question that has an answer."""
    with_answer: tuple[float, ...]
    """``answerable`` of the same, not a number where tokens are left out, ..."""
    without_answer: tuple[float, ...]
    """... and of those that have none."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of one set."""

    name: str
    qualities: Mapping[str, Quality]
    """By the name of the way."""


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A question with the candidates that were found for it."""

    asked: Asked
    candidates: Sequence[Candidate]


def main(arguments: Sequence[str]) -> int:
    """Read the command line, measure, and print the tables."""
    flags = parser_of("token_codes", __doc__.partition("\n")[0]).parse_args(arguments)
    encoder = Encoder.load(_cache_folder(os.environ), from_texts(IngestSettings, os.environ).encoder)
    compared = ways(_training_vectors(encoder, flags.data / "questions" / "train"))
    names = flags.sets or available(flags.data)
    measured = []
    for name in names:
        benchmark = sampled(gathered(name, flags.data, flags.cache), flags.questions)
        measured.append(_measured(encoder, benchmark, compared))
    sys.stdout.write("\n".join(_report(measured, [way.name for way in compared])) + "\n")
    return 0


def _training_vectors(encoder: Encoder, folder: Path) -> np.ndarray:
    chance = random.Random(0)  # noqa: S311  (a sample, not a secret)
    chosen: list[Chunk] = []
    for archive in sorted(folder.glob("*.tar.xz")):
        passages = read_set(archive).passages
        chosen += chance.sample(passages, min(_TRAINING_PASSAGES, len(passages)))
    return np.concatenate([text.vectors for text in _texts(encoder, chosen)])


def _texts(encoder: Encoder, chunks: Sequence[Chunk]) -> Iterator[Text]:
    waiting = iter(chunks)
    while step := list(islice(waiting, CHUNKS_PER_CALL)):
        written = [chunk.indexed_text for chunk in step]
        tokenized = encoder.tokenizer.tokenize_all(written)
        for tokens, states in zip(tokenized, encoder.token_states(written), strict=True):
            telling = kept(tokens)
            yield Text(project(states[telling]), weights_of([tokens.ids[at] for at in np.flatnonzero(telling)]))


def _measured(encoder: Encoder, benchmark: Benchmark, compared: Sequence[Way]) -> Measured:
    library = Library.open(benchmark.library, model_fingerprint())
    encode = lru_cache(maxsize=None)(encoder.encode_question)

    def found(asked: Asked) -> Question:
        retriever = HybridRetriever(library=library, encode=encode, fuse=fuse, scope=asked.scope, depth=DEEP)
        return Question(asked, [candidate_of(passage) for passage in retriever.invoke(asked.text)])

    def judged(question: Question, tokens: Mapping[str, TokenVectors], way: Way) -> tuple[Sequence[str], float]:
        encoded = encode(question.asked.text)
        ranked = rank(encoded, [_with_tokens(each, tokens) for each in question.candidates])
        return [each.chunk.chunk.id for each in ranked], answerable(encoded, ranked) if way.keeps_all else nan

    answered, unanswered = (list(map(found, of)) for of in (benchmark.answerable, benchmark.unanswerable))
    chunks = {each.chunk.chunk.id: each.chunk.chunk for one in answered + unanswered for each in one.candidates}
    texts = dict(zip(chunks, _texts(encoder, list(chunks.values())), strict=True))
    library.close()
    say(f"{benchmark.name}: {len(answered)} + {len(unanswered)} questions, {len(texts)} candidates")
    return Measured(benchmark.name, {way.name: _quality(way, texts, answered, unanswered, judged) for way in compared})


def _with_tokens(candidate: Candidate, tokens: Mapping[str, TokenVectors]) -> Candidate:
    return replace(candidate, chunk=replace(candidate.chunk, tokens=tokens[candidate.chunk.chunk.id]))


def _quality(
    way: Way,
    texts: Mapping[str, Text],
    answered: Sequence[Question],
    unanswered: Sequence[Question],
    judged: Callable[[Question, Mapping[str, TokenVectors], Way], tuple[Sequence[str], float]],
) -> Quality:
    """Whatever comes back is handed on in bytes, which reranking reads: they are exact to the third decimal."""
    back = {id_: way.keep(text) for id_, text in texts.items()}
    tokens = {id_: pack_bytes(one.vectors) for id_, one in back.items()}
    orders = [judged(question, tokens, way) for question in answered]
    return Quality(
        size=float(np.mean([one.size for one in back.values()])),
        ndcg=tuple(
            figures_of(ranking, question.asked.targets).ndcg
            for (ranking, _), question in zip(orders, answered, strict=True)
        ),
        with_answer=tuple(each for _, each in orders),
        without_answer=tuple(judged(question, tokens, way)[1] for question in unanswered),
    )


# printing


def _report(measured: Sequence[Measured], names: Sequence[str]) -> Iterator[str]:
    yield from ("Bytes a passage, and nDCG@10 reranked, against the first:", "")
    yield from table(
        ("kept", *(one.name for one in measured), "mean"), (_row(measured, name, names[0]) for name in names)
    )
    if judged := [one for one in measured if one.qualities[names[0]].without_answer]:
        yield from ("", "Whether the answer is there, area under ROC, and the mean probability where it is:", "")
        yield from table(("kept", *(one.name for one in judged)), (_judged(judged, name) for name in names))


def _row(measured: Sequence[Measured], name: str, first: str) -> Sequence[str]:
    """For each set the bytes, the figure and how it differs; the difference has its standard error in brackets."""
    cells, changes, sizes = [], [], []
    for one in measured:
        here = one.qualities[name]
        change = np.array(here.ndcg) - np.array(one.qualities[first].ndcg)
        error = change.std() / np.sqrt(len(change))
        cells.append(f"{here.size:,.0f}: {np.mean(here.ndcg):.3f}, {change.mean():+.4f} ({error:.4f})")
        changes.append(change.mean())
        sizes.append(here.size)
    return (name, *cells, f"{np.mean(sizes):,.0f}: {np.mean(changes):+.4f}")


def _judged(judged: Sequence[Measured], name: str) -> Sequence[str]:
    found = (one.qualities[name] for one in judged)
    return (name, *map(_area, found))


def _area(quality: Quality) -> str:
    """Nothing where tokens were left out, of which sentences are made."""
    if isnan(quality.with_answer[0]):
        return "–"
    return f"{area_under_roc(quality.with_answer, quality.without_answer):.3f}, {np.mean(quality.with_answer):.3f}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
