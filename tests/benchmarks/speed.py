"""How fast the program is and what memory it takes, side by side with LangChain's default pipeline.

    python -m tests.benchmarks.speed [--quick] [--data DIR] [--cache DIR]

Both read the same PDFs and answer the same questions, each in processes of its own, in one run on one machine. Ingest
is always done anew; what makes the libraries large that questions are timed on is kept between runs. Prints Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from tests.benchmarks.growing import Growth, grow, growth
from tests.benchmarks.kept_libraries import DEFAULT_CACHE, say
from tests.benchmarks.processes import FirstPage, first_page, timed
from tests.benchmarks.question_sets import INSIDE_THEIR_DOCUMENT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["main"]

_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
_SHOWN = 5
_QUICK_FILES = 3
_STARTS = 3


@dataclass(frozen=True, slots=True)
class Task:
    """What both pipelines do."""

    files: tuple[Path, ...]
    """To be read."""
    about_pages: tuple[dict[str, Any], ...]
    """Rows of ``pdfqa/questions.jsonl`` that one of the files answers."""
    growth: Growth | None
    """What comes in before questions are timed, and questions about it; None where the files alone are to do."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What was measured of one pipeline."""

    ingest: Mapping[str, Any]
    """``seconds``, ``processor`` seconds, ``chunks``, ``megabytes``."""
    right_pages: float
    """Share of the questions with the right page of the right file among the first five passages."""
    asked: Mapping[str, Any]
    """``seconds`` of each question, ``processor`` seconds of all, ``megabytes``, ``chunks``; of the program also the
    seconds of its parts."""


def main(arguments: Sequence[str]) -> int:
    """Read the command line, measure, and print the table."""
    flags = _flags(arguments)
    task = _task(flags.data, None if flags.quick else growth(flags.data, flags.cache))
    with TemporaryDirectory() as folder:
        ours = _measured("timed_footnote", Path(folder) / "ours", task)
        single = timed("timed_footnote", "ingest", Path(folder) / "single", *task.files, FOOTNOTE_ENCODER="fp32")
        say(f"in single precision: {single['seconds']:.1f} s")
        theirs = _measured("timed_langchain", Path(folder) / "theirs", task)
        starts = [first_page(Path(folder) / "page") for _ in range(1 if flags.quick else _STARTS)]
    sys.stdout.write("\n".join(_report(task, (ours, theirs), single["seconds"], starts)) + "\n")
    return 0


