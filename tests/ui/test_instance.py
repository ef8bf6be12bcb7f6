"""One page for each data folder: whoever comes second is led to the first, and a dead one is in nobody's way."""

from __future__ import annotations

import io
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from storage.errors import FolderUnusable
from storage.upgrade import Upgrading
from tests.conftest import REPOSITORY
from ui import instance
from ui.instance import SoleInstance
from ui.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

ADDRESS = "http://127.0.0.1:7860/"
HOLD_AND_DIE = """
import os, sys
from pathlib import Path
from ui.instance import SoleInstance
SoleInstance(Path(sys.argv[1])).__enter__()
Path(sys.argv[1], "page.address").write_text("http://127.0.0.1:1/")
os._exit(9)
"""


@pytest.fixture
def terminal() -> Terminal:
    """A terminal whose streams can be read."""
    return Terminal(io.StringIO(), io.StringIO())


def _errors(terminal: Terminal) -> str:
    assert isinstance(terminal.err, io.StringIO)
    return terminal.err.getvalue()


def test_the_first_has_the_right_and_the_second_its_address(data_folder: Path, terminal: Terminal) -> None:
    """The note is gone when the first one ends."""
    with SoleInstance(data_folder) as first:
        assert first.address == ""
        first.announce(terminal, ADDRESS)
        with SoleInstance(data_folder) as second:
            assert second.address == ADDRESS
            assert second.join(terminal, open_browser=False) == 0
        assert (data_folder / "page.address").exists()
    assert not (data_folder / "page.address").exists()
    assert _errors(terminal).count(ADDRESS) == 2
    with SoleInstance(data_folder) as later:
        assert later.address == ""


def test_joining_opens_the_page_in_the_browser(
    data_folder: Path, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless that is not wanted."""
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    with SoleInstance(data_folder) as first:
        first.announce(terminal, ADDRESS)
        with SoleInstance(data_folder) as second:
            second.join(terminal, open_browser=True)
            second.join(terminal, open_browser=False)
    assert opened == [ADDRESS]


def test_a_second_start_waits_for_a_first_that_is_just_starting(data_folder: Path, terminal: Terminal) -> None:
    """Two clicks on an icon open one page."""
    with SoleInstance(data_folder) as first:
        threading.Timer(0.3, first.announce, (terminal, ADDRESS)).start()
        with SoleInstance(data_folder) as second:
            assert second.address == ADDRESS


def test_one_that_never_says_where_it_is_is_given_up(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a sentence about the folder."""
    monkeypatch.setattr(instance, "_PATIENCE", 0.2)
    with SoleInstance(data_folder), pytest.raises(FolderUnusable), SoleInstance(data_folder):
        pass


def test_one_that_died_is_in_nobodys_way(data_folder: Path) -> None:
    """The lock is the operating system's, and the note of the dead is not believed."""
    done = subprocess.run([sys.executable, "-c", HOLD_AND_DIE, str(data_folder)], cwd=REPOSITORY, check=False)
    assert done.returncode == 9
    assert (data_folder / "page.address").exists()
    with SoleInstance(data_folder) as next_one:
        assert next_one.address == ""
        assert not (data_folder / "page.address").exists()


def test_a_folder_that_cannot_be_made_is_unusable(tmp_path: Path) -> None:
    """Known before anything is opened."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(FolderUnusable), SoleInstance(tmp_path / "file" / "data"):
        pass


def test_a_second_start_waits_for_a_first_one_that_brings_an_old_library_up_to_date(
    data_folder: Path, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Longer than it waits for a page otherwise, and says for what."""
    monkeypatch.setattr(instance, "_PATIENCE", 0.2)
    told: list[Upgrading] = []

    def tell(upgrading: Upgrading) -> None:
        told.append(upgrading)
        if len(told) == 10:
            first.announce(terminal, ADDRESS)
            (data_folder / "upgrading").unlink()

    with SoleInstance(data_folder) as first:
        (data_folder / "upgrading").write_text("10 20", encoding="utf-8")
        with SoleInstance(data_folder, tell) as second:
            assert second.address == ADDRESS
    assert told == [Upgrading(10, 20, by_another=True)] * 10


def test_a_first_one_that_is_heard_of_no_more_in_bringing_a_library_up_to_date_is_given_up(
    data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it has noted stays where it hangs, or where one before it has died."""
    monkeypatch.setattr(instance, "_PATIENCE", 0.2)
    monkeypatch.setattr(instance, "LONGEST_STEP", 0.4)
    told: list[Upgrading] = []

    def tell(upgrading: Upgrading) -> None:
        told.append(upgrading)
        assert len(told) < 50, "it waits for ever"

    with SoleInstance(data_folder):
        (data_folder / "upgrading").write_text("10 20", encoding="utf-8")
        with pytest.raises(FolderUnusable), SoleInstance(data_folder, tell):
            pass
    assert told
