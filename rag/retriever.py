"""Candidates: the passages that either arm finds, fused, each with its true score from both arms.

Dense (cosine of MiniLM's vectors, or another model's) and keyword (BM25) are two queries to the library; both lists are
fused and the best go on. A passage that only one arm found gets its score from the other all the same, so that every
passage shown has all its scores. What comes after (reranking, selection) is not known here.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
from langchain_core.documents import Document as PassageDocument
from langchain_core.retrievers import BaseRetriever

from rag.evidence import CANDIDATES, Candidate, Mode, Scores, StageScore
from storage.errors import VectorsReplaced
from storage.records import ModelVector

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.callbacks import CallbackManagerForRetrieverRun
    from numpy.typing import NDArray

    from rag.encoder import EncodedQuestion
    from storage.library import Library
    from storage.records import EncodedChunk
    from storage.search import WordHits

__all__ = ["DENSE_WEIGHT_UNFAMILIAR", "Arms", "HybridRetriever", "as_passage", "candidate_of"]

DENSE_WEIGHT_UNFAMILIAR = 0.25
"""What the dense list counts beside the keywords' in a language that the built-in model does not know. Where it knows
it, both count the same. Chosen on the training sets, like the constant of the fusion."""

_ATTEMPTS = 3


def _built_in(_: str) -> None:
    """Passages are found by the built-in model."""


@dataclass(frozen=True, slots=True)
class Arms:
    """What each arm found: chunk ids with their values, best first."""

    dense: list[tuple[str, float]]
    words: WordHits


class HybridRetriever(BaseRetriever):
    """LangChain's retriever over the library; each document carries its ``Candidate`` (see ``candidate_of``)."""

    library: Any
    """A ``Library`` (pydantic needs no schema of it)."""
    encode: Any
    """``str -> EncodedQuestion``."""
    meant: Any = _built_in
    """``str -> ModelVector | None``: what the model makes of a question by which passages are found, if another is."""
    fuse: Any
    """Ranked lists, and how much each counts as ``weights``, to ``(chunk id, fused value)``, best first."""
    depth: int = CANDIDATES[Mode.BALANCED]
    scope: frozenset[str] | None = None
    exact: bool = False
    """Compare with every vector though there be an index."""
    among: frozenset[str] | None = None
    """The only passages that come into question, or None for all."""
    helps: tuple[str, ...] = ()
    """Other texts that help to find passages: their lists are fused with the question's, whose scores alone count."""

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002  (LangChain's signature)
    ) -> list[PassageDocument]:
        """Return at most ``depth`` passages in fused order."""
        for _ in range(_ATTEMPTS - 1):
            # The library may go over to another model while it is asked.
            with suppress(VectorsReplaced):
                return self._found(query)
        return self._found(query)

    def _found(self, query: str) -> list[PassageDocument]:
        question, meant = self.encode(query), self.meant(query)
        arms = self._search(question, meant)
        helped = [self._search(self.encode(text), self.meant(text)) for text in self.helps]
        lists = [ranked for each in (arms, *helped) for ranked in (each.dense, each.words.best)]
        weights = [_dense_weight(question, meant), 1.0] * (len(lists) // 2)
        fused = self.fuse(*lists, weights=weights)[: self.depth]
        return [as_passage(candidate) for candidate in _complete(self.library, meant or question.vector, arms, fused)]

    def _search(self, question: EncodedQuestion, meant: ModelVector | None) -> Arms:
        """Both searches, side by side."""
        vector = question.vector if meant is None else meant
        dense = partial(self.library.dense, vector, self.depth, self.scope, self.among, exact=self.exact)
        nearest = _threads().submit(dense)
        words = self.library.words(question.text, self.depth, self.scope, self.among)
        return Arms(nearest.result(), words)


def _dense_weight(question: EncodedQuestion, meant: ModelVector | None) -> float:
    """How much the dense list counts beside the words': less in a language that the built-in model does not know."""
    return 1.0 if meant is not None else 1.0 - (1.0 - DENSE_WEIGHT_UNFAMILIAR) * question.unfamiliar


def as_passage(candidate: Candidate) -> PassageDocument:
    """Wrap a candidate as the document that LangChain's retrievers and compressors hand on."""
    chunk = candidate.chunk.chunk
    return PassageDocument(page_content=chunk.text, id=chunk.id, metadata={"candidate": candidate})


def candidate_of(passage: PassageDocument) -> Candidate:
    """Unwrap what ``as_passage`` wrapped."""
    candidate = passage.metadata["candidate"]
    assert isinstance(candidate, Candidate)  # noqa: S101  (nothing else is ever put there)
    return candidate


@cache
def _threads() -> ThreadPoolExecutor:
    """Two threads for the two arms, shared by all questions."""
    return ThreadPoolExecutor(max_workers=2, thread_name_prefix="arm")


def _complete(
    library: Library, meant: NDArray[np.float32] | ModelVector, arms: Arms, fused: Sequence[tuple[str, float]]
) -> list[Candidate]:
    """Fetch the fused chunks and give each its score from both arms. Raises VectorsReplaced."""
    ids = [chunk_id for chunk_id, _ in fused]
    known = dict(arms.words.best)
    missing = [chunk_id for chunk_id in ids if chunk_id not in known]
    filled = _threads().submit(arms.words.among, missing)
    chunks = library.fetch(ids)
    # A chunk can vanish between the two queries, when its document is removed meanwhile.
    present = [(chunk_id, value) for chunk_id, value in fused if chunk_id in chunks]
    cosines = {chunk_id: _cosine(chunks[chunk_id], meant) for chunk_id, _ in present}
    dense = _stage_scores(dict(arms.dense) | cosines)
    keyword = _stage_scores(known | {chunk_id: filled.result().get(chunk_id, 0.0) for chunk_id in missing})
    return [
        Candidate(
            chunk=chunks[chunk_id],
            scores=Scores(dense=dense[chunk_id], keyword=keyword[chunk_id], fused=StageScore(rank, value)),
        )
        for rank, (chunk_id, value) in enumerate(present, start=1)
    ]


def _cosine(chunk: EncodedChunk, meant: NDArray[np.float32] | ModelVector) -> float:
    """How near a chunk is by the model that it is found by; one of another model came after it was found."""
    if not isinstance(meant, ModelVector):
        return float(np.dot(chunk.vector, meant))
    present = chunk.named.model if chunk.named else ""
    if chunk.named is None or present != meant.model:
        raise VectorsReplaced(present, meant.model)
    return float(np.dot(chunk.named.vector, meant.vector))


def _stage_scores(values: dict[str, float]) -> dict[str, StageScore]:
    """Rank values; equal values share a rank."""
    ordered = sorted(values.values(), reverse=True)
    rank_of: dict[float, int] = {}
    for position, value in enumerate(ordered, start=1):
        rank_of.setdefault(value, position)
    return {key: StageScore(rank_of[value], value) for key, value in values.items()}
