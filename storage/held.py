"""The vectors of a library that is small enough, held in memory: the exact nearest of 14,000 in a millisecond.

LanceDB reads and decodes every vector for every question, which takes ten times as long. Held is one version of the
chunk table, whole: a vector for each row, whose row it is, and where it stands (50 ms for 14,000 rows). Owns the
arithmetic; when a version is read, and what exists in it, is not known here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

__all__ = ["HELD_COLUMNS", "Held", "best_of", "can_be_held"]

MOST_HELD = 76_800_000
"""Bytes of vectors: 50,000 of the built-in model. A larger table is searched by LanceDB, with an index."""
HELD_COLUMNS = ("id", "document_id")
"""Beside the vectors that the table is searched by."""
_ROUNDING = 1e-5
"""More than a product of two unit vectors can be off by; what is this near to the last place is looked at again."""


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """Every row of one version, in the order of their row ids."""

    rows: NDArray[np.uint64]
    """Shape (chunks,), rising: where LanceDB has each row."""
    ids: list[str]
    places: dict[str, int]
    """The place of each chunk, by its id."""
    documents: NDArray[np.int32]
    """Shape (chunks,): whose each is, as a place in ``names``."""
    names: list[str]
    """Ids of the documents."""
    model: str
    """The one that made the vectors; empty for the built-in one."""
    vectors: NDArray[np.float32]
    """Shape (chunks, dimension), unit length."""

    @classmethod
    def of(cls, table: pa.Table, column: str, model: str = "") -> Self:
        """Hold a table of ``HELD_COLUMNS``, row ids and, in ``column``, the vectors of ``model``."""
        rows = table.column("_rowid").to_numpy()
        if (rows[1:] < rows[:-1]).any():
            order = np.argsort(rows, kind="stable")
            table, rows = table.take(order), rows[order]
        ids = table.column("id").to_pylist()
        documents = table.column("document_id").combine_chunks().dictionary_encode()
        flat = table.column(column).combine_chunks().flatten().to_numpy()
        return cls(
            rows=rows,
            ids=ids,
            places={id_: place for place, id_ in enumerate(ids)},
            documents=documents.indices.to_numpy(),
            names=documents.dictionary.to_pylist(),
            model=model,
            # A copy: LanceDB's own lies where no arithmetic is quick, and keeps all that was read with it.
            vectors=np.array(flat, np.float32).reshape(len(ids), table.schema.field(column).type.list_size),
        )

    def followed_by(self, rows: NDArray[np.uint64], come: Self | None) -> Self:
        """The next version of the same table, in which these ``rows`` stand, those that have ``come`` among them."""
        stay = np.flatnonzero(np.isin(self.rows, rows, assume_unique=True))
        if come is None and len(stay) == len(self.rows):
            return self
        parts = [(self, stay), *([(come, np.arange(len(come.rows)))] if come is not None else [])]
        order = np.argsort(np.concatenate([held.rows[places] for held, places in parts]), kind="stable")
        ids = np.concatenate([np.array(held.ids, object)[places] for held, places in parts])[order].tolist()
        every = [name for held, _ in parts for name in held.names]
        firsts = np.cumsum([0, *(len(held.names) for held, _ in parts)])
        owners = [first + held.documents[places] for first, (held, places) in zip(firsts, parts, strict=False)]
        owned, documents = np.unique(np.concatenate(owners)[order], return_inverse=True)
        return type(self)(
            rows=np.concatenate([held.rows[places] for held, places in parts])[order],
            ids=ids,
            places={id_: place for place, id_ in enumerate(ids)},
            documents=documents.astype(np.int32),
            names=[every[owner] for owner in owned],
            model=self.model,
            vectors=np.concatenate([held.vectors[places] for held, places in parts])[order],
        )

    def nearest(
        self, vector: NDArray[np.float32], limit: int, searched: frozenset[str] | None
    ) -> list[tuple[str, float]]:
        """Ids and cosines of the chunks nearest to ``vector``, best first; ``searched`` are the documents to look at.

        One product over all tells which come into question; their cosines are then computed one by one, since in the
        large product the last digit depends on where a row stands, and the same text twice must be equally near.
        """
        places = self._inside(searched)
        rough = (self.vectors if places is None else self.vectors[places]) @ vector
        best = best_of(rough, limit, _ROUNDING)
        chosen = best if places is None else places[best]
        return self.named(chosen, [float(np.dot(self.vectors[place], vector)) for place in chosen])[:limit]

    def found(self, rows: NDArray[np.uint64], searched: frozenset[str] | None) -> NDArray[np.int64] | None:
        """The places of ``rows``, -1 where a row is of no document searched; None where one is of another version."""
        if not len(self.rows):
            return None
        places = np.minimum(np.searchsorted(self.rows, rows), len(self.rows) - 1)
        if (self.rows[places] != rows).any():
            return None
        if searched is None:
            return places
        return np.where(self._allowed(searched)[self.documents[places]], places, -1)

    def named(self, places: NDArray[np.int64], values: Sequence[float]) -> list[tuple[str, float]]:
        """Chunk ids with their values, best first; equal ones in the order of their ids."""
        pairs = ((self.ids[place], value) for place, value in zip(places, values, strict=True))
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))

    def _inside(self, searched: frozenset[str] | None) -> NDArray[np.int64] | None:
        """The places of the chunks of these documents; None for all."""
        return None if searched is None else np.flatnonzero(self._allowed(searched)[self.documents])

    def _allowed(self, searched: frozenset[str]) -> NDArray[np.bool_]:
        return np.fromiter((name in searched for name in self.names), np.bool_, len(self.names))


def can_be_held(count: int, dimension: int) -> bool:
    """Whether so many vectors of so many numbers each are few enough to stand in memory."""
    return count * dimension * np.dtype(np.float32).itemsize <= MOST_HELD


def best_of(values: NDArray[np.float32], limit: int, margin: float = 0.0) -> NDArray[np.int64]:
    """The places of the ``limit`` largest, and of all that are within ``margin`` of the last of them, in no order."""
    if len(values) <= limit:
        return np.arange(len(values))
    last = np.partition(values, len(values) - limit)[len(values) - limit]
    return np.flatnonzero(values >= last - margin)
