"""What a peer is given, what it gives back, and how that is judged as the program's own order is.

A peer cuts texts up as it likes: it says of each chunk from which text it comes and from where to where, and a chunk
that overlaps what answers a question meets it. A question inside one document is put to an index of that one alone, so
that no peer has to be good at filters. No peer is known here.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, NamedTuple, Protocol

from tests.benchmarks.metrics import DEPTH, Figures, figures_of, mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from tests.benchmarks.peers.vectors import SharedVectors

__all__ = ["Index", "Peer", "Piece", "Place", "Wanted", "judged"]


class Place(NamedTuple):
    """A stretch of a piece."""

    piece: str
    start: float = 0
    end: float = inf

    def overlaps(self, other: Place) -> bool:
        """Whether both have a character in common."""
        return self.piece == other.piece and self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Piece:
    """A text that peers are given: a passage, a whole text, or a page."""

    id: str
    document: str
    text: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A question, and where its answer stands."""

    text: str
    places: tuple[Place, ...]
    document: str | None
    """The one document that it is asked of; None for all."""


@dataclass(frozen=True, slots=True)
class Index:
    """What a peer has made of some pieces."""

    chunks: Sequence[Place]
    """Where each of its chunks stands."""
    ask: Callable[[str, int], Sequence[int]]
    """A question and how many chunks it may find to their places in ``chunks``, best first."""


class Peer(Protocol):
    """One way to find passages."""

    def __call__(self, pieces: Sequence[Piece], vectors: SharedVectors) -> Index:
        """Take pieces in."""


def judged(peer: Peer, pieces: Sequence[Piece], questions: Sequence[Wanted], vectors: SharedVectors) -> Figures:
    """The mean figures of a peer."""
    return mean(list(_figures(peer, pieces, questions, vectors)))


def _figures(
    peer: Peer, pieces: Sequence[Piece], questions: Sequence[Wanted], vectors: SharedVectors
) -> Iterator[Figures]:
    by_document: dict[str | None, list[Wanted]] = defaultdict(list)
    for question in questions:
        by_document[question.document].append(question)
    for document, asked in by_document.items():
        index = peer([piece for piece in pieces if document in {None, piece.document}], vectors)
        chunks_of: dict[str, list[int]] = defaultdict(list)
        for number, chunk in enumerate(index.chunks):
            chunks_of[chunk.piece].append(number)
        for question in asked:
            targets = [_meeting(place, index, chunks_of[place.piece]) for place in question.places]
            yield figures_of(list(map(str, index.ask(question.text, DEPTH))), targets)


def _meeting(place: Place, index: Index, among: Iterable[int]) -> frozenset[str]:
    """Those of these chunks that overlap a place."""
    return frozenset(str(number) for number in among if index.chunks[number].overlaps(place))
