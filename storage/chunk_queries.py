"""The queries that the chunk table is asked, as LanceDB wants them put, and their results as values.

Owns conditions, full-text and vector queries, and the order of what they find. Which table they run on, and what
becomes of one that fails, is not known here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    import lancedb

__all__ = ["Hit", "Text", "each_of", "full_text", "hits", "near", "one_of", "texts"]


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that a query found."""

    chunk_id: str
    document_id: str
    score: float
    """Cosine similarity or BM25: more is better."""
    row: int
    """LanceDB's id of the row in this version of the table; a later one may have it elsewhere."""


@dataclass(frozen=True, slots=True)
class Text:
    """What is written in a chunk."""

    chunk_id: str
    document_id: str
    text: str


def one_of(column: str, values: Iterable[str]) -> str:
    """Return the condition that a column is one of these values, of which there must be one at least."""
    return f"{column} IN ({', '.join(map(_quoted, sorted(values)))})"


def full_text(table: lancedb.table.Table, terms: Sequence[str], limit: int) -> lancedb.query.LanceFtsQueryBuilder:
    """Any of these terms; a match query takes them as they are, so nothing in a question can be an operator."""
    from lancedb.query import MatchQuery

    match = MatchQuery(" ".join(terms), "terms")  # type: ignore[call-arg]  # (its defaults are invisible to a type checker)
    return cast("lancedb.query.LanceFtsQueryBuilder", table.search(match, query_type="fts").limit(limit))


def near(search: lancedb.query.LanceVectorQueryBuilder, where: str | None) -> list[Hit]:
    """Run a search by meaning."""
    return hits(search, where, "_distance", lambda distance: 1.0 - distance)


def each_of(words: Iterable[Collection[str]]) -> lancedb.query.BooleanQuery:
    """One term of each of these sets."""
    from lancedb.query import BooleanQuery, MatchQuery, Occur

    return BooleanQuery([(Occur.MUST, MatchQuery(" ".join(sorted(terms)), "terms")) for terms in words])  # type: ignore[call-arg]


def texts(search: lancedb.query.LanceQueryBuilder, where: str | None) -> list[Text]:
    """Run a search for what is written, prefix and all."""
    limited = search if where is None else search.where(where)
    found = limited.select(["id", "document_id", "prefix", "text", "_score"]).to_arrow().to_pylist()
    return [Text(row["id"], row["document_id"], f"{row['prefix']}\n{row['text']}") for row in found]


def hits(
    search: lancedb.query.LanceQueryBuilder, where: str | None, column: str, score: Callable[[float], float]
) -> list[Hit]:
    """Run a search; best first, equal ones in the order of their ids, so that a question always gives the same list."""
    limited = search if where is None else search.where(where)
    found = limited.select(["id", "document_id", column]).with_row_id(True).to_arrow()
    columns = (found.column(name).to_pylist() for name in ("id", "document_id", column, "_rowid"))
    rows = zip(*columns, strict=True)
    in_no_order = (Hit(id_, document_id, score(value), row) for id_, document_id, value, row in rows)
    return sorted(in_no_order, key=lambda hit: (-hit.score, hit.chunk_id))


def _quoted(value: str) -> str:
    """Spell a string as SQL does."""
    return "'" + value.replace("'", "''") + "'"
