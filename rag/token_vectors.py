"""What is kept of a text's token vectors: which tokens, in how many dimensions, in how many bytes.

A token vector is the model's last hidden state of one word piece, brought to unit length, projected and brought to unit
length again. What is kept of it is a whole number of four bits for each dimension, two of them in a byte, and one
half-precision scale; an earlier version of the program kept signed bytes, which are told by their width and read as
well. The projection is fitted by ``rag/learning``. Nothing here knows how vectors are compared.
"""

from __future__ import annotations

from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rag.tokens import sha256_of
from storage.records import TokenVectors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from rag.tokens import Tokens
    from storage.records import EncodedChunk

__all__ = [
    "PROJECTION_PATH",
    "codes_of",
    "joined",
    "kept",
    "pack",
    "pack_bytes",
    "project",
    "projection",
    "projection_id",
    "tokens_of",
    "unit",
    "unpack",
]

PROJECTION_PATH = Path(__file__).resolve().parents[1] / "assets" / "projection.npy"
_LARGEST_BYTE = 127
_LARGEST_HALF = 7
_LOW_BITS = 15
_ZERO_HALF = 8
"""What is added to the numbers of four bits, so that none is negative."""
_LEAST_LENGTH = 1e-9


@cache
def projection() -> NDArray[np.float32]:
    """The fitted projection, shape (384, dimension)."""
    stored: NDArray[np.float16] = np.load(PROJECTION_PATH)
    return stored.astype(np.float32)


@cache
def projection_id() -> str:
    """Names the projection by its bytes: stored vectors of another one cannot be compared."""
    return sha256_of(PROJECTION_PATH)[:8]


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same directions at length 1, over the last axis; a zero vector stays zero."""
    lengths: NDArray[np.float32] = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return (vectors / np.maximum(lengths, _LEAST_LENGTH)).astype(np.float32)


def project(states: NDArray[np.float32]) -> NDArray[np.float32]:
    """Hidden states (tokens, 384) as unit-length token vectors (tokens, dimension)."""
    return unit(unit(states) @ projection())


def kept(tokens: Tokens) -> NDArray[np.bool_]:
    """Which of a text's tokens have a stored vector: those with a letter or a digit, shape (tokens,).

    Punctuation answers no word of a question.
    """
    return np.fromiter(map(_says_something, tokens.pieces), dtype=np.bool_, count=len(tokens))


@cache
def _says_something(piece: str) -> bool:
    """Whether a piece of a word, of which there are thirty thousand, has a letter or a digit."""
    return any(map(str.isalnum, piece))


def pack(vectors: NDArray[np.float32]) -> TokenVectors:
    """Float vectors (tokens, dimension) in four bits a dimension, which have to be even in number, with a scale each.

    A byte holds two dimensions: those of the first half in its low bits, those of the second half in its high bits.
    """
    codes, scales = _rounded(vectors, _LARGEST_HALF)
    halves = (codes + _ZERO_HALF).astype(np.uint8)
    middle = halves.shape[1] // 2
    return TokenVectors((halves[:, :middle] | halves[:, middle:] << 4).astype(np.uint8), scales)


def pack_bytes(vectors: NDArray[np.float32]) -> TokenVectors:
    """The same in a byte a dimension, as they are in libraries of an earlier version of the program."""
    codes, scales = _rounded(vectors, _LARGEST_BYTE)
    return TokenVectors(codes.view(np.uint8), scales)


def _rounded(vectors: NDArray[np.float32], largest: int) -> tuple[NDArray[np.int8], NDArray[np.float16]]:
    """Vectors as whole numbers up to ``largest``, and the scale of each."""
    scales = (np.abs(vectors).max(axis=1, initial=0.0) / largest).astype(np.float16)
    safe = np.where(scales > 0, scales, 1).astype(np.float32)
    return np.clip(np.rint(vectors / safe[:, None]), -largest, largest).astype(np.int8), scales


def codes_of(passages: Sequence[TokenVectors]) -> NDArray[np.float32]:
    """The whole numbers of some passages' tokens, one after the other, shape (tokens, dimension).

    Times their scales they are the vectors. It takes a quarter of a millisecond for a hundred passages.
    """
    codes = np.empty((sum(len(tokens.scales) for tokens in passages), projection().shape[1]), np.float32)
    done = 0
    for _, alike in groupby(passages, _width):
        packed = np.concatenate([tokens.codes for tokens in alike])
        _spread(packed, codes[done : done + len(packed)])
        done += len(packed)
    return codes


def tokens_of(chunk: EncodedChunk) -> TokenVectors:
    """The token vectors of a chunk that the reranker has been given: it computes those that are not kept."""
    assert chunk.tokens is not None  # noqa: S101  (see rag/reranker.py)
    return chunk.tokens


def joined(passages: Sequence[TokenVectors]) -> TokenVectors:
    """The token vectors of some passages as those of one; where they are kept in different ways, in today's."""
    if len(set(map(_width, passages))) > 1:
        return pack(np.concatenate(list(map(unpack, passages))))
    codes, scales = ([getattr(tokens, part) for tokens in passages] for part in ("codes", "scales"))
    return TokenVectors(np.concatenate(codes), np.concatenate(scales))


def _width(tokens: TokenVectors) -> int:
    return int(tokens.codes.shape[1])


def _spread(packed: NDArray[np.uint8], codes: NDArray[np.float32]) -> None:
    """Write the numbers that bytes hold, straight to where they go: every copy on the way would take as long again."""
    middle = packed.shape[1]
    if middle == codes.shape[1]:
        codes[:] = packed.view(np.int8)
        return
    np.bitwise_and(packed, _LOW_BITS, out=codes[:, :middle], casting="unsafe")
    np.right_shift(packed, 4, out=codes[:, middle:], casting="unsafe")
    codes -= _ZERO_HALF


def unpack(tokens: TokenVectors) -> NDArray[np.float32]:
    """Kept vectors as floats, shape (tokens, dimension)."""
    return codes_of([tokens]) * tokens.scales.astype(np.float32)[:, None]
