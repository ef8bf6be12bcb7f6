"""txtai's hybrid index: BM25 and dense vectors, half and half. It cuts nothing up, so it gets LangChain's splits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from txtai import Embeddings

from tests.benchmarks.peers.langchain_default import place_of, split
from tests.benchmarks.peers.seam import Index

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.benchmarks.peers.seam import Piece
    from tests.benchmarks.peers.vectors import SharedVectors

__all__ = ["build"]


def build(pieces: Sequence[Piece], vectors: SharedVectors) -> Index:
    """As its documentation shows it, with vectors from outside."""
    splits = split(pieces)
    embeddings = Embeddings(hybrid=True, method="external", transform=lambda texts: vectors.of(list(texts)))
    embeddings.index((at, each.page_content, None) for at, each in enumerate(splits))

    def ask(question: str, count: int) -> list[int]:
        return [int(found) for found, _ in embeddings.search(question, count)]

    return Index(list(map(place_of, splits)), ask)
