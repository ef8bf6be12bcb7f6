"""The chunks in LanceDB: one table, searched by meaning and by words.

Owns the table, its indexes and the two kinds of query, and knows nothing of which documents exist nor of what makes a
term: the caller says which ids and which terms count, and calls every change under the writer's lock. LanceDB is
imported when the table is first touched.

A vector index would not pay below some 50,000 chunks: an exact scan of 12,000 takes 10 ms.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, TypeVar, cast

from storage.errors import FolderUnusable, LibraryTooNew
from storage.files import delete_folder, settle
from storage.schema import (
    BATCH,
    MODEL_KEY,
    ROW_COLUMNS,
    SCHEMA_VERSION,
    VERSION_KEY,
    batches,
    chunk_schema,
    rows,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    import lancedb
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from storage.schema import Row

__all__ = ["ChunkTable", "Hit", "Text", "one_of"]

_Found = TypeVar("_Found")

FIRST = "chunks"
"""Name of the first table; those that take its place have a number behind it."""
ATTEMPTS = 4
"""A read that meets a file which a compaction has just swept away starts again on the version that replaced it."""

INDEX_CACHE, METADATA_CACHE = 256_000_000, 64_000_000
"""Bytes."""
DISK_SIGNS = ("No space left", "Permission denied", "Read-only", "os error 112", "os error 5")
"""What the errors of a full or closed disk share (Windows says it in numbers): they have no type of their own."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that a query found."""

    chunk_id: str
    document_id: str
    score: float
    """Cosine similarity or BM25: more is better."""


@dataclass(frozen=True, slots=True)
class Text:
    """What is written in a chunk."""

    chunk_id: str
    document_id: str
    text: str


class ChunkTable:
    """The present table of one data folder, opened when it is first needed."""

    def __init__(self, folder: Path, model: str, name: Callable[[], str] = lambda: FIRST) -> None:
        """``name`` says which table is the present one: that changes when one is written anew."""
        self._folder = folder
        self._model = model
        self._name = name
        self._opening = threading.Lock()
        self._handle: lancedb.table.Table | None = None

    # Queries ----------------------------------------------------------------------------------------------------------

    def dense(self, vector: NDArray[np.float32], limit: int, where: str | None) -> list[Hit]:
        """Nearest chunks by cosine similarity, best first; ``where`` is applied before the search."""

        def query(table: lancedb.table.Table) -> list[Hit]:
            search = cast("lancedb.query.LanceVectorQueryBuilder", table.search(vector, "vector", query_type="vector"))
            return _hits(
                search.distance_type("cosine").limit(limit), where, "_distance", lambda distance: 1.0 - distance
            )

        return self._read(query)

    def keyword(self, terms: Sequence[str], limit: int, where: str | None) -> list[Hit]:
        """Best chunks by BM25 with any of these terms, of those that the full-text index covers.

        ``where`` is applied before the search.
        BM25's statistics are those of the index, so a chunk's score does not depend on ``where`` or ``limit``.
        """
        return self._read(lambda table: _hits(_full_text(table, terms, limit).fast_search(), where, "_score", float))

    def keyword_unindexed(self, terms: Sequence[str], where: str) -> list[Hit]:
        """Every matching chunk of ``where`` by BM25, whether or not the index covers it.

        What is not covered is weighed by the statistics of ``where``: only the same ``where`` gives the same scores.
        """

        def query(table: lancedb.table.Table) -> list[Hit]:
            return _hits(_full_text(table, terms, max(1, table.count_rows(where))), where, "_score", float)

        return self._read(query)

    def holding(self, words: Sequence[Collection[str]], where: str | None) -> list[Text]:
        """Every chunk that holds a term of each of these sets, whether or not the index covers it."""

        def query(table: lancedb.table.Table) -> list[Text]:
            search = cast("lancedb.query.LanceFtsQueryBuilder", table.search(_each_of(words), query_type="fts"))
            return _texts(search.limit(max(1, table.count_rows())), where)

        return self._read(query)

    def rows(self, where: str) -> list[Row]:
        """Whole rows, in no order."""

        def query(table: lancedb.table.Table) -> list[Row]:
            return list(rows(table.search().where(where).select(list(ROW_COLUMNS)).limit(None).to_arrow()))

        return self._read(query)

    def count(self) -> int:
        """How many rows there are, those of hidden documents included."""
        return sum(self._read(lambda table: [int(table.count_rows())]))

    # Changes, under the writer's lock ---------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Make sure that the table is there, is of this model and has its indexes."""
        with self._disk_trouble():
            if self._exists() and not self._is_ours():
                self.drop()
            if not self._exists():
                self._connect().create_table(self._name(), schema=chunk_schema(self._model))
            self._index(self._open())

    def add(self, entries: Iterable[Row]) -> None:
        """Append rows in one commit, streaming."""
        import pyarrow as pa

        schema = chunk_schema(self._model)
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

    def rewrite(self, where: str) -> str:
        """Copy the rows of ``where`` with nothing else into a new table, indexed and on disk on return; its name."""
        kept = self._open().search().where(where).select(chunk_schema(self._model).names).to_batches(BATCH)
        with self._succession(kept) as successor:
            return successor.name

    def renew(self, lots: Iterable[Sequence[Row]]) -> str:
        """Write these rows and nothing else into a new table, indexed and on disk on return; its name.

        Rows come in lots, as LanceDB cannot be asked for some of the old table while it waits for some of the new.
        """
        import pyarrow as pa

        schema = chunk_schema(self._model)
        with self._succession() as successor:
            for lot in lots:
                successor.add(pa.RecordBatchReader.from_batches(schema, batches(lot, schema)))
        return successor.name

    def sweep(self) -> bool:
        """Delete every table but the present one; False where that cannot be now."""
        present = self._place(self._name())
        others = [table for table in self._folder.glob("*.lance") if table != present]
        return all(list(map(delete_folder, others)))

    def drop(self) -> None:
        """Give up the table with everything in it."""
        with self._disk_trouble():
            self._handle = None
            if self._exists():
                self._connect().drop_table(self._name())

    # ------------------------------------------------------------------------------------------------------------------

    @contextmanager
    def _succession(self, content: Iterable[pa.RecordBatch] | None = None) -> Iterator[lancedb.table.Table]:
        """Make the table that follows the present one; it has its indexes and is on disk when the block ends."""
        name = _successor(self._name())
        with self._disk_trouble():
            delete_folder(self._place(name))
            successor = self._connect().create_table(name, data=content, schema=chunk_schema(self._model))
            yield successor
            self._index(successor)
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
                _refuse_newer(self._folder, table)
                self._handle = table
            return self._handle

    def _connect(self) -> lancedb.db.DBConnection:
        """Connect to the folder; cheap, it only names it."""
        import lancedb

        return lancedb.connect(self._folder, read_consistency_interval=timedelta(0), session=_session())

    def _exists(self) -> bool:
        """Whether there is a table at all; none is made before the first document comes."""
        return self._name() in self._connect().list_tables().tables

    def _place(self, name: str) -> Path:
        """Where LanceDB keeps a table."""
        return self._folder / f"{name}.lance"

    def _is_ours(self) -> bool:
        """Whether the table that is there was made for our model."""
        return bool(self._open().schema.metadata.get(MODEL_KEY) == self._model.encode())

    def _index(self, table: lancedb.table.Table) -> None:
        """Make the indexes that are missing: all of them at first, some after a crash in between."""
        from lancedb.index import FTS, BTree

        # Terms are analysed already: LanceDB is to take them as they are.
        terms = FTS(
            base_tokenizer="whitespace",
            lower_case=False,
            stem=False,
            remove_stop_words=False,
            ascii_folding=False,
            max_token_length=None,
        )
        wanted: dict[str, FTS | BTree] = {"terms": terms, "id": BTree(), "document_id": BTree()}
        there = {column for index in table.list_indices() for column in index.columns}
        for column in wanted.keys() - there:
            table.create_index(column, config=wanted[column])

    @contextmanager
    def _disk_trouble(self) -> Iterator[None]:
        """Say that the disk is full or closed to us, where LanceDB says so."""
        try:
            yield
        except (OSError, RuntimeError) as error:
            if not any(sign in str(error) for sign in DISK_SIGNS):
                raise
            raise FolderUnusable(self._folder, str(error)) from error