def _flags(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.speed", description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="only the three smallest PDFs, and questions about them")
    parser.add_argument("--data", type=Path, default=_DATA, help="the folder of test data (%(default)s)")
    parser.add_argument("--cache", type=Path, default=DEFAULT_CACHE, help="where filled libraries lie (%(default)s)")
    return parser.parse_args(arguments)


def _task(data: Path, to_grow: Growth | None) -> Task:
    files = sorted((data / "pdfqa" / "pdfs").iterdir(), key=lambda path: path.stat().st_size)
    files = files if to_grow else files[:_QUICK_FILES]
    rows = map(json.loads, (data / "pdfqa" / "questions.jsonl").read_text(encoding="utf-8").splitlines())
    names = {path.name for path in files}
    return Task(tuple(files), tuple(row for row in rows if row["pdf"] in names and row["evidence_pages"]), to_grow)


def _measured(pipeline: str, folder: Path, task: Task) -> Pipeline:
    """Let one pipeline read, find pages, and answer questions from all there is."""
    ingest = timed(pipeline, "ingest", folder, *task.files)
    say(f"{pipeline}: {len(task.files)} files in {ingest['seconds']:.1f} s")
    found = timed(pipeline, "ask", folder, _written(folder.with_suffix(".pages.json"), _about_pages(task)))
    right = [_right(row, pages) for row, pages in zip(task.about_pages, found["pages"], strict=True)]
    if task.growth is None:
        return Pipeline(ingest, statistics.mean(right), found)
    grow(pipeline, folder, task.growth.libraries)
    questions = [*(row["question"] for row in task.about_pages), *task.growth.questions]
    rows = [{"question": question, "file": None} for question in questions]
    asked = timed(pipeline, "ask", folder, _written(folder.with_suffix(".all.json"), rows))
    say(f"{pipeline}: {len(rows)} questions, {1000 * statistics.median(asked['seconds']):.0f} ms each")
    return Pipeline(ingest, statistics.mean(right), asked)


def _about_pages(task: Task) -> list[dict[str, Any]]:
    return [
        {"question": row["question"], "file": row["pdf"] if row["set"] in INSIDE_THEIR_DOCUMENT else None}
        for row in task.about_pages
    ]


def _written(path: Path, questions: Sequence[Mapping[str, Any]]) -> Path:
    path.write_text(json.dumps(questions), encoding="utf-8")
    return path


def _right(row: Mapping[str, Any], pages: Sequence[Sequence[Any]]) -> bool:
    """Whether one of the first passages stands on a page that answers."""
    return any(file == row["pdf"] and page - 1 in row["evidence_pages"] for file, page in pages[:_SHOWN])


# printing


def _report(
    task: Task, pipelines: tuple[Pipeline, Pipeline], in_single_precision: float, starts: Sequence[FirstPage]
) -> Iterator[str]:
    ours, theirs = pipelines
    yield f"| {len(task.files)} PDFs, {len(ours.asked['seconds'])} questions | Footnote | LangChain's default | ratio |"
    yield "|---|---|---|---|"
    pairs: tuple[tuple[str, str, float, float], ...] = (
        ("reading the PDFs in, seconds", ".1f", ours.ingest["seconds"], theirs.ingest["seconds"]),
        ("the same, processor seconds", ".1f", ours.ingest["processor"], theirs.ingest["processor"]),
        ("reading them in single precision, seconds", ".1f", in_single_precision, theirs.ingest["seconds"]),
        ("passages made of them", ",.0f", ours.ingest["chunks"], theirs.ingest["chunks"]),
        (f"right page in the first {_SHOWN}", ".3f", ours.right_pages, theirs.right_pages),
        ("passages searched", ",.0f", ours.asked["chunks"], theirs.asked["chunks"]),
        ("a question, median ms", ".0f", _milliseconds(ours.asked, 0.5), _milliseconds(theirs.asked, 0.5)),
        ("a question, 95th percentile ms", ".0f", _milliseconds(ours.asked, 0.95), _milliseconds(theirs.asked, 0.95)),
        ("a question, processor ms", ".0f", _processor_milliseconds(ours.asked), _processor_milliseconds(theirs.asked)),
        ("peak memory while reading, MB", ".0f", ours.ingest["megabytes"], theirs.ingest["megabytes"]),
        ("peak memory while answering, MB", ".0f", ours.asked["megabytes"], theirs.asked["megabytes"]),
    )
    for what, form, one, other in pairs:
        yield f"| {what} | {one:{form}} | {other:{form}} | {other / one:.2f} |"
    yield f"| start to first page served, seconds | {statistics.median(one.seconds for one in starts):.1f} | – | – |"
    yield f"| memory then, MB | {statistics.median(one.megabytes for one in starts):.0f} | – | – |"
    yield ""
    yield "Ratios are LangChain's figure by ours. Models are loaded before the clock starts; peak memory includes them."
    yield "On a busy machine the processor's own seconds, all cores together, compare better than those of the clock."
    yield f"Of a question of ours, median ms: {_parts(ours.asked)}; the rest is choosing passages and the quick answer."
    yield f"Measured on {os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} at the end."


def _milliseconds(asked: Mapping[str, Any], quantile: float) -> float:
    ordered = sorted(asked["seconds"])
    return 1000 * float(ordered[round(quantile * (len(ordered) - 1))])


def _processor_milliseconds(asked: Mapping[str, Any]) -> float:
    return 1000 * float(asked["processor"]) / len(asked["seconds"])


def _parts(asked: Mapping[str, Any]) -> str:
    return ", ".join(f"{part} {1000 * statistics.median(asked[part]):.1f}" for part in ("encode", "search", "rerank"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
