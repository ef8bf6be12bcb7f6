"""One look at a folder: what is to be read of it, and what is left alone because it is hidden, foreign or half-made."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

import pytest

from rag.errors import FolderClosed, FolderMissing
from rag.folder_look import Look, look_through, settled
from storage.records import FileMark

if TYPE_CHECKING:
    from pathlib import Path

NOBODY = sys.platform == "win32" or os.geteuid() == 0
NOW = 1_790_000_000_000_000_000
SECOND = 1_000_000_000


def write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("words")


def names(folder: Path) -> list[str]:
    return sorted(look_through(folder, but=folder / "nowhere").files)


def test_files_are_found_in_every_folder_below(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", "deep/er/b.pdf", "README")
    assert names(tmp_path) == ["README", "a.txt", os.path.join("deep", "er", "b.pdf")]  # noqa: PTH118


def test_hidden_files_lock_files_and_half_made_ones_are_left_alone(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", ".hidden.txt", "~$a.docx", ".~lock.a.odt#", ".git/config.txt", "film.pdf.crdownload")
    write(tmp_path, "b.pdf.part", "x.tmp", "Thumbs.db", "desktop.ini")
    assert names(tmp_path) == ["a.txt"]


def test_kinds_that_nobody_reads_are_counted(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", "song.mp3", "deep/film.mkv")
    look = look_through(tmp_path, but=tmp_path / "nowhere")
    assert (list(look.files), look.not_read) == (["a.txt"], 2)


def test_the_library_itself_is_left_out(tmp_path: Path) -> None:
    """Its copies would be read as documents, and copied again, for ever."""
    write(tmp_path, "a.txt", "data/originals/ab/abcdef")
    assert list(look_through(tmp_path, but=tmp_path / "data").files) == ["a.txt"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right of their own there")
def test_links_to_files_are_followed_and_links_to_folders_are_not(tmp_path: Path) -> None:
    """Such a link may lead back to where it lies."""
    write(tmp_path, "papers/a.txt", "elsewhere/b.txt")
    papers = tmp_path / "papers"
    (papers / "link.txt").symlink_to(tmp_path / "elsewhere" / "b.txt")
    (papers / "round").symlink_to(papers)
    (papers / "gone.txt").symlink_to(tmp_path / "nowhere.txt")
    os.mkfifo(papers / "pipe.txt")
    assert names(papers) == ["a.txt", "link.txt"]


def test_a_folder_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    write(tmp_path, "a.txt")
    for path in (tmp_path / "nowhere", tmp_path / "a.txt"):
        with pytest.raises(FolderMissing):
            look_through(path, but=tmp_path)


@pytest.mark.skipif(NOBODY, reason="whoever runs this may look into every folder")
def test_folders_that_may_not_be_looked_into_are_named(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", "private/b.txt")
    private = tmp_path / "private"
    private.chmod(0)
    try:
        look = look_through(tmp_path, but=tmp_path / "nowhere")
        assert (list(look.files), look.closed) == (["a.txt"], (str(private),))
        with pytest.raises(FolderClosed):
            look_through(private, but=tmp_path / "nowhere")
    finally:
        private.chmod(0o700)


def test_a_file_is_told_from_its_later_self_without_being_read(tmp_path: Path) -> None:
    """By its size, or by when it was written."""
    write(tmp_path, "a.txt")
    marks = []
    for text, moment in (("words", 5), ("words!", 5), ("wordy!", 6)):
        (tmp_path / "a.txt").write_text(text)
        os.utime(tmp_path / "a.txt", ns=(moment * SECOND, moment * SECOND))
        marks.append(look_through(tmp_path, but=tmp_path / "nowhere").files["a.txt"])
    assert len(set(marks)) == 3


def test_what_is_being_written_waits_until_it_rests() -> None:
    """Untouched for two seconds, or the same in two looks: its clock may be another computer's."""
    fresh, old, ahead = FileMark(1, NOW), FileMark(1, NOW - 3 * SECOND), FileMark(1, NOW + 3600 * SECOND)
    first = Look({"fresh": fresh, "old": old, "ahead": ahead}, moment=NOW)
    assert set(settled(first, None)) == {"old"}
    grown = Look({"fresh": FileMark(2, NOW + SECOND), "old": old, "ahead": ahead}, moment=NOW + SECOND)
    assert set(settled(grown, first)) == {"old", "ahead"}
    later = Look(grown.files, moment=NOW + 2 * SECOND)
    assert set(settled(later, grown)) == {"fresh", "old", "ahead"}


def test_five_thousand_files_are_looked_at_in_no_time(tmp_path: Path) -> None:
    """Every change in a watched folder has it looked through."""
    for folder in range(50):
        (tmp_path / str(folder)).mkdir()
        for number in range(100):
            (tmp_path / str(folder) / f"{number}.txt").touch()
    began = time.monotonic()
    assert len(look_through(tmp_path, but=tmp_path / "nowhere").files) == 5000
    assert time.monotonic() - began < 2
