"""A question that finds little alone is tried with words of the ones before, and they count only where they help."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rag.events import Reranked, Retrieved, SearchedFor
from rag.inquiry import Exchange
from rag.planning.plan import Plan
from tests.assembled import DEPOSIT, NOTICE, answer_of, events_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag.chain import Stages
    from rag.encoder import EncodedQuestion
    from rag.evidence import Candidate

TALKED_OF_THE_DEPOSIT = (Exchange("How much is the deposit?", ""), Exchange(DEPOSIT, ""))
FOLLOW_UP = "And what may be taken off?"
WORDS = "(soon landlord return deposit)"


def _told(events: Sequence[Any]) -> list[Any]:
    return [event for event in events if isinstance(event, SearchedFor | Retrieved | Reranked)]


def test_a_question_that_finds_more_with_them_is_searched_with_them(stages: Stages) -> None:
    alone = answer_of(events_of(stages, FOLLOW_UP))
    events = events_of(stages, FOLLOW_UP, history=TALKED_OF_THE_DEPOSIT)
    answer = answer_of(events)
    assert answer.answerable > alone.answerable
    assert answer.evidence[0].chunk.text.startswith("4. Deposit")
    assert answer.question == FOLLOW_UP
    assert answer.searched_for == f"{FOLLOW_UP} {WORDS}"
    searched, found, ordered = _told(events)[-3:]
    assert (searched, found.candidates != (), ordered.answerable) == (SearchedFor(answer.plan), True, answer.answerable)


def test_a_question_that_is_answered_as_it_stands_is_not_tried_with_them(stages: Stages) -> None:
    alone, events = events_of(stages, NOTICE), events_of(stages, NOTICE, history=TALKED_OF_THE_DEPOSIT)
    assert [type(event) for event in _told(events)] == [type(event) for event in _told(alone)]
    assert answer_of(events).searched_for == NOTICE


def test_nobody_is_told_of_a_trial_that_comes_to_no_more(stages: Stages) -> None:
    judged: list[str] = []

    def judge(question: EncodedQuestion, _candidates: Sequence[Candidate], *, more: bool) -> float:  # noqa: ARG001
        judged.append(question.text)
        return 0.3

    stages = replace(stages, answerable=judge)
    events = events_of(stages, FOLLOW_UP, history=TALKED_OF_THE_DEPOSIT)
    assert judged == [FOLLOW_UP, f"{FOLLOW_UP} {WORDS}"]
    assert [type(event) for event in _told(events)] == [Retrieved, Reranked]
    alone = answer_of(events_of(stages, FOLLOW_UP))
    assert [each.chunk for each in answer_of(events).evidence] == [each.chunk for each in alone.evidence]


def test_what_the_person_has_written_to_be_searched_for_is_searched_as_it_is(stages: Stages) -> None:
    answer = answer_of(
        events_of(
            stages, FOLLOW_UP, history=TALKED_OF_THE_DEPOSIT, given=Plan.given(["Who mends the roof of Mongolia?"])
        )
    )
    assert answer.searched_for == "Who mends the roof of Mongolia?"


def test_each_part_of_a_question_has_their_words(stages: Stages) -> None:
    question = "Where is it held, and what may be taken off?"
    answer = answer_of(events_of(stages, question, history=TALKED_OF_THE_DEPOSIT))
    assert answer.plan is not None
    assert [text for text, _ in answer.plan.questions] == [
        f"Where is it held? {WORDS}",
        f"What may be taken off? {WORDS}",
    ]
