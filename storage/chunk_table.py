"""The chunks in LanceDB: one table, searched by meaning and by words.

Owns the table, its indexes and the two kinds of query, and knows nothing of which documents exist nor of what makes a
term: the caller says which ids and which terms count, and calls every change under the writer's lock. LanceDB is
imported when the table is first touched.

Where a chunk stands is remembered when a query has found it, and tried when it is fetched: LanceDB may have moved it
meanwhile, so that what is there is taken only where it has the right id.
"""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np

from storage.chunk_queries import Hit, Text, each_of, full_text, hits, near, one_of, texts
from storage.errors import LibraryTooNew, VectorsReplaced
from storage.files import delete_folder, settle
from storage.holding import Holding, stamped
from storage.lance import connect, disk_trouble, index_terms_and_ids, session
from storage.records import BUILT_IN, ModelVector
from storage.schema import (
    BATCH,
    MODEL_KEY,
    NAMED,
    NAMED_KEY,
    ROW_COLUMNS,
    SCHEMA_VERSION,
    VECTOR,
    VERSION_KEY,
    batches,
    chunk_schema,
    rows,
    searched_column,
)
from storage.vector_index import index_vectors, nearest, wants_vector_index

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    import lancedb
    import pyarrow as pa
    from numpy.typing import NDArray

    from storage.held import Held
    from storage.records import NamedModel
    from storage.schema import Row

__all__ = ["ATTEMPTS", "ChunkTable"]

_Found = TypeVar("_Found")

_log = logging.getLogger(__name__)

FIRST = "chunks"
"""Name of the first table; those that take its place have a number behind it."""
ATTEMPTS = 4
"""A read that meets a file which a compaction has just swept away starts again on the version that replaced it."""

MOST_REMEMBERED = 20_000
"""Chunks of which it is known where they stood."""


