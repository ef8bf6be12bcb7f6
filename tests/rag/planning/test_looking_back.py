"""A question that finds little alone is tried with words of the ones before, and they count only where they help."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.documents import BaseDocumentCompressor
from langchain_core.documents import Document as Passage

from rag.events import Reranked, Retrieved, SearchedFor
from rag.evidence import Mode, Outcome
from rag.inquiry import Exchange
from rag.looking_back import finds_more, looking_back
from rag.planning.plan import Plan, Search, SearchKind
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
    judged: list[str] = []

    def judge(question: EncodedQuestion, _candidates: Sequence[Candidate], *, more: bool) -> float:  # noqa: ARG001
        judged.append(question.text)
        return 0.6

    events_of(replace(stages, answerable=judge), NOTICE, history=TALKED_OF_THE_DEPOSIT)
    assert judged == [NOTICE]


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


@pytest.mark.parametrize(("alone", "searched_for"), [(0.3, DEPOSIT), (0.01, f"{DEPOSIT} (weather)")])
def test_words_that_find_the_same_passage_count_only_where_it_would_not_be_believed(
    stages: Stages, alone: float, searched_for: str
) -> None:
    def judge(question: EncodedQuestion, _candidates: Sequence[Candidate], *, more: bool) -> float:  # noqa: ARG001
        return alone if question.text == DEPOSIT else 0.4

    history = (Exchange("How is the weather?", ""),)
    answer = answer_of(events_of(replace(stages, answerable=judge), DEPOSIT, history=history))
    assert answer.searched_for == searched_for


def test_what_the_person_has_written_to_be_searched_for_is_searched_as_it_is(stages: Stages) -> None:
    """Though with words of the questions before it would find more."""
    given = Plan.given([FOLLOW_UP])
    answer = answer_of(events_of(stages, FOLLOW_UP, history=TALKED_OF_THE_DEPOSIT, given=given))
    assert answer.searched_for == FOLLOW_UP


def test_what_was_talked_of_before_is_not_found_instead(stages: Stages) -> None:
    """However much likelier its answer is: a short question finds little, and words of a long one find much."""
    history = (Exchange("How long has the landlord to fix it when the heating is broken?", ""),)
    answer = answer_of(events_of(stages, "Can I keep a dog?", history=history))
    assert answer.searched_for == "Can I keep a dog?"
    assert answer.quick_answer is not None
    assert "cat or a" in answer.quick_answer.text


def test_where_no_answer_is_found_with_them_either_the_question_stays_as_it_was_asked(stages: Stages) -> None:
    question = "What is the capital of Mongolia?"
    answer = answer_of(events_of(stages, question, history=TALKED_OF_THE_DEPOSIT))
    assert (answer.outcome, answer.searched_for, answer.plan) == (Outcome.ABSTAINED, question, None)


def test_the_words_of_the_last_three_questions_come_in_the_latest_first() -> None:
    earlier = ("What is the rent?", "How long is the notice period?", "And in winter?", "Who may end it early?")
    history = [Exchange(question, "Sixty days.") for question in earlier]
    plan = looking_back(Plan.plain("And for the landlord?"), history)
    text = "And for the landlord? (end early winter notice period)"
    assert plan == replace(Plan.plain(text), looked_back=True)


def test_what_only_helps_to_find_stays() -> None:
    help_ = Search("It is held by …", SearchKind.IMAGINED)
    plan = Plan("Who holds it?", (Search("Who holds it?"), help_))
    assert looking_back(plan, TALKED_OF_THE_DEPOSIT).searches == (Search(f"Who holds it? {WORDS}"), help_)


def test_of_several_parts_the_first_has_their_words_where_it_leans() -> None:
    """The others lean on it, and have its words; the question is shown as it was asked."""
    parts = (Search("When is it due?", SearchKind.PART), Search("Who pays it? (due)", SearchKind.PART))
    plan = looking_back(Plan("When is it due and who pays it?", parts), TALKED_OF_THE_DEPOSIT)
    first = Search(f"When is it due? {WORDS}", SearchKind.PART)
    assert plan == Plan("When is it due and who pays it?", (first, parts[1]), looked_back=True)
    standing = (Search("How much is the rent?", SearchKind.PART), parts[1])
    plan = Plan("How much is the rent and who pays it?", standing)
    assert looking_back(plan, TALKED_OF_THE_DEPOSIT) == plan


@pytest.mark.parametrize(
    ("question", "alone", "together", "more"),
    [
        ("And for pets?", 0.01, 0.06, True),
        ("And for pets?", 0.01, 0.04, False),
        ("And for pets?", 0.3, 0.2, False),
        ("Is there a lift?", 0.01, 0.06, False),
        ("Is there a lift?", 0.01, 0.21, True),
    ],
)
def test_more_is_asked_of_a_question_that_stands_by_its_words(
    question: str,
    alone: float,
    together: float,
    more: bool,  # noqa: FBT001  (a parameter of the test)
) -> None:
    assert finds_more(question, alone, together, 0.05) is more


def test_a_cross_encoder_has_no_say_in_it_and_judges_once(stages: Stages) -> None:
    """Its scale is its own."""
    asked: list[str] = []

    class Backwards(BaseDocumentCompressor):
        """Orders the wrong way round."""

        def compress_documents(
            self, documents: Sequence[Passage], query: str, callbacks: object = None
        ) -> Sequence[Passage]:
            """Note what is asked."""
            del callbacks
            asked.append(query)
            return documents[::-1]

    thorough = replace(stages, thorough_reranker=Backwards)
    events = events_of(thorough, FOLLOW_UP, history=TALKED_OF_THE_DEPOSIT, mode=Mode.THOROUGH)
    assert asked == [f"{FOLLOW_UP} {WORDS}"]
    assert answer_of(events).searched_for == f"{FOLLOW_UP} {WORDS}"


def test_there_is_nothing_to_look_back_on_in_a_first_question() -> None:
    assert looking_back(Plan.plain(FOLLOW_UP), ()) == Plan.plain(FOLLOW_UP)
