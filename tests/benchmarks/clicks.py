"""How soon the page answers a click while files are being read, beside how soon it does when nothing else goes on.

    python -m tests.benchmarks.clicks [--quick] [--data DIR]

The real program and Chromium, both on this machine: a tick is set or taken away at a document, and the clock runs, in
the page itself, from the click until the tick has changed. Prints Markdown.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.benchmarks.kept_libraries import say
from tests.browser.person import add_samples, listed, painted
from tests.browser.program import running
from tests.chromium import launched

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.sync_api import Page

__all__ = ["main"]

_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
_NOBODY = "http://127.0.0.1:9"
_CLICKS, _QUICK_CLICKS = 100, 5
_QUICK_FILES = 2
_PAUSE = 0.15
_READ = "Lease agreement.pdf"
_CLICK = """
box => new Promise(resolve => {
    const before = box.getAttribute("aria-checked"), label = box.getAttribute("aria-label"), begun = performance.now();
    const look = () => {
        const now = document.querySelector(`[role=checkbox][aria-label="${label}"]`);
        if (now && now.getAttribute("aria-checked") !== before) resolve(performance.now() - begun);
        else requestAnimationFrame(look);
    };
    box.click();
    look();
})
"""


def main(arguments: Sequence[str]) -> int:
    """Read the command line, click, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.clicks", description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a few clicks while two small files are read")
    parser.add_argument("--data", type=Path, default=_DATA, help="the folder of test data (%(default)s)")
    flags = parser.parse_args(arguments)
    files = sorted((flags.data / "pdfqa" / "pdfs").iterdir(), key=lambda path: path.stat().st_size)
    files = files[:_QUICK_FILES] if flags.quick else files
    clicks = _QUICK_CLICKS if flags.quick else _CLICKS
    with TemporaryDirectory() as folder, launched() as chromium, running(Path(folder) / "data", _NOBODY) as program:
        page = chromium.new_page()
        page.goto(program.address)
        painted(page)
        add_samples(page)
        quiet = [_click(page) for _ in range(clicks)]
        say(f"nothing else: {statistics.median(quiet):.0f} ms")
        page.set_input_files("#pick-files", files)
        page.get_by_role("button", name="Cancel all").or_(listed(page, files[-1].name)).first.wait_for()
        busy = [_click(page) for _ in range(clicks)]
    sys.stdout.write("\n".join(_table(quiet, busy, len(files))) + "\n")
    return 0


def _click(page: Page) -> float:
    """Milliseconds until the tick has changed."""
    time.sleep(_PAUSE)
    return float(listed(page, _READ).evaluate(_CLICK))


def _table(quiet: Sequence[float], busy: Sequence[float], files: int) -> list[str]:
    rows = [
        f"| {what} | {of(quiet):.0f} | {of(busy):.0f} | {of(busy) / of(quiet):.1f} |"
        for what, of in (("median", statistics.median), ("95th percentile", _percentile), ("slowest", max))
    ]
    return [
        f"| {len(busy)} clicks, ms | nothing else going on | while {files} PDFs are read | ratio |",
        "|---|---|---|---|",
        *rows,
        "",
        f"Measured on {os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} at the end.",
    ]


def _percentile(figures: Sequence[float]) -> float:
    return sorted(figures)[round(0.95 * (len(figures) - 1))]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