class ChunkTable:
    """The present table of one data folder, opened when it is first needed."""

    def __init__(
        self,
        folder: Path,
        model: str,
        name: Callable[[], str] = lambda: FIRST,
        named: Callable[[], NamedModel] = lambda: BUILT_IN,
    ) -> None:
        """``name`` says which table is the present one: that changes when one is written anew.

        ``named`` says which other model's vectors it holds.
        """
        self.folder = folder
        self._model = model
        self._name = name
        self._named = named
        self._opening, self._holding = threading.Lock(), Holding()
        self._handle: lancedb.table.Table | None = None
        self._searched_by: tuple[str, str] = ("", "")
        self._stood: dict[str, int] = {}

    # Queries ----------------------------------------------------------------------------------------------------------

    def dense(
        self, vector: NDArray[np.float32] | ModelVector, limit: int, where: str | None, *, exact: bool = True
    ) -> list[Hit]:
        """Nearest chunks by cosine similarity, best first; ``where`` is applied before the search.

        Raises VectorsReplaced for a vector of a model that is neither the built-in one nor the one that it is searched
        by. Unless ``exact``, by the vector index, if there is a sound one: it may overlook one in a thousand.
        """

        def query(table: lancedb.table.Table) -> list[Hit]:
            numbers, column = self._to_compare(table, vector)
            return near(nearest(numbers, limit, column, exact=exact)(table), where)

        try:
            return self._remembered(self._read(query))
        except (OSError, RuntimeError):
            if exact:
                raise
            _log.warning("the vector index cannot be read; searching without it", exc_info=True)
        return self.dense(vector, limit, where)

    def keyword(self, terms: Sequence[str], limit: int, where: str | None) -> list[Hit]:
        """Best chunks by BM25 with any of these terms, of those that the full-text index covers.

        ``where`` is applied before the search. Statistics are the index's: scores depend on neither it nor ``limit``.
        """
        return self._remembered(
            self._read(lambda table: hits(full_text(table, terms, limit).fast_search(), where, "_score", float))
        )

    def keyword_rows(self, terms: Sequence[str], limit: int) -> tuple[NDArray[np.uint64], NDArray[np.float32]]:
        """The same as row ids and BM25, in no order; they mean something only beside what ``held`` gives."""

        def query(table: lancedb.table.Table) -> list[pa.Table]:
            return [full_text(table, terms, limit).fast_search().select(["_score"]).with_row_id(True).to_arrow()]

        found = self._read(query)
        if not found:
            return np.zeros(0, np.uint64), np.zeros(0, np.float32)
        return found[0].column("_rowid").to_numpy(), found[0].column("_score").to_numpy()

    def keyword_unindexed(self, terms: Sequence[str], where: str) -> list[Hit]:
        """Every matching chunk of ``where`` by BM25, whether or not the index covers it.

        What is not covered is weighed by the statistics of ``where``: only the same ``where`` gives the same scores.
        """

        def query(table: lancedb.table.Table) -> list[Hit]:
            return hits(full_text(table, terms, max(1, table.count_rows(where))), where, "_score", float)

        return self._read(query)

    def holding(self, words: Sequence[Collection[str]], where: str | None) -> list[Text]:
        """Every chunk that holds a term of each of these sets, whether or not the index covers it."""

        def query(table: lancedb.table.Table) -> list[Text]:
            search = cast("lancedb.query.LanceFtsQueryBuilder", table.search(each_of(words), query_type="fts"))
            return texts(search.limit(max(1, table.count_rows())), where)

        return self._read(query)

    def rows(self, where: str, also: Sequence[str] = ()) -> list[Row]:
        """Whole rows, in no order; ``also`` reads columns that are needed only where rows are written anew."""

        def query(table: lancedb.table.Table) -> list[Row]:
            found = table.search().where(where).select([*self._row_columns(table), *also]).limit(None)
            return list(rows(found.to_arrow(), self._named_in(table)))

        return self._read(query)

    def fetch(self, ids: Iterable[str]) -> list[Row]:
        """Whole rows of these chunks, in no order: by where they stood, and else by their ids."""
        wanted = frozenset(ids)
        stood = self._places_of(wanted)

        def query(table: lancedb.table.Table) -> list[Row]:
            taken = table.take_row_ids(stood).select(self._row_columns(table)).to_arrow()
            return [row for row in rows(taken, self._named_in(table)) if row.chunk.id in wanted]

        found = self._read(query) if stood else []
        missing = wanted - {row.chunk.id for row in found}
        return found + self.rows(one_of("id", missing)) if missing else found

    def held(self, moment: int) -> Held | None:
        """The latest version in memory; None where there is no table, or it is too large for that.

        ``moment`` rises whenever a table may have been dropped and made anew, which begins its versions again.
        """
        found = self._read(lambda table: [self._holding.of(table, self._named_in(table), moment)])
        return found[0] if found else None

    def count(self) -> int:
        """How many rows there are, those of hidden documents included."""
        return sum(self._read(lambda table: [int(table.count_rows())]))

    # Changes, under the writer's lock ---------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Make sure that the table is there, is of this model and this version, and has its indexes."""
        with self._disk_trouble():
            if self._exists() and not self._is_ours():
                self.drop()
            if not self._exists():
                self._connect().create_table(self._name(), schema=stamped(self._schema()))
            index_terms_and_ids(self._open())

    def add(self, entries: Iterable[Row]) -> None:
        """Append rows in one commit, streaming."""
        import pyarrow as pa

        schema = self._schema()
        with self._disk_trouble():
            self._open().add(pa.RecordBatchReader.from_batches(schema, batches(entries, schema)))

    def delete(self, where: str) -> None:
        """Delete rows, so that no query finds them; their bytes stay until the table is written anew."""
        if self._exists():
            with self._disk_trouble():
                self._open().delete(where)

    def optimize(self) -> None:
        """Bring the indexes up to date, merge small files, and sweep what no version needs any more.

        Reads that are under way begin again (see ``ATTEMPTS``). With the writer's lock held nobody else can be writing
        the files that no version knows yet, so they too can go.
        """
        with self._disk_trouble():
            self._open().optimize(cleanup_older_than=timedelta(milliseconds=1), delete_unverified=True)

    def index_vectors(self) -> None:
        """Make the vector index where it pays, and is missing, unreadable or behind; give it up where it does not."""
        if self._exists():
            with self._disk_trouble():
                index_vectors(self._open())
            self._handle = None  # it has grown: more of it may stand in memory

    def wants_vector_index(self) -> bool:
        """Whether ``index_vectors`` would do anything; no lock is needed to ask."""
        return any(self._read(lambda table: [wants_vector_index(table)]))

    def rewrite(self, where: str) -> str:
        """Copy the rows of ``where`` with nothing else into a new table, indexed and on disk on return; its name."""
        kept = self._open().search().where(where).select(self._schema().names).to_batches(BATCH)
        with self._succession(kept) as successor:
            return successor.name

    def renew(self, lots: Iterable[Sequence[Row]], named: NamedModel | None = None) -> str:
        """Write these rows and nothing else into a new table, indexed and on disk on return; its name.

        Rows come in lots, as LanceDB cannot be asked for some of the old table while it waits for some of the new, and
        with the vectors of the model that is ``named``, if it is not the same as before.
        """
        import pyarrow as pa

        schema = self._schema(named)
        with self._succession(schema=schema) as successor:
            for lot in lots:
                successor.add(pa.RecordBatchReader.from_batches(schema, batches(lot, schema)))
        return successor.name

    def next_name(self) -> str:
        """Name the table that follows, never as one that an open handle may still mean, and make room for it."""
        number = self._name().removeprefix(FIRST).removeprefix("-")
        name = f"{FIRST}-{int(number or 0) + 1}"
        with self._disk_trouble():
            self._make_room(name)
        return name

    def sweep(self) -> bool:
        """Delete every table but the present one; False where that cannot be now."""
        present = self._place(self._name())
        others = [table for table in self.folder.glob("*.lance") if table != present]
        return all(list(map(delete_folder, others)))

    def drop(self) -> None:
        """Give up the table with everything in it."""
        with self._disk_trouble():
            self._handle = None
            if self._exists():
                self._connect().drop_table(self._name())

    # ------------------------------------------------------------------------------------------------------------------

    def _remembered(self, hits: list[Hit]) -> list[Hit]:
        """Remember where these were found."""
        if len(self._stood) > MOST_REMEMBERED:
            self._stood = {}
        self._stood.update((hit.chunk_id, hit.row) for hit in hits)
        return hits

    def _places_of(self, ids: Iterable[str]) -> list[int]:
        """Where LanceDB had these chunks when they were last seen, as far as that is known."""
        held = self._holding.present
        if held is None:
            return [row for id_ in ids if (row := self._stood.get(id_)) is not None]
        return [int(held.rows[place]) for id_ in ids if (place := held.places.get(id_)) is not None]

    @contextmanager
    def _succession(
        self, content: Iterable[pa.RecordBatch] | None = None, schema: pa.Schema | None = None
    ) -> Iterator[lancedb.table.Table]:
        """Make the table that follows the present one; it has its indexes and is on disk when the block ends."""
        name = self.next_name()
        with self._disk_trouble():
            successor = self._connect().create_table(name, data=content, schema=stamped(schema or self._schema()))
            yield successor
            index_terms_and_ids(successor)
            index_vectors(successor)
            self._settle(name)

    def _make_room(self, name: str) -> None:
        """Delete what a program that died has left of a table of this name."""
        delete_folder(self._place(name))

    def _settle(self, name: str) -> None:
        """Have a table on disk."""
        settle(self._place(name))

    def _read(self, query: Callable[[lancedb.table.Table], list[_Found]], attempts: int = ATTEMPTS) -> list[_Found]:
        """Run a query; again where a change has swept away the version it was reading, or the table with all in it."""
        try:
            return query(self._open())
        except (RuntimeError, ValueError) as error:
            if attempts == 1 or "not found" not in str(error).lower():
                raise
        self._handle = None
        return self._read(query, attempts - 1) if self._exists() else []

    def _open(self) -> lancedb.table.Table:
        """Return the table, which always shows its latest version. Raises LibraryTooNew."""
        name = self._name()
        with self._opening:
            if self._handle is None or self._handle.name != name:
                table = self._connect().open_table(name)
                _refuse_newer(self.folder, table)
                if session(size := _numbers(table)) is not session():
                    table = self._connect(size).open_table(name)
                self._handle = table
            return self._handle

    def _schema(self, named: NamedModel | None = None) -> pa.Schema:
        return chunk_schema(self._model, self._named() if named is None else named)

    def _connect(self, size: int = 0) -> lancedb.db.DBConnection:
        """Connect to where the tables are, for one with so many numbers in its vectors; cheap, it only names it."""
        return connect(self.folder, size)

    def _disk_trouble(self) -> AbstractContextManager[None]:
        """What a change is made in. Raises FolderUnusable where the disk is full or closed to us."""
        return disk_trouble(self.folder)

    def _named_in(self, table: lancedb.table.Table) -> str:
        """Which other model's vectors a table holds; it never changes, and asking LanceDB takes a third of a ms."""
        name, named = self._searched_by
        if name != table.name:
            named = (table.schema.metadata or {}).get(NAMED_KEY, b"").decode()
            self._searched_by = (table.name, named)
        return named

    def _to_compare(
        self, table: lancedb.table.Table, vector: NDArray[np.float32] | ModelVector
    ) -> tuple[NDArray[np.float32], str]:
        """The numbers of a vector, and where those are that they can be compared with. Raises VectorsReplaced."""
        if isinstance(vector, ModelVector):
            if vector.model != (present := self._named_in(table)):
                raise VectorsReplaced(present, vector.model)
            return vector.vector, NAMED
        return vector, VECTOR

    def _row_columns(self, table: lancedb.table.Table) -> list[str]:
        return [*ROW_COLUMNS, *([NAMED] if self._named_in(table) else [])]

    def _exists(self) -> bool:
        """Whether there is a table at all; none is made before the first document comes."""
        return self._name() in self._connect().list_tables().tables

    def _place(self, name: str) -> Path:
        """Where LanceDB keeps a table."""
        return self.folder / f"{name}.lance"

    def _is_ours(self) -> bool:
        """Whether the table is of our model and this version; what exists has been brought up to date before."""
        made, ours = self._open().schema.metadata, self._schema().metadata
        return all(made.get(key) == ours[key] for key in (MODEL_KEY, VERSION_KEY))


def _refuse_newer(folder: Path, table: lancedb.table.Table) -> None:
    """Leave a table alone that a later version of the program has made."""
    found = int(table.schema.metadata.get(VERSION_KEY, b"0"))
    if found > SCHEMA_VERSION:
        raise LibraryTooNew(folder, found, SCHEMA_VERSION)


def _numbers(table: lancedb.table.Table) -> int:
    """How many numbers there are in all vectors that a table is searched by."""
    return int(table.count_rows() * table.schema.field(searched_column(table.schema)).type.list_size)
