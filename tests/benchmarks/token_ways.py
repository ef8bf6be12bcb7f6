"""Ways of keeping token vectors in few bytes, each as what it takes and what comes back: arithmetic on vectors.

What is fitted (centroids, scales of dimensions) is fitted on passages of the training sets. How well passages are found
with what comes back is ``token_codes``'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rag.token_vectors import unit

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["Kept", "Text", "Way", "ways"]

_SCALE = 2
"""Bytes of a scale in half precision, and of the number of a centroid."""
_CENTROIDS = 1024
_WIDEST = 0.999
"""The share of a dimension's values that its fixed scale reaches."""
_SMALL_WORDS_BELOW = (1.5, 2.5)
"""Inverse document frequencies below which a word piece is dropped."""


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """A passage's token vectors as the encoder makes them, and what each token's word weighs."""

    vectors: NDArray[np.float32]
    """Shape (tokens, dimension), unit length."""
    weights: NDArray[np.float32]
    """Inverse document frequencies, shape (tokens,)."""


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """What is kept of a passage."""

    size: int
    """Bytes."""
    vectors: NDArray[np.float32]
    """As they are read back; there may be fewer."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way of keeping token vectors."""

    name: str
    keep: Callable[[Text], Kept]
    keeps_all: bool = True
    """Whether every token has a vector still: without, no sentence can be told by its tokens."""


def ways(training: NDArray[np.float32]) -> tuple[Way, ...]:
    """Every way that is compared, the plain bytes first; ``training`` are token vectors, shape (tokens, dimension)."""
    reach = np.quantile(np.abs(training), _WIDEST, axis=0).astype(np.float32)
    centroids = _centroids(training)
    return (
        Way("8 bits", lambda text: _scaled(text.vectors, 8)),
        Way("4 bits", lambda text: _scaled(text.vectors, 4)),
        Way("4 bits, a fixed scale for each dimension", lambda text: _by_dimension(text.vectors, reach)),
        Way("3 bits", lambda text: _scaled(text.vectors, 3)),
        *(_residual(training, centroids, bits) for bits in (2, 1)),
        *(_without_small_words(below) for below in _SMALL_WORDS_BELOW),
        *(_pooled(factor) for factor in (1.5, 2.0)),
    )


def _scaled(vectors: NDArray[np.float32], bits: int) -> Kept:
    """Whole numbers of so many bits, with a scale for each vector."""
    largest = 2 ** (bits - 1) - 1
    scales = np.abs(vectors).max(axis=1, keepdims=True, initial=1e-6) / largest
    return Kept(_bytes(vectors, bits) + _SCALE * len(vectors), (np.rint(vectors / scales) * scales).astype(np.float32))


def _by_dimension(vectors: NDArray[np.float32], reach: NDArray[np.float32]) -> Kept:
    """Fifteen levels, as far as ``reach`` goes in each dimension."""
    return Kept(_bytes(vectors, 4), (np.clip(np.rint(vectors / reach * 7), -7, 7) * reach / 7).astype(np.float32))


def _bytes(vectors: NDArray[np.float32], bits: int) -> int:
    return vectors.size * bits // 8


# residuals: Santhanam et al., "ColBERTv2: Effective and Efficient Retrieval via Lightweight Late Interaction", 2022


def _centroids(training: NDArray[np.float32]) -> NDArray[np.float32]:
    from sklearn.cluster import MiniBatchKMeans

    fitted = MiniBatchKMeans(min(_CENTROIDS, len(training)), random_state=0, batch_size=8192, n_init=1).fit(training)
    return np.asarray(fitted.cluster_centers_, np.float32)


def _nearest(vectors: NDArray[np.float32], centroids: NDArray[np.float32]) -> NDArray[np.float32]:
    """The centroid that is nearest to each vector."""
    half = (centroids**2).sum(axis=1) / 2
    return centroids[np.argmax(vectors @ centroids.T - half, axis=1)]


def _residual(training: NDArray[np.float32], centroids: NDArray[np.float32], bits: int) -> Way:
    """The number of the nearest centroid, and what is left in each dimension as one of a few levels."""
    left = training - _nearest(training, centroids)
    edges = np.quantile(left, np.arange(1, 2**bits) / 2**bits, axis=0).astype(np.float32)
    levels = np.quantile(left, (np.arange(2**bits) + 0.5) / 2**bits, axis=0).astype(np.float32)

    def keep(text: Text) -> Kept:
        near = _nearest(text.vectors, centroids)
        codes = (text.vectors - near > edges[:, None, :]).sum(axis=0)
        back = near + np.take_along_axis(levels, codes, axis=0)
        return Kept(_bytes(back, bits) + _SCALE * len(back), unit(back))

    return Way(f"residual, {bits} bit{'s' if bits > 1 else ''}", keep)


# fewer vectors, in 4 bits


def _without_small_words(below: float) -> Way:
    def keep(text: Text) -> Kept:
        telling = text.weights >= below
        return _scaled(text.vectors[telling if telling.any() else slice(None)], 4)

    return Way(f"4 bits, without words of IDF below {below}", keep, keeps_all=False)


def _pooled(factor: float) -> Way:
    """Near neighbours as one: Clavié et al., "Reducing the Footprint of Multi-Vector Retrieval …", 2024."""

    def keep(text: Text) -> Kept:
        from scipy.cluster.hierarchy import fcluster, linkage

        vectors, wanted = text.vectors, round(len(text.vectors) / factor)
        if wanted < 2:
            return _scaled(vectors, 4)
        groups = fcluster(linkage(vectors, "ward"), wanted, "maxclust") - 1
        sums = np.zeros((groups.max() + 1, vectors.shape[1]), np.float32)
        np.add.at(sums, groups, vectors)
        return _scaled(unit(sums), 4)

    return Way(f"4 bits, pooled by {factor:g}", keep, keeps_all=False)
