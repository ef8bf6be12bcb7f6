"""Libraries of any size out of a small one: real passages first, then passages put together from halves of real ones.

What is made has words, lengths, token vectors and sizes as real ones have, and its vector lies between those of its
halves, moved a little; encoding a million passages would take a day. So speed and size can be measured on it, and how
well passages are found cannot. It knows nothing of clocks.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from rag.segmentation import sentence_spans
from rag.token_vectors import kept, tokens_of
from rag.tokens import MiniLMTokenizer
from storage.records import Chunk, Document, EncodedChunk, NewDocument, Page, TokenVectors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

__all__ = ["PER_DOCUMENT", "documents_of", "recombined"]

PER_DOCUMENT = 40
"""Passages: some ten pages."""
_MOVED = 0.35
"""Length of the random step that a made vector takes: it stays nearer to its halves (0.9) than to anything else."""
_WHENEVER = "2026-01-01T00:00:00+00:00"


def recombined(real: Sequence[EncodedChunk], count: int, seed: int = 2026) -> Iterator[EncodedChunk]:
    """``count`` passages: the real ones, and beyond them made ones; the same in every run."""
    yield from real[:count]
    chance = np.random.default_rng(seed)
    for _ in range(count - len(real)):
        one, other = (real[int(at)] for at in chance.integers(len(real), size=2))
        yield _joined(one, other, chance)


def documents_of(passages: Iterable[EncodedChunk], start: int = 0) -> Iterator[NewDocument]:
    """The passages as documents of some ten pages each, under ids of their own."""
    waiting, number = iter(passages), start
    while chunks := list(islice(waiting, PER_DOCUMENT)):
        yield _document(number, chunks)
        number += 1


def _joined(one: EncodedChunk, other: EncodedChunk, chance: np.random.Generator) -> EncodedChunk:
    """The first half of one passage and the second half of another."""
    first, second = _halves(one.chunk.text)[0], _halves(other.chunk.text)[1]
    chunk = replace(one.chunk, text=f"{first} {second}".strip() or one.chunk.text)
    wanted = int(kept(MiniLMTokenizer.load().tokenize(chunk.indexed_text)).sum())
    return EncodedChunk(
        chunk, _between(one.vector, other.vector, chance), _tokens(tokens_of(one), tokens_of(other), wanted)
    )


def _halves(text: str) -> tuple[str, str]:
    spans = sentence_spans(text)
    if len(spans) < 2:
        words = text.split()
        return " ".join(words[: len(words) // 2]), " ".join(words[len(words) // 2 :])
    cut = spans[len(spans) // 2][0]
    return text[:cut].rstrip(), text[cut:]


def _between(one: NDArray[np.float32], other: NDArray[np.float32], chance: np.random.Generator) -> NDArray[np.float32]:
    step = chance.standard_normal(len(one)).astype(np.float32)
    vector = one + other
    vector = vector / np.linalg.norm(vector) + _MOVED * step / np.linalg.norm(step)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def _tokens(one: TokenVectors, other: TokenVectors, wanted: int) -> TokenVectors:
    """As many as the text has words that count: from the beginning of one and the end of the other, over and over."""
    places = np.arange(wanted) % (len(one.scales) + len(other.scales))
    codes = np.concatenate([one.codes, other.codes[::-1]])[places]
    return TokenVectors(codes, np.concatenate([one.scales, other.scales[::-1]])[places])


def _document(number: int, chunks: Sequence[EncodedChunk]) -> NewDocument:
    document_id = hashlib.sha256(f"scale {number}".encode()).hexdigest()
    placed, start = [], 0
    for ordinal, encoded in enumerate(chunks):
        text = encoded.chunk.text
        chunk = Chunk(
            f"{document_id[:16]}-{ordinal}", document_id, ordinal, 1, "p. 1", encoded.chunk.heading,
            encoded.chunk.prefix, text, start, start + len(text),
        )  # fmt: skip
        placed.append(replace(encoded, chunk=chunk))
        start = chunk.char_end + 1
    page = Page(1, "", "\n".join(encoded.chunk.text for encoded in placed))
    name = f"{number:06}.txt"
    document = Document(document_id, name, name, "text/plain", len(page.text), None, 1, len(placed), _WHENEVER)
    return NewDocument(document, (page,), placed)
