"""The chain searches what a plan says: every part has its turn, filters hold where they help, and scores stay true."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from rag.events import QuickAnswered, Reranked, Retrieved, SearchedFor
from rag.evidence import Outcome
from rag.planning.plan import Filter, FilterKind, Plan, Search, SearchKind
from tests.assembled import DEPOSIT, NOTICE, answer_of, events_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag.chain import Stages
    from rag.evidence import Answer, Evidence

BOTH = "How much notice must the tenants give, and how soon must the landlord return the deposit?"
PARTS = ("How much notice must the tenants give?", "How soon must the landlord return the deposit?")
NAMED = "In which room is the kettle that was bought in 1801, according to the lease agreement?"


def _all(kind: type[Any], events: Sequence[Any]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def _answer(stages: Stages, question: str, **how: Any) -> Answer:
    return answer_of(events_of(stages, question, **how))


def _place(evidence: Evidence) -> tuple[str, int, int]:
    return evidence.chunk.document_id, evidence.chunk.char_start, evidence.chunk.page or 0


def test_what_is_searched_for_is_told_once_before_anything_is_found(stages: Stages) -> None:
    events = events_of(stages, BOTH)
    assert isinstance(events[0], SearchedFor)
    assert [each.text for each in events[0].plan.searches] == list(PARTS)
    assert len(_all(SearchedFor, events)) == len(_all(Retrieved, events)) == 1
    assert answer_of(events).plan == events[0].plan


def test_each_part_has_its_best_passage_among_the_first(stages: Stages) -> None:
    """As found when asked for by itself."""
    best = {_place(_answer(stages, part).evidence[0]) for part in PARTS}
    together = _answer(stages, BOTH)
    assert {_place(each) for each in together.evidence[:2]} == best
    assert {each.found_for for each in together.evidence[:2]} == set(PARTS)


def test_each_part_has_its_quote(stages: Stages) -> None:
    """Word for word the one it would have by itself."""
    (event,) = _all(QuickAnswered, events_of(stages, BOTH))
    quotes = (event.quick_answer, *event.more_quotes)
    alone = [_answer(stages, part).quick_answer for part in PARTS]
    assert [each.text for each in quotes] == [each.text for each in alone if each is not None]
    assert [each.found_for for each in quotes] == list(PARTS)


def test_the_scores_of_a_part_are_those_it_has_by_itself_and_the_order_is_that_of_the_merged_ones(
    stages: Stages,
) -> None:
    """Reciprocal rank fusion of the reranked lists, with a constant of 0."""
    alone = {part: _all(Reranked, events_of(stages, part))[0].candidates for part in PARTS}
    ranks = {part: {each.chunk.chunk.id: place for place, each in enumerate(found, 1)} for part, found in alone.items()}
    merged = _all(Reranked, events_of(stages, BOTH))[0].candidates
    assert [each.scores.merged.rank for each in merged] == list(range(1, len(merged) + 1))
    for each in merged:
        id_ = each.chunk.chunk.id
        (own,) = [found.scores for found in alone[each.found_for] if found.chunk.chunk.id == id_]
        shown = each.scores
        assert (shown.dense, shown.keyword, shown.fused, shown.rerank) == (
            own.dense,
            own.keyword,
            own.fused,
            own.rerank,
        )
        expected = sum(1 / ranks[part][id_] for part in PARTS if id_ in ranks[part])
        assert shown.merged.value == pytest.approx(expected)
    values = [each.scores.merged.value for each in merged]
    assert values == sorted(values, reverse=True)


def test_one_part_that_is_answered_is_enough_to_answer(stages: Stages) -> None:
    """And the other is known not to be."""
    answer = _answer(stages, "How much notice must the tenants give? What is the capital of Mongolia?")
    assert answer.outcome is Outcome.QUOTED
    assert answer.answerable == max(answer.answerable_parts)
    assert answer.answerable_parts[1] < 0.2
    assert answer.more_quotes == ()


def test_a_plain_question_has_no_plan_and_no_merged_score(stages: Stages) -> None:
    events = events_of(stages, NOTICE)
    assert _all(SearchedFor, events) == []
    answer = answer_of(events)
    assert answer.plan is None
    assert all(each.scores.merged is None and not each.found_for for each in answer.evidence)


def test_a_document_that_is_named_is_searched_alone(stages: Stages) -> None:
    answer = _answer(stages, "What does the lease agreement say about the deposit?")
    assert {each.document.name for each in answer.evidence} == {"Lease agreement.pdf"}
    assert answer.plan is not None
    assert [each.text for each in answer.plan.holding] == ["Lease agreement.pdf"]


def test_a_phrase_is_quoted_where_it_stands_and_a_name_in_quotation_marks_is_none(stages: Stages) -> None:
    quick = _answer(stages, 'Where does it say "fair wear and tear"?').quick_answer
    assert quick is not None
    assert "fair wear and tear" in " ".join(quick.text.split())
    named = _answer(stages, "What does “Lease agreement” say about “the roof”?").quick_answer
    plain = _answer(stages, "What does the lease agreement say about the roof?").quick_answer
    assert named is not None
    assert plain is not None
    assert named.text == plain.text


def test_where_a_named_document_holds_no_good_answer_everything_is_searched(stages: Stages) -> None:
    """As if it had not been named, and that it was given up is told."""
    events = events_of(stages, NAMED)
    first, second = _all(SearchedFor, events)
    assert [each.held for each in (*first.plan.filters, *second.plan.filters)] == [True, False]
    plain = _answer(stages, NAMED, given=Plan.plain(NAMED))
    assert [_place(each) for each in answer_of(events).evidence] == [_place(each) for each in plain.evidence]


def test_where_nothing_passes_everything_is_searched_though_any_answer_were_good_enough(stages: Stages) -> None:
    answer = _answer(replace(stages, answerable_threshold=0.0), "Who wrote “a quorum of zeppelins”?")
    assert answer.plan is not None
    assert [each.held for each in answer.plan.filters] == [False]
    assert answer.evidence


def test_only_passages_with_the_quoted_words_pass(stages: Stages) -> None:
    answer = _answer(stages, "Which “stands in the cellar”, and was bought in 1801?")
    assert answer.plan is not None
    assert [each.text for each in answer.plan.holding] == ["stands in the cellar"]
    assert answer.evidence
    assert all("stands in the cellar" in each.chunk.text for each in answer.evidence)


def test_a_filter_that_a_person_sets_holds_whatever_is_behind_it(stages: Stages) -> None:
    lease = next(each.id for each in stages.library.documents() if each.name == "Check-in inventory.docx")
    given = Plan(DEPOSIT, (Search(NOTICE, SearchKind.GIVEN),), (Filter(FilterKind.DOCUMENT, "x", (lease,)),))
    events = events_of(stages, DEPOSIT, given=given)
    assert [event.plan for event in _all(SearchedFor, events)] == [given]
    assert {each.chunk.document_id for each in answer_of(events).evidence} == {lease}


def test_a_person_can_have_the_question_searched_as_it_is(stages: Stages) -> None:
    answer = _answer(stages, BOTH, given=Plan.plain(BOTH))
    assert answer.plan is None
    assert answer.more_quotes == ()


def test_what_helps_to_find_leaves_the_scores_to_the_question(stages: Stages) -> None:
    """Cosine, BM25 and probability are those for the question itself; only the fused order knows of the help."""
    given = Plan(NOTICE, (Search(NOTICE), Search(DEPOSIT, SearchKind.REPHRASED)))
    helped, alone = (_all(Reranked, events_of(stages, NOTICE, **how))[0] for how in ({"given": given}, {}))
    scores = {each.chunk.chunk.id: each.scores for each in alone.candidates}
    shared = [each for each in helped.candidates if each.chunk.chunk.id in scores]
    assert shared
    for each in shared:
        own = scores[each.chunk.chunk.id]
        assert each.scores.dense.value == pytest.approx(own.dense.value)
        assert each.scores.rerank.value == pytest.approx(own.rerank.value, abs=0.02)
    assert any(each.scores.fused != scores[each.chunk.chunk.id].fused for each in shared)
