"""Brings a data folder of an earlier version of the program up to date, in place, where a step in SQLite does not do.

Documents that came in before words were analysed by their language are analysed now, and the chunk table is written
anew with what was found. A program that dies in it leaves everything as it was.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from storage.analysis import analysed
from storage.chunk_queries import one_of
from storage.vocabulary import pack

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from storage.admission import Admission
    from storage.catalogue import Catalogue
    from storage.chunk_table import ChunkTable
    from storage.records import Document
    from storage.schema import Row

__all__ = ["analyse_anew", "lots_of"]

_CHUNKS_AT_ONCE = 4000


def analyse_anew(catalogue: Catalogue, admission: Admission, table: ChunkTable) -> None:
    """Analyse every document that exists, and make a table of the result the present one; not where that was done."""
    if not catalogue.unanalysed():
        return
    documents = catalogue.documents()
    nothing = analysed(())
    vocabularies = {document.id: (nothing.language, pack(nothing.words)) for document in documents}

    def analysed_lots() -> Iterator[list[Row]]:
        for lot in lots_of(documents):
            rows = sorted(table.rows(one_of("document_id", lot)), key=_position)
            analysed_rows: list[Row] = []
            for document_id, group in groupby(rows, lambda row: row.chunk.document_id):
                of_one = list(group)
                found = analysed([row.chunk.indexed_text for row in of_one])
                vocabularies[document_id] = found.language, pack(found.words)
                pairs = zip(of_one, found.terms, strict=True)
                analysed_rows += (replace(row, terms=terms) for row, terms in pairs)
            yield analysed_rows

    name = table.renew(analysed_lots())
    admission.mark_indexed(name, ((id_, *vocabulary) for id_, vocabulary in vocabularies.items()))
    table.sweep()


def lots_of(documents: Iterable[Document]) -> Iterator[list[str]]:
    """Ids of documents, as many at once as have so many chunks together."""
    lot: list[str] = []
    chunks = 0
    for document in documents:
        lot.append(document.id)
        chunks += document.chunks
        if chunks >= _CHUNKS_AT_ONCE:
            yield lot
            lot, chunks = [], 0
    if lot:
        yield lot


def _position(row: Row) -> tuple[str, int]:
    """Where a row stands: document by document, in order."""
    return row.chunk.document_id, row.chunk.ordinal
