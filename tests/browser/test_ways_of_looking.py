"""The page for those who use no mouse, a telephone, or the dark; and its first screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from rag.sentences import CLOSING, STOPPED
from tests.browser.person import add_samples, ask_and_wait, begin_anew, cards, painted, question_box, turns
from tests.browser.program import running

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser, Locator, Page

    from tests.doubles.ollama import OllamaDouble

pytestmark = pytest.mark.browser

NARROW = (390, 844)
NOTICE = "How much notice must the tenants give to end the agreement?"
ANSWER = "The tenants give two calendar months’ written notice, to expire on the last day of a month. [1]"


def test_the_first_start_offers_two_ways_to_begin(page: Page) -> None:
    """And says what is ready and what is not; there is nothing to ask yet."""
    expect(page.get_by_role("heading", name="Ask your documents.")).to_be_visible()
    expect(page.get_by_role("button", name="Choose documents")).to_be_visible()
    expect(page.get_by_role("button", name="Try it with the sample documents")).to_be_visible()
    expect(page.get_by_text("Nothing leaves this computer")).to_be_visible()
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_disabled()
    page.get_by_role("button", name="Try it with the sample documents").click()
    expect(page.locator(".try button")).to_have_count(5)


def test_everything_can_be_done_with_the_keyboard_alone(page: Page, model: OllamaDouble) -> None:
    """Ask, stop, ask again, follow a citation, change the tab; and the focus can be seen all the way."""
    add_samples(page)
    model.answer, model.word_seconds = ANSWER, 0.1
    page.reload()
    _tab_to(page, question_box(page))
    page.keyboard.type(NOTICE)
    page.keyboard.press("Enter")
    expect(page.locator("#panel-live .prose")).to_contain_text("The tenants")
    page.keyboard.press("Escape")
    expect(turns(page)).to_contain_text("The answer was stopped.")
    model.word_seconds = 0.0
    _tab_to(page, turns(page).get_by_role("button", name="Try again"))
    page.keyboard.press("Enter")
    expect(turns(page)).to_have_count(2)
    _tab_to(page, turns(page).last.locator("button.fn"))
    page.keyboard.press("Enter")
    expect(page.locator(".ev.sel")).to_be_in_viewport()
    _tab_to(page, page.get_by_role("tab", name="Evidence for this answer"))
    page.keyboard.press("ArrowRight")
    expect(page.locator(".drawn .box").first).to_be_visible()
    _tab_to(page, page.get_by_role("tab", name="Page"))
    page.keyboard.press("ArrowLeft")
    _tab_to(page, cards(page).nth(1).locator("button.open"))
    page.keyboard.press("Enter")
    expect(cards(page).nth(1)).to_have_class("ev sel")


def test_a_narrow_window_has_three_tabs_and_never_scrolls_sideways(
    open_page: Callable[..., Page], model: OllamaDouble
) -> None:
    """Documents, chat and evidence, one at a time."""
    page = open_page(size=NARROW)
    page.locator("nav.panes button", has_text="Documents").click()
    add_samples(page)
    model.answer = ANSWER
    begin_anew(page)
    turn = ask_and_wait(page, NOTICE)
    panes = {name: page.locator(f"#{name}-pane") for name in ("library", "chat", "evidence")}
    assert _seen(panes) == ["chat"]
    assert _fits(page)
    turn.locator("button.fn").click()
    expect(page.locator(".ev.sel")).to_be_in_viewport()
    assert _seen(panes) == ["evidence"]
    assert _fits(page)
    page.get_by_role("tab", name="Page").click()
    expect(page.locator(".drawn .box").first).to_be_in_viewport()
    assert _fits(page)
    page.get_by_role("button", name="Documents · 3").click()
    assert _seen(panes) == ["library"]
    assert _fits(page)
    page.get_by_role("button", name="Chat", exact=True).click()
    assert _seen(panes) == ["chat"]


@pytest.mark.parametrize("dark", [False, True])
def test_words_stand_out_from_their_ground(open_page: Callable[..., Page], *, dark: bool) -> None:
    """In light and in dark: 4.5 to 1 (WCAG 2.2, 1.4.3) for what is read, and the ground is as dark as was asked."""
    page = open_page(dark=dark)
    add_samples(page)
    if not turns(page).count():
        ask_and_wait(page, NOTICE)
    assert (_luminance(page, "body", "backgroundColor") < 0.2) is dark
    for selector in (".prose", ".q", ".quick blockquote", ".ev .t", ".ev .h em", ".doc .m", ".meta.last", ".foot"):
        ground, ink = _ground(page, selector), _luminance(page, selector, "color")
        assert (max(ground, ink) + 0.05) / (min(ground, ink) + 0.05) >= 4.5, selector


def test_the_terminal_says_three_lines_and_no_more(
    browser: Browser, model_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the page is, that it is being closed and that it has stopped; a page that is looked at says so too."""
    monkeypatch.setenv("FOOTNOTE_CACHE", str(model_cache))
    with running(tmp_path / "data", "http://127.0.0.1:9") as program:
        page = browser.new_page()
        page.goto(program.address)
        painted(page)
        program.stop()
        expect(page.locator("#gone")).to_contain_text("Footnote has been closed. Start it again")
        expect(page.get_by_role("button", name="Ask", exact=True)).to_be_disabled()
        page.get_by_label("Your question").fill("Is anybody there?")
        page.keyboard.press("Enter")
        page.wait_for_selector(".toast-wrap .toast-body", state="attached")
        expect(page.locator(".toast-wrap .toast-body")).to_be_hidden()  # Gradio's words would stand over the page's own
        page.close()
        where, closing, stopped = program.said.splitlines()
        assert program.address in where
        assert (closing, stopped) == (CLOSING, STOPPED)


def _tab_to(page: Page, target: Locator) -> None:
    """Press Tab until a control has the focus, and see that it shows."""
    for _ in range(80):
        if target.evaluate("(each) => each === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(target).to_be_focused()
    shows = target.evaluate(
        "(each) => { const around = each.closest('#composer');"
        " const accent = getComputedStyle(document.querySelector('#send'));"
        " return around ? getComputedStyle(around).borderTopColor === accent.backgroundColor"
        " : getComputedStyle(each).outlineStyle !== 'none' }"
    )
    assert shows


def _seen(panes: dict[str, Locator]) -> list[str]:
    return [name for name, pane in panes.items() if pane.is_visible()]


def _fits(page: Page) -> bool:
    """Whether nothing makes the window scroll sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def _ground(page: Page, selector: str) -> float:
    """The luminance of the nearest ground behind an element that is not transparent."""
    colour = page.locator(selector).first.evaluate(
        """(each) => {
            for (; each; each = each.parentElement) {
                const ground = getComputedStyle(each).backgroundColor;
                if (!/rgba\\(.*, 0\\)/.test(ground)) return ground;
            }
            return 'rgb(255, 255, 255)';
        }"""
    )
    return _relative(colour)


def _luminance(page: Page, selector: str, kind: str) -> float:
    return _relative(page.locator(selector).first.evaluate(f"(each) => getComputedStyle(each).{kind}"))


def _relative(colour: str) -> float:
    """Relative luminance of "rgb(r, g, b)" (WCAG 2.2), from 0 to 1."""
    parts = [float(part) / 255 for part in colour.partition("(")[2].rstrip(")").split(",")[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
