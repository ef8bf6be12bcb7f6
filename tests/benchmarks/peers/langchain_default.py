"""LangChain's default pipeline: RecursiveCharacterTextSplitter 1000/100, the dense top of a LanceDB store."""

from __future__ import annotations

from tempfile import mkdtemp
from typing import TYPE_CHECKING

from langchain_community.vectorstores import LanceDB
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_text_splitters import RecursiveCharacterTextSplitter

from tests.benchmarks.peers.seam import Index, Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.benchmarks.peers.seam import Piece
    from tests.benchmarks.peers.vectors import SharedVectors

__all__ = ["build", "place_of", "split"]


class _Shared(Embeddings):
    def __init__(self, vectors: SharedVectors) -> None:
        self._vectors = vectors

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """LangChain's name for it."""
        found: list[list[float]] = self._vectors.of(texts).tolist()
        return found

    def embed_query(self, text: str) -> list[float]:
        """LangChain's name for it."""
        return self._vectors.of_one(text)


def build(pieces: Sequence[Piece], vectors: SharedVectors) -> Index:
    """As its tutorials show it."""
    splits = split(pieces)
    numbered = [Document(each.page_content, metadata={"number": at}) for at, each in enumerate(splits)]
    store = LanceDB.from_documents(numbered, _Shared(vectors), uri=mkdtemp())

    def ask(question: str, count: int) -> list[int]:
        return [found.metadata["number"] for found in store.similarity_search(question, k=count)]

    return Index(list(map(place_of, splits)), ask)


def split(pieces: Sequence[Piece]) -> list[Document]:
    """Pieces cut up as its tutorials do it."""
    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=100, add_start_index=True)
    return splitter.split_documents([Document(piece.text, metadata={"piece": piece.id}) for piece in pieces])


def place_of(cut: Document) -> Place:
    """Where a split stands."""
    start = cut.metadata["start_index"]
    return Place(cut.metadata["piece"], start, start + len(cut.page_content))
