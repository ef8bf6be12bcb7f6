"""Nothing that a document, a file's name or a model says can act on the page or leave this computer."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.person import add, ask_and_wait, listed, open_page_tab, search_only

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.browser.program import Program
    from tests.doubles.ollama import OllamaDouble

pytestmark = pytest.mark.browser

ATTACK = (
    "<script>document.title='taken'</script> <img src=https://evil.example/x onerror=\"document.title='taken'\"> "
    "![picture](https://evil.example/?d=1) [link](javascript:document.title='taken') <https://evil.example/> "
    '<a href="javascript:alert(1)">click</a> <iframe src=https://evil.example></iframe> <svg onload=alert(1)>'
)
SENTENCE = "The code of the cellar door is 4711."
NAME = "<img src=x onerror=alert(1)> & \"quoted\" 'notes'.txt"
ACTING = (
    ".panel script, .panel iframe, .panel svg:not(.icon), .panel img:not([src^='data:image/png']), "
    ".panel a[href]:not([href^='/originals/']), .panel [onerror], .panel [onload]"
)
"""What the page never makes out of words."""


def test_a_hostile_document_and_a_hostile_answer_stay_words(page: Page, model: OllamaDouble, tmp_path: Path) -> None:
    """In the library, the answer, the cards, the page and the trace; ``conftest.py`` looks at the request log."""
    path = tmp_path / NAME
    path.write_text(f"{SENTENCE} {ATTACK}\n", encoding="utf-8")
    add(page, path)
    search_only(page, [NAME])
    model.answer = f"{SENTENCE} [1] {ATTACK} <b>bold</b> [1]"
    turn = ask_and_wait(page, f"What is the code of the cellar door? {ATTACK}")
    expect(turn.locator(".q")).to_contain_text(ATTACK)
    expect(turn.locator(".prose")).to_contain_text("<script>document.title='taken'</script>")
    turn.locator("button.fn").first.click()
    expect(page.locator(".ev.sel")).to_contain_text("<iframe src=https://evil.example></iframe>")
    assert page.locator(ACTING).count() == 0
    open_page_tab(page)
    expect(page.locator(".words")).to_contain_text(ATTACK)
    assert page.locator(ACTING).count() == 0
    page.get_by_role("tab", name="How it was found").click()
    expect(page.locator(".trace")).to_be_visible()
    assert page.locator(ACTING).count() == 0
    page.reload()
    expect(listed(page, NAME)).to_be_visible()
    assert page.locator(ACTING).count() == 0
    assert page.title() == "Footnote"


def test_a_hostile_web_page_is_saved_and_never_shown(page: Page, program: Program, tmp_path: Path) -> None:
    """Its original would run with the rights of this page."""
    path = tmp_path / "trap.html"
    path.write_text(f"<html><body><p>{SENTENCE}</p><script>alert(1)</script></body></html>", encoding="utf-8")
    add(page, path)
    link = page.get_by_role("link", name="trap.html").get_attribute("href") or ""
    status, headers = _ask(program, "GET", link)
    assert status == 200
    assert headers["content-type"] == "application/octet-stream"
    assert headers["content-disposition"].startswith("attachment")


def test_the_browser_is_told_to_load_nothing_from_elsewhere(page: Page, program: Program) -> None:
    """By a header on every reply; and it obeys."""
    for path in ("/", "/config", "/no-such-page"):
        _, headers = _ask(program, "GET", path)
        assert "default-src 'self'" in headers["content-security-policy"]
    refused = page.evaluate(
        """() => new Promise((done) => {
            document.addEventListener('securitypolicyviolation', (event) => done(event.blockedURI), {once: true});
            fetch('data:text/plain,elsewhere').catch(() => {});
        })"""
    )
    assert refused.startswith("data")


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("POST", {"Origin": "https://evil.example"}, 403),
        ("POST", {"Origin": "null"}, 403),
        ("POST", {"Sec-Fetch-Site": "cross-site"}, 403),
        ("GET", {"Host": "evil.example"}, 421),
        ("GET", {"Host": "127.0.0.1.evil.example"}, 421),
    ],
)
def test_another_page_is_refused(program: Program, method: str, headers: dict[str, str], status: int) -> None:
    """Neither a form elsewhere nor a name that points to this computer gets in."""
    assert _ask(program, method, "/gradio_api/queue/join", headers)[0] == status


def _ask(program: Program, method: str, path: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str]]:
    """Speak to the program as no browser would; the reply's status and headers."""
    connection = http.client.HTTPConnection(urlsplit(program.address).netloc, timeout=30)
    try:
        connection.request(method, path, body=b"{}" if method == "POST" else None, headers=headers or {})
        reply = connection.getresponse()
        reply.read()
        return reply.status, {name.lower(): value for name, value in reply.getheaders()}
    finally:
        connection.close()
