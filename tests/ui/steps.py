"""What the browser's tests do over and over: give files, ask a question, and wait for its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

SLOW = 0.08
"""A pace at which the middle of an answer can be met."""


def give(page: Page, folder: Path, *names: str) -> None:
    """Choose files of these names on the page, each holding its name."""
    for name in names:
        (folder / name).write_bytes(name.encode())
    page.set_input_files("#pick-files", [folder / name for name in names])


def ask(page: Page, question: str = "How much notice?") -> None:
    """Write a question and send it."""
    box = page.get_by_label("Your question")
    box.fill(question)
    box.press("Enter")


def answered(page: Page, turns: int = 1) -> None:
    """Wait until this many answers are complete."""
    expect(page.locator("#panel-thread .meta.last")).to_have_count(turns)
