"""Collections as a person uses them: made, filled, asked, kept over a reload, deleted; by keys and by thumb."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.person import add_samples, ask_and_wait, cards, listed

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser

NARROW = (390, 844)
LEASE, COSTS, INVENTORY = "Lease agreement.pdf", "Household costs.xlsx", "Check-in inventory.docx"
NOTICE = "How much notice must the tenants give to end the agreement?"


def test_a_collection_is_made_filled_asked_kept_and_deleted(page: Page) -> None:
    """The question is answered from the one document in it; deleting it leaves all three in the library."""
    add_samples(page)
    _create(page, "House move")
    expect(page.get_by_text("No document is in this collection yet.")).to_be_visible()
    page.get_by_role("button", name="show all documents").click()
    _move(page, COSTS, "House move")
    expect(page.locator(".doc", has_text=COSTS)).to_contain_text("· House move")
    _chooser(page).select_option(label="House move")
    expect(listed(page, LEASE)).to_have_count(0)
    expect(page.locator(".searching")).to_have_text("searching 1 document in House move")

    ask_and_wait(page, NOTICE)
    expect(cards(page).first).to_be_visible()
    assert {_document_of(card) for card in cards(page).all()} == {"Household costs"}
    page.get_by_role("tab", name="How it was found").click()
    expect(page.locator(".trace")).to_contain_text("in 1 of 3 documents")

    page.reload()
    expect(_chooser(page).locator("option:checked")).to_have_text("House move")
    expect(listed(page, COSTS)).to_be_visible()
    expect(listed(page, LEASE)).to_have_count(0)

    page.get_by_role("button", name="Collections…").click()
    page.get_by_role("button", name="Delete…").click()
    expect(page.get_by_text("Its document stays in the library.")).to_be_visible()
    page.get_by_role("button", name="Delete", exact=True).click()
    for name in (LEASE, COSTS, INVENTORY):
        expect(listed(page, name)).to_be_visible()
    expect(_chooser(page).locator("option")).to_have_text(["All documents"])


def test_everything_about_collections_can_be_done_with_the_keyboard(page: Page) -> None:
    """Names are typed and sent with Enter; Escape puts a form away; what was typed survives a repaint."""
    add_samples(page)
    opener = page.get_by_role("button", name="Collections…")
    opener.focus()
    page.keyboard.press("Enter")
    expect(opener).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    name = page.get_by_label("Name of the new collection")
    expect(name).to_be_focused()
    page.keyboard.press("Escape")
    expect(name).to_have_count(0)
    _create(page, "Taxes", key="Enter")
    expect(_chooser(page).locator("option:checked")).to_have_text("Taxes")
    _open(page, "New collection…")
    name.fill("taxes")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("There is a collection “Taxes” already. Choose another name.")
    expect(name).to_have_value("taxes")
    page.keyboard.press("Escape")
    expect(page.get_by_role("alert")).to_have_count(0)
    _open(page, "Rename…")
    renamed = page.get_by_label("New name for “Taxes”")
    expect(renamed).to_have_value("Taxes")
    renamed.fill("Taxes 2026")
    page.keyboard.press("Enter")
    expect(_chooser(page).locator("option:checked")).to_have_text("Taxes 2026")
    _delete(page)


def test_ticked_documents_are_moved_at_once_on_a_telephone(open_page: Callable[..., Page]) -> None:
    """Tick none, tick one, move it; nothing makes the window scroll sideways."""
    page = open_page(size=NARROW)
    page.locator("nav.panes button", has_text="Documents").click()
    add_samples(page)
    page.locator("nav.panes button", has_text="Documents").click()
    _create(page, "A name as long as sixty characters allows it to be, no less.")
    _chooser(page).select_option(label="All documents")
    boxes = page.get_by_role("checkbox", name=re.compile("^Search "))
    page.get_by_role("button", name="Tick none of the documents").click()
    for box in boxes.all():
        expect(box).to_have_attribute("aria-checked", "false")
    listed(page, LEASE).click()
    _open(page, "Move ticked documents…")
    expect(page.get_by_text("Move 1 ticked document to")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.locator(".doc", has_text=LEASE)).to_contain_text("A name as long as")
    page.get_by_role("button", name="Tick all documents").click()
    for box in boxes.all():
        expect(box).to_have_attribute("aria-checked", "true")
    _chooser(page).select_option(index=1)
    expect(boxes).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    _delete(page)


def _chooser(page: Page) -> Locator:
    return page.get_by_label("Collection to look at and to search")


def _open(page: Page, form: str) -> None:
    page.get_by_role("button", name="Collections…").click()
    page.get_by_role("button", name=form).click()


def _create(page: Page, name: str, *, key: str = "") -> None:
    _open(page, "New collection…")
    page.get_by_label("Name of the new collection").fill(name)
    if key:
        page.keyboard.press(key)
    else:
        page.get_by_role("button", name="Create").click()
    expect(_chooser(page).locator("option:checked")).to_have_text(name)


def _move(page: Page, document: str, collection: str) -> None:
    page.get_by_role("button", name=f"Move {document} to a collection").click()
    page.get_by_label("Move it to").select_option(label=collection)
    page.get_by_role("button", name="Move", exact=True).click()


def _delete(page: Page) -> None:
    """Delete the collection that is looked at, and leave the library as it was."""
    _open(page, "Delete…")
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(_chooser(page).locator("option")).to_have_text(["All documents"])


def _document_of(card: Locator) -> str:
    return card.locator(".name").first.inner_text()
