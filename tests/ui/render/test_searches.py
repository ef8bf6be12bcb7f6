"""What was searched for is shown where it was not just the question, and can be changed."""

from __future__ import annotations

from dataclasses import replace

from rag.evidence import Outcome
from rag.planning.plan import Filter, FilterKind, Plan, Search, SearchKind
from tests.ui.render.test_panels import FULL
from ui.render.answer import finished_turn
from ui.render.evidence import evidence_cards
from ui.render.searches import searched_for
from ui.render.trace import how_found

PLAN = Plan(
    "Rent and deposit?",
    (Search("Rent?", SearchKind.PART), Search("<b>Deposit</b>?", SearchKind.PART)),
    (Filter(FilterKind.DOCUMENT, "Lease.pdf", ("d",)), Filter(FilterKind.PHRASE, "per month", held=False)),
)
PLANNED = replace(FULL, plan=PLAN, answerable_parts=(0.9, 0.1))


def test_nothing_is_said_where_the_question_itself_was_searched() -> None:
    assert searched_for("t", FULL) == ""


def test_every_search_and_filter_is_named() -> None:
    drawn = str(searched_for("t", PLANNED))
    assert "Searched for: “Rent?” · “&lt;b&gt;Deposit&lt;/b&gt;?”, only in Lease.pdf" in drawn
    assert "Nothing saying “per month” that seems to answer was found, so everything was searched." in drawn


def test_it_stands_above_the_answer() -> None:
    drawn = str(finished_turn("t", PLANNED, None))
    assert 0 < drawn.index("Searched for:") < drawn.index("Straight from your documents") < drawn.index('class="prose"')


def test_each_search_is_a_line_and_each_filter_a_box_that_is_ticked_where_it_holds() -> None:
    drawn = str(searched_for("t", PLANNED))
    assert "Rent?\n&lt;b&gt;Deposit&lt;/b&gt;?</textarea>" in drawn
    assert 'name="filter-0" value="on" checked>' in drawn
    assert 'name="filter-1" value="on">' in drawn
    assert 'data-action="search-again" data-turn="t"' in drawn


def test_each_quote_of_a_question_with_parts_says_which_it_answers() -> None:
    quick = FULL.quick_answer
    assert quick is not None
    several = replace(
        PLANNED, quick_answer=replace(quick, found_for="Rent?"), more_quotes=(replace(quick, found_for="When?"),)
    )
    drawn = str(finished_turn("t", several, None))
    assert drawn.count("Straight from your documents") == 2
    assert drawn.index("Rent?</div>") < drawn.index("When?</div>")


def test_a_part_that_no_quote_answers_is_named() -> None:
    """Unless a language model wrote, which may have answered it."""
    quick = FULL.quick_answer
    assert quick is not None
    half = replace(PLANNED, quick_answer=replace(quick, found_for="Rent?"), outcome=Outcome.QUOTED, text="")
    left_open = "No single sentence of your documents answers “&lt;b&gt;Deposit&lt;/b&gt;?”."
    aside = replace(PLAN, searches=(PLAN.searches[0], Search("Who pays it? (rent)", SearchKind.PART)))
    assert "answers “Who pays it?”." in str(finished_turn("t", replace(half, plan=aside), None))
    assert left_open in str(finished_turn("t", half, None))
    assert left_open not in str(finished_turn("t", replace(half, outcome=Outcome.ANSWERED), None))
    whole = replace(half, more_quotes=(replace(quick, found_for="<b>Deposit</b>?"),))
    assert "No single sentence" not in str(finished_turn("t", whole, None))


def test_how_it_was_found_says_what_became_of_the_question_and_how_sure_each_part_is() -> None:
    drawn = str(how_found("t", PLANNED))
    assert "It asks several things, so each was searched for by itself." in drawn
    assert "“Rent?” 0.90; “&lt;b&gt;Deposit&lt;/b&gt;?” 0.10" in drawn
    assert "Put together" not in str(how_found("t", FULL))


def test_how_it_was_found_says_that_words_of_earlier_questions_were_added() -> None:
    """And not that the question could not be understood alone."""
    plan = replace(Plan.plain("In May? (gas bill)"), looked_back=True)
    drawn = str(how_found("t", replace(FULL, question="In May?", searched_for=plan.question, plan=plan)))
    assert "Alone it found little, so words of your earlier questions were added." in drawn
    assert "leaned on an earlier one" not in drawn


def test_a_passage_says_which_part_it_is_for() -> None:
    first, *others = FULL.evidence
    drawn = evidence_cards("t", replace(FULL, evidence=(replace(first, found_for="Rent?"), *others)), None, None)
    assert str(drawn).count("for “Rent?”") == 1
