"""What a person does with the page, in the page's own words: ask, choose, add, look.

Nothing here judges; every function returns when the page shows what was asked of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.program import SAMPLES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from playwright.sync_api import Locator, Page

__all__ = [
    "add",
    "add_samples",
    "ask",
    "ask_and_wait",
    "begin_anew",
    "cards",
    "listed",
    "open_page_tab",
    "painted",
    "question_box",
    "search_only",
    "turns",
]


def painted(page: Page) -> None:
    """Wait until every panel of a page that has just been opened shows something."""
    for panel in ("status .foot", "library h2", "head header", "thread .panel > *", "evidence [role=tab]", "panes nav"):
        expect(page.locator(f"#panel-{panel}").first).to_be_attached()


def question_box(page: Page) -> Locator:
    """Where a question is written."""
    return page.get_by_label("Your question")


def ask(page: Page, question: str) -> None:
    """Write a question and send it."""
    box = question_box(page)
    box.fill(question)
    box.press("Enter")


def ask_and_wait(page: Page, question: str) -> Locator:
    """Ask, and return the turn when its answer is complete."""
    before = turns(page).count()
    ask(page, question)
    expect(turns(page)).to_have_count(before + 1)
    return turns(page).last


def turns(page: Page) -> Locator:
    """The turns whose answers are complete."""
    return page.locator("#panel-thread .turn")


def cards(page: Page) -> Locator:
    """The passages beside the answer."""
    return page.locator("#panel-evidence .ev")


def begin_anew(page: Page) -> None:
    """Open a new conversation, unless this is one."""
    if turns(page).count():
        page.get_by_role("button", name="New", exact=True).click()
    expect(turns(page)).to_have_count(0)


def listed(page: Page, name: str) -> Locator:
    """The check-box of a document that has been read."""
    return page.get_by_role("checkbox", name=f"Search {name}", exact=True)


def add(page: Page, *paths: Path) -> None:
    """Choose files, and return when all of them are in the library."""
    page.set_input_files("#pick-files", list(paths))
    for path in paths:
        expect(listed(page, path.name)).to_be_visible()


def add_samples(page: Page) -> None:
    """Take the sample documents, unless they are there."""
    if not listed(page, "Lease agreement.pdf").count():
        add(page, *(path for path in sorted(SAMPLES.iterdir()) if path.suffix != ".json"))


def search_only(page: Page, names: Iterable[str]) -> None:
    """Tick these documents and no other."""
    wanted = {f"Search {name}" for name in names}
    boxes = page.get_by_role("checkbox", name=re.compile("^Search "))
    for box in boxes.all():
        ticked = "true" if box.get_attribute("aria-label") in wanted else "false"
        if box.get_attribute("aria-checked") != ticked:
            box.click()
        expect(box).to_have_attribute("aria-checked", ticked)


def open_page_tab(page: Page) -> None:
    """Look at the page of the passage that is open."""
    page.get_by_role("tab", name="Page").click()
    expect(page.get_by_role("tab", name="Page")).to_have_attribute("aria-selected", "true")
