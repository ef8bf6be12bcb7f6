"""What a language model reads of a page for a passage that was found: its words, the section around, and neighbours.

*Merging*: passages of one section that stand side by side, or with one other between them, become one stretch of the
page (the auto-merging of parent and child chunks), which is reranked as a whole. *Widening*: a stretch is let out by
whole sentences on both sides (a sentence window). What comes out is a slice of its page under the id of its best
passage, so that it can be quoted and shown like any other. Pure: it is given the page's text, and knows nothing of
prompts or of how much there is room for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from rag.budget import estimate_tokens
from rag.calibration import in_view_of_all
from rag.labels import place_between
from rag.segmentation import sentence_spans
from rag.token_vectors import joined, tokens_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from rag.encoder import EncodedQuestion
    from rag.evidence import Candidate, Span
    from storage.records import Chunk

__all__ = ["Stretch", "alone", "merged", "widened"]

_STEP = 2
"""How far apart two neighbours of a stretch may be: of what is taken, at least half has been found."""
_AMONG = 10
"""Only the best passages are merged: with twice as many, sections crowd the evidence that only touch the question."""
_LONGEST = 800
"""Tokens of a merged stretch. Of four sets that may be trained on, 600 gained less than 800 and 1,000 lost."""


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """Passages of one page that are read as one."""

    best: Candidate
    """The one that stands for all."""
    parts: tuple[Candidate, ...]
    """All that were found, in the order of the page."""
    chunk: Chunk
    """What is read: the best one's chunk, or a longer slice of the same page."""


def alone(candidates: Iterable[Candidate]) -> list[Stretch]:
    """Each passage for itself."""
    return [Stretch(one, (one,), one.chunk.chunk) for one in candidates]


def merged(
    question: EncodedQuestion, candidates: Sequence[Candidate], text_of: Callable[[Chunk], str]
) -> list[Stretch]:
    """Passages (in rank order) with those of one section made one, in the order that they have after that.

    A merged stretch rises above whatever is less likely to hold the answer than it is as a whole. ``text_of`` gives the
    text of the page that a chunk stands on.
    """
    order: list[tuple[Stretch, float]] = []
    runs = [_with_those_between(run, candidates) for run in sorted(_runs(candidates[:_AMONG], text_of), key=min)]
    others = set(range(len(candidates))).difference(*runs)
    for run in [*runs, *([place] for place in sorted(others))]:
        best, parts = candidates[min(run)], tuple(candidates[place] for place in run)
        probability = _as_a_whole(question, best, parts)
        place = len(order)
        while len(run) > 1 and place and order[place - 1][1] < probability:
            place -= 1
        order.insert(place, (Stretch(best, parts, _slice(best.chunk.chunk, parts, text_of)), probability))
    return [stretch for stretch, _ in order]


def widened(chunk: Chunk, text: str, characters: int, taken: Iterable[Span] = ()) -> Chunk:
    """The chunk with the whole sentences that stand within so many ``characters`` before and behind it.

    ``text`` is its page's; ``taken`` are stretches of the page that are read already, and are not read twice.
    """
    spans = list(taken)
    before = max([0, *(span.end for span in spans if span.end <= chunk.char_start)])
    behind = min([len(text), *(span.start for span in spans if span.start >= chunk.char_end)])
    low, high = max(before, chunk.char_start - characters), min(behind, chunk.char_end + characters)
    around = sentence_spans(text, low, high)
    # What the limit may have cut is not whole.
    starts = [start for start, _ in around[1 if low > before else 0 :]]
    ends = [end for _, end in around[: -1 if high < behind else None]]
    start, end = min([chunk.char_start, *starts[:1]]), max([chunk.char_end, *ends[-1:]])
    return replace(chunk, text=text[start:end], char_start=start, char_end=end)


def _as_a_whole(question: EncodedQuestion, best: Candidate, parts: Sequence[Candidate]) -> float:
    """The probability that a stretch answers the question; what stands alone keeps its own."""
    if len(parts) == 1 and best.scores.rerank is not None:
        return best.scores.rerank.value
    return in_view_of_all(question, best, joined([tokens_of(part.chunk) for part in parts]))


def _runs(candidates: Sequence[Candidate], text_of: Callable[[Chunk], str]) -> list[list[int]]:
    """The places of candidates that are to be read as one, in the order of the page; most are alone."""
    in_reading_order = sorted(range(len(candidates)), key=lambda place: _position(candidates[place].chunk.chunk))
    runs = [in_reading_order[:1]] if candidates else []
    for before, place in pairwise(in_reading_order):
        first, last, chunk = (candidates[at].chunk.chunk for at in (runs[-1][0], before, place))
        if _are_neighbours(last, chunk) and _fits(text_of(chunk)[first.char_start : chunk.char_end]):
            runs[-1].append(place)
        else:
            runs.append([place])
    return runs


def _with_those_between(run: Sequence[int], candidates: Sequence[Candidate]) -> list[int]:
    """The places of a run and of what was found behind the best passages but is read with it anyway."""
    first, last = (_position(candidates[place].chunk.chunk) for place in (run[0], run[-1]))
    behind = range(_AMONG, len(candidates))
    between = (place for place in behind if first < _position(candidates[place].chunk.chunk) < last)
    return sorted([*run, *between], key=lambda place: _position(candidates[place].chunk.chunk))


def _position(chunk: Chunk) -> tuple[str, int]:
    return chunk.document_id, chunk.ordinal


def _are_neighbours(one: Chunk, other: Chunk) -> bool:
    """Whether ``other`` follows ``one`` in the same section of the same page."""
    same = (one.document_id, one.page, one.heading) == (other.document_id, other.page, other.heading)
    return same and 0 < other.ordinal - one.ordinal <= _STEP


def _fits(text: str) -> bool:
    """Whether so much can be read as one; nothing can of a page that is not there any more."""
    return 0 < estimate_tokens(text) <= _LONGEST


def _slice(best: Chunk, parts: Sequence[Candidate], text_of: Callable[[Chunk], str]) -> Chunk:
    """The stretch of the page from the first part to the last."""
    if len(parts) == 1:
        return best
    first, last = parts[0].chunk.chunk, parts[-1].chunk.chunk
    text = text_of(best)[first.char_start : last.char_end]
    place = place_between(first.place, last.place)
    return replace(best, text=text, place=place, char_start=first.char_start, char_end=last.char_end)
