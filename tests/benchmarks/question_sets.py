"""The questions of each benchmark, with what answers them, over a library filled with what they are about.

Three kinds: passages of a packed set (a question asks for its passages), raw texts with exact reference spans (for
every chunk that overlaps one), and real PDFs (for every chunk on one of its pages). The last two go through the
program's own ingest. How an order is judged is not known here.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import tarfile
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from pypdf import PdfReader

from rag.encoder import model_fingerprint
from rag.learning.question_sets import read_set
from rag.reading.cleaning import clean
from storage.library import Library
from tests.benchmarks.kept_libraries import ENCODING, READING, Failed, ingested, kept, of_passages
from tests.benchmarks.peers.seam import Piece, Place, Wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from rag.learning.question_sets import Question, QuestionSet
    from storage.records import Chunk

__all__ = ["Asked", "Benchmark", "available", "gathered", "sampled", "training_libraries"]

SPANS = "chunking-eval"
PAGES = ("cuad", "northwind", "erc")
INSIDE_THEIR_DOCUMENT = frozenset({"cuad"})
"""The questions about contracts name none."""
SEED = 2026


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as it is put to the program."""

    text: str
    targets: tuple[frozenset[str], ...]
    """What answers it: see ``metrics``; empty where nothing does."""
    scope: frozenset[str] | None
    """The documents it is asked of; None for all."""
    wanted: Wanted
    """The same as other projects are asked it."""


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A library and questions about it."""

    name: str
    library: Path
    chunks: int
    answerable: tuple[Asked, ...]
    unanswerable: tuple[Asked, ...]
    questions: int
    """Answerable ones before any sampling."""
    pieces: Callable[[], Sequence[Piece]]
    """The texts it is about, as other projects are given them."""


def available(data: Path) -> tuple[str, ...]:
    """The names of all benchmarks that ``data`` has."""
    packed = (path.name.removesuffix(".tar.xz") for path in _archives(data, "dev"))
    about_pages = {row["set"] for row in _rows(data / "pdfqa" / "questions.jsonl")}
    return (*packed, *(name for name in PAGES if name in about_pages))


def gathered(name: str, data: Path, cache: Path, inside: Collection[str] = INSIDE_THEIR_DOCUMENT) -> Benchmark:
    """One benchmark, its library filled or found; questions about pages of the sets ``inside`` name their document."""
    if name in PAGES:
        return _of_pages(name, data / "pdfqa", cache, scoped=name in inside)
    archive = data / "questions" / "dev" / f"{name}.tar.xz"
    return _of_spans(archive, cache) if name == SPANS else _of_passages(archive, cache)


def training_libraries(data: Path, cache: Path) -> Iterator[Path]:
    """A library of the passages of each training set, filled or found when it is asked for."""
    return (_library(archive, read_set(archive), cache) for archive in _archives(data, "train"))


def sampled(benchmark: Benchmark, questions: int) -> Benchmark:
    """At most so many questions of each kind, the same ones in every run."""
    return replace(
        benchmark,
        answerable=_some(benchmark.answerable, questions),
        unanswerable=_some(benchmark.unanswerable, questions),
    )


def _some(asked: Sequence[Asked], most: int) -> tuple[Asked, ...]:
    return tuple(asked) if len(asked) <= most else tuple(random.Random(SEED).sample(asked, most))  # noqa: S311  (a sample)


# passages


def _of_passages(archive: Path, cache: Path) -> Benchmark:
    whole = read_set(archive)
    return Benchmark(
        name=whole.name,
        library=_library(archive, whole, cache),
        chunks=len(whole.passages),
        answerable=tuple(_asked(whole, question) for question in whole.questions),
        unanswerable=tuple(_asked(whole, question) for question in whole.unanswerable),
        questions=len(whole.questions),
        pieces=lambda: [Piece(each.id, each.document_id, each.indexed_text) for each in _passages(whole)],
    )


def _library(archive: Path, whole: QuestionSet, cache: Path) -> Path:
    return kept(cache, whole.name, [archive], lambda folder: of_passages(_passages(whole), folder), ENCODING)


def _passages(whole: QuestionSet) -> list[Chunk]:
    return [_own(whole, passage) for passage in whole.passages]


def _archives(data: Path, side: str) -> list[Path]:
    """The packed sets of one side, train or dev."""
    return sorted((data / "questions" / side).glob("*.tar.xz"))


def _asked(whole: QuestionSet, question: Question) -> Asked:
    document = question.document_id if whole.scoped else None
    own = None if document is None else _own_document(whole, document)
    passages = [_own_id(whole, id_) for id_ in sorted(question.relevant)]
    return Asked(
        question.text,
        tuple(frozenset({id_}) for id_ in passages),
        None if own is None else frozenset({own}),
        Wanted(question.text, tuple(map(Place, passages)), own),
    )


def _own(whole: QuestionSet, passage: Chunk) -> Chunk:
    """The passage under ids that no other set uses, so that sets can be searched together."""
    id_, document_id = _own_id(whole, passage.id), _own_document(whole, passage.document_id)
    return replace(passage, id=id_, document_id=document_id)


def _own_id(whole: QuestionSet, passage_id: str) -> str:
    return f"{whole.name}/{passage_id}"


def _own_document(whole: QuestionSet, document_id: str) -> str:
    return hashlib.sha256(f"{whole.name}/{document_id}".encode()).hexdigest()


# spans


def _of_spans(archive: Path, cache: Path) -> Benchmark:
    with tarfile.open(archive, "r:xz") as tar, TemporaryDirectory() as unpacked:
        tar.extractall(unpacked, filter="data")
        top = Path(unpacked) / archive.name.removesuffix(".tar.xz")
        texts = sorted((top / "corpora").iterdir())
        folder = kept(cache, top.name, texts, partial(ingested, texts), READING)
        queries = {row["id"]: row["text"] for row in _rows(top / "queries.jsonl")}
        library = _Chunks.of(folder)
        asked = tuple(
            _asked_for_spans(queries[row["query_id"]], row["doc"], row["references"], library)
            for row in _rows(top / "references.jsonl")
        )
        pieces = [Piece(path.stem, path.stem, path.read_text(encoding="utf-8")) for path in texts]
    return Benchmark(top.name, folder, library.count, asked, (), len(asked), lambda: pieces)


def _asked_for_spans(text: str, stem: str, references: Sequence[Mapping[str, Any]], library: _Chunks) -> Asked:
    starts = [(each["start_index"], len(each["content"])) for each in references]
    places = tuple(Place(stem, start, start + length) for start, length in starts)
    return Asked(text, tuple(library.overlapping(stem, references)), None, Wanted(text, places, None))


# pages


def _of_pages(name: str, pdfqa: Path, cache: Path, *, scoped: bool) -> Benchmark:
    files = sorted((pdfqa / "pdfs").iterdir())
    folder = kept(cache, "pdfqa", files, partial(ingested, files), READING)
    library = _Chunks.of(folder)
    rows = (row for row in _rows(pdfqa / "questions.jsonl") if row["set"] == name)
    asked = [_asked_for_pages(row, library, scoped=scoped) for row in rows]
    answerable = tuple(each for each in asked if each.targets)
    unanswerable = tuple(each for each in asked if not each.targets)
    pieces = partial(_pages_as_pypdf_reads_them, files, cache)
    return Benchmark(name, folder, library.count, answerable, unanswerable, len(answerable), pieces)


def _asked_for_pages(row: Mapping[str, Any], library: _Chunks, *, scoped: bool) -> Asked:
    file, text = row["pdf"], row["question"]
    places = tuple(Place(f"{file}#{page}") for page in row["evidence_pages"])
    scope = library.document(file) if scoped else None
    wanted = Wanted(text, places, file if scoped else None)
    return Asked(text, library.on_pages(file, row["evidence_pages"]), scope, wanted)


def _pages_as_pypdf_reads_them(files: Sequence[Path], cache: Path) -> list[Piece]:
    """A piece for each page: the loaders of all the other projects read PDFs by pypdf."""

    def read(folder: Path) -> None:
        for file in files:
            pages = [page.extract_text() for page in PdfReader(file).pages]
            (folder / f"{file.name}.json").write_text(json.dumps(pages), encoding="utf-8")

    folder = kept(cache, "pdfqa-pypdf", files, read, ())
    pages = ((file.name, json.loads((folder / f"{file.name}.json").read_text(encoding="utf-8"))) for file in files)
    return [Piece(f"{name}#{number}", name, text) for name, texts in pages for number, text in enumerate(texts)]


@dataclass(frozen=True, slots=True)
class _Chunks:
    """The chunks and texts of an ingested library, by the name of their file."""

    chunks: Mapping[str, tuple[Chunk, ...]]
    texts: Mapping[str, str]
    """Of documents without pages."""

    @classmethod
    def of(cls, folder: Path) -> _Chunks:
        library = Library.open(folder, model_fingerprint())
        documents = library.documents()
        chunks = {each.name: library.document_chunks(each.id) for each in documents}
        texts = {Path(each.name).stem: library.page(each.id, 1).text for each in documents if each.unit is None}
        library.close()
        return cls(chunks, texts)

    @property
    def count(self) -> int:
        return sum(map(len, self.chunks.values()))

    def document(self, file: str) -> frozenset[str]:
        """Its document as the only one that is asked."""
        return frozenset({self.chunks[file][0].document_id})

    def on_pages(self, file: str, pages: Iterable[int]) -> tuple[frozenset[str], ...]:
        """A target for each page, counted from 0."""
        return tuple(frozenset(chunk.id for chunk in self.chunks[file] if chunk.page == page + 1) for page in pages)

    def overlapping(self, stem: str, references: Iterable[Mapping[str, Any]]) -> Iterator[frozenset[str]]:
        """A target for each reference."""
        (chunks,) = (chunks for name, chunks in self.chunks.items() if Path(name).stem == stem)
        for reference in references:
            start, end = _found_again(self.texts[stem], reference["content"], reference["start_index"])
            yield frozenset(chunk.id for chunk in chunks if chunk.char_start < end and start < chunk.char_end)


def _found_again(text: str, content: str, near: int) -> tuple[int, int]:
    """Where the program's text of a document has a reference of the raw file: white space may have been cleaned."""
    pattern = r"\s+".join(map(re.escape, clean(content).split()))
    matches = [match.span() for match in re.finditer(pattern, text)]
    if not matches:
        raise Failed(f"not in the text as it was read: {content!r}")
    return min(matches, key=lambda span: abs(span[0] - near))


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