@cache
def _session() -> lancedb.Session:
    """What LanceDB keeps in memory, for all tables together: left alone it would keep each version that it has seen."""
    import lancedb

    return lancedb.Session(index_cache_size_bytes=INDEX_CACHE, metadata_cache_size_bytes=METADATA_CACHE)


def one_of(column: str, values: Iterable[str]) -> str:
    """Return the condition that a column is one of these values, of which there must be one at least."""
    return f"{column} IN ({', '.join(map(_quoted, sorted(values)))})"


def _successor(name: str) -> str:
    """Return the name that follows: never one that an open handle may still mean."""
    number = name.removeprefix(FIRST).removeprefix("-")
    return f"{FIRST}-{int(number or 0) + 1}"


def _quoted(value: str) -> str:
    """Spell a string as SQL does."""
    return "'" + value.replace("'", "''") + "'"


def _full_text(table: lancedb.table.Table, terms: Sequence[str], limit: int) -> lancedb.query.LanceFtsQueryBuilder:
    """Any of these terms; a match query takes them as they are, so nothing in a question can be an operator."""
    from lancedb.query import MatchQuery

    match = MatchQuery(" ".join(terms), "terms")  # type: ignore[call-arg]  # (its defaults are invisible to a type checker)
    return cast("lancedb.query.LanceFtsQueryBuilder", table.search(match, query_type="fts").limit(limit))


def _each_of(words: Iterable[Collection[str]]) -> lancedb.query.BooleanQuery:
    """One term of each of these sets."""
    from lancedb.query import BooleanQuery, MatchQuery, Occur

    return BooleanQuery([(Occur.MUST, MatchQuery(" ".join(sorted(terms)), "terms")) for terms in words])  # type: ignore[call-arg]


def _texts(search: lancedb.query.LanceQueryBuilder, where: str | None) -> list[Text]:
    """Run a search for what is written, prefix and all."""
    limited = search if where is None else search.where(where)
    found = limited.select(["id", "document_id", "prefix", "text", "_score"]).to_arrow().to_pylist()
    return [Text(row["id"], row["document_id"], f"{row['prefix']}\n{row['text']}") for row in found]


def _hits(
    search: lancedb.query.LanceQueryBuilder, where: str | None, column: str, score: Callable[[float], float]
) -> list[Hit]:
    """Run a search; best first, equal ones in the order of their ids, so that a question always gives the same list."""
    limited = search if where is None else search.where(where)
    found = limited.select(["id", "document_id", column]).to_arrow()
    columns = (found.column(name).to_pylist() for name in ("id", "document_id", column))
    hits = [Hit(chunk_id, document_id, score(value)) for chunk_id, document_id, value in zip(*columns, strict=True)]
    return sorted(hits, key=lambda hit: (-hit.score, hit.chunk_id))


def _refuse_newer(folder: Path, table: lancedb.table.Table) -> None:
    """Leave a table alone that a later version of the program has made."""
    found = int(table.schema.metadata.get(VERSION_KEY, b"0"))
    if found > SCHEMA_VERSION:
        raise LibraryTooNew(folder, found, SCHEMA_VERSION)
