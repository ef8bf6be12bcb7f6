"""Office files that are locked open with their password, and leave no open copy behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from msoffcrypto.format.ooxml import OOXMLFile

from rag.errors import DamagedFile, PasswordNeeded
from rag.reading import open_document
from rag.reading_process import ReadingProcesses
from tests.conftest import REPOSITORY
from tests.documents import make_docx, make_xlsx

if TYPE_CHECKING:
    from pathlib import Path


def locked(path: Path, password: str) -> Path:
    """Lock an Office file as Office does; returns the locked one, in a folder of its own."""
    target = path.parent / "locked" / path.name
    target.parent.mkdir(exist_ok=True)
    with path.open("rb") as source, target.open("wb") as file:
        OOXMLFile(source).encrypt(password, file)
    return target


def test_a_password_opens_a_text_and_a_workbook(tmp_path: Path) -> None:
    """What is read is what the file said before it was locked, and nothing open lies beside it."""
    for plain in (
        make_docx(tmp_path / "rules.docx"),
        make_xlsx(tmp_path / "costs.xlsx", {"Costs": [["Item", "Amount"], ["Rent", 950]]}),
    ):
        path = locked(plain, "open sesame")
        before = [read.page.text for read in open_document(plain, name=plain.name).pages]
        reading = open_document(path, name=plain.name, password="open sesame")  # noqa: S106  (a made-up one)
        assert [read.page.text for read in reading.pages] == before
        assert {each.name for each in path.parent.iterdir()} <= {"rules.docx", "costs.xlsx"}


@pytest.mark.parametrize("password", [None, "Open sesame"])
def test_without_it_and_with_a_wrong_one_it_is_asked_for(password: str | None, tmp_path: Path) -> None:
    """By the name that people know."""
    path = locked(make_docx(tmp_path / "rules.docx"), "open sesame")
    with pytest.raises(PasswordNeeded, match=r"House\.docx"):
        open_document(path, name="House.docx", password=password)
    assert [each.name for each in path.parent.iterdir()] == ["rules.docx"]


def test_a_locked_file_that_is_cut_short_is_damaged(tmp_path: Path) -> None:
    """Whatever the password."""
    path = locked(make_docx(tmp_path / "rules.docx"), "open sesame")
    path.write_bytes(path.read_bytes()[:6_000])
    with pytest.raises((DamagedFile, PasswordNeeded)):
        open_document(path, name="rules.docx", password="open sesame")  # noqa: S106
    assert [each.name for each in path.parent.iterdir()] == ["rules.docx"]


def large(folder: Path) -> Path:
    """A locked workbook of which the first step of reading does not see the end."""
    rows = [["Item", "Amount"], *([f"Rent of {number}", number] for number in range(2_000))]
    return locked(make_xlsx(folder / "costs.xlsx", {f"Sheet {number}": rows for number in range(20)}), "open sesame")


@pytest.mark.parametrize("pages", [0, 1])
def test_a_file_left_half_read_leaves_no_open_copy(pages: int, tmp_path: Path) -> None:
    """Its process is ended where it stands, and has no time to clear up after itself."""
    path = large(tmp_path)
    with ReadingProcesses() as processes, processes.reader() as reader:
        reading = reader.read(path, password="open sesame")  # noqa: S106
        for _ in range(pages):
            next(reading.pages)
        assert len(list(path.parent.iterdir())) == 2
    assert not reader.process.alive
    assert [each.name for each in path.parent.iterdir()] == ["costs.xlsx"]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a system that can kill without a word")
def test_a_program_that_is_killed_leaves_no_open_copy(tmp_path: Path) -> None:
    """The process that read the file outlives it for a moment, and takes the copy with it."""
    path = large(tmp_path)
    program = (
        "import pathlib, sys, time\n"
        "from rag.reading_process import ReadingProcesses\n"
        "with ReadingProcesses() as processes, processes.reader() as reader:\n"
        "    next(reader.read(pathlib.Path(sys.argv[1]), password='open sesame').pages)\n"
        "    print('begun', flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(path)], cwd=REPOSITORY, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert len(list(path.parent.iterdir())) == 2
        child.kill()
    until = time.monotonic() + 10
    while len(list(path.parent.iterdir())) > 1 and time.monotonic() < until:
        time.sleep(0.05)
    assert [each.name for each in path.parent.iterdir()] == ["costs.xlsx"]
