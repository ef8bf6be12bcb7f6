"""The words that stand in the documents, as they are spelled there, and the nearest of them to one that does not.

Owns the table of each document's words and language, and the search for words that are one or two slips of the finger
away: a letter left out, put in, exchanged, or swapped with its neighbour. Whether a word of a question is to be
replaced is decided elsewhere.
"""

from __future__ import annotations

import json
import zlib
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterable, Mapping

    from numpy.typing import NDArray

    from storage.catalogue import Snapshot
    from storage.database import Database

__all__ = ["Vocabulary", "VocabularyStore", "keep_words", "pack"]

SHORTEST, SHORTEST_FOR_TWO = 4, 10
"""Letters of a word in which one slip is believed, and two."""
_LONGEST = 24
"""Letters of a word that is looked at: longer ones are addresses and digests."""
_AT_ONCE = 500
"""Documents whose words are read in one go."""


def pack(words: Iterable[str]) -> bytes:
    """Return words as few bytes, which do not depend on their order."""
    return zlib.compress("\n".join(sorted(words)).encode())


def keep_words(connection: sqlite3.Connection, document_id: str, language: str, packed: bytes) -> None:
    """Write down a document's language and words, instead of what was written of it before."""
    connection.execute("INSERT OR REPLACE INTO vocabularies VALUES (?, ?, ?)", (document_id, language, packed))


class Vocabulary:
    """The words of some documents; it never changes."""

    def __init__(self, counts: Mapping[str, int], documents: int) -> None:
        """``counts`` says in how many of the ``documents`` each word stands."""
        self.documents = documents
        fitting = [word for word in counts if SHORTEST - 1 <= len(word) <= _LONGEST and word.isalpha()]
        self._counts = counts
        self._words = fitting
        self._letters = _letters(fitting)
        self._lengths = np.array([len(word) for word in fitting], np.int64)
        self._signatures = _signatures(self._letters)

    def __contains__(self, word: str) -> bool:
        """Whether a word in small letters stands in any of the documents."""
        return word in self._counts

    def spelled(self) -> list[str]:
        """The words that another may have been meant to be."""
        return self._words

    def near(self, word: str) -> dict[str, int]:
        """The words that ``word`` may have been meant to be, with the number of documents that each stands in.

        They begin with the same letter: there people hardly slip, and words of one family differ. Of all that are
        near, only those with the fewest slips come into question.
        """
        if not SHORTEST <= len(word) <= _LONGEST or not word.isalpha():
            return {}
        most = 2 if len(word) >= SHORTEST_FOR_TWO else 1
        near = self._near(word, most)
        slips = _slips(word, self._letters[near], self._lengths[near])
        found = [(int(count), self._words[at]) for at, count in zip(near, slips, strict=True) if 0 < count <= most]
        fewest = min((count for count, _ in found), default=0)
        return {other: self._counts[other] for count, other in found if count == fewest}

    def _near(self, word: str, slips: int) -> NDArray[np.int64]:
        """Which words can be so near at all: of the same beginning and like length, with nearly the same letters."""
        letters = _letters([word])
        alike = np.bitwise_count(self._signatures ^ _signatures(letters)[0]) <= 2 * slips
        as_long = abs(self._lengths - len(word)) <= slips
        return np.flatnonzero(alike & as_long & (self._letters[:, 0] == letters[0, 0]))


class VocabularyStore:
    """The words of the documents that exist, read when they are first needed and kept."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._last: tuple[frozenset[str], Counter[str], Vocabulary] = (frozenset(), Counter(), Vocabulary({}, 0))

    def of(self, snapshot: Snapshot) -> Vocabulary:
        """The words of all documents of a moment; quick where only documents were added since the last call."""
        known, counts, vocabulary = self._last
        if known == snapshot.ready:
            return vocabulary
        # Of a document that has gone nothing is kept in memory either, so what the others hold is counted anew.
        counts = Counter(counts) if known < snapshot.ready else Counter()
        self._count(counts, snapshot.ready - known if known < snapshot.ready else snapshot.ready)
        vocabulary = Vocabulary(counts, len(snapshot.ready))
        self._last = snapshot.ready, counts, vocabulary
        return vocabulary

    def _count(self, counts: Counter[str], document_ids: Collection[str]) -> None:
        """Add the words of some documents."""
        waiting = sorted(document_ids)
        for start in range(0, len(waiting), _AT_ONCE):
            chosen = json.dumps(waiting[start : start + _AT_ONCE])
            with self._database.reading() as connection:
                rows = connection.execute(
                    "SELECT words FROM vocabularies WHERE document_id IN (SELECT value FROM json_each(?))", (chosen,)
                ).fetchall()
            for (packed,) in rows:
                counts.update(zlib.decompress(packed).decode().split("\n"))


def _letters(words: Iterable[str]) -> NDArray[np.uint32]:
    """Words as numbers of letters, 0 behind the last, shape (words, longest)."""
    spelled = np.array(list(words), f"<U{_LONGEST}")
    return spelled.view(np.uint32).reshape(len(spelled), _LONGEST)


def _signatures(letters: NDArray[np.uint32]) -> NDArray[np.uint64]:
    """Which letters stand in each word, whatever their order, one bit for each of 64 kinds."""
    bits = np.where(letters > 0, np.uint64(1) << (letters.astype(np.uint64) & np.uint64(63)), np.uint64(0))
    signatures: NDArray[np.uint64] = np.bitwise_or.reduce(bits, axis=1)
    return signatures


def _slips(word: str, letters: NDArray[np.uint32], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many slips of the finger part ``word`` from each of these: their optimal string alignment distances."""
    own = [ord(letter) for letter in word]
    width = letters.shape[1]
    before, last = None, np.broadcast_to(np.arange(width + 1), (len(letters), width + 1))
    for row, letter in enumerate(own, start=1):
        present = np.empty_like(last, dtype=np.int64)
        present[:, 0] = row
        for column in range(1, width + 1):
            exchanged = last[:, column - 1] + (letters[:, column - 1] != letter)
            best = np.minimum(exchanged, np.minimum(last[:, column], present[:, column - 1]) + 1)
            if before is not None and column > 1:
                swapped = (letters[:, column - 2] == letter) & (letters[:, column - 1] == own[row - 2])
                best = np.where(swapped, np.minimum(best, before[:, column - 2] + 1), best)
            present[:, column] = best
        before, last = last, present
    distances: NDArray[np.int64] = np.take_along_axis(last, lengths[:, None], axis=1)[:, 0]
    return distances
