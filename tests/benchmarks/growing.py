"""From a library of some PDFs to a large one: the development sets come in too, as after some years of use.

They come out of the libraries that ``question_sets`` keeps, with their vectors, so nothing is encoded for it. The
pipeline compared with is given the same vectors: how long a search takes depends on how many there are, not on who made
them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from rag.encoder import model_fingerprint
from storage.library import Library
from tests.benchmarks.kept_libraries import merged
from tests.benchmarks.processes import timed
from tests.benchmarks.question_sets import PAGES, available, gathered, sampled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["Growth", "grow", "growth"]

_QUESTIONS = 40
"""Of each set."""


@dataclass(frozen=True, slots=True)
class Growth:
    """What comes in, and questions about it."""

    libraries: tuple[Path, ...]
    questions: tuple[str, ...]


def growth(data: Path, cache: Path) -> Growth:
    """All development sets of passages and texts."""
    benchmarks = [gathered(name, data, cache) for name in available(data) if name not in PAGES]
    questions = (asked.text for one in benchmarks for asked in sampled(one, _QUESTIONS).answerable)
    return Growth(tuple(one.library for one in benchmarks), tuple(questions))


def grow(pipeline: str, folder: Path, libraries: Iterable[Path]) -> None:
    """Add them to the library that a pipeline (the name of its module) has filled."""
    if pipeline == "timed_footnote":
        merged(libraries, folder)
        return
    encoded = [chunk for library in libraries for chunk in _chunks(library)]
    with TemporaryDirectory() as work:
        texts, vectors = Path(work) / "texts.json", Path(work) / "vectors.npy"
        texts.write_text(json.dumps([text for text, _ in encoded]), encoding="utf-8")
        np.save(vectors, np.stack([vector for _, vector in encoded]))
        timed(pipeline, "take", folder, texts, vectors)


def _chunks(folder: Path) -> list[tuple[str, NDArray[np.float32]]]:
    """Every chunk's text and vector."""
    library = Library.open(folder, model_fingerprint())
    ids = [chunk.id for document in library.documents() for chunk in library.document_chunks(document.id)]
    chunks = [(one.chunk.text, one.vector) for one in library.fetch(ids).values()]
    library.close()
    return chunks
