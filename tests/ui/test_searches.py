"""What was searched for is changed and searched again, with a mouse, with keys, and on a telephone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from rag.planning.plan import Plan, Search, SearchKind
from tests.ui.conftest import NARROW
from tests.ui.fake_assistant import FakeAssistant
from tests.ui.steps import answered, ask
from tests.ui.tenancy import PLANS, TWO_IN_ONE

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    OpenPage = Callable[..., Page]

pytestmark = pytest.mark.browser


def _asked(open_page: OpenPage, assistant: FakeAssistant, **how: tuple[int, int]) -> Page:
    page = open_page(assistant, **how)
    ask(page, TWO_IN_ONE)
    answered(page)
    return page


def test_what_was_searched_for_can_be_changed_with_the_keyboard_alone(open_page: OpenPage) -> None:
    """Opened, written over, a filter taken out, and searched again as a turn of its own."""
    assistant = FakeAssistant()
    page = _asked(open_page, assistant)
    page.locator(".searches summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("One search on each line")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("Notice period")
    page.keyboard.press("Enter")
    page.keyboard.type("Deposit")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    answered(page, 2)
    given = (Search("Notice period", SearchKind.GIVEN), Search("Deposit", SearchKind.GIVEN))
    assert assistant.plans == [None, Plan("Notice period Deposit", given)]
    assert assistant.asked[1][0] == TWO_IN_ONE
    expect(page.locator(".searches").last).to_contain_text("Searched for: “Notice period” · “Deposit”")


def test_escape_closes_the_form_and_leaves_the_keyboard_where_it_was(open_page: OpenPage) -> None:
    page = _asked(open_page, FakeAssistant())
    page.locator(".searches summary").click()
    page.get_by_label("One search on each line").press("Escape")
    expect(page.get_by_label("One search on each line")).to_be_hidden()
    expect(page.locator(".searches summary")).to_be_focused()


def test_filters_that_stay_ticked_hold(open_page: OpenPage) -> None:
    assistant = FakeAssistant()
    page = _asked(open_page, assistant)
    page.locator(".searches summary").click()
    page.get_by_role("button", name="Search again").click()
    answered(page, 2)
    plan = assistant.plans[1]
    assert plan is not None
    assert plan.filters == PLANS[TWO_IN_ONE].filters
    assert [each.text for each in plan.searches] == [each.text for each in PLANS[TWO_IN_ONE].searches]


def test_with_nothing_left_the_question_is_searched_as_it_was_asked(open_page: OpenPage) -> None:
    assistant = FakeAssistant()
    page = _asked(open_page, assistant)
    page.locator(".searches summary").click()
    page.get_by_label("One search on each line").fill("  ")
    page.get_by_role("button", name="Search again").click()
    answered(page, 2)
    assert assistant.plans[1] == Plan.plain(TWO_IN_ONE)


def test_on_a_telephone_everything_of_it_is_in_reach(open_page: OpenPage) -> None:
    assistant = FakeAssistant()
    page = _asked(open_page, assistant, size=NARROW)
    page.locator(".searches summary").click()
    for part in (page.get_by_label("One search on each line"), page.get_by_role("button", name="Search again")):
        part.scroll_into_view_if_needed()
        box = part.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= NARROW[0]
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW[0]
    page.get_by_role("button", name="Search again").click()
    answered(page, 2)
