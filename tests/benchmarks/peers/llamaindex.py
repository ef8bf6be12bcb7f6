"""LlamaIndex, twice: hybrid (dense and BM25, fused by reciprocal rank), and small nodes merged into larger ones."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from llama_index.core import Document, StorageContext, VectorStoreIndex
from llama_index.core.embeddings import BaseEmbedding
from llama_index.core.llms import MockLLM
from llama_index.core.node_parser import HierarchicalNodeParser, SentenceSplitter, get_leaf_nodes
from llama_index.core.retrievers import AutoMergingRetriever, QueryFusionRetriever
from llama_index.core.retrievers.fusion_retriever import FUSION_MODES

from tests.benchmarks.peers.seam import Index, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from llama_index.core.schema import BaseNode, NodeWithScore

    from tests.benchmarks.peers.seam import Piece
    from tests.benchmarks.peers.vectors import SharedVectors

__all__ = ["auto_merging", "hybrid"]

_PIECE = "piece"
_MERGED_FROM = 3
"""Times as many leaves are looked at as are asked for: merging makes fewer of them."""


class _Shared(BaseEmbedding):
    """The vectors that all peers share, at this library's seam."""

    vectors: Any

    def _get_text_embedding(self, text: str) -> list[float]:
        return list(self.vectors.of_one(text))

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        found: list[list[float]] = self.vectors.of(texts).tolist()
        return found

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)


def hybrid(pieces: Sequence[Piece], vectors: SharedVectors) -> Index:
    """Reciprocal rerank fusion as its documentation has it, without other wordings by a language model."""
    from llama_index.retrievers.bm25 import BM25Retriever

    logging.getLogger("bm25s").setLevel(logging.ERROR)
    nodes = SentenceSplitter().get_nodes_from_documents(_documents(pieces))
    dense = VectorStoreIndex(nodes, embed_model=_Shared(vectors=vectors))
    words = BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=min(10, len(nodes)))

    def find(question: str, count: int) -> list[NodeWithScore]:
        fusion = QueryFusionRetriever(
            [dense.as_retriever(similarity_top_k=count), words],
            llm=MockLLM(),
            similarity_top_k=count,
            num_queries=1,
            mode=FUSION_MODES.RECIPROCAL_RANK,
            use_async=False,
        )
        return fusion.retrieve(question)

    return _index(nodes, find)


def auto_merging(pieces: Sequence[Piece], vectors: SharedVectors) -> Index:
    """Leaves of 128 tokens by meaning; where most of a node's are found, the node takes their place."""
    nodes = HierarchicalNodeParser.from_defaults().get_nodes_from_documents(_documents(pieces))
    storage = StorageContext.from_defaults()
    storage.docstore.add_documents(nodes)
    leaves = VectorStoreIndex(get_leaf_nodes(nodes), storage_context=storage, embed_model=_Shared(vectors=vectors))

    def find(question: str, count: int) -> list[NodeWithScore]:
        some = leaves.as_retriever(similarity_top_k=_MERGED_FROM * count)
        return AutoMergingRetriever(some, storage).retrieve(question)[:count]

    return _index(nodes, find)


def _documents(pieces: Sequence[Piece]) -> list[Document]:
    hidden = [_PIECE]
    return [
        Document(
            text=piece.text,
            metadata={_PIECE: piece.id},
            excluded_embed_metadata_keys=hidden,
            excluded_llm_metadata_keys=hidden,
        )
        for piece in pieces
        if piece.text.strip()
    ]


def _index(nodes: Sequence[BaseNode], find: Callable[[str, int], Sequence[NodeWithScore]]) -> Index:
    by_id = {node.node_id: node for node in nodes}
    number = {id_: at for at, id_ in enumerate(by_id)}
    places = [_place(node, by_id) for node in nodes]
    return Index(places, lambda question, count: [number[found.node.node_id] for found in find(question, count)])


def _place(node: Any, by_id: dict[str, BaseNode]) -> Place:
    """Where a node stands in its piece; one with a parent says where it stands in that.

    Some do not know it, as their white space was changed; to these the whole parent is credited.
    """
    parent = by_id.get(node.parent_node.node_id) if node.parent_node is not None else None
    around = _place(parent, by_id) if parent is not None else None
    before = around.start if around else 0
    if node.start_char_idx is None:
        return around or Place(node.metadata[_PIECE], 0, len(node.text))
    return Place(node.metadata[_PIECE], before + node.start_char_idx, before + node.end_char_idx)
