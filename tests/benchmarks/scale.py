"""How speed and size go with the number of passages: 10,000, 100,000, and where disk and time allow a million.

    python -m tests.benchmarks.scale [--sizes 10000 100000 1000000] [--keep DIR] [--quick] [--data DIR] [--cache DIR]

One library grows from size to size, as by use, and at each it is tidied, opened and asked in a process of its own. The
real passages come first; what is made beyond them (``recombined``) has real words and sizes, not real meanings, and the
table says how many there are of each. Prints Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import chain, islice
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from rag.encoder import model_fingerprint
from storage.files import size_of
from storage.library import Library
from tests.benchmarks.costs import peak_megabytes
from tests.benchmarks.growing import growth
from tests.benchmarks.kept_libraries import DEFAULT_CACHE, say
from tests.benchmarks.processes import timed
from tests.benchmarks.question_sets import training_libraries
from tests.benchmarks.recombined import PER_DOCUMENT, documents_of, recombined

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from storage.records import EncodedChunk, NewDocument

__all__ = ["main"]

_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
_SIZES = (10_000, 100_000)
_QUICK_SIZES = (40, 120)
_MOST_REAL = 50_000
_QUESTIONS = 200
_ADDED_AT_ONCE = 12
"""Documents; some 500 passages, as an ingest commits them."""


@dataclass(frozen=True, slots=True)
class Size:
    """What was measured of the library at one size."""

    chunks: int
    real: int
    """How many of them are real passages."""
    per_second: float
    """Passages that came in a second since the size before, with everything but reading and encoding."""
    last_per_second: float
    """The same of the last tenth."""
    tidied: float
    """Seconds, with the making of the indexes."""
    ingest_megabytes: float
    disk: Mapping[str, int]
    """Bytes of each part of the data folder."""
    asked: Mapping[str, Any]
    """What ``timed_footnote`` says of the questions."""


def main(arguments: Sequence[str]) -> int:
    """Read the command line, let a library grow, and print the table."""
    flags = _flags(arguments)
    grown = growth(flags.data, flags.cache)
    sizes = sorted(_QUICK_SIZES if flags.quick else flags.sizes)
    libraries = chain(grown.libraries, training_libraries(flags.data, flags.cache))
    real = list(islice(_passages(libraries), min(_MOST_REAL, sizes[-1])))
    say(f"{len(real)} real passages")
    with TemporaryDirectory() if flags.keep is None else nullcontext(flags.keep) as folder:
        asked = Path(folder) / "questions.json"
        asked.parent.mkdir(parents=True, exist_ok=True)
        rows = [{"question": question, "file": None} for question in grown.questions[:_QUESTIONS]]
        asked.write_text(json.dumps(rows), encoding="utf-8")
        measured = list(_grown(Path(folder) / "library", asked, real, sizes))
    sys.stdout.write("\n".join(_report(measured)) + "\n")
    return 0


def _flags(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.scale", description=__doc__.partition("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=_SIZES, help="how many passages (%(default)s)")
    parser.add_argument("--keep", type=Path, help="a folder to leave the library in, which must not have one")
    parser.add_argument("--quick", action="store_true", help="some dozens of passages")
    parser.add_argument("--data", type=Path, default=_DATA, help="the folder of test data (%(default)s)")
    parser.add_argument("--cache", type=Path, default=DEFAULT_CACHE, help="where filled libraries lie (%(default)s)")
    return parser.parse_args(arguments)


def _passages(libraries: Iterable[Path]) -> Iterator[EncodedChunk]:
    """Every passage of these libraries, with its vectors."""
    for folder in libraries:
        library = Library.open(folder, model_fingerprint())
        for document in library.documents():
            yield from library.fetch(chunk.id for chunk in library.document_chunks(document.id)).values()
        library.close()


def _grown(folder: Path, questions: Path, real: Sequence[EncodedChunk], sizes: Sequence[int]) -> Iterator[Size]:
    """The library at each size."""
    documents = documents_of(recombined(real, sizes[-1]))
    before = 0
    for size in sizes:
        library = Library.open(folder, model_fingerprint())
        came_in = _fill(library, documents, size - before)
        chunks, seconds = before + sum(count for count, _ in came_in), sum(took for _, took in came_in)
        started = time.perf_counter()
        library.tidy()
        tidied, library_size = time.perf_counter() - started, _disk(folder)
        library.close()
        say(f"{chunks} passages: {seconds:.0f} s, tidied in {tidied:.1f} s")
        last = came_in[-max(1, len(came_in) // 10) :]
        yield Size(
            chunks=chunks,
            real=min(chunks, len(real)),
            per_second=(chunks - before) / seconds,
            last_per_second=sum(count for count, _ in last) / sum(took for _, took in last),
            tidied=tidied,
            ingest_megabytes=peak_megabytes(),
            disk=library_size,
            asked=timed("timed_footnote", "ask", folder, questions),
        )
        before = chunks


def _fill(library: Library, documents: Iterator[NewDocument], passages: int) -> list[tuple[int, float]]:
    """Let documents in until so many passages have come; passages and seconds of each commit, making them left out."""
    came_in, left = [], passages
    while left > 0 and (batch := list(islice(documents, min(_ADDED_AT_ONCE, ceil(left / PER_DOCUMENT))))):
        started = time.perf_counter()
        library.add(batch)
        count = sum(len(new.chunks) for new in batch)
        came_in.append((count, time.perf_counter() - started))
        left -= count
    return came_in


def _disk(folder: Path) -> dict[str, int]:
    return {each.name: size_of(each) if each.is_dir() else each.stat().st_size for each in folder.iterdir()}


# printing


def _report(measured: Sequence[Size]) -> Iterator[str]:
    yield "| passages | " + " | ".join(f"{size.chunks:,}" for size in measured) + " |"
    yield "|---|" + "---|" * len(measured)
    for what, cells in _lines(measured):
        yield f"| {what} | " + " | ".join(cells) + " |"
    yield ""
    yield f"Measured on {os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} at the end."


def _lines(measured: Sequence[Size]) -> Iterator[tuple[str, list[str]]]:
    yield "of them real; the others are put together from halves", [f"{size.real:,}" for size in measured]
    for part in ("seconds", "encode", "search", "rerank"):
        name = "a question" if part == "seconds" else f"of it, {part}"
        yield f"{name}: median, 95th percentile, ms", [_times(size.asked[part]) for size in measured]
    questions = [len(size.asked["seconds"]) for size in measured]
    processor = [1000 * size.asked["processor"] / count for size, count in zip(measured, questions, strict=True)]
    yield "a question, processor ms, loading included", [f"{each:.0f}" for each in processor]
    yield "peak memory while answering, MB", [f"{size.asked['megabytes']:.0f}" for size in measured]
    yield "opening with all that is held and mended, seconds", [f"{size.asked['opening']:.2f}" for size in measured]
    yield "coming in, passages a second", [f"{size.per_second:.0f}" for size in measured]
    yield "the last tenth of them, passages a second", [f"{size.last_per_second:.0f}" for size in measured]
    yield "tidying with the indexes, seconds", [f"{size.tidied:.1f}" for size in measured]
    yield (
        "peak memory while they come in, this benchmark's own included, MB",
        [f"{size.ingest_megabytes:.0f}" for size in measured],
    )
    for part, name in (("tokens", "token vectors"), ("vectors", "table and indexes"), ("footnote.db", "catalogue")):
        yield f"on disk a passage, {name}, bytes", [f"{size.disk[part] / size.chunks:,.0f}" for size in measured]


def _times(seconds: Sequence[float]) -> str:
    ordered = sorted(seconds)
    return f"{1000 * statistics.median(ordered):.0f}, {1000 * ordered[int(0.95 * (len(ordered) - 1))]:.0f}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
