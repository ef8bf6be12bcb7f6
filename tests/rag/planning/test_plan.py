"""A plan says what is judged by what, what is searched, and what a person's changes make of it."""

from __future__ import annotations

from rag.planning.plan import MOST_SEARCHES, Filter, FilterKind, Plan, Search, SearchKind

LEASE = Filter(FilterKind.DOCUMENT, "Lease.pdf", ("lease",))
RENT = Filter(FilterKind.PHRASE, "the rent")
IMAGINED = Search("The rent is high.", SearchKind.IMAGINED)
PLAN = Plan("What is the rent?", (Search("What is the rent?"), IMAGINED), (LEASE, RENT))


def test_a_plain_plan_is_the_question_of_everything() -> None:
    assert Plan.plain("Why?").is_plain("Why?")
    assert not Plan.plain("Why not?").is_plain("Why?")
    assert not PLAN.is_plain("What is the rent?")


def test_what_helps_to_find_judges_nothing() -> None:
    plan = Plan("A and B", (Search("A", SearchKind.PART), IMAGINED, Search("B", SearchKind.PART)))
    assert plan.questions == (("A", (IMAGINED.text,)), ("B", ()))


def test_filters_narrow_the_scope_and_never_widen_it() -> None:
    assert PLAN.scope_within(None) == {"lease"}
    assert PLAN.scope_within(frozenset({"lease", "rules"})) == {"lease"}
    assert PLAN.scope_within(frozenset({"rules"})) == frozenset()
    assert PLAN.without_filters().scope_within(None) is None


def test_phrases_count_as_long_as_they_hold() -> None:
    assert PLAN.phrases == ("the rent",)
    assert PLAN.without_filters().phrases == ()


def test_a_person_s_changes_take_the_place_of_the_plan() -> None:
    """Blank lines are none; what only helped still only helps; an unticked filter is gone, a ticked one holds."""
    changed = PLAN.without_filters().rewritten([" Which  rent? ", "", "The rent is high."], [1])
    assert changed == Plan(
        "Which rent? The rent is high.", (Search("Which rent?", SearchKind.GIVEN), IMAGINED), (RENT,)
    )
    assert PLAN.rewritten(["", "  "], [0]) is None


def test_what_is_searched_first_is_what_passages_are_judged_by() -> None:
    changed = PLAN.rewritten(["The rent is high."], [])
    assert changed is not None
    assert changed.questions == (("The rent is high.", ()),)


def test_no_more_is_searched_than_can_be_waited_for() -> None:
    changed = PLAN.rewritten([str(number) for number in range(50)], [])
    assert changed is not None
    assert len(changed.searches) == MOST_SEARCHES
