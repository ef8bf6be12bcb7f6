"""What encoding in bytes costs in quality and saves in time, on every development set.

    python -m tests.benchmarks.encoders [--sets NAME ...] [--questions N] [--data DIR] [--cache DIR]

Every passage of a set is encoded in both precisions, and the same questions as in ``retrieval`` are asked of each: by
the program's own retriever and reranker, over vectors in memory and the kept library's keyword search, so that nothing
differs but the vectors. Prints Markdown on stdout. Ten minutes on two cores that have nothing else to do.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from app import _cache_folder
from rag.answerability import answerable
from rag.encoder import CHUNKS_PER_CALL, Encoder, model_fingerprint
from rag.fusion import fuse
from rag.precision import Precision
from rag.reranker import rank
from rag.retriever import HybridRetriever, candidate_of
from storage.library import Library
from storage.search import WordHits
from tests.benchmarks.asking import DEEP
from tests.benchmarks.costs import processor_seconds
from tests.benchmarks.kept_libraries import say
from tests.benchmarks.metrics import area_under_roc, figures_of
from tests.benchmarks.question_sets import available, gathered, sampled
from tests.benchmarks.retrieval import parser_of, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from rag.encoder import EncodedQuestion
    from storage.records import Chunk, EncodedChunk
    from tests.benchmarks.question_sets import Asked, Benchmark

__all__ = ["main"]


@dataclass(frozen=True, slots=True)
class Way:
    """One choice of precisions."""

    name: str
    documents: tuple[Precision, ...]
    """Of two, every other document is encoded in the second: a library begun in one, and gone on with in the other."""
    questions: Precision


WAYS = (
    Way("fp32", (Precision.FP32,), Precision.FP32),
    Way("int8", (Precision.INT8,), Precision.INT8),
    Way("int8, questions fp32", (Precision.INT8,), Precision.FP32),
    Way("both in one library, questions int8", (Precision.FP32, Precision.INT8), Precision.INT8),
)


@dataclass(frozen=True, slots=True)
class Quality:
    """What one way made of one set, the mean of its questions."""

    dense: float
    """nDCG@10 of the dense arm ..."""
    reranked: float
    """... and of the final order."""
    with_answer: tuple[float, ...]
    """``answerable`` of each question that has an answer."""
    without_answer: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of one set."""

    benchmark: Benchmark
    qualities: Mapping[str, Quality]
    """By the name of the way."""
    seconds: Mapping[Precision, float]
    """Of the processor, for encoding all passages."""


class Vectors:
    """As much of a library as a question needs: encoded chunks in memory, and the keyword arm of the kept library."""

    def __init__(self, encoded: Sequence[EncodedChunk], words: Callable[[str], list[tuple[str, float]]]) -> None:
        self._chunks = {one.chunk.id: one for one in encoded}
        self._ids = tuple(self._chunks)
        self._matrix = np.stack([one.vector for one in encoded])
        self._words = words

    def dense(
        self,
        vector: np.ndarray,
        limit: int,
        scope: frozenset[str] | None,
        among: None,  # noqa: ARG002  (no phrases are quoted)
        *,
        exact: bool,  # noqa: ARG002  (there is no index that could be passed by)
    ) -> list[tuple[str, float]]:
        """As ``Library.dense``."""
        cosines = self._matrix @ vector
        order = (self._ids[at] for at in np.argsort(-cosines, kind="stable"))
        value = dict(zip(self._ids, map(float, cosines), strict=True))
        return [(id_, value[id_]) for id_ in order if self._within(id_, scope)][:limit]

    def words(
        self,
        question: str,
        limit: int,
        scope: frozenset[str] | None,
        among: None,  # noqa: ARG002
    ) -> WordHits:
        """As ``Library.words``: a chunk's score is one number by whatever way it is asked for."""
        found = self._words(question)
        value = dict(found)
        best = [hit for hit in found if self._within(hit[0], scope)][:limit]
        return WordHits(best, lambda ids: {id_: value[id_] for id_ in ids if id_ in value})

    def fetch(self, ids: Iterable[str]) -> dict[str, EncodedChunk]:
        """As ``Library.fetch``."""
        return {id_: self._chunks[id_] for id_ in ids}

    def _within(self, id_: str, scope: frozenset[str] | None) -> bool:
        return scope is None or self._chunks[id_].chunk.document_id in scope


def main(arguments: Sequence[str]) -> int:
    """Read the command line, measure, and print the tables."""
    flags = parser_of("encoders", __doc__.partition("\n")[0]).parse_args(arguments)
    names = flags.sets or available(flags.data)
    measured = [_measured(sampled(gathered(name, flags.data, flags.cache), flags.questions)) for name in names]
    sys.stdout.write("\n".join(_report(measured)) + "\n")
    return 0


