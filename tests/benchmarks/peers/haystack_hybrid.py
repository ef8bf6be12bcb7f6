"""Haystack's hybrid retrieval: DocumentSplitter's 200 words, BM25 and embeddings, joined by reciprocal rank."""

from __future__ import annotations

from typing import TYPE_CHECKING

from haystack import Document
from haystack.components.joiners import DocumentJoiner
from haystack.components.preprocessors import DocumentSplitter
from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
from haystack.document_stores.in_memory import InMemoryDocumentStore

from tests.benchmarks.peers.seam import Index, Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.benchmarks.peers.seam import Piece
    from tests.benchmarks.peers.vectors import SharedVectors

__all__ = ["build"]


def build(pieces: Sequence[Piece], vectors: SharedVectors) -> Index:
    """As its tutorial on hybrid retrieval shows it, without the cross-encoder that would have to be downloaded."""
    whole = [Document(content=piece.text, meta={"piece": piece.id}) for piece in pieces if piece.text.strip()]
    splits = DocumentSplitter().run(documents=whole)["documents"]
    texts = [str(split.content) for split in splits]
    numbered = [
        Document(content=text, meta={"number": at}, embedding=vector)
        for at, (text, vector) in enumerate(zip(texts, vectors.of(texts).tolist(), strict=True))
    ]
    store = InMemoryDocumentStore(embedding_similarity_function="cosine")
    store.write_documents(numbered)
    words, dense = InMemoryBM25Retriever(store), InMemoryEmbeddingRetriever(store)
    joiner = DocumentJoiner(join_mode="reciprocal_rank_fusion")

    def ask(question: str, count: int) -> list[int]:
        arms = [
            words.run(query=question, top_k=count)["documents"],
            dense.run(query_embedding=vectors.of_one(question), top_k=count)["documents"],
        ]
        return [found.meta["number"] for found in joiner.run(documents=arms, top_k=count)["documents"]]

    return Index([_place(split) for split in splits], ask)


def _place(split: Document) -> Place:
    start = split.meta["split_idx_start"]
    return Place(split.meta["piece"], start, start + len(str(split.content)))
