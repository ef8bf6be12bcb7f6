"""The queue as a person meets it: five files of all sorts, unlocked, cancelled, removed, over a reload and a crash."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from rag.errors import DamagedFile, NothingToRead
from rag.sentences import LOCKED, LOCKED_PAGE, WRONG_PASSWORD, sentence_for
from tests.browser.person import ask_and_wait, listed, open_page_tab
from tests.browser.program import running
from tests.documents import LEASE, make_encrypted_pdf, make_pdf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.browser.program import Program
    from tests.doubles.ollama import OllamaDouble

pytestmark = pytest.mark.browser

LONG = 600
"""Pages of a file that is being read long enough to be met in the middle."""


def _long(path: Path) -> Path:
    return make_pdf(path, [[f"Paragraph {page} of the long report.", *LEASE] for page in range(LONG)])


@contextmanager
def _opened(browser: Browser, data: Path, server: OllamaDouble) -> Iterator[tuple[Program, Page]]:
    """The program over a data folder, and its page in a window of its own."""
    with running(data, server.url) as program, browser.new_page() as page:
        page.goto(program.address)
        yield program, page


def test_five_files_of_all_sorts(page: Page, tmp_path: Path) -> None:
    """One is read, one unlocked, one cancelled; of a damaged one and a scan it is said why they could not be."""
    damaged = tmp_path / "damaged.pdf"
    damaged.write_bytes(b"%PDF-1.7\nnothing of the kind")
    files = [
        make_pdf(tmp_path / "good.pdf", [LEASE]),
        make_encrypted_pdf(tmp_path / "locked.pdf", key="open sesame"),
        damaged,
        make_pdf(tmp_path / "scan.pdf", [[]]),
        _long(tmp_path / "long.pdf"),
    ]
    page.set_input_files("#pick-files", files)
    expect(page.get_by_text(re.compile(rf"reading page \d+ of {LONG}|making it searchable"))).to_be_visible()

    page.reload()
    expect(listed(page, "good.pdf")).to_be_visible()
    expect(page.get_by_text(sentence_for(DamagedFile("damaged.pdf")))).to_be_visible()
    expect(page.get_by_text(sentence_for(NothingToRead("scan.pdf")))).to_be_visible()
    expect(page.get_by_text(LOCKED)).to_be_visible()

    page.get_by_role("button", name="Cancel reading long.pdf").click()
    expect(page.get_by_role("progressbar", name="Reading long.pdf")).to_have_count(0)
    field = page.get_by_label("Password of locked.pdf")
    field.fill("a wrong one")
    field.press("Enter")
    expect(page.get_by_text(WRONG_PASSWORD)).to_be_visible()
    field.fill("open sesame")
    page.get_by_role("button", name="Unlock").click()
    expect(listed(page, "locked.pdf")).to_be_visible()
    expect(listed(page, "long.pdf")).to_have_count(0)

    page.get_by_role("button", name="Dismiss all 2 notes").click()
    expect(page.get_by_text(sentence_for(DamagedFile("damaged.pdf")))).to_have_count(0)
    page.get_by_role("button", name="Remove good.pdf").click()
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(page.get_by_text(re.compile(r"removed, .* freed"))).to_be_visible()
    expect(listed(page, "good.pdf")).to_have_count(0)


def test_what_was_waiting_when_the_program_was_killed_is_read_after_the_next_start(
    browser: Browser, server: OllamaDouble, model_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody has to hand it over again, nor even to open the page."""
    monkeypatch.setenv("FOOTNOTE_CACHE", str(model_cache))
    data = tmp_path / "data"
    with _opened(browser, data, server) as (program, page):
        page.set_input_files("#pick-files", [_long(tmp_path / "long.pdf"), make_pdf(tmp_path / "last.pdf", [LEASE])])
        expect(page.get_by_text(re.compile(rf"of {LONG}|making it searchable"))).to_be_visible()
        program.process.kill()
        program.process.wait()
    (data / "page.address").unlink(missing_ok=True)
    with _opened(browser, data, server) as (program, page):
        expect(listed(page, "long.pdf")).to_be_visible(timeout=120_000)
        expect(listed(page, "last.pdf")).to_be_visible(timeout=60_000)


def test_a_locked_document_asks_for_its_password_again_where_its_page_is_looked_at(
    browser: Browser, server: OllamaDouble, model_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was forgotten when the program ended; the words of the page are there meanwhile."""
    monkeypatch.setenv("FOOTNOTE_CACHE", str(model_cache))
    data = tmp_path / "data"
    with _opened(browser, data, server) as (program, page):
        page.set_input_files("#pick-files", [make_encrypted_pdf(tmp_path / "locked.pdf", key="open sesame")])
        page.get_by_label("Password of locked.pdf").fill("open sesame")
        page.keyboard.press("Enter")
        expect(listed(page, "locked.pdf")).to_be_visible()
        program.stop()
    with _opened(browser, data, server) as (program, page):
        ask_and_wait(page, "When is the rent due?")
        open_page_tab(page)
        expect(page.get_by_role("alert").get_by_text(LOCKED_PAGE)).to_be_visible()
        expect(page.locator(".words mark").first).to_be_visible()
        field = page.get_by_label("Password of locked.pdf")
        field.fill("a wrong one")
        field.press("Enter")
        expect(page.get_by_text(WRONG_PASSWORD)).to_be_visible()
        field.fill("open sesame")
        page.get_by_role("button", name="Unlock").click()
        expect(page.get_by_role("img", name="locked.pdf, page 1")).to_be_visible()
        expect(page.locator(".drawn .box").first).to_be_visible()
