"""Both arms of retrieval over the chunk table, as the catalogue sees it at one moment.

Owns what a query may see and what its scores mean: scope is applied before the search, nothing that does not exist is
found, and a chunk's keyword score is one number by whatever way it is asked for: a question's terms are those of all
the library's languages, whatever is searched. It changes nothing.

LanceDB weighs a chunk that its full-text index does not cover yet by the statistics of the rows that pass the query's
own condition, so that the same chunk would score differently under another scope. Therefore there are two queries as
long as documents are fresh: one over the index alone, whose statistics are its own, and one over all fresh documents,
always the same ones, with the scope applied to its results. That costs 20 ms for a thousand fresh chunks, and nothing
once they are indexed.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from itertools import chain, groupby
from typing import TYPE_CHECKING

import numpy as np

from storage.analysis import forms_of, phrase_pattern, plain, question_terms, words_of
from storage.chunk_queries import one_of
from storage.held import best_of
from storage.languages import DEFAULT, SMALL_WORDS
from storage.records import EncodedChunk, ModelVector

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from storage.catalogue import Snapshot
    from storage.chunk_queries import Hit
    from storage.chunk_table import ChunkTable
    from storage.held import Held
    from storage.records import TokenVectors
    from storage.schema import Row
    from storage.token_files import TokenFiles

__all__ = ["Search", "WordHits", "with_tokens"]

_log = logging.getLogger(__name__)

MOST_SCANNED = 20_000
"""Chunks in scope up to which each is compared: an index leads to the nearest of all, of which few are in the scope."""

MOST_LOOKED_UP = 32
"""Words of a phrase by which passages are chosen that may hold it: LanceDB comes to a bad end over thousands."""


@dataclass(frozen=True, slots=True, eq=False)
class WordHits:
    """What the words of a question found."""

    best: list[tuple[str, float]]
    """Chunk ids and BM25, best first."""
    among: Callable[[Sequence[str]], dict[str, float]]
    """BM25 of the chunks of these ids that hold any of the words, whether or not they are among the best."""


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """The chunks that exist at one moment."""

    table: ChunkTable
    snapshot: Snapshot

    def dense(
        self,
        vector: NDArray[np.float32] | ModelVector,
        limit: int,
        scope: frozenset[str] | None,
        among: Collection[str] | None = None,
        *,
        exact: bool = False,
    ) -> list[tuple[str, float]]:
        """Chunk ids and cosine similarities, best first."""
        searched = _searched(self.snapshot, scope)
        if not searched or (among is not None and not among):
            return []
        held = self.table.held(self.snapshot.revision) if among is None else None
        model, numbers = (vector.model, vector.vector) if isinstance(vector, ModelVector) else ("", vector)
        if held is not None and held.model == model:
            return held.nearest(numbers, limit, self._filter(searched))
        exact = exact or among is not None or sum(map(self.snapshot.sizes.__getitem__, searched)) <= MOST_SCANNED
        where = _where(self.snapshot, searched, among)
        return _visible(self.table.dense(vector, limit, where, exact=exact), searched)

    def keyword(
        self, question: str, limit: int, scope: frozenset[str] | None, among: Collection[str] | None
    ) -> list[tuple[str, float]]:
        """Chunk ids and BM25, best first."""
        searched, terms = _searched(self.snapshot, scope), question_terms(question, self._languages)
        if not searched or not terms or (among is not None and not among):
            return []
        hits = self.table.keyword(terms, limit, _where(self.snapshot, searched, among))
        if self.snapshot.fresh & searched:
            fresh = self.table.keyword_unindexed(terms, one_of("document_id", self.snapshot.fresh))
            hits = _merged(hits, fresh if among is None else _only(fresh, frozenset(among)))
        return _visible(hits, searched)[:limit]

    def words(
        self, question: str, limit: int, scope: frozenset[str] | None, among: Collection[str] | None = None
    ) -> WordHits:
        """What ``keyword`` finds, and what it would find among others, without a second search where that can be."""
        found = self._from_memory(question, limit, scope) if among is None else None
        return found or WordHits(
            self.keyword(question, limit, scope, among),
            lambda ids: dict(self.keyword(question, len(ids), scope, ids)),
        )

    def holding(self, phrase: str, scope: frozenset[str] | None) -> frozenset[str]:
        """Ids of the chunks in which the words of a phrase stand side by side, in this order and in these forms.

        A phrase of nothing but small words, which are not indexed, is in none.
        """
        searched = _searched(self.snapshot, scope)
        indexed = {word for word in words_of(phrase) if not self._is_small(word)}
        words = [forms_of(word, self._languages) for word in sorted(indexed, key=_longest_first)[:MOST_LOOKED_UP]]
        if not searched or not words:
            return frozenset()
        texts = self.table.holding(words, _where(self.snapshot, searched, None))
        found = phrase_pattern(phrase).search
        return frozenset(each.chunk_id for each in texts if each.document_id in searched and found(plain(each.text)))

    def _from_memory(self, question: str, limit: int, scope: frozenset[str] | None) -> WordHits | None:
        """By one search without a limit, told by the rows that are held; None where that cannot be."""
        searched, terms = _searched(self.snapshot, scope), question_terms(question, self._languages)
        if not searched or not terms or self.snapshot.fresh & searched:
            return None
        if (held := self.table.held(self.snapshot.revision)) is None:
            return None
        rows, values = self.table.keyword_rows(terms, len(held.rows))
        places = held.found(rows, self._filter(searched))
        return None if places is None else _hits_in_memory(held, places, values, limit)

    def _filter(self, searched: frozenset[str]) -> frozenset[str] | None:
        """The documents to look at; None where every row qualifies."""
        return None if searched == self.snapshot.ready and not self.snapshot.hidden else searched

    @property
    def _languages(self) -> frozenset[str]:
        return self.snapshot.languages or frozenset({DEFAULT})

    def _is_small(self, word: str) -> bool:
        """Whether documents of some language hold this word without its being indexed."""
        return any(word in SMALL_WORDS[language] for language in self._languages)


def _hits_in_memory(held: Held, places: NDArray[np.int64], values: NDArray[np.float32], limit: int) -> WordHits:
    """Hits of every chunk that holds a word, by their places among those in memory, -1 for one not searched."""
    places, values = places[places >= 0], values[places >= 0]
    order = best_of(values, limit)
    best = held.named(places[order], values[order].tolist())[:limit]
    return WordHits(best, partial(_among, held, places, values))


def _among(held: Held, places: NDArray[np.int64], values: NDArray[np.float32], ids: Sequence[str]) -> dict[str, float]:
    """The values of the chunks of these ids that are among the hits."""
    value_at = np.full(len(held.ids), np.nan, np.float32)
    value_at[places] = values
    known = {id_: float(value_at[held.places[id_]]) for id_ in ids if id_ in held.places}
    return {id_: value for id_, value in known.items() if not np.isnan(value)}


def _where(snapshot: Snapshot, searched: frozenset[str], among: Collection[str] | None) -> str | None:
    """Return the condition that limits a query to these documents and, of these, to some chunks."""
    conditions = [_condition(snapshot, searched), None if among is None else one_of("id", among)]
    return " AND ".join(filter(None, conditions)) or None


def _searched(snapshot: Snapshot, scope: frozenset[str] | None) -> frozenset[str]:
    """Return the documents that a question may use."""
    return snapshot.ready if scope is None else snapshot.ready & scope


def _condition(snapshot: Snapshot, searched: frozenset[str]) -> str | None:
    """Return the shortest condition that limits a query to these documents; None where all rows qualify."""
    others = snapshot.hidden | (snapshot.ready - searched)
    if len(searched) <= len(others):
        return one_of("document_id", searched)
    return f"NOT {one_of('document_id', others)}" if others else None


def _only(hits: Iterable[Hit], chunk_ids: frozenset[str]) -> Iterable[Hit]:
    """Those of these chunks."""
    return (hit for hit in hits if hit.chunk_id in chunk_ids)


def _visible(hits: Iterable[Hit], searched: frozenset[str]) -> list[tuple[str, float]]:
    """Leave out what came into the table after the catalogue was read."""
    return [(hit.chunk_id, hit.score) for hit in hits if hit.document_id in searched]


def _merged(indexed: Iterable[Hit], fresh: Iterable[Hit]) -> list[Hit]:
    """Both lists as one, best first; a chunk that was indexed between the two queries stands in both."""
    hits = {hit.chunk_id: hit for hit in chain(fresh, indexed)}
    return sorted(hits.values(), key=lambda hit: (-hit.score, hit.chunk_id))


def with_tokens(rows: Iterable[Row], tokens: TokenFiles, exists: Callable[[str], bool]) -> Iterator[EncodedChunk]:
    """Join rows with their token vectors, as far as they can be read.

    Those of a document that was removed a moment ago are left out.
    """
    for document_id, group in groupby(sorted(rows, key=_document_of), _document_of):
        own = list(group)
        vectors: tuple[TokenVectors | None, ...] = (None,) * len(own)
        try:
            vectors = tokens.read(document_id, [row.tokens for row in own])
        except FileNotFoundError:
            if not exists(document_id):
                continue
            _log.warning("the token vectors of %s are missing", document_id)
        pairs = zip(own, vectors, strict=True)
        yield from (EncodedChunk(row.chunk, row.vector, each, row.named) for row, each in pairs)


def _longest_first(word: str) -> tuple[int, str]:
    """Long words are in few passages."""
    return -len(word), word


def _document_of(row: Row) -> str:
    """Whose row this is."""
    return row.chunk.document_id
