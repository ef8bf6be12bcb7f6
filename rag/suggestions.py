"""Questions worth asking of the documents that are there, without a language model.

The sample documents come with questions of their own; any other is asked about by its headings and, where it has too
few, by the phrases it keeps coming back to. Pure functions of the documents and what they hold.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import chain, islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from rag.leaning import content_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from storage.records import Chunk, Document

__all__ = ["SAMPLE_FOLDER", "about", "sample_files", "suggested"]

SAMPLE_FOLDER = Path(__file__).resolve().parents[1] / "assets" / "sample"
_SAMPLE_ENDINGS = frozenset({".pdf", ".docx", ".xlsx"})
_MOST = 6
"""Questions at once."""
_DOCUMENTS = 3
"""Documents, the latest ones, that are asked about."""
_OF_ONE = 2
"""Questions about one document."""
_LONGEST_HEADING = 60
_LONGEST_TITLE = 40
_FEWEST_LETTERS = 4
_FEWEST_TIMES = 3
"""A phrase that comes less often is not what a document is about."""
_NO_SUBJECT = re.compile(
    r"[@{}<>|$]|://|^(?:by|from|author|von|autor|par|auteur|por|di|autore)\s*:"
    r"|^(?:(?:table of )?contents|inhalt(?:sverzeichnis)?|sommaire|table des matières|índice|indice)$",
    re.IGNORECASE,
)
"""What a heading has that is an address, a formula, an author's line or a list of the headings."""
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*|[^\s]")
"""A word, or what ends a phrase: a mark or a figure."""


def sample_files() -> tuple[Path, ...]:
    """Return the sample documents, in order of name."""
    return tuple(sorted(path for path in SAMPLE_FOLDER.iterdir() if path.suffix in _SAMPLE_ENDINGS))


def suggested(documents: Sequence[Document], chunks_of: Callable[[Document], Sequence[Chunk]]) -> tuple[str, ...]:
    """Return questions about the latest of ``documents`` (newest first), the person's own before the samples."""
    samples = {path.name for path in sample_files()}
    own = [document for document in documents if document.name not in samples][:_DOCUMENTS]
    asked = chain.from_iterable(about(document, chunks_of(document)) for document in own)
    return tuple(islice(chain(asked, _sample_questions(samples, documents)), _MOST))


def about(document: Document, chunks: Sequence[Chunk]) -> tuple[str, ...]:
    """Return questions about a document's sections and recurring phrases; none where it has neither."""
    subjects = dict.fromkeys(chain(_headings(document, chunks), _phrases(chunks)))
    return tuple(f"What does “{_called(document)}” say about “{each}”?" for each in islice(subjects, _OF_ONE))


def _called(document: Document) -> str:
    """A document's title, as it fits into a question: short, and no question itself."""
    title = document.title.rstrip(" ?!.…")
    return title if len(title) <= _LONGEST_TITLE else title[:_LONGEST_TITLE].rsplit(" ", 1)[0] + " …"


def _sample_questions(samples: Iterable[str], documents: Iterable[Document]) -> tuple[str, ...]:
    """The samples' own questions, where all the sample documents are in the library."""
    if not set(samples) <= {document.name for document in documents}:
        return ()
    rows = json.loads((SAMPLE_FOLDER.parent / "sample_questions.json").read_text(encoding="utf-8"))
    return tuple(row["question"] for row in rows)


def _headings(document: Document, chunks: Iterable[Chunk]) -> Iterator[str]:
    for chunk in chunks:
        heading = chunk.heading.split(" › ")[-1].strip(" .:0123456789")
        letters = sum(character.isalpha() for character in heading)
        sized = letters >= _FEWEST_LETTERS and len(heading) <= _LONGEST_HEADING
        if sized and not _NO_SUBJECT.search(heading) and heading.casefold() != document.title.casefold():
            yield heading


def _phrases(chunks: Iterable[Chunk]) -> Iterator[str]:
    """Two words that stand side by side again and again, neither of them a small one; the most frequent first."""
    pairs = Counter(chain.from_iterable(map(_telling_pairs, chunks)))
    return (" ".join(pair) for pair, times in pairs.most_common() if times >= _FEWEST_TIMES)


def _telling_pairs(chunk: Chunk) -> Iterator[tuple[str, str]]:
    words = [word.lower() for word in _WORD.findall(chunk.text)]
    telling = set(content_words(" ".join(words)))
    for pair in pairwise(words):
        if telling.issuperset(word.casefold() for word in pair) and min(map(len, pair)) >= _FEWEST_LETTERS:
            yield pair
