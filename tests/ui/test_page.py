"""The page as a person meets it, in Chromium: adding, asking, reading, stopping, coming back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from rag.sentences import SAME_NAME, WRONG_PASSWORD
from tests.ui.fake_assistant import FakeAssistant
from tests.ui.steps import SLOW, answered, ask, give
from tests.ui.tenancy import LEASE, QUOTE_1

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    OpenPage = Callable[..., Page]

pytestmark = pytest.mark.browser


def test_a_new_person_is_shown_two_ways_to_begin(open_page: OpenPage) -> None:
    page = open_page(FakeAssistant(filled=False, model=""))
    expect(page.get_by_role("heading", name="Ask your documents.")).to_be_visible()
    expect(page.get_by_role("button", name="Choose documents")).to_be_visible()
    expect(page.get_by_text("Nothing leaves this computer")).to_be_visible()
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_disabled()
    expect(page.locator("#evidence-pane")).to_be_hidden()


def test_the_sample_documents_bring_their_suggested_questions(open_page: OpenPage) -> None:
    assistant = FakeAssistant(filled=False)
    page = open_page(assistant)
    page.get_by_role("button", name="Try it with the sample documents").click()
    expect(page.locator(".doc [role=checkbox]")).to_have_count(3)
    expect(page.locator(".try button")).to_have_count(5)
    assert all(path.exists() for path in assistant.paths), "the samples are not copies to be thrown away"


def test_files_show_how_far_they_are_and_why_they_failed(open_page: OpenPage, tmp_path: Path) -> None:
    assistant = FakeAssistant(filled=False, pace=SLOW)
    page = open_page(assistant)
    names = ("Building rules.pdf", "damaged.pdf", "strange.zzz")
    give(page, tmp_path, *names)
    expect(page.get_by_role("progressbar", name="Reading Building rules.pdf")).to_be_visible()
    expect(page.get_by_text(re.compile(r"reading page \d+ of 12"))).to_be_visible()
    expect(page.get_by_text("This file is damaged. Save it again and add it.")).to_be_visible()
    expect(page.get_by_text("This kind of file cannot be read yet.")).to_be_visible()
    expect(page.get_by_role("checkbox", name="Search Building rules.pdf")).to_be_visible()
    page.get_by_role("button", name="Dismiss the note on damaged.pdf").click()
    expect(page.get_by_text("This file is damaged.")).to_have_count(0)
    assert sorted(assistant.ingested) == sorted((name, name.encode()) for name in names)


def test_reading_can_be_cancelled_file_by_file_or_all_at_once(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(FakeAssistant(filled=False, pace=SLOW))
    give(page, tmp_path, "First.pdf", "Second, slow.pdf", "Third.pdf", "Fourth.pdf")
    expect(page.locator(".doc.reading")).to_have_count(3)
    page.get_by_role("button", name="Cancel reading Third.pdf").click()
    expect(page.get_by_text("Third.pdf")).to_have_count(0)
    expect(page.locator(".doc.reading")).to_have_count(2)
    page.get_by_role("button", name="Cancel all 2").click()
    expect(page.locator(".doc.reading")).to_have_count(0)
    expect(page.get_by_role("checkbox", name="Search First.pdf")).to_be_visible()
    for name in ("Third.pdf", "Fourth.pdf"):
        expect(page.get_by_text(name)).to_have_count(0)


def test_a_locked_file_is_unlocked_where_it_says_so(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(FakeAssistant(filled=False))
    give(page, tmp_path, "locked.pdf")
    for password in ("Secret", "secret"):
        field = page.get_by_label("Password of locked.pdf")
        field.fill(password)
        field.press("Enter")
        if password == "Secret":  # noqa: S105  (a made-up one)
            expect(page.get_by_text(WRONG_PASSWORD)).to_be_visible()
            expect(field).to_have_value("")
    expect(page.get_by_role("checkbox", name="Search locked.pdf")).to_be_visible()


def test_a_file_of_a_known_name_is_read_when_it_has_been_said_what_stays(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(FakeAssistant(filled=False))
    give(page, tmp_path, "known.pdf")
    expect(page.get_by_text(SAME_NAME)).to_be_visible()
    page.get_by_role("button", name="Keep both documents called known.pdf").click()
    expect(page.get_by_role("checkbox", name="Search known.pdf")).to_be_visible()


def test_what_another_program_adds_is_shown_and_can_be_asked(open_page: OpenPage) -> None:
    assistant = FakeAssistant(filled=False)
    page = open_page(assistant)
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_disabled()
    assistant.add_elsewhere(LEASE)
    expect(page.get_by_role("checkbox", name=f"Search {LEASE.name}")).to_be_visible()
    ask(page)
    answered(page)


def test_reading_goes_on_when_the_page_is_loaded_anew(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(FakeAssistant(filled=False, pace=SLOW))
    give(page, tmp_path, "Rules.pdf")
    expect(page.get_by_role("progressbar")).to_be_visible()
    page.reload()
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(page.get_by_role("checkbox", name="Search Rules.pdf")).to_be_visible()


def test_an_answer_stands_below_the_words_straight_from_the_documents(open_page: OpenPage) -> None:
    page = open_page()
    ask(page)
    expect(page.locator(".quick")).to_contain_text("Straight from your documents · 0.2 s")
    expect(page.locator(".quick blockquote")).to_contain_text(QUOTE_1)
    answered(page)
    expect(page.locator("#panel-thread .prose strong")).to_have_text("two calendar months’ written notice")
    expect(page.locator("#panel-thread button.fn")).to_have_text(["1", "2", "1", "3"])
    expect(page.get_by_label("Your question")).to_have_value("")
    expect(page.locator("#panel-thread .meta.last")).to_contain_text("first word 1.1 s")
    expect(page.locator("#panel-said")).to_contain_text("You must give at least")


def test_shift_enter_begins_a_new_line_and_enter_sends(open_page: OpenPage) -> None:
    assistant = FakeAssistant()
    page = open_page(assistant)
    box = page.get_by_label("Your question")
    box.press_sequentially("How much")
    box.press("Shift+Enter")
    box.press_sequentially("notice?")
    box.press("Enter")
    answered(page)
    assert [question for question, _, _ in assistant.asked] == ["How much\nnotice?"]


def test_a_citation_opens_its_card_and_brings_it_into_view(open_page: OpenPage) -> None:
    page = open_page(size=(1440, 560))
    ask(page)
    answered(page)
    page.get_by_role("button", name="Source 3: Inventory check-in.docx, § Deposit").click()
    card = page.locator(".ev.sel")
    expect(card).to_contain_text("Inventory check-in")
    expect(card).to_be_in_viewport()
    expect(card.locator("mark:not(.soft)").first).to_contain_text("The")
    expect(page.locator("#panel-thread button.fn.sel")).to_have_text(["3"])


def test_every_card_shows_its_four_scores_and_whether_it_was_used(open_page: OpenPage) -> None:
    page = open_page()
    ask(page)
    answered(page)
    first = page.locator(".ev").first
    assert first.locator(".score > span").all_inner_texts() == ["Meaning", "Keywords", "Combined", "Reranker"]
    assert first.locator(".score b").all_inner_texts() == ["0.71", "14.2", "0.0328", "0.97"]
    expect(first.locator(".word")).to_have_text("strong")
    expect(page.locator(".ev.dim")).to_contain_text("not used: others were chosen before it")


def test_the_page_tab_draws_boxes_over_the_picture_of_the_page(open_page: OpenPage) -> None:
    page = open_page()
    ask(page)
    answered(page)
    page.locator("button.fn").first.click()
    page.get_by_role("tab", name="Page").click()
    expect(page.get_by_role("img", name="Lease agreement 2024.pdf, page 6")).to_be_visible()
    expect(page.locator(".drawn .box")).to_have_count(1)
    page.get_by_role("button", name="Next page").click()
    expect(page.get_by_role("img", name="Lease agreement 2024.pdf, page 7")).to_be_visible()
    expect(page.locator(".drawn .box")).to_have_count(0)


def test_the_open_card_shows_its_words_on_the_page_and_leads_there(open_page: OpenPage) -> None:
    page = open_page()
    ask(page)
    answered(page)
    card = page.locator(".ev.sel")
    expect(card).to_contain_text("Lease agreement 2024")
    expect(card.locator(".cut .box")).to_have_count(1)
    page.get_by_role("tab", name="Page").click()
    page.get_by_role("button", name="Next page").click()
    expect(page.get_by_role("img", name="Lease agreement 2024.pdf, page 7")).to_be_visible()
    page.get_by_role("tab", name="Evidence for this answer").click()
    card.get_by_role("button", name="See the whole of page 6").press("Enter")
    expect(page.get_by_role("img", name="Lease agreement 2024.pdf, page 6")).to_be_visible()
    expect(page.locator("#tab-body")).to_be_focused()


def test_a_page_can_be_shown_larger_with_its_marks_in_view(open_page: OpenPage) -> None:
    page = open_page()
    ask(page)
    answered(page)
    page.get_by_role("tab", name="Page").click()
    picture = page.get_by_role("img", name="Lease agreement 2024.pdf, page 6")
    before = (picture.bounding_box() or {})["width"]
    larger = page.get_by_role("button", name="Show it larger")
    larger.click()
    expect(larger).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".drawn .box").first).to_be_in_viewport()
    assert (picture.bounding_box() or {})["width"] > 1.5 * before
    page.locator("#tab-body").evaluate("(body) => body.scrollTo(body.scrollWidth, body.scrollHeight)")
    expect(larger).to_be_in_viewport(ratio=1)
    larger.click()
    assert (picture.bounding_box() or {})["width"] == before


def test_other_formats_show_their_text_with_the_passage_marked_and_in_view(open_page: OpenPage) -> None:
    page = open_page()
    ask(page)
    answered(page)
    page.get_by_role("button", name="Source 3").click()
    expect(page.locator(".ev.sel")).to_contain_text("Inventory check-in")
    page.locator(".ev.sel").get_by_role("button", name="Show on page").click()
    mark = page.locator(".words mark").first
    expect(mark).to_be_in_viewport()
    expect(page.locator(".words")).to_contain_text("<script>alert('x')</script> & <b>bold</b>")


def test_how_it_was_found_tells_every_stage(open_page: OpenPage) -> None:
    page = open_page()
    ask(page)
    answered(page)
    page.get_by_role("tab", name="How it was found").click()
    trace = page.locator(".trace")
    for words in (
        "“How much notice?” in 3 of 3 documents",
        "4 of them share words",
        "probability 0.94",
        "3 passages kept",
    ):
        expect(trace).to_contain_text(words)
    expect(trace.locator("tbody tr").first.locator("td")).to_have_text(["#1", "#1", "#1", "#1", "yes"])
    page.get_by_role("tab", name="How it was found").press("ArrowRight")
    expect(page.get_by_role("tab", name="Evidence for this answer")).to_have_attribute("aria-selected", "true")


def test_stop_works_before_the_first_word(open_page: OpenPage) -> None:
    assistant = FakeAssistant()
    page = open_page(assistant)
    ask(page, "A slow one")
    expect(page.locator(".stage")).to_contain_text("Waiting for")
    page.get_by_role("button", name="Stop").click()
    answered(page)
    expect(page.locator("#panel-thread")).to_contain_text("The answer was stopped.")
    assert len(assistant.stopped) == 1


def test_escape_stops_an_answer_and_what_was_written_is_kept(open_page: OpenPage) -> None:
    page = open_page(FakeAssistant(pace=SLOW))
    ask(page)
    expect(page.locator("#panel-live .prose")).to_contain_text("You must give")
    page.keyboard.press("Escape")
    answered(page)
    expect(page.locator("#panel-thread .prose")).to_contain_text("You must give")
    page.get_by_role("button", name="Try again").click()
    answered(page, 2)


def test_enter_does_not_lose_a_question_while_an_answer_is_written(open_page: OpenPage) -> None:
    page = open_page(FakeAssistant(pace=SLOW))
    ask(page)
    expect(page.locator("#panel-live .turn")).to_be_visible()
    ask(page, "And the deposit?")
    page.wait_for_timeout(300)
    expect(page.get_by_label("Your question")).to_have_value("And the deposit?")


def test_a_page_loaded_anew_takes_up_a_running_answer(open_page: OpenPage) -> None:
    page = open_page(FakeAssistant(pace=SLOW))
    ask(page)
    expect(page.locator("#panel-live .prose")).to_contain_text("You must")
    page.reload()
    expect(page.locator("#panel-live .prose")).to_contain_text("You must give at least")
    answered(page)
    expect(page.locator("#panel-thread .prose")).to_contain_text("rent that remains due.")


def test_a_reload_loses_neither_choices_nor_a_question_half_written(open_page: OpenPage) -> None:
    page = open_page()
    ask(page)
    answered(page)
    page.get_by_role("checkbox", name="Search Utilities 2023.xlsx").click()
    expect(page.locator(".searching")).to_have_text("searching 2 of 3 documents")
    page.get_by_label("How much work goes into finding").select_option("thorough")
    page.get_by_role("button", name="Source 3").click()
    page.get_by_role("tab", name="Page").click()
    expect(page.locator(".page-name")).to_contain_text("Inventory check-in.docx")
    page.get_by_label("Your question").fill("And what about")
    page.wait_for_timeout(300)
    page.reload()
    answered(page)
    expect(page.locator(".page-name")).to_contain_text("Inventory check-in.docx")
    expect(page.locator(".searching")).to_have_text("searching 2 of 3 documents")
    expect(page.get_by_label("How much work goes into finding")).to_have_value("thorough")
    expect(page.get_by_label("Your question")).to_have_value("And what about")


def test_only_ticked_documents_are_searched(open_page: OpenPage) -> None:
    assistant = FakeAssistant()
    page = open_page(assistant)
    for name in ("Utilities 2023.xlsx", "Inventory check-in.docx"):
        page.get_by_role("checkbox", name=f"Search {name}").click()
    expect(page.locator(".searching")).to_have_text("searching 1 of 3 documents")
    ask(page)
    answered(page)
    assert assistant.asked[0][1] == frozenset({LEASE.id})
    expect(page.locator("#panel-thread .meta.last")).to_contain_text("answered from 1 of 3 documents")
    page.get_by_role("checkbox", name=f"Search {LEASE.name}").click()
    ask(page, "Anything?")
    expect(page.get_by_role("alert")).to_contain_text("Tick at least one")
    expect(page.get_by_label("Your question")).to_have_value("Anything?")


def test_removing_a_document_asks_once(open_page: OpenPage) -> None:
    """Whether its quotes go too can be said with the keyboard; then what the disk got back is said."""
    assistant = FakeAssistant()
    page = open_page(assistant)
    page.get_by_role("button", name=f"Remove {LEASE.name}").click()
    expect(page.get_by_role("button", name="Remove", exact=True)).to_be_focused()
    page.get_by_role("button", name="Keep").click()
    expect(page.locator(".confirm")).to_have_count(0)
    page.get_by_role("button", name=f"Remove {LEASE.name}").click()
    expect(page.get_by_role("button", name="Remove", exact=True)).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    expect(page.get_by_role("checkbox", name="also remove its quotes from earlier answers")).not_to_be_checked()
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(page.locator(".doc [role=checkbox]")).to_have_count(2)
    expect(page.get_by_role("alert")).to_contain_text(f"{LEASE.name}: removed, 120.0 kB freed.")
    assert assistant.removed == [(LEASE.id, True)]


def test_conversations_can_be_begun_opened_and_deleted(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, "First question")
    answered(page)
    page.get_by_role("button", name="New", exact=True).click()
    expect(page.get_by_role("heading", name="What would you like to know?")).to_be_visible()
    ask(page, "Second question")
    answered(page)
    page.get_by_role("button", name="First question", exact=True).click()
    expect(page.locator(".q")).to_contain_text("First question")
    page.get_by_role("button", name="Delete First question").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator("#panel-conversations .doc")).to_have_count(1)
    expect(page.get_by_role("heading", name="What would you like to know?")).to_be_visible()


def test_what_the_documents_do_not_hold_is_said(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_role("button", name="What is the Wi-Fi password?").click()
    expect(page.locator(".verdict")).to_contain_text("do not seem to hold the answer")
    expect(page.locator(".sources button")).to_have_count(3)


def test_without_a_language_model_the_documents_answer(open_page: OpenPage) -> None:
    page = open_page(FakeAssistant(model=""))
    expect(page.locator("#panel-status")).to_contain_text("No language model yet")
    ask(page)
    answered(page)
    expect(page.locator("#panel-thread")).to_contain_text("your documents answer in their own words")
    page.get_by_role("button", name="Set up written answers").click()
    expect(page.get_by_role("dialog", name="Models")).to_contain_text("Written answers in two steps")


def test_the_models_panel_holds_the_focus_and_gives_it_back(open_page: OpenPage) -> None:
    page = open_page(FakeAssistant(model=""))
    opener = page.get_by_role("button", name="set one up")
    opener.click()
    expect(page.get_by_role("button", name="Close")).to_be_focused()
    for _ in range(8):
        page.keyboard.press("Tab")
        assert page.evaluate("Boolean(document.activeElement.closest('[role=dialog]'))")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(opener).to_be_focused()


def test_a_model_is_fetched_with_progress_and_can_be_given_up(open_page: OpenPage) -> None:
    assistant = FakeAssistant(pace=SLOW)
    page = open_page(assistant)
    page.get_by_role("button", name="Models: llama3.2:3b is ready").click()
    page.get_by_text("Fetch another model").click()
    page.get_by_role("button", name="Fetch granite4.1:3b").click()
    expect(page.get_by_role("progressbar", name="Fetching granite4.1:3b")).to_be_visible()
    expect(page.locator(".pulling")).to_contain_text("of 2.0 GB")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".pulling")).to_have_count(0)
    page.get_by_role("radio", name=re.compile("qwen3")).check()
    expect(page.locator(".parts")).to_contain_text("Ready, with qwen3:4b-instruct.")
    assert assistant.model == "qwen3:4b-instruct"
