"""The real program, a double of Ollama beside it, and Chromium in front; one of each for each file of tests.

Whatever a test does, its pages may load nothing from elsewhere, open no dialog and raise no error: that is looked at
after every one of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.person import begin_anew, painted
from tests.browser.program import running
from tests.chromium import PATIENCE, launched
from tests.doubles.ollama import OllamaDouble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Request, ViewportSize

    from tests.browser.program import Program

WIDE = (1440, 900)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give Chromium, where there is one."""
    with launched() as chromium:
        yield chromium


@pytest.fixture(scope="module")
def server() -> Iterator[OllamaDouble]:
    """Run an Ollama with one model."""
    with OllamaDouble() as double:
        yield double


@pytest.fixture(scope="module")
def program(
    browser: Browser,  # noqa: ARG001  (first, so that nothing is started where there is none)
    server: OllamaDouble,
    model_cache: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Program]:
    """Serve the page over an empty library."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FOOTNOTE_CACHE", str(model_cache))
        with running(tmp_path_factory.mktemp("program") / "data", server.url) as program:
            yield program


@pytest.fixture
def model(server: OllamaDouble) -> OllamaDouble:
    """Give the double as it was made: what another test had it say is forgotten."""
    server.answer, server.word_seconds, server.load_seconds = "", 0.0, 0.0
    server._scripts.clear()
    return server


@pytest.fixture
def open_page(browser: Browser, program: Program) -> Iterator[Callable[..., Page]]:
    """Give a function that opens the page in a window of its own, in a new conversation."""
    troubles: list[str] = []
    contexts: list[BrowserContext] = []

    def watch(page: Page) -> None:
        page.on("pageerror", lambda error: troubles.append(f"error: {error}"))
        page.on("dialog", answer)
        page.on("request", log)

    def answer(dialog: Dialog) -> None:
        troubles.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def log(request: Request) -> None:
        if not request.url.startswith((program.address, "data:", "blob:")):
            troubles.append(request.url)

    def open_(*, size: tuple[int, int] = WIDE, dark: bool = False) -> Page:
        viewport: ViewportSize = {"width": size[0], "height": size[1]}
        context = browser.new_context(viewport=viewport, color_scheme="dark" if dark else "light")
        contexts.append(context)
        context.on("page", watch)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(program.address)
        painted(page)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert troubles == []


@pytest.fixture
def page(open_page: Callable[..., Page], model: OllamaDouble) -> Page:  # noqa: ARG001  (it has to forget first)
    """Open the page in a wide window, in a new conversation."""
    page = open_page()
    begin_anew(page)
    return page
