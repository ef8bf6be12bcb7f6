"""How many pages a second each format is read at, by the program's own reading process.

    python -m tests.benchmarks.formats [--data DIR] [--at-most N]

Reads the ordinary files of the test data, at most ``N`` of each ending, and cuts nothing and encodes nothing. Where a
format has no pages, slides or sheets, 3,000 characters count as a page. Prints Markdown, and below it every file that
could not be read, with the reason.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rag.reading_process import ReadingProcesses
from rag.sentences import sentence_for
from storage.errors import FootnoteError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["main"]

_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
_AT_MOST = 30
_CHARACTERS_PER_PAGE = 3_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one file."""

    file: Path
    pages: float = 0.0
    characters: int = 0
    seconds: float = 0.0
    refused: str = ""
    """Why it could not be read; empty where it could."""


def main(arguments: Sequence[str]) -> int:
    """Read the command line, read the files, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.formats", description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, default=_DATA, help="the folder of test data (%(default)s)")
    parser.add_argument("--at-most", type=int, default=_AT_MOST, help="files of each ending (%(default)s)")
    flags = parser.parse_args(arguments)
    with ReadingProcesses() as processes:
        outcomes = {
            ending: [_read(processes, file) for file in files[: flags.at_most]]
            for ending, files in _by_ending(flags.data)
        }
    sys.stdout.write("\n".join(_table(outcomes)) + "\n")
    return 0


def _by_ending(data: Path) -> Iterator[tuple[str, list[Path]]]:
    found: dict[str, list[Path]] = defaultdict(list)
    for folder in (data / "pdfqa" / "pdfs", data / "odd"):
        # What was made to do harm has tests of its own.
        for file in sorted(path for path in folder.rglob("*") if path.is_file() and "edge" not in path.parts):
            found[file.suffix.lower()].append(file)
    yield from sorted(found.items())


def _read(processes: ReadingProcesses, file: Path) -> Outcome:
    started = time.perf_counter()
    try:
        with processes.reader() as reader:
            reading = reader.read(file, name=file.name)
            characters = sum(len(page.page.text) for page in reading.pages)
    except FootnoteError as error:
        return Outcome(file, refused=sentence_for(error))
    pages = reading.page_count or characters / _CHARACTERS_PER_PAGE
    return Outcome(file, pages, characters, time.perf_counter() - started)


def _table(outcomes: Mapping[str, Sequence[Outcome]]) -> Iterator[str]:
    yield "| format | read | not | pages | characters | seconds | pages a second |"
    yield "|---|---|---|---|---|---|---|"
    for ending, all_ in outcomes.items():
        read = [one for one in all_ if not one.refused]
        pages, seconds = sum(one.pages for one in read), sum(one.seconds for one in read)
        speed = f"{pages / seconds:,.0f}" if seconds else "–"
        cells = f"{len(read)} | {len(all_) - len(read)} | {pages:,.0f} | {sum(one.characters for one in read):,}"
        yield f"| {ending} | {cells} | {seconds:.1f} | {speed} |"
    yield ""
    for one in (one for all_ in outcomes.values() for one in all_ if one.refused):
        yield f"- {one.file.name}: {one.refused}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
