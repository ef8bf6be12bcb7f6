"""Documents made of words, with random vectors: what tests of storage put into a library."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from storage.records import Chunk, Document, EncodedChunk, NewDocument, Page, TokenVectors

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from storage.library import Library

__all__ = ["MODEL", "TOKEN_WIDTH", "assert_whole", "id_of", "keep_original", "made", "unit_vector"]

MODEL = "all-MiniLM-L6-v2 fp32 tokens:pca128-int8 0a1b2c3d"
TOKEN_WIDTH = 32


def id_of(name: str) -> str:
    """What a document of this name has for an id, whatever it says."""
    return hashlib.sha256(name.encode()).hexdigest()


def unit_vector(seed: int) -> NDArray[np.float32]:
    """A direction of its own for each seed."""
    vector = np.random.default_rng(seed).standard_normal(384).astype(np.float32)
    return vector / np.linalg.norm(vector)


def made(name: str, texts: Sequence[str] = (), source: str | None = None) -> NewDocument:
    """A document of one page; each text is a chunk of it."""
    passages = texts or (f"{name} says this",)
    document = Document(
        id=id_of(name),
        name=f"{name}.txt",
        title=name,
        media_type="text/plain",
        size=sum(map(len, passages)),
        unit=None,
        pages=None,
        chunks=len(passages),
        added_at="2026-01-01T00:00:00+00:00",
        source=source,
    )
    text = "\n".join(passages)
    return NewDocument(document, [Page(1, "", text)], _chunks(document, passages))


def _chunks(document: Document, passages: Sequence[str]) -> list[EncodedChunk]:
    """Chunks as an encoder would leave them, but for the meaning of their vectors."""
    chunks, start = [], 0
    for ordinal, text in enumerate(passages):
        end = start + len(text)
        chunk_id = f"{document.id[:16]}-{ordinal}"
        chunk = Chunk(chunk_id, document.id, ordinal, None, f"§ {ordinal}", "A › B", "", text, start, end)
        chunks.append(EncodedChunk(chunk, unit_vector(hash_number(chunk_id)), _tokens(chunk_id, len(text.split()))))
        start = end + 1
    return chunks


def _tokens(seed: str, count: int) -> TokenVectors:
    """Token vectors that differ from chunk to chunk."""
    random = np.random.default_rng(hash_number(seed))
    codes = random.integers(0, 256, (count, TOKEN_WIDTH)).astype(np.uint8)
    return TokenVectors(codes, random.random(count).astype(np.float16))


def hash_number(text: str) -> int:
    """A number that is the same in every process."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16)


def keep_original(library: Library, new: NewDocument, folder: Path) -> NewDocument:
    """Put a file into the library's originals and let the document be the one made of it."""
    file = folder / new.document.name
    file.write_text(new.pages[0].text)
    document_id, _ = library.originals.keep(file)
    document = replace(new.document, id=document_id)
    chunks = _chunks(document, [encoded.chunk.text for encoded in new.chunks])
    return NewDocument(document, new.pages, chunks, has_original=True)


def assert_whole(library: Library) -> None:
    """Every document there is has all its parts, and no part of any other is left."""
    documents = {document.id: document for document in library.documents()}
    for document in documents.values():
        chunks = library.document_chunks(document.id)
        page = library.page(document.id, 1)
        assert len(chunks) == document.chunks
        assert [chunk.text for chunk in chunks] == [page.text[chunk.char_start : chunk.char_end] for chunk in chunks]
        assert library.fetch(chunk.id for chunk in chunks).keys() == {chunk.id for chunk in chunks}
    stored = {file.stem for file in (library.folder / "tokens").rglob("*.tokens")}
    assert stored == documents.keys()
    if documents:
        assert library._table.count() == sum(document.chunks for document in documents.values())
