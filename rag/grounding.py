"""What an answer may rest on: the reranked candidates laid out as evidence, numbered, with a word for each.

It joins the choice of passages (``rag/selection.py``) with what a person is shown of them. The numbers given here are
the ones that the prompt, the answer and the page use. It knows nothing of prompts or models.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from rag.calibration import strength_of
from rag.evidence import Evidence
from rag.late_interaction import highlights
from rag.selection import select
from rag.tokens import MiniLMTokenizer
from storage.errors import DocumentNotFound

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rag.encoder import EncodedQuestion
    from rag.evidence import Candidate, LeftOut, Span
    from storage.library import Library
    from storage.records import Document

__all__ = ["lay_out_evidence"]


def lay_out_evidence(
    library: Library, question: EncodedQuestion, candidates: Sequence[Candidate], *, passages: int, shown: int
) -> tuple[Evidence, ...]:
    """Return the best ``shown`` candidates in rank order; at most ``passages`` of them numbered as the ones to use."""
    documents = _documents(library, {each.chunk.chunk.document_id for each in candidates[:shown]})
    present = [each for each in candidates[:shown] if each.chunk.chunk.document_id in documents]
    selection = select(present, question.vector, passages=passages, shown=shown)
    markers = {candidate.chunk.chunk.id: marker for marker, candidate in enumerate(selection.kept, start=1)}
    reasons = {candidate.chunk.chunk.id: reason for candidate, reason in selection.left_out}
    marked = _marked(question, present)
    return tuple(
        _evidence(each, documents[each.chunk.chunk.document_id], words, markers, reasons)
        for each, words in zip(present, marked, strict=True)
    )


def _marked(question: EncodedQuestion, candidates: Sequence[Candidate]) -> list[tuple[Span, ...]]:
    """The words that answered, of each candidate: half a millisecond each, since its text is tokenized again."""
    tokens = MiniLMTokenizer.load().tokenize_all([each.chunk.chunk.indexed_text for each in candidates])
    return [highlights(question, each.chunk, its) for each, its in zip(candidates, tokens, strict=True)]


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
