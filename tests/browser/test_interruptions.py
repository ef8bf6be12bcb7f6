"""An answer survives what happens to it: a reload, a person who stops it, a language model that is not there yet."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.person import add_samples, ask, ask_and_wait, begin_anew, cards, turns
from tests.doubles.script import Hang

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.doubles.ollama import OllamaDouble

pytestmark = pytest.mark.browser

NOTICE = "How much notice must the tenants give to end the agreement?"
SLOW = 0.1
"""Seconds between words: a pace at which the middle of an answer can be met."""
ANSWER = (
    "The tenants give two calendar months’ written notice, [1] and it expires on the last day of a month. "
    "They can do so once the first six months have passed, and owe the rent until then. [1] That is all there is to it."
)
SOON = 1.0
"""Seconds within which the model must see that nobody listens any more."""


def test_a_reload_in_mid_answer_takes_it_up_where_it_is(page: Page, model: OllamaDouble) -> None:
    """The model is asked once, and goes on while nobody looks."""
    add_samples(page)
    model.answer, model.word_seconds = ANSWER, SLOW
    asked = len(model.chats)
    ask(page, NOTICE)
    growing = page.locator("#panel-live .prose")
    expect(growing).to_contain_text("The tenants give")
    page.reload()
    expect(growing).to_contain_text("The tenants give two calendar months’")
    expect(page.locator("#panel-live .quick")).to_be_visible()
    expect(turns(page).locator(".prose")).to_contain_text("That is all there is to it.")
    assert len(model.chats) == asked + 1


def test_a_reload_afterwards_shows_the_answer_with_its_evidence(page: Page, model: OllamaDouble) -> None:
    """Word for word, with the same citations and the same passages."""
    add_samples(page)
    model.answer = ANSWER
    turn = ask_and_wait(page, NOTICE)
    before = turn.locator(".prose").inner_text(), cards(page).all_inner_texts()
    page.reload()
    expect(turns(page).locator("button.fn")).to_have_text(["1", "1"])
    expect(cards(page).first).to_be_visible()
    assert (turns(page).locator(".prose").inner_text(), cards(page).all_inner_texts()) == before


def test_stop_before_the_first_word_leaves_the_quote(page: Page, model: OllamaDouble) -> None:
    """The model may be silent for minutes while it is loaded; and trying again works."""
    add_samples(page)
    model.script(Hang())
    asked = len(model.chats)
    ask(page, NOTICE)
    _until(lambda: len(model.chats) > asked)
    assert _seconds_to_hang_up(page, model) < SOON
    expect(turns(page)).to_contain_text("The answer was stopped.")
    expect(turns(page).locator(".quick")).to_be_visible()
    model.answer = ANSWER
    turns(page).get_by_role("button", name="Try again").click()
    expect(turns(page)).to_have_count(2)
    expect(turns(page).last.locator(".prose")).to_contain_text("That is all there is to it.")


def test_stop_in_mid_answer_keeps_what_was_written(page: Page, model: OllamaDouble) -> None:
    """With a notice; the connection to the model is closed at once."""
    add_samples(page)
    model.answer, model.word_seconds = ANSWER, SLOW
    ask(page, NOTICE)
    expect(page.locator("#panel-live .prose")).to_contain_text("The tenants give")
    assert _seconds_to_hang_up(page, model) < SOON
    expect(turns(page)).to_contain_text("The answer was stopped. What had been written is kept.")
    expect(turns(page).locator(".prose")).to_contain_text("The tenants give")
    expect(turns(page).locator(".prose")).not_to_contain_text("That is all")


def test_without_ollama_the_documents_answer_until_it_is_there(page: Page, model: OllamaDouble) -> None:
    """One calm line says how to get written answers, and its button finds the model as soon as it runs."""
    add_samples(page)
    model.stop()
    page.reload()
    expect(page.locator("#panel-status")).to_contain_text("Ollama is not running")
    begin_anew(page)
    turn = ask_and_wait(page, NOTICE)
    expect(turn.locator(".quick blockquote")).to_contain_text("at least two calendar months’ written notice")
    expect(turn.locator(".note")).to_have_count(1)
    expect(turn.locator(".note").first).to_contain_text("Ollama is not running")
    model.__enter__()
    turn.get_by_role("button", name="Check again").click()
    expect(page.locator("#panel-status")).to_contain_text("ready")
    model.answer = ANSWER
    turn = ask_and_wait(page, NOTICE)
    expect(turn.locator(".prose")).to_contain_text("That is all there is to it.")


def _seconds_to_hang_up(page: Page, model: OllamaDouble) -> float:
    """Press Stop, and measure until the double sees its last connection closed."""
    pressed = time.monotonic()
    page.get_by_role("button", name="Stop").click()
    _until(lambda: model.chats[-1].hung_up is not None)
    return (model.chats[-1].hung_up or 0.0) - pressed


def _until(true: Callable[[], bool], patience: float = 15.0) -> None:
    deadline = time.monotonic() + patience
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)
