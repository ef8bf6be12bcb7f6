"""How telling a word piece is: inverse document frequencies, one per entry of the vocabulary.

Counted once by ``rag/learning`` over passages and questions that belong to nobody's library, so that a question's words
weigh the same whatever is being searched. "What" is rare in passages and common in questions; the more common use
counts. A piece that was never seen weighs the most.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["IDF_PATH", "inverse_document_frequencies", "weights_of"]

IDF_PATH = Path(__file__).resolve().parents[1] / "assets" / "idf.npy"


def inverse_document_frequencies(document_counts: NDArray[np.int64], documents: int) -> NDArray[np.float32]:
    """``log((N + 1) / (n + 0.5))`` per word piece: positive for every count up to N, largest for a piece never seen."""
    return np.log((documents + 1) / (document_counts + 0.5)).astype(np.float32)


@cache
def _frequencies() -> NDArray[np.float32]:
    """Shape (vocabulary,)."""
    stored: NDArray[np.float16] = np.load(IDF_PATH)
    return stored.astype(np.float32)


def weights_of(ids: Sequence[int]) -> NDArray[np.float32]:
    """The weight of each word piece, shape (ids,)."""
    return _frequencies()[list(ids)]
