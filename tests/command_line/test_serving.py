"""``serve``: for other computers only with a password, which everyone is asked for; Ctrl+C is answered at once."""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest

from rag.sentences import CLOSING, STOPPED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.command_line.conftest import CommandLine

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="stops the page as Ctrl+C does in a terminal")


@contextmanager
def _open(run: CommandLine, *words: object) -> Iterator[str]:
    """Serve the page to every computer for as long as the block lasts; give its address on this one."""
    serving = run.start("serve", "--host", "0.0.0.0", "--port", 0, "--no-browser", *words)  # noqa: S104  (the point)
    assert serving.stderr is not None
    try:
        (address,) = [word for word in serving.stderr.readline().split() if word.startswith("http://")]
        yield address
    finally:
        serving.send_signal(signal.SIGINT)
        serving.communicate(timeout=60)


@pytest.mark.parametrize("given", ["flag", "setting"])
def test_a_page_for_other_computers_is_for_who_knows_the_password(
    given: str, program: CommandLine, tmp_path: Path
) -> None:
    """By the flag or by the environment; any user name will do, and no part of the page comes without it."""
    flag, setting = (("--password", "fern"), {}) if given == "flag" else ((), {"FOOTNOTE_PASSWORD": "fern"})
    with _open(program.on(tmp_path / "data", **setting), *flag) as address:
        refused = [
            httpx.get(address),
            httpx.get(f"{address}config"),
            httpx.post(f"{address}gradio_api/queue/join", json={}),
            httpx.get(address, auth=("anyone", "moss")),
        ]
        shown = httpx.get(address, auth=("anyone", "fern"))
    assert [reply.status_code for reply in refused] == [401] * 4
    assert {reply.text for reply in refused} == {"A password is needed."}
    assert shown.status_code == 200
    assert "window.footnote" in shown.text


def test_ctrl_c_is_answered_before_anything_is_closed(program: CommandLine, tmp_path: Path) -> None:
    """Closing may take seconds; the last line says that it is done."""
    serving = program.on(tmp_path / "data").start("serve", "--port", 0, "--no-browser")
    assert serving.stderr is not None
    assert "is open at" in serving.stderr.readline()
    serving.send_signal(signal.SIGINT)
    _, said = serving.communicate(timeout=60)
    assert (said.splitlines(), serving.returncode) == ([CLOSING, STOPPED], 0)
