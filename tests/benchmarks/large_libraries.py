"""Two large libraries of the same documents, one of the program's and one of LangChain's default pipeline.

All real PDFs and all development sets together: what a person has after some years. Filled once and kept between runs.
"""

from __future__ import annotations

import json
import tarfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from rag.learning.question_sets import read_set
from tests.benchmarks.kept_libraries import READING, kept, merged
from tests.benchmarks.processes import timed
from tests.benchmarks.question_sets import SPANS, available, gathered, sampled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["Large", "large"]

_QUESTIONS = 40
"""Of each set."""


@dataclass(frozen=True, slots=True)
class Large:
    """Both libraries and questions about them."""

    ours: Path
    theirs: Path
    questions: tuple[str, ...]


def large(data: Path, cache: Path) -> Large:
    """Both libraries, filled or found."""
    benchmarks = [gathered(name, data, cache) for name in available(data)]
    archives = sorted((data / "questions" / "dev").glob("*.tar.xz"))
    files = sorted((data / "pdfqa" / "pdfs").iterdir())
    sources = [*archives, *files]
    libraries = sorted({benchmark.library for benchmark in benchmarks})
    asked = [one.text for benchmark in benchmarks for one in sampled(benchmark, _QUESTIONS).answerable]
    return Large(
        ours=kept(cache, "together", sources, partial(merged, libraries), READING),
        theirs=kept(
            cache, "langchain", sources, partial(_fill, archives, files), ("tests/benchmarks/timed_langchain.py",)
        ),
        questions=tuple(asked),
    )


def _fill(archives: Iterable[Path], files: Sequence[Path], folder: Path) -> None:
    """Let LangChain's pipeline read the PDFs and the texts of the packed sets."""
    texts = folder.with_suffix(".json")
    texts.write_text(json.dumps([text for archive in archives for text in _texts(archive)]), encoding="utf-8")
    timed("timed_langchain", "fill", folder, texts, *files)
    texts.unlink()


def _texts(archive: Path) -> Iterator[str]:
    """A set's passages; where they were cut out of whole texts that are there too, those."""
    if archive.name.removesuffix(".tar.xz") != SPANS:
        yield from (passage.text for passage in read_set(archive).passages)
        return
    with tarfile.open(archive, "r:xz") as tar:
        for member in tar:
            if PurePath(member.name).suffix == ".md" and (file := tar.extractfile(member)):
                yield file.read().decode()
