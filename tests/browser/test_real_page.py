"""The main job in the real program: drop in documents, ask, read the answer beside its evidence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.person import add, add_samples, ask, ask_and_wait, cards, listed, open_page_tab, search_only, turns
from tests.documents import make_handbook_pdf

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.doubles.ollama import OllamaDouble

pytestmark = pytest.mark.browser

NOTICE = "How much notice must the tenants give to end the agreement?"
SENTENCE = "at least two calendar months’ written notice that expires on the last day of a month"
ANSWER = "You must give **two calendar months’ written notice**, to expire on the last day of a month. [1] More [99]."


def test_the_samples_bring_five_questions(page: Page) -> None:
    """One of which they do not answer."""
    add_samples(page)
    expect(page.locator(".try button")).to_have_count(5)


def test_a_dropped_pdf_is_seen_being_read_and_then_listed(page: Page, tmp_path: Path) -> None:
    """Dropped as the operating system drops it, not through the file input."""
    handbook = make_handbook_pdf(tmp_path / "Handbook.pdf", pages=360)
    _drop(page, handbook)
    expect(page.get_by_role("progressbar", name="Reading Handbook.pdf")).to_be_visible()
    expect(page.get_by_text(re.compile(r"reading page \d+ of 360|passages so far")).first).to_be_visible()
    expect(listed(page, "Handbook.pdf")).to_be_visible()
    expect(page.locator(".doc", has_text="Handbook.pdf")).to_contain_text("360 pages")
    expect(page.get_by_role("progressbar")).to_have_count(0)


def test_a_quick_answer_comes_first_and_the_written_one_grows_below(page: Page, model: OllamaDouble) -> None:
    """The quick one is quoted word for word, with its place."""
    add_samples(page)
    model.answer, model.word_seconds = ANSWER, 0.08
    ask(page, NOTICE)
    expect(page.locator("#panel-live .quick blockquote")).to_contain_text(SENTENCE)
    expect(page.locator("#panel-live .quick")).to_contain_text("Lease agreement.pdf, p. 3")
    growing = page.locator("#panel-live .prose")
    expect(growing).to_contain_text("You must give")
    assert "last day" not in growing.inner_text(), "it is written word by word"
    expect(turns(page)).to_have_count(1)
    expect(turns(page).locator(".prose strong")).to_have_text("two calendar months’ written notice")
    expect(turns(page).locator("button.fn")).to_have_text(["1"])
    expect(turns(page)).to_contain_text("pointed to passages that do not exist")


def test_a_citation_opens_its_card_with_four_scores(page: Page, model: OllamaDouble) -> None:
    """The card is chosen, whole, in view, and its quote is marked and can be copied with its source."""
    add_samples(page)
    model.answer = "The tenants give two calendar months’ written notice. [1] There is more to be read. [3]"
    turn = ask_and_wait(page, NOTICE)
    turn.locator("button.fn").last.click()
    card = page.locator(".ev.sel")
    expect(card).to_be_in_viewport()
    expect(card.locator(".fn")).to_have_text("3")
    assert card.locator(".score > span").all_inner_texts() == ["Meaning", "Keywords", "Combined", "Reranker"]
    assert all(float(value) >= 0 for value in card.locator(".score b").all_inner_texts())
    expect(card.locator(".word")).to_have_text(re.compile("strong|fair|weak"))
    turn.locator("button.fn").first.click()
    expect(card.locator(".fn")).to_have_text("1")
    copied = card.get_by_role("button", name="Copy quote").get_attribute("data-copy") or ""
    assert SENTENCE in " ".join(copied.split())
    assert copied.endswith("— Lease agreement.pdf, p. 3")


def test_how_it_was_found_names_every_stage(page: Page) -> None:
    """Searched, found, combined, reranked, kept, written."""
    add_samples(page)
    search_only(page, ["Lease agreement.pdf", "Check-in inventory.docx", "Household costs.xlsx"])
    ask_and_wait(page, NOTICE)
    page.get_by_role("tab", name="How it was found").click()
    trace = page.locator(".trace")
    for words in (NOTICE, "came into question", "Combined", "Reranked", "kept", "granite4.1:3b wrote the answer"):
        expect(trace).to_contain_text(words)


@pytest.mark.parametrize(
    ("question", "answer", "document", "words"),
    [
        (
            "Was the burn mark on the kitchen worktop there when we moved in?",
            "The worktop already had a scorch mark beside the hob. [1]",
            "Check-in inventory.docx",
            "Scorch mark of 4 cm",
        ),
        (
            "Who paid for the new door seal of the washing machine?",
            "The new door seal of the washing machine was paid by Mina. [1]",
            "Household costs.xlsx",
            "Paid by: Mina",
        ),
    ],
)
def test_other_formats_show_their_text_with_the_passage_in_view(  # noqa: PLR0913, PLR0917  (what a case is made of)
    page: Page, model: OllamaDouble, question: str, answer: str, document: str, words: str
) -> None:
    """What is marked is what the citation quotes."""
    add_samples(page)
    search_only(page, [document])
    model.answer = answer
    turn = ask_and_wait(page, question)
    turn.locator("button.fn").click()
    copied = page.locator(".ev.sel").get_by_role("button", name="Copy quote").get_attribute("data-copy") or ""
    quote = copied.partition("“")[2].rpartition("”")[0]
    assert words in quote
    open_page_tab(page)
    expect(page.locator(".page-name")).to_contain_text(document)
    expect(page.locator(".words mark").first).to_be_in_viewport()
    assert " ".join(quote.split()) in " ".join(" ".join(page.locator(".words mark").all_inner_texts()).split())


def test_what_the_documents_do_not_hold_is_said_and_no_model_is_asked(page: Page, model: OllamaDouble) -> None:
    """The nearest passages are shown as such."""
    add_samples(page)
    search_only(page, ["Lease agreement.pdf", "Check-in inventory.docx", "Household costs.xlsx"])
    asked = len(model.chats)
    turn = ask_and_wait(page, "What is the Wi-Fi password?")
    expect(turn.locator(".verdict")).to_be_visible()
    expect(turn.locator(".prose")).to_have_count(0)
    expect(turn.locator(".sources button")).to_have_count(3)
    assert cards(page).count() > 0
    assert len(model.chats) == asked


def test_a_document_that_is_not_ticked_is_not_searched(page: Page) -> None:
    """Neither found nor shown, and the head says in how many is searched."""
    add_samples(page)
    search_only(page, ["Check-in inventory.docx", "Household costs.xlsx"])
    expect(page.locator(".searching")).to_have_text(re.compile(r"searching 2 of \d documents"))
    ask_and_wait(page, NOTICE)
    assert set(page.locator(".ev .name").all_inner_texts()) <= {"Check-in inventory", "Household costs"}


def test_a_document_removed_in_one_tab_is_gone_in_the_other(
    page: Page, open_page: Callable[..., Page], tmp_path: Path
) -> None:
    """Once the other tab is looked at again, or anything else happens."""
    letter = tmp_path / "Letter.txt"
    letter.write_text("The chimney is swept every March.", encoding="utf-8")
    other = open_page()
    add(page, letter)
    expect(listed(other, "Letter.txt")).to_be_visible()
    page.get_by_role("button", name="Remove Letter.txt").click()
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(listed(page, "Letter.txt")).to_have_count(0)
    expect(listed(other, "Letter.txt")).to_have_count(0)


def _drop(page: Page, path: Path) -> None:
    """Let a file fall on the drop zone."""
    target = page.locator(".drop").bounding_box()
    assert target
    session = page.context.new_cdp_session(page)
    dragged = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
    where = {"x": target["x"] + target["width"] / 2, "y": target["y"] + target["height"] / 2}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "data": dragged, **where})
