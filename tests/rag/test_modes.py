"""What a mode says: how many candidates are looked for and reranked, and whether it has left any out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from rag.events import Reranked, Retrieved, Selected
from rag.evidence import CANDIDATES, Mode
from tests.assembled import THINGS, events_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag.chain import Stages
    from rag.events import AnswerEvent

KETTLE = "Where is the kettle that was bought in 1801?"


def _candidates(events: Sequence[AnswerEvent], kind: type[Retrieved | Reranked]) -> int:
    (event,) = [event for event in events if isinstance(event, kind)]
    return len(event.candidates)


@pytest.mark.parametrize("mode", Mode)
def test_whether_more_is_there_is_told_where_the_answer_is_judged(stages: Stages, mode: Mode) -> None:
    """The library holds more than any mode takes, and one of its documents less."""
    told = []

    def judge(*_: object, more: bool) -> float:
        told.append(more)
        return 1.0

    judging = replace(stages, answerable=judge)
    small = next(each for each in stages.library.documents() if each.chunks < CANDIDATES[Mode.FAST])
    events_of(judging, KETTLE, mode=mode)
    events_of(judging, KETTLE, mode=mode, scope=frozenset({small.id}))
    assert told == [True, False]


def test_as_many_are_reranked_as_are_to_be_shown(stages: Stages) -> None:
    events = events_of(stages, KETTLE, mode=Mode.FAST, top_k=80)
    (selected,) = [event for event in events if isinstance(event, Selected)]
    assert _candidates(events, Reranked) == len(selected.evidence) == 80


@pytest.mark.parametrize(("mode", "depth"), [(Mode.FAST, 30), (Mode.BALANCED, 50), (Mode.THOROUGH, 200)])
def test_a_mode_says_how_many_candidates_are_reranked(stages: Stages, mode: Mode, depth: int) -> None:
    """The library holds more than any mode takes."""
    events = events_of(stages, KETTLE, mode=mode)
    assert depth < THINGS
    assert _candidates(events, Retrieved) == _candidates(events, Reranked) == depth
