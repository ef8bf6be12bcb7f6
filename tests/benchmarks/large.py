"""Whether it matters how much there is: what a long PDF takes of the memory, and the last of many files of the time.

    python -m tests.benchmarks.large [--quick]

A PDF and one of ten times its pages are read in processes of their own, and then a folder of small files: memory should
be the same for both, and the last thousand files should take as long as the first. Prints Markdown.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from tests.benchmarks.kept_libraries import say
from tests.benchmarks.processes import timed
from tests.documents import make_pdf

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["main"]

_TIMES = 10
_PAGES, _FILES = 1_000, 5_000
_QUICK_PAGES, _QUICK_FILES = 10, 50
_PARTS = 5
_LINES, _WORDS_PER_LINE = 12, 10


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much there is."""

    pages: int
    """Of the shorter PDF."""
    files: int


def main(arguments: Sequence[str]) -> int:
    """Read the command line, make the files, measure, and print both tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.large", description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a hundredth of everything")
    quick = parser.parse_args(arguments).quick
    sizes = Sizes(_QUICK_PAGES, _QUICK_FILES) if quick else Sizes(_PAGES, _FILES)
    with TemporaryDirectory() as folder:
        tables = (*_long(Path(folder), sizes), "", *_many(Path(folder), sizes))
    sys.stdout.write("\n".join(tables) + "\n")
    return 0


def _long(folder: Path, sizes: Sizes) -> Iterator[str]:
    short, long = (_read_pdf(folder, pages) for pages in (sizes.pages, _TIMES * sizes.pages))
    yield f"| one PDF | {sizes.pages:,} pages | {_TIMES * sizes.pages:,} pages | ratio |"
    yield "|---|---|---|---|"
    rows = (
        ("passages", "chunks", ",.0f"),
        ("seconds", "seconds", ",.1f"),
        ("memory at most, program and reader together, MB", "together", ",.0f"),
    )
    for what, figure, form in rows:
        yield f"| {what} | {short[figure]:{form}} | {long[figure]:{form}} | {long[figure] / short[figure]:.2f} |"


def _read_pdf(folder: Path, pages: int) -> Mapping[str, Any]:
    chance = random.Random(pages)  # noqa: S311  (nothing secret)
    path = make_pdf(folder / f"{pages}.pdf", ([_line(chance) for _ in range(_LINES)] for _ in range(pages)))
    read = timed("timed_footnote", "ingest", folder / f"{pages}-pages", path)
    say(f"{pages} pages: {read['seconds']:.1f} s, {read['together']:.0f} MB")
    return read


def _many(folder: Path, sizes: Sizes) -> Iterator[str]:
    chance = random.Random(sizes.files)  # noqa: S311  (as above)
    small = folder / "small"
    small.mkdir()
    for number in range(sizes.files):
        (small / f"{number:05}.txt").write_text(f"Note {number}\n\n{_line(chance)}\n{_line(chance)}\n", "utf-8")
    read = timed("timed_footnote", "ingest", folder / "many", small)
    say(f"{sizes.files} files: {read['seconds']:.1f} s")
    size = sizes.files // _PARTS
    ends = [0.0, *read["done"][size - 1 :: size]]
    parts = [1000 * (end - begin) / size for begin, end in pairwise(ends)]
    yield f"| {sizes.files:,} small files, in the order in which they were done | ms a file |"
    yield "|---|---|"
    for number, milliseconds in enumerate(parts):
        yield f"| {number * size + 1:,} to {(number + 1) * size:,} | {milliseconds:.1f} |"
    yield f"| the last by the first | {parts[-1] / parts[0]:.2f} |"
    yield ""
    yield f"Memory at most: {read['together']:,.0f} MB. Measured on {os.cpu_count()} cores, load average {_load()}."


def _line(chance: random.Random) -> str:
    """Words that are not the same on every page, some rare ones among them."""
    return " ".join(_word(chance) for _ in range(_WORDS_PER_LINE))


def _word(chance: random.Random) -> str:
    common = ("the", "rent", "is", "due", "on", "first", "of", "each", "month", "and", "heating", "costs", "tenant")
    return chance.choice(common) if chance.random() < 0.7 else f"{chance.choice('bdklmt')}ora{chance.randrange(5_000)}"


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f} at the end"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
