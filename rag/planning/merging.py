"""Several ordered lists of passages as one, by reciprocal rank fusion: each part of a question is given its turn.

A passage keeps the scores that it was given for the part it stands highest for, and is told which part that is; its
place among all is a score of its own. Of one list nothing is changed. Pure.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rag.evidence import StageScore
from rag.fusion import fuse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag.evidence import Candidate


__all__ = ["merged"]


_K = 0
"""The constant of this fusion: what is first for one part comes before what is second for all. With the usual 60, what
is middling for every part would come before what answers one of them."""


def merged(questions: Sequence[str], lists: Sequence[Sequence[Candidate]]) -> tuple[Candidate, ...]:
    """Merge the candidates of each of ``questions``, best first."""
    if len(lists) == 1:
        return tuple(lists[0])
    best: dict[str, tuple[int, Candidate]] = {}
    for question, candidates in zip(questions, lists, strict=True):
        for rank, candidate in enumerate(candidates):
            id_ = candidate.chunk.chunk.id
            if id_ not in best or rank < best[id_][0]:
                best[id_] = rank, replace(candidate, found_for=question)
    order = fuse(*([(each.chunk.chunk.id, 0.0) for each in candidates] for candidates in lists), k=_K)
    return tuple(_placed(best[id_][1], StageScore(rank, value)) for rank, (id_, value) in enumerate(order, start=1))


def _placed(candidate: Candidate, place: StageScore) -> Candidate:
    return replace(candidate, scores=replace(candidate.scores, merged=place))
