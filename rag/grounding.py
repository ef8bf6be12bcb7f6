"""What an answer may rest on: the reranked candidates laid out as evidence, numbered, with a word for each.

It joins the choice of passages (``rag/selection.py``) and what is read of them (``rag/widening.py``) with what a person
is shown. The numbers given here are the ones that the prompt, the answer and the page use. It knows nothing of prompts
or models.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.calibration import strength_of
from rag.chunking import chunk_id
from rag.evidence import Evidence
from rag.late_interaction import highlights
from rag.quick_answer import best_sentence, best_sentence_within
from rag.selection import select
from rag.settings import Switch
from rag.tokens import MiniLMTokenizer
from rag.widening import alone, merged
from storage.errors import DocumentNotFound, PageNotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from rag.encoder import EncodedQuestion
    from rag.evidence import Candidate, LeftOut, Span
    from rag.settings import RetrievalSettings
    from storage.library import Library
    from storage.records import Chunk, Document, EncodedChunk

__all__ = ["lay_out_evidence", "supporting_words"]

_REACH = 8
"""How many neighbours on each side are looked at for what was read of a passage: more than a merged stretch has."""


def lay_out_evidence(
    library: Library,
    question: EncodedQuestion,
    candidates: Sequence[Candidate],
    *,
    settings: RetrievalSettings,
    shown: int,
) -> tuple[Evidence, ...]:
    """Return the best ``shown`` candidates in rank order, those numbered that the answer may rest on."""
    documents = _documents(library, {each.chunk.chunk.document_id for each in candidates[:shown]})
    present = [each for each in candidates[:shown] if each.chunk.chunk.document_id in documents]
    text_of = _PageTexts(library)
    stretches = merged(question, present, text_of) if settings.merge is Switch.ON else alone(present)
    selection = select(stretches, question.vector, settings, text_of)
    read = {candidate.chunk.chunk.id: chunk for candidate, chunk in selection.kept}
    reasons = {candidate.chunk.chunk.id: reason for candidate, reason in selection.left_out}
    numbered = [each.chunk.chunk.id for each in present if each.chunk.chunk.id in read]
    markers = {id_: marker for marker, id_ in enumerate(numbered, start=1)}
    laid_out = (
        _evidence(each, documents[each.chunk.chunk.document_id], words, markers, reasons)
        for each, words in zip(present, _marked(question, present), strict=True)
    )
    return tuple(_reading(each, read.get(each.chunk.id)) for each in laid_out)


def supporting_words(
    library: Library,
    complete: Callable[[Sequence[EncodedChunk]], Sequence[EncodedChunk]],
    sentence: EncodedQuestion,
    evidence: Evidence,
    candidate: Candidate,
) -> Span:
    """The sentence of what was read of a passage that supports one of the answer's best: offsets into what was read.

    ``candidate`` is the passage with its vectors; those of what else was read are fetched, and where a library keeps
    none, ``complete`` computes them.
    """
    if evidence.read is evidence.chunk:
        return best_sentence(sentence, candidate)
    parts = _parts(library, evidence.read)
    kept = [each for each in parts if each.tokens is not None]
    lacking = [each for each in parts if each.tokens is None]
    return best_sentence_within(sentence, [*kept, *complete(lacking)] if lacking else kept, evidence.read)


def _parts(library: Library, read: Chunk) -> tuple[EncodedChunk, ...]:
    """The chunks that a stretch of a page is made of, whole or in part, with their vectors."""
    ordinals = range(max(0, read.ordinal - _REACH), read.ordinal + _REACH + 1)
    found = library.fetch([read.id, *(chunk_id(read.document_id, ordinal) for ordinal in ordinals)])
    return tuple(
        each
        for each in found.values()
        if each.chunk.document_id == read.document_id
        and each.chunk.page == read.page
        and each.chunk.char_start < read.char_end
        and read.char_start < each.chunk.char_end
    )


class _PageTexts:
    """The text of the page that a chunk stands on, read once; nothing where that is not there any more."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._known: dict[tuple[str, int], str] = {}

    def __call__(self, chunk: Chunk) -> str:
        page = (chunk.document_id, chunk.page or 1)
        if page not in self._known:
            self._known[page] = self._text(*page)
        return self._known[page]

    def _text(self, document_id: str, number: int) -> str:
        with suppress(DocumentNotFound, PageNotFound):
            return self._library.page(document_id, number).text
        return ""


def _reading(evidence: Evidence, read: Chunk | None) -> Evidence:
    """The evidence with what is read of it, where that is more than the passage."""
    return evidence if read is None or read == evidence.chunk else replace(evidence, wider=read)


def _marked(question: EncodedQuestion, candidates: Sequence[Candidate]) -> list[tuple[Span, ...]]:
    """The words that answered, of each candidate: a third of a millisecond each, since its text is tokenized again."""
    tokenize = MiniLMTokenizer.load().tokenize
    return [highlights(question, each.chunk, tokenize(each.chunk.chunk.indexed_text)) for each in candidates]


def _documents(library: Library, ids: Iterable[str]) -> dict[str, Document]:
    """Return the documents; one that was removed while its passages were on their way here is left out."""
    found = {}
    for document_id in ids:
        with suppress(DocumentNotFound):
            found[document_id] = library.document(document_id)
    return found


def _evidence(
    candidate: Candidate,
    document: Document,
    words: tuple[Span, ...],
    markers: dict[str, int],
    reasons: dict[str, LeftOut],
) -> Evidence:
    chunk, score = candidate.chunk.chunk, candidate.scores.rerank
    return Evidence(
        chunk=chunk,
        scores=candidate.scores,
        highlights=words,
        document=document,
        strength=strength_of(score.value if score else 0.0),
        marker=markers.get(chunk.id),
        left_out=reasons.get(chunk.id),
        found_for=candidate.found_for,
    )
