"""Questions whose answers are known to the letter, over documents that the program has read, cut and indexed itself.

Three sources: raw texts with reference spans, real PDFs with the words of each answer, and sets of passages, put
together again into the documents that they were cut from. Which passages are found, and what is made of them, is not
known here; it is for judging how text is cut and what of it a model is given.
"""

from __future__ import annotations

import json
import random
import re
import tarfile
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from rag.encoder import model_fingerprint
from storage.library import Library
from tests.benchmarks.kept_libraries import READING, Failed, ingested, kept
from tests.benchmarks.question_sets import INSIDE_THEIR_DOCUMENT, PAGES, SEED, SPANS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["Place", "SpanSet", "Spanned", "of_spans", "sampled"]

Settings = dict[str, str]
"""What to set in the environment besides what is set there."""
_PIECE = "\n---\n"
_BY_CHANCE = 30
"""So many letters may stand in a text again and say something else there."""
_NOT_IN_A_NAME = re.compile(r"[^\w -]+")


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a document's page."""

    document_id: str
    page: int
    """1 where the document has no pages."""
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Spanned:
    """A question, and where its answer stands."""

    text: str
    scope: frozenset[str] | None
    """The documents it is asked of; None for all."""
    answer: tuple[tuple[Place, ...], ...]
    """The parts of its answer, each with all places where it stands: a text may say the same again word for word."""


@dataclass(frozen=True, slots=True)
class SpanSet:
    """A library and questions about it."""

    name: str
    library: Path
    asked: tuple[Spanned, ...]
    exact: bool
    """Whether answers are known to the letter; else by their pages."""


def of_spans(name: str, data: Path, cache: Path, settings: Settings | None = None) -> SpanSet:
    """One set, its library filled or found; ``settings`` are those that it is filled under."""
    settings = settings or {}
    if name in PAGES:
        return _of_pages(name, data / "pdfqa", cache, settings)
    (archive,) = (data / "questions").glob(f"*/{name}.tar.xz")
    with tarfile.open(archive, "r:xz") as tar, TemporaryDirectory() as unpacked:
        tar.extractall(unpacked, filter="data")
        folder = Path(unpacked) / name
        return (_of_references if name == SPANS else _of_passages)(name, folder, cache, settings)


def sampled(whole: SpanSet, questions: int) -> SpanSet:
    """At most so many questions, the same ones in every run."""
    if len(whole.asked) <= questions:
        return whole
    return replace(whole, asked=tuple(random.Random(SEED).sample(whole.asked, questions)))  # noqa: S311  (a sample)


# references


def _of_references(name: str, folder: Path, cache: Path, settings: Settings) -> SpanSet:
    texts = sorted((folder / "corpora").iterdir())
    library = kept(cache, name, texts, partial(ingested, texts, settings=settings), READING, settings)
    queries = {row["id"]: row["text"] for row in _rows(folder / "queries.jsonl")}
    raw = {path.stem: _Letters(path.read_text(encoding="utf-8")) for path in texts}
    read = {Path(name).stem: texts for name, texts in _read(library).items()}
    asked = tuple(
        Spanned(queries[row["query_id"]], None, tuple(_places(raw[row["doc"]], read[row["doc"]], _spans_of(row))))
        for row in _rows(folder / "references.jsonl")
    )
    return SpanSet(name, library, asked, exact=True)


def _spans_of(row: Mapping[str, Any]) -> list[tuple[int, int]]:
    return [(each["start_index"], each["end_index"]) for each in row["references"]]


# passages, put together again


@dataclass(slots=True)
class _Whole:
    """A document as it grows from its passages."""

    text: str = ""
    last: str = ""
    """What the set calls the stretch that the last passage was cut from."""


def _of_passages(name: str, folder: Path, cache: Path, settings: Settings) -> SpanSet:
    wholes, starts = _joined(_rows(folder / "corpus.jsonl"))
    texts = folder / "texts"
    texts.mkdir()
    for title, whole in wholes.items():
        (texts / f"{title}.txt").write_text(whole.text, encoding="utf-8")
    files = sorted(texts.iterdir())
    library = kept(cache, f"{name}-whole", files, partial(ingested, files, settings=settings), READING, settings)
    read = {Path(name).stem: texts for name, texts in _read(library).items()}
    scoped = json.loads((folder / "meta.json").read_text(encoding="utf-8")).get("scope") == "doc"
    answers: dict[str, list[tuple[str, int, int]]] = defaultdict(list)
    for row in _rows(folder / "answers.jsonl"):
        title, start = starts[row["passage_id"]]
        answers[row["query_id"]].append((title, start + row["start"], start + row["start"] + len(row["answers"][0])))
    raw = {title: _Letters(whole.text) for title, whole in wholes.items()}
    asked = []
    for row in _rows(folder / "queries.jsonl"):
        if row.get("history") or row["id"] not in answers:
            continue
        places = [
            place
            for title, start, end in answers[row["id"]]
            for place in _places(raw[title], read[title], [(start, end)])
        ]
        asked.append(Spanned(row["text"], frozenset({places[0][0].document_id}) if scoped else None, tuple(places)))
    return SpanSet(name, library, tuple(asked), exact=True)


