"""Questions worth asking of the documents that are there, without a language model.

The sample documents come with questions of their own; any other is asked about by its headings. Pure functions of the
documents and what they hold.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from storage.records import Chunk, Document

__all__ = ["SAMPLE_FOLDER", "about_headings", "sample_files", "sample_questions"]

SAMPLE_FOLDER = Path(__file__).resolve().parents[1] / "assets" / "sample"
_SAMPLE_ENDINGS = frozenset({".pdf", ".docx", ".xlsx"})
_LONGEST_HEADING = 60
_FEWEST_LETTERS = 4


def sample_files() -> tuple[Path, ...]:
    """Return the sample documents, in order of name."""
    return tuple(sorted(path for path in SAMPLE_FOLDER.iterdir() if path.suffix in _SAMPLE_ENDINGS))


def sample_questions(documents: Iterable[Document]) -> tuple[str, ...]:
    """Return the samples' questions where all the sample documents are in the library."""
    if not {path.name for path in sample_files()} <= {document.name for document in documents}:
        return ()
    rows = json.loads((SAMPLE_FOLDER / "questions.json").read_text(encoding="utf-8"))
    return tuple(row["question"] for row in rows)


def about_headings(document: Document, chunks: Sequence[Chunk], most: int = 2) -> tuple[str, ...]:
    """Return questions about a document's sections; one about the whole where it has none worth naming."""
    headings = dict.fromkeys(chunk.heading.split(" › ")[-1].strip(" .:0123456789") for chunk in chunks)
    worth_naming = [heading for heading in headings if _worth_naming(heading, document.title)]
    return tuple(f"What does {document.title} say about “{heading}”?" for heading in worth_naming[:most])


def _worth_naming(heading: str, title: str) -> bool:
    letters = sum(character.isalpha() for character in heading)
    return letters >= _FEWEST_LETTERS and len(heading) <= _LONGEST_HEADING and heading.casefold() != title.casefold()
