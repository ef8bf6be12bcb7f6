"""Passages about a tenancy and about other things, encoded by the real model: what the reranking tests are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rag.evidence import Candidate, Scores, StageScore
from storage.records import Chunk

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rag.encoder import EncodedQuestion, Encoder

NOTICE = (
    "Either party may end this lease. The notice period is three months to the end of a calendar month. "
    "Notice must be given in writing, and the landlord has to confirm it within ten days."
)
DEPOSIT = (
    "The tenant pays a deposit of two months' rent. It is returned within six weeks of the keys being handed back."
)
PETS = "Small animals in cages may be kept. Dogs and cats need the landlord's consent, which he may withdraw."
TRAIN = "The express to the coast leaves at seven and calls at every harbour town before it reaches the lighthouse."
RECIPE = "Beat the eggs with sugar until pale, fold in the flour, and bake the sponge for half an hour."
ALL = {"notice": NOTICE, "deposit": DEPOSIT, "pets": PETS, "train": TRAIN, "recipe": RECIPE}


def chunk(id_: str, text: str, *, prefix: str = "", start: int = 0) -> Chunk:
    """A chunk that stands at ``start`` of page 1."""
    return Chunk(id_, f"document of {id_}", 0, 1, "p. 1", "", prefix, text, start, start + len(text))


def candidates(
    encoder: Encoder, question: EncodedQuestion, texts: Mapping[str, str], keyword: Mapping[str, float] | None = None
) -> list[Candidate]:
    """Candidates with their true cosines, and BM25 as given (0 where it is not)."""
    encoded = encoder.encode_chunks([chunk(id_, text) for id_, text in texts.items()])
    cosines = [float(np.dot(one.vector, question.vector)) for one in encoded]
    words = [(keyword or {}).get(id_, 0.0) for id_ in texts]
    return [
        Candidate(one, Scores(StageScore(1, cosine), StageScore(1, bm25), StageScore(place, 1 / (60 + place))))
        for place, (one, cosine, bm25) in enumerate(zip(encoded, cosines, words, strict=True), start=1)
    ]


def ids(ranked: Sequence[Candidate]) -> list[str]:
    """Their ids, in order."""
    return [candidate.chunk.chunk.id for candidate in ranked]
