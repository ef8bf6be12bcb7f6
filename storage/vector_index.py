"""The vector index of a large library: when it pays, when it is behind, and how it is asked.

What is small enough to be held in memory (``storage/held.py``: 50,000 chunks, fewer of longer vectors) is searched
exactly. Beyond that, vectors are put into groups of some thousands, and each number of a vector is brought down to a
byte; a question looks into all groups, or the nearest of very many, and computes the cosines of the best anew (IVF_SQ
with refinement). The index is made in seconds, and without it a search is exact and slow. So nothing is ever waited
for, and nothing repaired: what is missing, unreadable or behind is made anew. It stands in the table's folder, and goes
with it when the table is written anew because a document has gone.

The index's name says of how many rows it was made. Knows queries and indexes of one table, and no folder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from storage.held import can_be_held
from storage.schema import searched_column

if TYPE_CHECKING:
    from collections.abc import Callable

    import lancedb
    from numpy.typing import NDArray

__all__ = ["groups_looked_into", "index_vectors", "nearest", "wants_vector_index"]

_NAME = "vectors_of_"
_LOOKED_INTO = 600_000_000
"""Numbers of vectors, as many as memory holds as bytes: those of a million and a half chunks. All groups of a million
take 18 ms; the nearest 50 of 122 take 8, and have 92 in a hundred of the ten nearest (of passages made of halves)."""
_OF_A_GROUP = 8192
"""Vectors."""
_FEWEST = 50
"""Groups that are looked into though memory may not hold them all, as with long vectors."""
_COMPUTED_ANEW = 2
"""Times the number asked for. Of 100,000 chunks this finds the hundred nearest whole; 5 takes half as long again."""
_GROWN = 2
"""An index made of half of the rows has too few groups, and they lie where the rows were then."""
_MOST_PARTS = 8
"""Each time new rows are taken in, the index has one more part to look into."""


def nearest(
    vector: NDArray[np.float32], limit: int, column: str, *, exact: bool
) -> Callable[[lancedb.table.Table], lancedb.query.LanceVectorQueryBuilder]:
    """The search of a table for the ``limit`` nearest; one that is not ``exact`` uses the index if there is one."""

    def search(table: lancedb.table.Table) -> lancedb.query.LanceVectorQueryBuilder:
        any_way = cast("lancedb.query.LanceVectorQueryBuilder", table.search(vector, column, query_type="vector"))
        asked = any_way.distance_type("cosine").limit(limit)
        if exact:
            return asked.bypass_vector_index()
        return asked.nprobes(groups_looked_into(len(vector))).refine_factor(_COMPUTED_ANEW)

    return search


def groups_looked_into(dimension: int) -> int:
    """How many of the groups of vectors of so many numbers a question looks into, if there are as many."""
    return max(_FEWEST, _LOOKED_INTO // (_OF_A_GROUP * dimension))


def wants_vector_index(table: lancedb.table.Table) -> bool:
    """Whether an index is to be made, or to go."""
    present = _present(table)
    if _is_held(table, table.count_rows()):
        return bool(present)
    return not any(_is_sound(table, index) for index in present)


def index_vectors(table: lancedb.table.Table) -> None:
    """Make or drop the index, where one is to be; under the writer's lock.

    The new one comes before the old one goes: who asks meanwhile has one of them.
    """
    from lancedb.index import IvfSq

    if not wants_vector_index(table):
        return
    before, count = _present(table), table.count_rows()
    if not _is_held(table, count):
        table.create_index(
            searched_column(table.schema), config=IvfSq(distance_type="cosine"), name=_free_name(count, before)
        )
    for index in before:
        table.drop_index(index.name)


def _is_held(table: lancedb.table.Table, count: int) -> bool:
    """Whether so many rows are searched in memory."""
    return can_be_held(count, table.schema.field(searched_column(table.schema)).type.list_size)


def _present(table: lancedb.table.Table) -> list[lancedb.index.IndexConfig]:
    return [index for index in table.list_indices() if index.columns == [searched_column(table.schema)]]


def _is_sound(table: lancedb.table.Table, index: lancedb.index.IndexConfig) -> bool:
    """Whether it can be read, and was made of most of what is there."""
    count, parts = table.count_rows(), int(index.num_segments or 1)
    made_of = int(index.name.removeprefix(_NAME).partition("_")[0])
    waiting = int(index.num_unindexed_rows or 0)
    if parts > _MOST_PARTS or max(count, waiting) > _GROWN * made_of or not _is_held(table, waiting):
        return False
    return _is_readable(table)


def _is_readable(table: lancedb.table.Table) -> bool:
    """Ask it something: a file of it may be gone or cut off, which nothing else tells."""
    column = searched_column(table.schema)
    anything = np.zeros(table.schema.field(column).type.list_size, np.float32)
    anything[0] = 1.0
    try:
        nearest(anything, 1, column, exact=False)(table).select(["_distance"]).to_arrow()
    except (OSError, RuntimeError):
        return False
    return True


def _free_name(count: int, taken: list[lancedb.index.IndexConfig]) -> str:
    """A name that says of how many rows, and that no index has."""
    name = f"{_NAME}{count}"
    return f"{name}_again" if name in {index.name for index in taken} else name
