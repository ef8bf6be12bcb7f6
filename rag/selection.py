"""Which of the reranked passages an answer may rest on, which are only shown, and how a long prompt lays them out.

Passages that say the same again are left out, and the others are taken as the reranker ordered them, until there are
enough of them or their budget is spent. A setting gives the last third of the places to passages that add something
(maximal marginal relevance, Carbonell & Goldstein 1998). Long prompts put the best passages at both ends (Liu et al.
2023, "Lost in the Middle"). This is the one module that knows langchain-community, which is being retired, and it loads
it when first needed. What a passage is read with is decided in ``rag/widening.py``; how much fits a model's window is
not known here.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from rag.budget import estimate_tokens
from rag.evidence import LeftOut, Span
from rag.settings import Switch
from rag.widening import widened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from rag.evidence import Candidate
    from rag.settings import RetrievalSettings
    from rag.widening import Stretch
    from storage.records import Chunk

__all__ = ["Selection", "lay_out", "select"]

_T = TypeVar("_T")

_SAME_MEANING = 0.95
"""Cosine from which two passages may be the same ..."""
_SAME_WORDS = 0.85
"""... and are, where they also share so much of their words, and every figure."""
_BY_RANK = 2 / 3
"""The part of the places that the reranker's order alone decides."""
_SOURCE = 20
"""Tokens that a passage's number, its document and its place take."""
_LONG = 10
"""Passages from which a model begins to overlook those in the middle."""

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """What was made of the reranked passages."""

    kept: tuple[tuple[Candidate, Chunk], ...]
    """Those an answer may rest on, each with what is read of it, best first."""
    left_out: tuple[tuple[Candidate, LeftOut], ...]
    """All others, each with the reason."""


def select(
    stretches: Sequence[Stretch],
    question: NDArray[np.float32],
    settings: RetrievalSettings,
    text_of: Callable[[Chunk], str],
) -> Selection:
    """Choose what a prompt holds of ``stretches``, which come best first.

    ``question`` is the question's vector, shape (384,), unit length; ``text_of`` gives the text of a chunk's page.
    """
    repeats = _repeats(stretches) if settings.drop_duplicates is Switch.ON else set()
    own = [stretch for place, stretch in enumerate(stretches) if place not in repeats]
    order = [own[place] for place in _varied(_vectors(own), question, settings.passages, settings.mmr)]
    kept = list(_within_budget(order, _widened(order, settings.window, text_of), settings))
    read = {id(stretch) for stretch, _ in kept}
    left_out = [
        (part, _reason(part, stretch, place in repeats, id(stretch) in read))
        for place, stretch in enumerate(stretches)
        for part in stretch.parts
        if id(stretch) not in read or part is not stretch.best
    ]
    return Selection(tuple((stretch.best, chunk) for stretch, chunk in kept), tuple(left_out))


def lay_out(passages: Sequence[_T]) -> Sequence[_T]:
    """Put ``passages`` (best first) in the order in which a prompt shows them: a long row has its best at both ends."""
    if len(passages) < _LONG:
        return passages
    from langchain_core.documents import Document

    _community()
    from langchain_community.document_transformers import LongContextReorder

    row = [Document(page_content="", metadata={"place": place}) for place in range(len(passages))]
    return [passages[each.metadata["place"]] for each in LongContextReorder().transform_documents(row)]


def _reason(part: Candidate, stretch: Stretch, is_repeat: bool, is_read: bool) -> LeftOut:  # noqa: FBT001
    if is_read:
        return LeftOut.MERGED
    return LeftOut.DUPLICATE if is_repeat and part is stretch.best else LeftOut.BELOW_LIMIT


def _widened(order: Sequence[Stretch], characters: int, text_of: Callable[[Chunk], str]) -> Iterator[Chunk]:
    """What is read of each stretch; none is let out into another."""
    taken = [(stretch.chunk.document_id, stretch.chunk.page, _span(stretch.chunk)) for stretch in order]
    for stretch in order:
        chunk = stretch.chunk
        if characters and (text := text_of(chunk)):
            beside = [span for *page, span in taken if page == [chunk.document_id, chunk.page]]
            chunk = widened(chunk, text, characters, beside)
            taken.append((chunk.document_id, chunk.page, _span(chunk)))
        yield chunk


def _span(chunk: Chunk) -> Span:
    return Span(chunk.char_start, chunk.char_end)


def _within_budget(
    order: Sequence[Stretch], chunks: Iterator[Chunk], settings: RetrievalSettings
) -> Iterator[tuple[Stretch, Chunk]]:
    """As many as there are places and tokens for; the first one comes in however long it is."""
    room = float(settings.evidence_tokens)
    for place, (stretch, chunk) in enumerate(zip(order, chunks, strict=True)):
        room -= _SOURCE + estimate_tokens(chunk.text)
        if place == settings.passages or (place and room < 0):
            return
        yield stretch, chunk


def _repeats(pool: Sequence[Stretch]) -> set[int]:
    """The places of passages that say what a better one has said."""
    vectors = _vectors(pool)
    repeats: set[int] = set()
    for place in range(1, len(pool)):
        earlier = (other for other in range(place) if other not in repeats)
        alike = (other for other in earlier if float(vectors[other] @ vectors[place]) >= _SAME_MEANING)
        if any(_same_words(pool[other].chunk.text, pool[place].chunk.text) for other in alike):
            repeats.add(place)
    return repeats


def _same_words(one: str, other: str) -> bool:
    """Whether two texts share nearly all words and every figure: rows of a table differ in nothing else."""
    words, others = set(_WORD.findall(one.casefold())), set(_WORD.findall(other.casefold()))
    if any(word[0].isdigit() for word in words ^ others):
        return False
    return len(words & others) >= _SAME_WORDS * len(words | others)


def _varied(vectors: NDArray[np.float32], question: NDArray[np.float32], places: int, relevance: float) -> list[int]:
    """All in the order in which they are taken: the first by rank, the others also by how much they add."""
    by_rank = list(range(len(vectors)))
    sure = by_rank[: round(places * _BY_RANK)]
    if relevance >= 1 or len(sure) == len(by_rank):
        return by_rank
    order = _marginal_relevance()(question, list(vectors), lambda_mult=relevance, k=len(vectors))
    return sure + [place for place in order if place not in sure]


def _vectors(stretches: Sequence[Stretch]) -> NDArray[np.float32]:
    return np.array([stretch.best.chunk.vector for stretch in stretches], dtype=np.float32)


def _marginal_relevance() -> Any:  # noqa: ANN401  (an untyped function of a library without types)
    _community()
    from langchain_community.vectorstores.utils import maximal_marginal_relevance

    return maximal_marginal_relevance


def _community() -> None:
    """Load langchain-community, whose only word at import is that it is being retired; that is known, and decided."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*langchain-community", category=DeprecationWarning)
        import langchain_community  # noqa: F401
