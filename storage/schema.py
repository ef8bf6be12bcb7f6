"""The chunk table's columns, and the way from records to rows and back.

The schema carries its own version and the fingerprint of the model that made the vectors; a table that says otherwise
is never read as if it were ours. Token vectors are not here but in ``storage/token_files.py``; a row says where.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from storage.records import Chunk
from storage.token_files import TokenSpan

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from storage.records import NewDocument

__all__ = [
    "BATCH",
    "DIMENSION",
    "MODEL_KEY",
    "ROW_COLUMNS",
    "SCHEMA_VERSION",
    "VERSION_KEY",
    "Row",
    "batches",
    "chunk_schema",
    "rows",
    "rows_of",
]

SCHEMA_VERSION = 2
"""2: the terms that the full-text index holds, analysed by us, in the place of the text for LanceDB to analyse."""
DIMENSION = 384
"""Of all-MiniLM-L6-v2's sentence vectors."""

VERSION_KEY = b"footnote.version"
MODEL_KEY = b"footnote.model"

SPAN_COLUMNS = {"token_start": "start", "token_count": "count", "token_dimension": "width"}
"""Which part of a token span each holds; the last has its name from when every dimension took a byte."""
ROW_COLUMNS = (*Chunk.__slots__, *SPAN_COLUMNS, "vector")
"""What ``rows`` needs of a table."""

BATCH = 512
"""Rows converted at once: a long document streams to disk instead of standing in memory twice."""


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """What the table holds of one chunk."""

    chunk: Chunk
    vector: NDArray[np.float32]
    """Shape (384,), unit length."""
    tokens: TokenSpan
    terms: str = ""
    """What the full-text index holds of it, with a space in between; not known of a row that was read."""


def chunk_schema(model: str) -> pa.Schema:
    """Return the columns of version 2, for vectors of ``model``."""
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
        "vector": pa.list_(pa.float32(), DIMENSION),
    }
    fields = [pa.field(name, kind, nullable=False) for name, kind in columns.items()]
    fields.append(pa.field("page", number, nullable=True))
    return pa.schema(fields, {VERSION_KEY: str(SCHEMA_VERSION), MODEL_KEY: model})


def rows_of(new: NewDocument, spans: Sequence[TokenSpan], terms: Sequence[str]) -> Iterator[Row]:
    """A document's rows, with where its token vectors are and what the index holds of each."""
    parts = zip(new.chunks, spans, terms, strict=True)
    return (Row(encoded.chunk, encoded.vector, span, its) for encoded, span, its in parts)


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

    flat = np.ascontiguousarray([entry.vector for entry in entries], np.float32).ravel()
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(flat), DIMENSION)
    columns = [
        vectors if field.name == "vector" else pa.array([_value(entry, field.name) for entry in entries], field.type)
        for field in schema
    ]
    return pa.record_batch(columns, schema=schema)


def _value(entry: Row, column: str) -> object:
    """One cell; every column but the terms and the token span's is an attribute of the chunk."""
    if column == "terms":
        return entry.terms
    if part := SPAN_COLUMNS.get(column):
        return getattr(entry.tokens, part)
    return getattr(entry.chunk, column)


def rows(table: pa.Table) -> Iterator[Row]:
    """Arrow as rows; the vectors are views of the table's memory."""
    vectors = table.column("vector").combine_chunks().flatten().to_numpy().reshape(-1, DIMENSION)
    chunks = zip(*(table.column(name).to_pylist() for name in Chunk.__slots__), strict=True)
    spans = zip(*(table.column(name).to_pylist() for name in SPAN_COLUMNS), strict=True)
    for chunk, span, vector in zip(chunks, spans, vectors, strict=True):
        yield Row(Chunk(*chunk), vector, TokenSpan(*span))
