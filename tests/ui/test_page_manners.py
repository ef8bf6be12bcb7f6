"""The page as something to rely on, in Chromium: words stay words, nothing leaves, every hand is served."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from rag.sentences import NOT_COPIED
from tests.ui.conftest import NARROW
from tests.ui.fake_assistant import FakeAssistant
from tests.ui.steps import SLOW, answered, ask, give
from tests.ui.tenancy import LEASE, QUOTE_1, document

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    OpenPage = Callable[..., Page]

pytestmark = pytest.mark.browser

_HOLD_THE_FIRST = """() => {
  const really = window.fetch;
  const first = (body) => body instanceof FormData && [...body.values()].some((file) => file.name === "First.pdf");
  window.fetch = async (url, options) => {
    if (options && first(options.body)) await new Promise((go, fail) => { Object.assign(window, { go, fail }); });
    return really(url, options);
  };
}"""
"""Copying a file of this name waits until ``go`` is called, or ``fail``."""


def test_what_a_person_writes_stays_words(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, "<img src=x onerror=\"document.title='taken'\"> <script>document.title='taken'</script>")
    answered(page)
    expect(page.locator(".q")).to_contain_text("<img src=x onerror=")
    assert page.locator(".q img, .q script").count() == 0
    assert page.title() == "Footnote"


def test_nothing_is_loaded_from_elsewhere(open_page: OpenPage) -> None:
    page = open_page()
    asked_for: list[str] = []
    page.on("request", lambda request: asked_for.append(request.url))
    page.reload()
    ask(page)
    answered(page)
    page.locator("button.fn").first.click()
    page.get_by_role("tab", name="Page").click()
    page.wait_for_selector(".drawn img")
    own = page.evaluate("location.origin")
    assert [url for url in asked_for if not url.startswith((own, "data:", "blob:"))] == []
    assert page.evaluate(
        """() => new Promise((done) => {
            document.addEventListener('securitypolicyviolation', (event) => done(event.violatedDirective));
            const image = new Image();
            image.src = 'http://127.0.0.2:9/leak.png';
            document.body.append(image);
        })"""
    ).startswith("img-src")


def test_a_narrow_window_shows_one_pane_at_a_time(open_page: OpenPage) -> None:
    page = open_page(size=NARROW)
    expect(page.locator("#chat-pane")).to_be_visible()
    expect(page.locator("#library-pane")).to_be_hidden()
    ask(page)
    answered(page)
    page.locator("button.fn").first.click()
    expect(page.locator(".ev.sel")).to_be_in_viewport()
    expect(page.get_by_role("button", name="Evidence · 4")).to_have_attribute("aria-current", "page")
    page.get_by_role("button", name="Documents · 3").click()
    expect(page.locator("#library-pane")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW[0]


def test_every_control_has_a_name_and_the_page_an_outline(open_page: OpenPage) -> None:
    page = open_page()
    ask(page)
    answered(page)
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('button, a[href], input:not([hidden]), select, textarea')]
            .filter((each) => each.offsetParent)
            .filter((each) => !(each.ariaLabel || each.innerText.trim() || each.labels?.length))
            .map((each) => each.outerHTML.slice(0, 120))"""
    )
    assert nameless == []
    assert page.locator("h1").all_inner_texts() == ["Footnote1"]
    twice = page.evaluate(
        "(() => { const ids = [...document.querySelectorAll('[id]')].map(e => e.id).filter(Boolean);"
        " return ids.filter((id, at) => ids.indexOf(id) !== at) })()"
    )
    assert twice == []
    expect(page.locator("#panel-said [aria-live=polite]")).to_have_count(1)


def test_everything_can_be_reached_with_the_keyboard(open_page: OpenPage) -> None:
    page = open_page()
    ask(page)
    answered(page)
    page.locator("h1").click()
    wanted = {"drop", "cb", "new", "fn", "act", "open", "chip"}
    for _ in range(60):
        page.keyboard.press("Tab")
        wanted -= set(page.evaluate("[...document.activeElement.classList]"))
    assert wanted == set()
    page.locator("button.fn").nth(1).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".ev.sel")).to_contain_text("p. 5")
    outline = page.locator("button.fn").nth(1).evaluate("(each) => getComputedStyle(each).outlineStyle")
    assert outline != "none", "the focus can be seen"


def test_a_repaint_leaves_focus_and_the_panel_of_a_person_alone(open_page: OpenPage) -> None:
    page = open_page(FakeAssistant(pace=SLOW))
    ask(page)
    expect(page.locator("#panel-live .prose")).to_contain_text("You")
    page.get_by_role("button", name="Stop").focus()
    expect(page.locator("#panel-live .prose")).to_contain_text("written notice")
    expect(page.get_by_role("button", name="Stop")).to_be_focused()


def test_the_memo_of_a_tab_holds_no_words_of_documents(open_page: OpenPage) -> None:
    page = open_page()
    ask(page)
    answered(page)
    kept = page.evaluate("JSON.stringify({...localStorage})")
    assert QUOTE_1 not in kept
    memo = json.loads(json.loads(kept)["footnote.memo"])
    looked_at = {"conversation", "collection", "collections", "tab", "turn", "chunk", "page"}
    assert set(memo) == {"mode", "excluded", *looked_at}


def test_a_long_list_of_documents_leaves_a_conversation_whole(open_page: OpenPage) -> None:
    assistant = FakeAssistant()
    assistant.add_elsewhere(*(document(f"Letter {n}.pdf", LEASE.media_type, LEASE.unit, 2, 6) for n in range(30)))
    page = open_page(assistant)
    ask(page)
    answered(page)
    room, row = page.locator("#panel-conversations"), page.locator("#panel-conversations .doc")
    expect(row).to_have_count(1)
    outer, inner = room.bounding_box() or {}, row.bounding_box() or {}
    assert inner["y"] + inner["height"] <= outer["y"] + outer["height"]


def test_files_are_read_in_the_order_given_though_a_small_one_is_copied_sooner(
    open_page: OpenPage, tmp_path: Path
) -> None:
    assistant = FakeAssistant(filled=False)
    page = open_page(assistant)
    names = ("First.pdf", "Second.pdf", "Third.pdf", "Fourth.pdf")
    page.evaluate(_HOLD_THE_FIRST)
    give(page, tmp_path, *names)
    expect(page.locator("#copying")).to_have_text("Copying 4 of 4…")
    page.evaluate("go()")
    expect(page.locator(".doc [role=checkbox]")).to_have_count(4)
    assert [name for name, _ in assistant.ingested] == list(names)


def test_a_file_that_cannot_be_copied_is_named_and_the_others_are_read(open_page: OpenPage, tmp_path: Path) -> None:
    assistant = FakeAssistant(filled=False)
    page = open_page(assistant)
    page.evaluate(_HOLD_THE_FIRST)
    give(page, tmp_path, "First.pdf", "Second.pdf")
    expect(page.locator("#copying")).to_have_text("Copying 2 of 2…")
    page.evaluate("fail()")
    expect(page.get_by_text(NOT_COPIED.replace("{names}", "First.pdf"))).to_be_visible()
    expect(page.get_by_role("checkbox", name="Search Second.pdf")).to_be_visible()
    assert [name for name, _ in assistant.ingested] == ["Second.pdf"]
