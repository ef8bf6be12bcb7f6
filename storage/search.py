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

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from storage.analysis import forms_of, phrase_pattern, plain, question_terms, words_of
from storage.chunk_table import one_of
from storage.languages import DEFAULT, SMALL_WORDS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    import numpy as np
    from numpy.typing import NDArray

    from storage.catalogue import Snapshot
    from storage.chunk_table import ChunkTable, Hit

__all__ = ["Search"]


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """The chunks that exist at one moment."""

    table: ChunkTable
    snapshot: Snapshot

    def dense(
        self,
        vector: NDArray[np.float32],
        limit: int,
        scope: frozenset[str] | None,
        among: Collection[str] | None = None,
    ) -> list[tuple[str, float]]:
        """Chunk ids and cosine similarities, best first."""
        searched = _searched(self.snapshot, scope)
        if not searched or (among is not None and not among):
            return []
        return _visible(self.table.dense(vector, limit, _where(self.snapshot, searched, among)), searched)

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

    def holding(self, phrase: str, scope: frozenset[str] | None) -> frozenset[str]:
        """Ids of the chunks in which the words of a phrase stand side by side, in this order and in these forms.

        A phrase of nothing but small words, which are not indexed, is in none.
        """
        searched = _searched(self.snapshot, scope)
        words = [forms_of(word, self._languages) for word in words_of(phrase) if not self._is_small(word)]
        if not searched or not words:
            return frozenset()
        texts = self.table.holding(words, _where(self.snapshot, searched, None))
        found = phrase_pattern(phrase).search
        return frozenset(each.chunk_id for each in texts if each.document_id in searched and found(plain(each.text)))

    @property
    def _languages(self) -> frozenset[str]:
        return self.snapshot.languages or frozenset({DEFAULT})

    def _is_small(self, word: str) -> bool:
        """Whether documents of some language hold this word without its being indexed."""
        return any(word in SMALL_WORDS[language] for language in self._languages)


def _where(snapshot: Snapshot, searched: frozenset[str], among: Collection[str] | None) -> str | None:
    """Return the condition that limits a query to these documents and, of these, to some chunks."""
    conditions = [_condition(snapshot, searched), None if among is None else one_of("id", among)]
    return " AND ".join(filter(None, conditions)) or None


def _searched(snapshot: Snapshot, scope: frozenset[str] | None) -> frozenset[str]:
    """Return the documents that a question may use."""
    return snapshot.ready if scope is None else snapshot.ready & scope


def _condition(snapshot: Snapshot, searched: frozenset[str]) -> str | None:
    """Return the shortest condition that limits a query to these documents; None where all rows qualify."""
    if searched != snapshot.ready:
        return one_of("document_id", searched)
    return f"NOT {one_of('document_id', snapshot.hidden)}" if snapshot.hidden else None


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
