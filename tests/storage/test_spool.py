"""What waits on disk for its document."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from storage.errors import FolderUnusable
from storage.spool import IN_MEMORY, Spool

resource = pytest.importorskip("resource", reason="only POSIX limits how large a file may grow")
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux lists the files that a process has open")


def test_what_goes_in_comes_out_in_order_any_number_of_times(tmp_path: Path) -> None:
    """By number, from the end, some at a time, and all."""
    spool: Spool[str] = Spool(tmp_path)
    assert len(spool) == 0
    assert list(spool) == []
    spool.extend(["one", "two"])
    assert spool[1] == "two"
    spool.extend(["three"])
    assert list(spool) == ["one", "two", "three"] == list(spool)
    assert spool[-1] == "three"
    assert spool[1:] == ["two", "three"]
    with pytest.raises(IndexError):
        spool[3]


@on_linux
def test_much_of_it_lies_on_disk_and_under_no_name(tmp_path: Path) -> None:
    """However the program ends, nobody finds it afterwards."""
    spool: Spool[bytes] = Spool(tmp_path)
    before = _files_open()
    spool.extend([bytes(5_000_000), b"the last"])
    assert _files_open() == before + 1
    assert list(tmp_path.iterdir()) == []
    assert [len(item) for item in spool] == [5_000_000, 8]


@on_linux
def test_the_file_is_given_back_with_the_sequence(tmp_path: Path) -> None:
    """Five thousand documents must not keep five thousand files open."""
    before = _files_open()
    for _ in range(5):
        spool: Spool[bytes] = Spool(tmp_path)
        spool.extend([bytes(IN_MEMORY + 1)])
    del spool
    assert _files_open() == before


def test_a_full_disk_is_said_to_be_full(tmp_path: Path) -> None:
    """It is the folder's trouble and not the file's that is being read."""
    spool: Spool[bytes] = Spool(tmp_path)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (IN_MEMORY, before[1]))
    try:
        with pytest.raises(FolderUnusable, match=str(tmp_path)):
            spool.extend([bytes(IN_MEMORY), b"one too many"])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def _files_open() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
