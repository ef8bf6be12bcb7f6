"""Files are opened in processes of their own: what goes wrong there costs one file, and the next one is read."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from rag.errors import (
    READ_ERRORS,
    DamagedFile,
    EmptyFile,
    EncryptedForOthers,
    FileTooLarge,
    NothingToRead,
    OldFormat,
    PasswordNeeded,
    ReaderDied,
    ReadError,
    UnknownFormat,
)
from rag.reading import open_document
from rag.reading_process import ReadingProcesses
from tests.documents import (
    LEASE,
    make_csv,
    make_docx,
    make_encrypted_pdf,
    make_pdf,
    make_pptx,
    make_slow_pdf,
    make_xlsx,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rag.reading_process import Reader


def texts(processes: ReadingProcesses, path: Path) -> list[str]:
    """What stands on the pages of a file."""
    with processes.reader() as reader:
        return [read.page.text for read in reader.read(path).pages]


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda path: make_pdf(path, [LEASE, LEASE]), "a.pdf"),
        (make_docx, "a.docx"),
        (make_pptx, "a.pptx"),
        (lambda path: make_xlsx(path, {"Costs": [["Item", "Amount"], ["Rent", 950]]}), "a.xlsx"),
        (lambda path: make_csv(path, [["Item", "Amount"], ["Rent", "950"]]), "a.csv"),
    ],
)
def test_a_file_is_the_same_read_here_or_there(
    make: Callable[[Path], Path], name: str, processes: ReadingProcesses, tmp_path: Path
) -> None:
    """Pages, blocks, headings and row numbers come over whole."""
    path = make(tmp_path / name)
    here = open_document(path, name=name)
    with processes.reader() as reader:
        there = reader.read(path)
        assert (there.title, there.unit, there.page_count) == (here.title, here.unit, here.page_count)
        assert list(there.pages) == list(here.pages)
        assert list(there.attachments) == []


def test_errors_come_over_under_the_name_people_know(processes: ReadingProcesses, tmp_path: Path) -> None:
    """Before the first page and after the last one, and the process reads on."""
    locked, scan = make_encrypted_pdf(tmp_path / "copy-4711", key="secret"), make_pdf(tmp_path / "scan.pdf", [[]])
    with processes.reader() as reader:
        with pytest.raises(PasswordNeeded) as caught:
            reader.read(locked, name="Lease.pdf")
        assert caught.value.file == "Lease.pdf"
        reading = reader.read(scan, name="Scan.pdf")
        with pytest.raises(NothingToRead, match=r"Scan\.pdf"):
            list(reading.pages)
        assert len(list(reader.read(locked, name="Lease.pdf", password="secret").pages)) == 1  # noqa: S106


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        ("old.doc", b"\xd0\xcf\x11\xe0" + "WordDocument\0".encode("utf-16-le"), OldFormat),
        (
            "secret.eml",
            b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nMII=\n",
            EncryptedForOthers,
        ),
        ("empty.txt", b"", EmptyFile),
        ("picture.xyz", b"?", UnknownFormat),
    ],
)
def test_an_error_comes_over_as_the_kind_it_is(
    name: str, data: bytes, error: type[ReadError], processes: ReadingProcesses, tmp_path: Path
) -> None:
    """Each has a sentence of its own, which nobody would read if it came over as another."""
    (tmp_path / name).write_bytes(data)
    with pytest.raises(error) as caught:
        texts(processes, tmp_path / name)
    assert caught.type is error


def test_every_kind_of_read_error_can_come_over() -> None:
    """Also those that a reader learns to raise later."""
    kinds = [ReadError]
    for kind in kinds:
        kinds += kind.__subclasses__()
    assert {kind.__name__: kind for kind in kinds} == READ_ERRORS


def test_a_process_is_used_again(tmp_path: Path) -> None:
    """Starting one takes longer than reading most files."""
    good = make_pdf(tmp_path / "good.pdf", [LEASE])
    pids = set()
    with ReadingProcesses() as processes:
        for _ in range(3):
            with processes.reader() as reader:
                pids.add(reader.process.pid)
                assert len(list(reader.read(good).pages)) == 1
    assert len(pids) == 1


def test_a_process_that_refused_a_file_is_used_again(tmp_path: Path) -> None:
    """Before its first page or after its last one: a folder of scans does not start a process for each."""
    scan, good = make_pdf(tmp_path / "scan.pdf", [[]]), make_pdf(tmp_path / "good.pdf", [LEASE])
    locked = make_encrypted_pdf(tmp_path / "locked.pdf", key="secret")
    pids = set()
    with ReadingProcesses() as processes:
        with processes.reader() as reader:
            pids.add(reader.process.pid)
        for path, error in ((scan, NothingToRead), (locked, PasswordNeeded)):
            with pytest.raises(error):
                texts(processes, path)
            with processes.reader() as reader:
                pids.add(reader.process.pid)
                assert list(reader.read(good).pages)
        assert len(pids) == 1


def test_a_file_left_half_read_is_let_go(tmp_path: Path) -> None:
    """Its process ends, so that it can be deleted on every system."""
    long = make_pdf(tmp_path / "long.pdf", [[f"Page {number}"] for number in range(100)])
    with ReadingProcesses() as processes:
        with processes.reader() as reader:
            process = reader.process
            next(reader.read(long).pages)
        assert not process.alive
        assert texts(processes, long)[0] == "Page 0"


def test_two_files_are_read_side_by_side(processes: ReadingProcesses, tmp_path: Path) -> None:
    """Each has a process of its own."""
    first, second = make_pdf(tmp_path / "a.pdf", [["First"]]), make_pdf(tmp_path / "b.pdf", [["Second"]])
    with processes.reader() as one, processes.reader() as other:
        assert one.process.pid != other.process.pid
        readings = one.read(first), other.read(second)
        assert [[read.page.text for read in reading.pages] for reading in readings] == [["First"], ["Second"]]


def test_a_crash_costs_one_file(tmp_path: Path) -> None:
    """The process dies in the middle of a page: that file fails, and the next one is read."""
    slow, good = make_slow_pdf(tmp_path / "slow.pdf"), make_pdf(tmp_path / "good.pdf", [LEASE])
    with ReadingProcesses() as processes:
        with processes.reader() as reader:
            threading.Timer(0.5, os.kill, (reader.process.pid, signal.SIGKILL)).start()
            with pytest.raises(ReaderDied, match=r"slow\.pdf"):
                list(reader.read(slow).pages)
        assert texts(processes, good)[0].startswith(LEASE[0])


def test_a_page_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    """The time limit ends the process, and the next file is read."""
    slow, good = make_slow_pdf(tmp_path / "slow.pdf"), make_pdf(tmp_path / "good.pdf", [LEASE])
    with ReadingProcesses(seconds=2.0) as processes:
        begun = time.monotonic()
        with pytest.raises(ReaderDied):
            texts(processes, slow)
        assert time.monotonic() - begun < 5
        assert texts(processes, good)[0].startswith(LEASE[0])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to a limit of memory")
def test_a_file_that_eats_memory_is_given_up(tmp_path: Path) -> None:
    """The person reads how much it may be, and the next file is read."""
    greedy, good = tmp_path / "greedy.txt", make_pdf(tmp_path / "good.pdf", [LEASE])
    greedy.write_bytes(b"word " * 12_000_000)
    with ReadingProcesses(megabytes=200) as processes:
        with pytest.raises(FileTooLarge, match="200 MB"):
            texts(processes, greedy)
        assert texts(processes, good)[0].startswith(LEASE[0])


def test_images_are_drawn_while_a_long_file_is_read(processes: ReadingProcesses, tmp_path: Path) -> None:
    """A picture waits for no page that is being read."""
    slow = make_slow_pdf(tmp_path / "slow.pdf")
    wide = make_pdf(tmp_path / "wide.pdf", [["Drawn meanwhile"]], size=(400, 100))
    ended: list[ReadError] = []

    def read_slowly(reader: Reader) -> None:
        try:
            list(reader.read(slow).pages)
        except ReaderDied as died:
            ended.append(died)

    with processes.reader() as reader:
        thread = threading.Thread(target=read_slowly, args=(reader,))
        thread.start()
        sizes = {(image.width, image.height) for image in (processes.render(wide, 1, scale=1.0) for _ in range(10))}
        assert thread.is_alive()
    thread.join()
    assert sizes == {(400, 100)}
    assert len(ended) == 1


def test_who_closes_the_program_does_not_wait_for_a_page_being_drawn(tmp_path: Path) -> None:
    """However long it takes; the next program draws it again."""
    slow = make_slow_pdf(tmp_path / "slow.pdf")
    ended: list[ReadError] = []

    def draw() -> None:
        try:
            processes.render(slow, 1)
        except ReaderDied as died:
            ended.append(died)

    processes = ReadingProcesses(seconds=30)
    thread = threading.Thread(target=draw)
    thread.start()
    time.sleep(2)
    begun = time.monotonic()
    processes.close()
    thread.join()
    assert time.monotonic() - begun < 3
    assert len(ended) == 1


def test_a_picture_of_a_locked_page_needs_its_password(processes: ReadingProcesses, tmp_path: Path) -> None:
    """And of a page that is not there, there is none."""
    locked = make_encrypted_pdf(tmp_path / "locked.pdf", key="secret")
    with pytest.raises(PasswordNeeded):
        processes.render(locked, 1)
    assert processes.render(locked, 1, password="secret").png  # noqa: S106
    with pytest.raises(DamagedFile, match=r"locked\.pdf"):
        processes.render(locked, 7, password="secret")  # noqa: S106


def test_the_drawing_process_is_replaced_when_it_died(tmp_path: Path) -> None:
    """In the middle of a picture that picture fails; while nobody was looking nobody notices."""
    good = make_pdf(tmp_path / "good.pdf", [LEASE])
    with ReadingProcesses() as processes:
        processes.render(good, 1)
        assert processes._drawer is not None
        os.kill(processes._drawer.pid, signal.SIGKILL)
        time.sleep(0.2)
        assert processes.render(good, 1).png


def test_a_huge_page_is_drawn_smaller(processes: ReadingProcesses, tmp_path: Path) -> None:
    """A page of ten metres does not take gigabytes."""
    path = make_pdf(tmp_path / "huge.pdf", [LEASE], size=(28_000, 28_000))
    image = processes.render(path, 1, scale=4.0, spans=[(0, 10)])
    assert image.width * image.height <= 12_100_000
    assert image.boxes


def test_a_forgotten_file_is_drawn_anew(processes: ReadingProcesses, tmp_path: Path) -> None:
    """Once let go of, a path may hold another file."""
    path = make_pdf(tmp_path / "first.pdf", [["Before"]], size=(400, 100))
    assert processes.render(path, 1, scale=1.0).width == 400
    processes.forget(path)
    make_pdf(path, [["After"]], size=(300, 100))
    assert processes.render(path, 1, scale=1.0).width == 300


def test_the_processes_end_with_their_owner(tmp_path: Path) -> None:
    """No process is left behind, and closing twice is harmless."""
    processes = ReadingProcesses()
    good = make_pdf(tmp_path / "good.pdf", [LEASE])
    with processes.reader() as reader:
        process = reader.process
        list(reader.read(good).pages)
    processes.render(good, 1)
    drawer = processes._drawer
    processes.close()
    processes.close()
    assert drawer is not None
    assert not process.alive
    assert not drawer.alive
