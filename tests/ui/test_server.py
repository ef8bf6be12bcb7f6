"""Serving: the port asked for or the next, one address, and a clean end."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from pathlib import Path

import httpx
import pytest

from tests.ui.fake_assistant import FakeAssistant
from ui.server import NoFreePort, Uploads, serve, served


def test_the_next_free_port_is_taken_when_the_first_is_not_free() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with served(FakeAssistant(), port=port) as address:
            assert int(address.rpartition(":")[2].strip("/")) > port


def test_the_page_is_served_with_its_looks_and_its_script() -> None:
    with served(FakeAssistant()) as address:
        page = httpx.get(address)
    assert page.status_code == 200
    assert "--accent-soft" in page.text
    assert "window.footnote" in page.text
    for elsewhere in ("https://fonts.", "https://cdn", "googletagmanager"):
        assert f'src="{elsewhere}' not in page.text
        assert f'href="{elsewhere}' not in page.text


@pytest.mark.parametrize(("host", "offered"), [("127.0.0.1", True), ("localhost", True), ("0.0.0.0", False)])  # noqa: S104
def test_folders_of_this_computer_are_offered_where_nobody_else_reaches_the_page(host: str, *, offered: bool) -> None:
    with served(FakeAssistant(), host=host) as address:
        page = httpx.get(address)
    assert page.status_code == 200
    assert ("watch a folder" in page.text) is offered


def test_copies_lie_in_their_own_folder_are_no_larger_than_allowed_and_leftovers_go(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A page that was killed while it read leaves copies of people's documents behind, and some still to be read."""
    uploads = Uploads(tmp_path / "uploads", largest=1000)
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(uploads.folder))
    left = uploads.folder / "hash" / "Lease.pdf"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"left behind")
    waits = uploads.folder / "other" / "Rules.pdf"
    waits.parent.mkdir()
    waits.write_bytes(b"still to be read")
    assistant = FakeAssistant(pace=60)
    asyncio.run(assistant.hand_over([(waits, "Rules.pdf", "")]))
    with served(assistant, uploads=uploads) as address:
        assert httpx.get(address).status_code == 200
        assert not left.exists()
        assert waits.exists()
        small = httpx.post(f"{address}gradio_api/upload", files={"files": ("a.txt", b"x" * 900)})
        large = httpx.post(f"{address}gradio_api/upload", files={"files": ("b.txt", b"x" * 1100)})
    assert small.status_code == 200
    assert Path(small.json()[0]).is_relative_to(uploads.folder)
    assert large.status_code == 413


def test_a_port_that_can_never_be_had_is_an_error() -> None:
    with pytest.raises(NoFreePort), served(FakeAssistant(), host="203.0.113.1", port=7860):
        pass


def test_serve_says_where_it_listens_then_warms_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a daemon thread here, since it runs until the program is told to stop."""
    told: list[str] = []
    warmed = threading.Event()
    monkeypatch.setattr("webbrowser.open", lambda _: pytest.fail("nobody asked for a browser"))
    thread = threading.Thread(
        target=serve,
        args=(FakeAssistant(), "127.0.0.1", 0),
        kwargs={"open_browser": False, "ready": told.append, "warm": warmed.set},
        daemon=True,
    )
    thread.start()
    assert warmed.wait(30)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if httpx.get(told[0]).status_code == 200:
            return
    pytest.fail("the page never came")
