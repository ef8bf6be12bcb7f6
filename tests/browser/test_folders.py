"""Folders of this computer as a person uses them: walked to, added, watched while their files change, let go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from rag.sentences import SHOWN_FIRST
from tests.browser.person import ask_and_wait, listed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser

NARROW = (390, 844)


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    """A folder with a letter in it, beside others."""
    for name in ("music", "papers/2025", "travel"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "papers" / "letter.txt").write_text("The rent of the flat in Elm Street is 900 pounds a month.")
    return tmp_path / "papers"


def test_a_watched_folder_is_read_and_a_file_that_changes_in_it_replaces_its_document(page: Page, papers: Path) -> None:
    """Nobody touches the page after the folder was added, until it is asked."""
    _walk_to(page, papers.parent)
    page.get_by_role("button", name="papers", exact=True).click()
    page.get_by_role("button", name="Add “papers”").click()
    expect(listed(page, "letter.txt")).to_be_visible()
    expect(_folder(page)).to_contain_text("watched")
    before = _id_of(page, "letter.txt")

    (papers / "letter.txt").write_text("The rent of the flat in Elm Street is 950 pounds a month.")
    expect(_link(page, "letter.txt")).not_to_have_attribute("href", before)
    expect(listed(page, "letter.txt")).to_have_count(1)
    turn = ask_and_wait(page, "What is the rent of the flat in Elm Street?")
    expect(turn).to_contain_text("950 pounds")

    page.get_by_role("button", name="Stop watching papers").click()
    expect(_folder(page)).to_contain_text("not watched")
    (papers / "keys.txt").write_text("The keys of the flat are blue.")
    page.get_by_role("button", name="Look for changes in papers").click()
    expect(listed(page, "keys.txt")).to_be_visible()

    page.reload()
    expect(_folder(page)).to_contain_text("not watched")
    page.get_by_role("button", name="Take papers off the list").click()
    expect(_folder(page)).to_have_count(0)
    expect(listed(page, "letter.txt")).to_be_visible()


def test_a_folder_is_chosen_with_the_keyboard_alone(page: Page, papers: Path) -> None:
    """The focus goes along from folder to folder; Escape closes the panel and gives the focus back."""
    opener = page.get_by_role("button", name="watch a folder")
    opener.focus()
    page.keyboard.press("Enter")
    panel = page.get_by_role("dialog")
    expect(panel).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(opener).to_be_focused()

    _walk_to(page, papers.parent)
    expect(page.get_by_label(f"Folders in {papers.parent.name}")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="music")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Add “papers”")).to_be_visible()
    expect(page.get_by_label("Folders in papers")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="2025")).to_be_focused()
    page.keyboard.press("Tab")
    tick = page.get_by_role("checkbox", name="Keep watching it for changes")
    expect(tick).to_be_focused()
    page.keyboard.press("Space")
    expect(tick).to_have_attribute("aria-checked", "false")
    page.keyboard.press("Escape")


def test_a_folder_is_added_on_a_telephone(open_page: Callable[..., Page], papers: Path) -> None:
    """A path that was only typed is shown first, or said not to be there; nothing makes the window scroll sideways."""
    (papers / "letter.txt").rename(papers / "bill.txt")  # the other tests' letters are still in the library
    page = open_page(size=NARROW)
    page.locator("nav.panes button", has_text="Documents").click()
    _walk_to(page, papers / "nowhere")
    expect(page.get_by_role("alert")).to_contain_text("There is no folder at")
    page.get_by_label("Path of the folder").fill(str(papers))
    page.get_by_role("button", name="Add “").click()
    expect(page.locator(".advice")).to_have_text(SHOWN_FIRST)
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(_folder(page)).to_have_count(0)
    _go(page, papers)
    expect(page.get_by_role("alert")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate("document.querySelector('.setup').scrollWidth <= document.querySelector('.setup').clientWidth")
    page.get_by_role("button", name="Add “papers”").click()
    expect(_folder(page)).to_contain_text("watched")
    expect(listed(page, "bill.txt")).to_be_visible()
    papers.rename(papers.with_name("elsewhere"))
    expect(_folder(page)).to_contain_text("paused: cannot be found")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_role("button", name="Take papers off the list").click()
    expect(_folder(page)).to_have_count(0)


def _walk_to(page: Page, path: Path) -> None:
    page.get_by_role("button", name="watch a folder").click()
    expect(page.get_by_role("dialog", name="Add a folder of this computer")).to_be_visible()
    _go(page, path)


def _go(page: Page, path: Path) -> None:
    box = page.get_by_label("Path of the folder")
    box.fill(str(path))
    page.get_by_role("button", name="Go", exact=True).click()
    if path.is_dir():
        expect(box).to_have_value(str(path))
        expect(page.get_by_role("button", name=f"Add “{path.name}”")).to_be_visible()


def _folder(page: Page) -> Locator:
    return page.locator(".kept-folders .doc")


def _link(page: Page, name: str) -> Locator:
    return page.locator(".docs .doc a.name", has_text=name)


def _id_of(page: Page, name: str) -> str:
    return _link(page, name).get_attribute("href") or ""
