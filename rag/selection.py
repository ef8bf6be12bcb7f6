"""Which of the reranked passages an answer may rest on, which are only shown, and how a long prompt lays them out.

Passages that say the same again are left out; the best are taken as the reranker ordered them; the remaining places go
to passages that add something (maximal marginal relevance, Carbonell & Goldstein 1998). Long prompts put the best
passages at both ends (Liu et al. 2023, "Lost in the Middle"). This is the one module that knows langchain-community,
which is being retired, and it loads it when first needed. How much fits a model's window is not known here.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from rag.evidence import LeftOut

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from rag.evidence import Candidate

__all__ = ["Selection", "lay_out", "select"]

_T = TypeVar("_T")

_SAME_MEANING = 0.95
"""Cosine from which two passages may be the same ..."""
_SAME_WORDS = 0.85
"""... and are, where they also share so much of their words, and every figure."""
_BY_RANK = 2 / 3
"""The part of the places that the reranker's order alone decides. Over 600 questions of three held-out sets, six places
hold 0.968 of the answering passages by rank alone, 0.966 with two thirds by rank, 0.964 with half, 0.939 with none."""
_POOL = 2
"""Passages considered for each place."""
_RELEVANCE = 0.7
"""Lambda of maximal marginal relevance: 1 looks at relevance only."""
_LONG = 10
"""Passages from which a model begins to overlook those in the middle."""

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """What was made of the reranked passages; both parts in rank order."""

    kept: tuple[Candidate, ...]
    """Those an answer may rest on; their number in the prompt is their place here."""
    left_out: tuple[tuple[Candidate, LeftOut], ...]
    """Others that are worth showing, each with the reason."""


def select(candidates: Sequence[Candidate], question: NDArray[np.float32], *, passages: int, shown: int) -> Selection:
    """Choose at most ``passages`` of ``candidates`` (in rank order) for the prompt, and ``shown`` to look at in all.

    ``question`` is the question's vector, shape (384,), unit length.
    """
    pool = candidates[: max(shown, _POOL * passages)]
    repeats = _repeats(pool)
    own = [place for place in range(len(pool)) if place not in repeats]
    kept = {own[place] for place in _varied(_vectors([pool[place] for place in own]), question, passages)}
    left_out = [
        (pool[place], LeftOut.DUPLICATE if place in repeats else LeftOut.BELOW_LIMIT)
        for place in range(len(pool))
        if place not in kept
    ]
    return Selection(tuple(pool[place] for place in sorted(kept)), tuple(left_out[: max(0, shown - len(kept))]))


def lay_out(passages: Sequence[_T]) -> Sequence[_T]:
    """Put ``passages`` (best first) in the order in which a prompt shows them: a long row has its best at both ends."""
    if len(passages) < _LONG:
        return passages
    from langchain_core.documents import Document

    _community()
    from langchain_community.document_transformers import LongContextReorder

    row = [Document(page_content="", metadata={"place": place}) for place in range(len(passages))]
    return [passages[each.metadata["place"]] for each in LongContextReorder().transform_documents(row)]


def _repeats(pool: Sequence[Candidate]) -> set[int]:
    """The places of passages that say what a better one has said."""
    vectors = _vectors(pool)
    repeats: set[int] = set()
    for place in range(1, len(pool)):
        earlier = (other for other in range(place) if other not in repeats)
        alike = (other for other in earlier if float(vectors[other] @ vectors[place]) >= _SAME_MEANING)
        if any(_same_words(pool[other].chunk.chunk.text, pool[place].chunk.chunk.text) for other in alike):
            repeats.add(place)
    return repeats


def _same_words(one: str, other: str) -> bool:
    """Whether two texts share nearly all words and every figure: rows of a table differ in nothing else."""
    words, others = set(_WORD.findall(one.casefold())), set(_WORD.findall(other.casefold()))
    if any(word[0].isdigit() for word in words ^ others):
        return False
    return len(words & others) >= _SAME_WORDS * len(words | others)


def _varied(vectors: NDArray[np.float32], question: NDArray[np.float32], count: int) -> list[int]:
    """The places of ``count`` passages: the first by rank, the others also by how much they add."""
    if len(vectors) <= count:
        return list(range(len(vectors)))
    sure = list(range(round(count * _BY_RANK)))
    order = _marginal_relevance()(question, list(vectors), lambda_mult=_RELEVANCE, k=len(vectors))
    return sure + [place for place in order if place not in sure][: count - len(sure)]


def _vectors(candidates: Sequence[Candidate]) -> NDArray[np.float32]:
    return np.array([candidate.chunk.vector for candidate in candidates], dtype=np.float32)


def _marginal_relevance() -> Any:  # noqa: ANN401  (an untyped function of a library without types)
    _community()
    from langchain_community.vectorstores.utils import maximal_marginal_relevance

    return maximal_marginal_relevance


def _community() -> None:
    """Load langchain-community, whose only word at import is that it is being retired; that is known, and decided."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*langchain-community", category=DeprecationWarning)
        import langchain_community  # noqa: F401
