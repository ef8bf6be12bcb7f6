"""Choosing a folder of this computer: from home, into folders and out of them, by hand, and what cannot be opened."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from rag.errors import FolderMissing
from rag.folder_chooser import look_into

if TYPE_CHECKING:
    from pathlib import Path

NOBODY = sys.platform == "win32" or os.geteuid() == 0


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person's own folder."""
    home = tmp_path / "ana"
    for name in ("papers/2025", "Music", ".cache"):
        (home / name).mkdir(parents=True)
    (home / "letter.txt").touch()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    return home


def test_it_begins_at_home_and_shows_folders_only(home: Path) -> None:
    """In the order of the alphabet, whatever the capitals; hidden ones and files are left out."""
    view = look_into("")
    assert (view.path, view.home, view.up) == (str(home), str(home), str(home.parent))
    assert view.folders == ("Music", "papers")


@pytest.mark.parametrize("asked", ["~/papers", "papers", "  papers  ", "Music/../papers"])
def test_a_path_can_be_typed_as_people_write_it(home: Path, asked: str) -> None:
    assert look_into(asked).path == str(home / "papers")


@pytest.mark.parametrize("asked", ["nowhere", "letter.txt", "~nobody-of-that-name/x", "a\0b"])
def test_what_is_no_folder_is_said_to_be_none(home: Path, asked: str) -> None:
    assert home.is_dir()
    with pytest.raises(FolderMissing) as caught:
        look_into(asked)
    assert caught.value.path == asked


def test_the_topmost_folder_lies_in_none(home: Path) -> None:
    assert look_into(home.anchor).up is None


def test_of_very_many_folders_some_are_shown_and_the_rest_counted(tmp_path: Path) -> None:
    for number in range(320):
        (tmp_path / f"{number:03}").mkdir()
    view = look_into(str(tmp_path))
    assert (len(view.folders), view.folders[-1], view.more) == (300, "299", 20)


@pytest.mark.skipif(NOBODY, reason="whoever runs this may look into every folder")
def test_a_folder_that_may_not_be_opened_says_so_and_lets_one_out_again(home: Path) -> None:
    (home / "papers").chmod(0)
    try:
        view = look_into("papers")
        assert view.trouble is not None
        assert (view.folders, view.up) == ((), str(home))
        assert look_into("").folders == ("Music", "papers")
    finally:
        (home / "papers").chmod(0o700)