def _measured(benchmark: Benchmark) -> Measured:
    library = Library.open(benchmark.library, model_fingerprint())
    chunks = [chunk for document in library.documents() for chunk in library.document_chunks(document.id)]
    words = lru_cache(maxsize=None)(lambda question: library.keyword(question, len(chunks)))
    encoded, seconds = {}, {}
    for precision in Precision:
        before = processor_seconds()
        encoded[precision] = _encoded(precision, chunks)
        seconds[precision] = processor_seconds() - before
    qualities = {way.name: _quality(benchmark, Vectors(_chosen(way, encoded), words), way) for way in WAYS}
    library.close()
    say(f"{benchmark.name}: " + ", ".join(f"{name} {one.reranked:.4f}" for name, one in qualities.items()))
    return Measured(benchmark, qualities, seconds)


@cache
def _encoder(precision: Precision) -> Encoder:
    return Encoder.load(_cache_folder(os.environ), precision)


@lru_cache(maxsize=2000)
def _asked(precision: Precision, question: str) -> EncodedQuestion:
    return _encoder(precision).encode_question(question)


def _encoded(precision: Precision, chunks: Sequence[Chunk]) -> list[EncodedChunk]:
    """In the steps that ingest takes: in bytes, what else is in its batch changes a passage's vector a little."""
    steps = (chunks[at : at + CHUNKS_PER_CALL] for at in range(0, len(chunks), CHUNKS_PER_CALL))
    return [one for step in steps for one in _encoder(precision).encode_chunks(step)]


def _chosen(way: Way, encoded: Mapping[Precision, Sequence[EncodedChunk]]) -> list[EncodedChunk]:
    """Each document's chunks in the precision that is its turn."""
    documents = dict.fromkeys(one.chunk.document_id for one in encoded[Precision.FP32])
    turn = {id_: way.documents[at % len(way.documents)] for at, id_ in enumerate(documents)}
    by_id = {precision: {one.chunk.id: one for one in chunks} for precision, chunks in encoded.items()}
    return [by_id[turn[one.chunk.document_id]][one.chunk.id] for one in encoded[Precision.FP32]]


def _quality(benchmark: Benchmark, vectors: Vectors, way: Way) -> Quality:
    found = [_ask(vectors, way.questions, asked) for asked in benchmark.answerable]
    without = [_ask(vectors, way.questions, asked) for asked in benchmark.unanswerable]
    targets = [asked.targets for asked in benchmark.answerable]
    dense, reranked = (
        float(np.mean([figures_of(one[at], of_one).ndcg for one, of_one in zip(found, targets, strict=True)]))
        for at in (0, 1)
    )
    return Quality(dense, reranked, tuple(one[2] for one in found), tuple(one[2] for one in without))


def _ask(vectors: Vectors, precision: Precision, asked: Asked) -> tuple[list[str], list[str], float]:
    """The dense and the final order of chunk ids, and ``answerable``."""

    def encode(text: str) -> EncodedQuestion:
        return _asked(precision, text)

    retriever = HybridRetriever(library=vectors, encode=encode, fuse=fuse, scope=asked.scope, depth=DEEP)
    candidates = [candidate_of(passage) for passage in retriever.invoke(asked.text)]
    ranked = rank(encode(asked.text), candidates)
    dense = sorted(candidates, key=lambda one: one.scores.dense.rank)
    orders = ([one.chunk.chunk.id for one in order] for order in (dense, ranked))
    return *orders, answerable(encode(asked.text), ranked)


# printing


def _report(measured: Sequence[Measured]) -> Iterator[str]:
    for stage in ("dense", "reranked"):
        yield from (f"nDCG@10, {stage}:", "")
        yield from table(("set", *(way.name for way in WAYS)), _rows(measured, stage))
        yield ""
    if judged := [one for one in measured if one.benchmark.unanswerable]:
        yield from ("Whether the answer is there, area under ROC:", "")
        yield from table(("set", *(way.name for way in WAYS)), map(_areas, judged))
        yield ""
    passages = sum(one.benchmark.chunks for one in measured)
    spent = {each: 1000 * sum(one.seconds[each] for one in measured) / passages for each in Precision}
    yield "Processor milliseconds a passage: " + ", ".join(f"{each} {value:.1f}" for each, value in spent.items())


def _rows(measured: Sequence[Measured], stage: str) -> Iterator[Sequence[str]]:
    """A row for each set, and one for their mean with what it loses to the first way."""
    values = np.array([[getattr(one.qualities[way.name], stage) for way in WAYS] for one in measured])
    for one, row in zip(measured, values, strict=True):
        yield (one.benchmark.name, *(f"{value:.3f}" for value in row))
    means = values.mean(axis=0)
    yield ("mean", *(f"{value:.4f} ({value - means[0]:+.4f})" for value in means))


def _areas(one: Measured) -> Sequence[str]:
    found = (one.qualities[way.name] for way in WAYS)
    return (one.benchmark.name, *(f"{area_under_roc(each.with_answer, each.without_answer):.3f}" for each in found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
