"""Makes ``assets/screenshot.png`` for the README: the real page over the sample documents.

    python -m tests.browser.make_screenshot

The words of the answer are ours, said by the double of Ollama; everything else is what the program makes of them.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from playwright.sync_api import expect

from tests.browser.person import add_samples, ask_and_wait, begin_anew, painted
from tests.browser.program import REPOSITORY, running
from tests.chromium import launched
from tests.doubles.ollama import OllamaDouble

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["main"]

TARGET = REPOSITORY / "assets" / "screenshot.png"
SIZE = (1440, 900)
COLOURS = 128
LARGEST = 250_000
"""Bytes; the README is read over slow lines too."""
SCORCHED = "Yes. The inventory lists a scorch mark on the worktop among what was there at check-in. [1]"
RETURNED = (
    "**Within fourteen days of the check-out inspection.** [1] Only unpaid rent, damage beyond fair wear and tear, "
    "missing items and necessary cleaning may be deducted from it. [2]\n\n"
    "If the two sides cannot agree on a sum, it stays with the deposit scheme until its adjudicator has decided, "
    "at no cost to either. [1]"
)
ASKED = (
    ("Was the burn mark on the kitchen worktop there when we moved in?", SCORCHED),
    ("How soon must the landlord return the deposit?", RETURNED),
)
"""Questions and answers, the last of which is shown."""


def main() -> int:
    """Make the picture; 1 where it is too large."""
    with (
        tempfile.TemporaryDirectory() as folder,
        OllamaDouble() as model,
        launched() as chromium,
        running(Path(folder) / "data", model.url) as program,
    ):
        page = chromium.new_page(viewport={"width": SIZE[0], "height": SIZE[1]})
        page.goto(program.address)
        painted(page)
        picture = _pictured(page, model)
        program.stop()
    TARGET.write_bytes(picture)
    sys.stdout.write(f"{TARGET}: {len(picture):,} bytes\n")
    return int(len(picture) > LARGEST)


def _pictured(page: Page, model: OllamaDouble) -> bytes:
    add_samples(page)
    for question, answer in ASKED:
        begin_anew(page)
        model.answer = answer
        turn = ask_and_wait(page, question)
    for number, place in ((1, "p. 3"), (2, "p. 2")):
        expect(turn.get_by_role("button", name=f"Source {number}: Lease agreement.pdf, {place}").first).to_be_visible()
    turn.locator("button.fn").last.click()
    expect(page.locator(".ev.sel")).to_be_in_viewport()
    page.mouse.move(0, 0)
    page.wait_for_timeout(1000)  # smooth scrolling
    return _small(page.screenshot())


def _small(picture: bytes) -> bytes:
    """The same picture in few colours: text and flat ground need no more."""
    target = io.BytesIO()
    few = Image.open(io.BytesIO(picture)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(target, "PNG", optimize=True)
    return target.getvalue()


if __name__ == "__main__":
    sys.exit(main())