def _joined(rows: list[dict[str, Any]]) -> tuple[dict[str, _Whole], dict[str, tuple[str, int]]]:
    """Whole documents by a name of their own, and where in which each passage begins."""
    wholes: dict[str, _Whole] = defaultdict(_Whole)
    starts = {}
    for row in sorted(rows, key=_in_order):
        document, start = row.get("doc", ""), row.get("start", 0)
        key = row.get("article", document)
        title = f"{_NOT_IN_A_NAME.sub(' ', row['title'])[:80].strip() or 'text'} ({key})"
        whole = wholes[title]
        whole.text += "" if not whole.text else " " if document == whole.last and start else "\n\n"
        starts[row["id"]] = (title, len(whole.text))
        whole.text += row["text"]
        whole.last = document
    return dict(wholes), starts


def _in_order(row: Mapping[str, Any]) -> tuple[list[int], int]:
    """Passages as they followed each other: "a0p10#1" behind "a0p2#0"."""
    return [int(figure) for figure in re.findall(r"\d+", row["id"])], row.get("start", 0)


# pages


def _of_pages(name: str, pdfqa: Path, cache: Path, settings: Settings) -> SpanSet:
    rows = [row for row in _rows(pdfqa / "questions.jsonl") if row["set"] == name and row["evidence_pages"]]
    files = sorted(pdfqa / "pdfs" / file for file in {row["pdf"] for row in rows})
    library = kept(cache, name, files, partial(ingested, files, settings=settings), READING, settings)
    read = _read(library)
    exact = any(row.get("evidence_text") for row in rows)
    asked = []
    for row in rows:
        texts = read[row["pdf"]]
        places = tuple(_words(row, texts) if exact else _pages(row, texts))
        if places:
            scope = frozenset({texts.document_id}) if name in INSIDE_THEIR_DOCUMENT else None
            asked.append(Spanned(row["question"], scope, places))
    return SpanSet(name, library, tuple(asked), exact)


def _pages(row: Mapping[str, Any], texts: _Texts) -> Iterator[tuple[Place, ...]]:
    for page in row["evidence_pages"]:
        yield (Place(texts.document_id, page + 1, 0, len(texts.pages[page + 1].text)),)


def _words(row: Mapping[str, Any], texts: _Texts) -> Iterator[tuple[Place, ...]]:
    """The pieces of the answer, wherever they stand on its pages; what was read otherwise is passed over."""
    for piece in row["evidence_text"].split(_PIECE):
        places = tuple(
            Place(texts.document_id, page + 1, *span)
            for page in row["evidence_pages"]
            for span in texts.pages[page + 1].find(piece)
        )
        if places:
            yield places


# texts


class _Letters:
    """A text's letters and figures, and where each stands: what reading changes in a text is only between them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.places = [at for at, each in enumerate(text) if each.isalnum()]
        self.letters = "".join(text[at] for at in self.places).lower()

    def find(self, words: str) -> list[tuple[int, int]]:
        """Every place where these words stand."""
        wanted = _Letters(words).letters
        found = re.finditer(re.escape(wanted), self.letters) if wanted else ()
        return [(self.places[one.start()], self.places[one.end() - 1] + 1) for one in found]


@dataclass(frozen=True, slots=True)
class _Texts:
    """A document as it was read."""

    document_id: str
    pages: Mapping[int, _Letters]


def _read(folder: Path) -> dict[str, _Texts]:
    """The documents of a library, by the name of their file."""
    library = Library.open(folder, model_fingerprint())
    read = {
        each.name: _Texts(each.id, {page.number: _Letters(page.text) for page in library.pages(each.id)})
        for each in library.documents()
    }
    library.close()
    return read


def _places(raw: _Letters, texts: _Texts, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[Place, ...]]:
    """Where spans of a raw text stand in what was read of it, and where that says the same again."""
    page = texts.pages[1]
    if raw.letters != page.letters:
        raise Failed("a text was not read letter by letter")
    for start, end in spans:
        first, last = bisect_left(raw.places, start), bisect_left(raw.places, end) - 1
        found = (page.places[first], page.places[last] + 1)
        again = page.find(page.text[slice(*found)]) if last - first > _BY_CHANCE else [found]
        yield tuple(Place(texts.document_id, 1, *span) for span in again)


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
