"""What is kept of a text's token vectors: which tokens, in how many dimensions, in how many bytes.

A token vector is the model's last hidden state of one word piece, brought to unit length, projected and brought to unit
length again; on disk it is signed bytes with one half-precision scale. The projection is fitted by ``rag/learning``.
Nothing here knows how vectors are compared.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rag.tokens import sha256_of
from storage.records import TokenVectors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rag.tokens import Tokens

__all__ = ["PROJECTION_PATH", "kept", "pack", "project", "projection", "projection_id", "unit", "unpack"]

PROJECTION_PATH = Path(__file__).resolve().parents[1] / "assets" / "projection.npy"
_LARGEST_CODE = 127
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
    return np.fromiter((any(map(str.isalnum, piece)) for piece in tokens.pieces), dtype=np.bool_, count=len(tokens))


def pack(vectors: NDArray[np.float32]) -> TokenVectors:
    """Float vectors (tokens, dimension) as signed bytes with a scale each."""
    scales = (np.abs(vectors).max(axis=1, initial=0.0) / _LARGEST_CODE).astype(np.float16)
    safe = np.where(scales > 0, scales, 1).astype(np.float32)
    codes = np.clip(np.rint(vectors / safe[:, None]), -_LARGEST_CODE, _LARGEST_CODE).astype(np.int8)
    return TokenVectors(codes, scales)


def unpack(tokens: TokenVectors) -> NDArray[np.float32]:
    """Stored vectors as floats, shape (tokens, dimension)."""
    return tokens.codes.astype(np.float32) * tokens.scales.astype(np.float32)[:, None]
