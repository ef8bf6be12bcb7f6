"""The chunk table's columns, and the way from records to rows and back.

The schema carries its own version and the fingerprint of the model that made the vectors; a table that says otherwise
is never read as if it were ours. Token vectors are not here but in ``storage/token_files.py``; a row says where.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from storage.records import BUILT_IN, Chunk, ModelVector
from storage.token_files import TokenSpan

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from storage.records import NamedModel, NewDocument

__all__ = [
    "BATCH",
    "DIMENSION",
    "MODEL_KEY",
    "NAMED",
    "NAMED_KEY",
    "ROW_COLUMNS",
    "SCHEMA_VERSION",
    "VECTOR",
    "VERSION_KEY",
    "Row",
    "batches",
    "chunk_schema",
    "rows",
    "rows_of",
    "searched_column",
]

SCHEMA_VERSION = 2
"""2: the terms that the full-text index holds, analysed by us, in the place of the text for LanceDB to analyse."""
DIMENSION = 384
"""Of all-MiniLM-L6-v2's sentence vectors."""

VERSION_KEY = b"footnote.version"
MODEL_KEY = b"footnote.model"
NAMED_KEY = b"footnote.named"

VECTOR, NAMED = "vector", "named"
"""The columns of the built-in model's vectors, and, where one was named, of another model's."""

SPAN_COLUMNS = {"token_start": "start", "token_count": "count", "token_dimension": "width"}
"""Which part of a token span each holds; the last has its name from when every dimension took a byte."""
ROW_COLUMNS = (*Chunk.__slots__, *SPAN_COLUMNS, VECTOR)
"""What ``rows`` needs of a table, beside the vectors of another model where it has them."""

BATCH = 512
"""Rows converted at once: a long document streams to disk instead of standing in memory twice."""


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """What the table holds of one chunk."""

    chunk: Chunk
    vector: NDArray[np.float32]
    """Of the built-in model: shape (384,), unit length."""
    tokens: TokenSpan
    terms: str = ""
    """What the full-text index holds of it, with a space in between; read only where rows are written anew."""
    named: ModelVector | None = None


def chunk_schema(model: str, named: NamedModel = BUILT_IN) -> pa.Schema:
    """Return the columns of version 2, for vectors of ``model``, and of the model ``named`` where there is one."""
    import pyarrow as pa

    text, number, place = pa.string(), pa.int32(), pa.int64()
    columns = {
        "id": text,
        "document_id": text,
        "ordinal": number,
        "place": text,
        "heading": text,
        "prefix": text,
        "text": text,
        "char_start": number,
        "char_end": number,
        "terms": text,
        "token_start": place,
        "token_count": number,
        "token_dimension": number,
        VECTOR: pa.list_(pa.float32(), DIMENSION),
    }
    said = {VERSION_KEY: str(SCHEMA_VERSION), MODEL_KEY: model}
    if named != BUILT_IN:
        columns[NAMED] = pa.list_(pa.float32(), named.dimension)
        said[NAMED_KEY] = named.name
    fields = [pa.field(name, kind, nullable=False) for name, kind in columns.items()]
    fields.append(pa.field("page", number, nullable=True))
    return pa.schema(fields, said)


def searched_column(schema: pa.Schema) -> str:
    """Which vectors a table is searched by: those of the named model, where it has any."""
    return NAMED if NAMED in schema.names else VECTOR


def rows_of(new: NewDocument, spans: Sequence[TokenSpan], terms: Sequence[str]) -> Iterator[Row]:
    """A document's rows, with where its token vectors are and what the index holds of each."""
    parts = zip(new.chunks, spans, terms, strict=True)
    return (Row(encoded.chunk, encoded.vector, span, its, encoded.named) for encoded, span, its in parts)


def batches(entries: Iterable[Row], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Rows as Arrow, a few hundred at a time."""
    waiting: list[Row] = []
    for entry in entries:
        waiting.append(entry)
        if len(waiting) == BATCH:
            yield _batch(waiting, schema)
            waiting = []
    if waiting:
        yield _batch(waiting, schema)


def _batch(entries: Sequence[Row], schema: pa.Schema) -> pa.RecordBatch:
    """Some rows, column by column."""
    import pyarrow as pa

    made = {
        VECTOR: [entry.vector for entry in entries],
        NAMED: [entry.named.vector for entry in entries if entry.named],
    }
    columns = [
        _vectors(made[field.name], field.type)
        if field.name in made
        else pa.array([_value(entry, field.name) for entry in entries], field.type)
        for field in schema
    ]
    return pa.record_batch(columns, schema=schema)


def _vectors(vectors: Sequence[NDArray[np.float32]], kind: pa.FixedSizeListType) -> pa.FixedSizeListArray:
    """Vectors as one column."""
    import pyarrow as pa

    flat = np.ascontiguousarray(vectors, np.float32).ravel()
    return pa.FixedSizeListArray.from_arrays(pa.array(flat), kind.list_size)


def _value(entry: Row, column: str) -> object:
    """One cell; every column but the terms and the token span's is an attribute of the chunk."""
    if column == "terms":
        return entry.terms
    if part := SPAN_COLUMNS.get(column):
        return getattr(entry.tokens, part)
    return getattr(entry.chunk, column)


def rows(table: pa.Table, named: str = "") -> Iterator[Row]:
    """Arrow as rows, with the vectors of the model ``named`` where there is one; they are views of its memory."""
    own = _matrix(table, VECTOR)
    others = [ModelVector(named, vector) for vector in _matrix(table, NAMED)] if named else [None] * len(own)
    chunks = zip(*(table.column(name).to_pylist() for name in Chunk.__slots__), strict=True)
    spans = zip(*(table.column(name).to_pylist() for name in SPAN_COLUMNS), strict=True)
    terms = table.column("terms").to_pylist() if "terms" in table.column_names else [""] * len(own)
    for chunk, span, vector, held, other in zip(chunks, spans, own, terms, others, strict=True):
        yield Row(Chunk(*chunk), vector, TokenSpan(*span), held, other)


def _matrix(table: pa.Table, column: str) -> NDArray[np.float32]:
    """A column of vectors, shape (rows, dimension)."""
    size = table.schema.field(column).type.list_size
    vectors: NDArray[np.float32] = table.column(column).combine_chunks().flatten().to_numpy().reshape(-1, size)
    return vectors
