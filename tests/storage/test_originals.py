"""The library's copy of a file is of one moment, named by its content, and there once."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from storage.errors import DocumentNotFound, FolderUnusable
from storage.originals import ORPHAN_SECONDS, Originals
from tests.storage.made import made

CONTENT = os.urandom(3_000_000)
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def originals(tmp_path: Path) -> Originals:
    return Originals(tmp_path / "originals")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "Scan of March.PDF"
    path.write_bytes(CONTENT)
    return path


def test_a_copy_is_named_by_its_bytes(originals: Originals, file: Path, tmp_path: Path) -> None:
    assert originals.keep(file) == (DIGEST, tmp_path / "originals" / DIGEST[:2] / f"{DIGEST}.pdf")
    file.unlink()
    document = replace(made("scan").document, id=DIGEST)
    assert originals.path_of(document).read_bytes() == CONTENT


def test_the_same_bytes_are_kept_once_whatever_their_name(originals: Originals, file: Path, tmp_path: Path) -> None:
    _, first = originals.keep(file)
    other = file.rename(tmp_path / "copy.bin")
    assert originals.keep(other) == (DIGEST, first)
    assert originals.keep(first) == (DIGEST, first)
    assert [path for path in (tmp_path / "originals").rglob("*") if path.is_file()] == [first]


def test_an_ending_that_no_system_would_like_is_left_out(originals: Originals, file: Path, tmp_path: Path) -> None:
    _, kept = originals.keep(file.rename(tmp_path / "report.v1 final, really"))
    assert kept.name == DIGEST


def test_a_file_that_cannot_be_read_leaves_nothing(originals: Originals, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="missing"):
        originals.keep(tmp_path / "missing")
    assert not list((tmp_path / "originals").rglob("*"))


def test_a_folder_that_cannot_be_written_is_told_from_a_file_that_cannot_be_read(file: Path, tmp_path: Path) -> None:
    in_the_way = tmp_path / "originals"
    in_the_way.write_text("a file where the folder should be")
    with pytest.raises(FolderUnusable):
        Originals(in_the_way).keep(file)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
def test_a_copy_that_finds_no_room_leaves_nothing(file: Path, tmp_path: Path) -> None:
    """A limit on the size of files stands for a full disk: both are met in the middle of writing."""
    script = (
        "import resource, signal, sys, pathlib; from storage.originals import Originals\n"
        "from storage.errors import FolderUnusable\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))\n"
        "try: Originals(pathlib.Path(sys.argv[1])).keep(pathlib.Path(sys.argv[2]))\n"
        "except FolderUnusable as error: print(error.folder)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "originals"), str(file)]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(tmp_path)
    assert not [path for path in (tmp_path / "originals").rglob("*") if path.is_file()]


def test_copies_of_what_was_given_up_go_at_once(originals: Originals, file: Path, tmp_path: Path) -> None:
    _, kept = originals.keep(file)
    other = tmp_path / "other.txt"
    other.write_text("other")
    known, other_kept = originals.keep(other)
    originals.sweep({known}, given_up={known, DIGEST})
    assert (kept.exists(), other_kept.exists()) == (False, True)


def test_a_document_without_a_copy_is_said(originals: Originals) -> None:
    with pytest.raises(DocumentNotFound):
        originals.path_of(made("nothing").document)
    originals.discard("0" * 64)


def test_copies_that_no_document_came_of_are_swept_in_the_end(originals: Originals, file: Path, tmp_path: Path) -> None:
    _, kept = originals.keep(file)
    other = tmp_path / "other.txt"
    other.write_text("other")
    known, other_kept = originals.keep(other)
    originals.sweep({known})
    assert kept.exists()
    long_ago = time.time() - ORPHAN_SECONDS - 1
    for path in (kept, other_kept):
        os.utime(path, (long_ago, long_ago))
    originals.sweep({known})
    assert not kept.exists()
    assert other_kept.exists()
