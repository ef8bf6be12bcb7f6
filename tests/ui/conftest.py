"""The page in a real browser, served in this process over a scripted assistant."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.chromium import launched
from tests.ui.fake_assistant import FakeAssistant
from ui.server import served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

    from ui.backend import Backend

WIDE = (1440, 900)
NARROW = (390, 844)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give Chromium, where there is one; while it is open, Playwright's event loop keeps others from running."""
    with launched() as chromium:
        yield chromium


@pytest.fixture(scope="session")
def port() -> int:
    """Name one port for every page of the run, so that the browser fetches Gradio's many files once."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Give one profile for a module's tests, with its cache."""
    made = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    yield made
    made.close()


@pytest.fixture
def open_page(context: BrowserContext, port: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Page]]:
    """Give a function that serves an assistant and opens its page; what the browser complains of fails the test."""
    # Gradio would sum up every event so far after every event, through pandas functions that are being retired.
    monkeypatch.setenv("GRADIO_ANALYTICS_CACHE_FREQUENCY", str(10**9))
    complaints: list[str] = []
    with ExitStack() as stack:

        def open_(assistant: Backend | None = None, *, size: tuple[int, int] = WIDE, dark: bool = False) -> Page:
            address = stack.enter_context(served(assistant or FakeAssistant(), port=port))
            page = context.new_page()
            stack.callback(page.close)
            page.set_viewport_size({"width": size[0], "height": size[1]})
            page.emulate_media(color_scheme="dark" if dark else "light")
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.goto(f"{address}robots.txt")
            page.evaluate("localStorage.clear()")
            page.goto(address)
            page.wait_for_selector("#panel-status .foot", state="attached")
            return page

        yield open_
    assert complaints == []
