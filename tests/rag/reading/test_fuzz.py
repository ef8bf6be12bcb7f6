"""Whatever becomes of a file on its way, reading it gives text or one of our own errors, in the end and in order.

The files are spoilt by chance, the same in every run. What longer runs of the same found is kept here as it was.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest

from rag.errors import LIBRARY_TROUBLE, DamagedFile
from rag.reading import open_document
from rag.reading.sector_chains import check_chains
from tests.rag.reading.mutations import make_seeds, spoilt

if TYPE_CHECKING:
    from pathlib import Path

    from rag.reading.blocks import ReadPage
    from rag.reading_process import ReadingProcesses

CASES = 8
"""Of each format, in every run of the tests."""
KINDS = (
    *("html", "mht", "eml", "mbox", "md", "txt", "rtf", "json", "jsonl", "xml", "svg", "ipynb", "tex", "ini", "epub"),
    *("docx", "pptx", "xlsx", "csv", "odt", "ods", "odp"),
)


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Small sound files, by name."""
    return make_seeds(tmp_path_factory.mktemp("seeds"))


def assert_in_order(page: ReadPage) -> None:
    """Blocks follow each other within the text, and each holds something."""
    at = 0
    for block in page.blocks:
        assert at <= block.start < block.end <= len(page.page.text)
        assert page.page.text[block.start : block.end].strip()
        at = block.end


@pytest.mark.parametrize("kind", KINDS)
def test_a_spoilt_file_is_read_or_refused(kind: str, seeds: dict[str, bytes], tmp_path: Path) -> None:
    """Sound ones are read; of spoilt ones nothing is let out that the program does not foresee."""
    path = tmp_path / f"a.{kind}"
    path.write_bytes(seeds[path.name])
    assert any(page.blocks for page in open_document(path, name=path.name).pages)
    for case in range(CASES):
        path.write_bytes(spoilt(seeds[path.name], Random(f"{kind} {case}")))  # noqa: S311
        try:
            reading = open_document(path, name=path.name)
            for page in reading.pages:
                assert_in_order(page)
            assert all(attachment.name for attachment in reading.attachments)
        except AssertionError:
            raise
        except LIBRARY_TROUBLE:
            continue


@pytest.mark.parametrize("name", ["contract.pdf", "comment.pdf", "form.pdf"])
def test_a_spoilt_pdf_is_read_or_refused(
    name: str, seeds: dict[str, bytes], tmp_path: Path, processes: ReadingProcesses
) -> None:
    """In a process of its own, which it may take down and nothing else."""
    for case in range(CASES // 2):
        path = tmp_path / name
        path.write_bytes(spoilt(seeds[name], Random(f"{name} {case}")))  # noqa: S311
        with processes.reader() as reader:
            try:
                for page in reader.read(path).pages:
                    assert_in_order(page)
            except AssertionError:
                raise
            except LIBRARY_TROUBLE:
                continue


# what was found


def disk(*table: int, first: int = 0, small: int = 0xFFFFFFFE) -> bytes:
    """An old Office file of one sector, the table of all sectors; ``first`` is where it stands."""
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    header[24:34] = b"\x3e\0\3\0\xfe\xff\x09\0\x06\0"
    for at, number in ((44, 1), (48, 1), (60, small), (68, 0xFFFFFFFE), (76, first)):
        header[at : at + 4] = number.to_bytes(4, "little")
    header[80:512] = b"\xff" * 432
    sector = b"".join(number.to_bytes(4, "little") for number in table)
    return bytes(header) + sector.ljust(512, b"\xff") + bytes(512)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(disk(0xFFFFFFFD, 1), id="a directory that follows itself"),
        pytest.param(disk(0xFFFFFFFD, 0xFFFFFFFE, 3, 4, 2), id="three sectors in a circle"),
    ],
)
def test_a_workbook_whose_sectors_run_in_a_circle_is_damaged(data: bytes, tmp_path: Path) -> None:
    """Following them takes all the memory there is."""
    path = tmp_path / "a.xls"
    path.write_bytes(data + "Workbook\0".encode("utf-16-le"))
    with pytest.raises(DamagedFile, match="circle"):
        open_document(path, name=path.name)


def test_chains_that_end_are_left_alone(tmp_path: Path) -> None:
    """Also where they lead out of the file, or where there is no table: that is for others to say."""
    for data in (
        disk(0xFFFFFFFD, 0xFFFFFFFE),
        disk(0xFFFFFFFD, 7_000),
        disk(first=99),
        disk(small=0)[:600],
        b"\xd0\xcf",
    ):
        path = tmp_path / "a.xls"
        path.write_bytes(data)
        check_chains(path, path.name)


def test_a_library_that_panics_says_damaged(tmp_path: Path) -> None:
    """A program in Rust gives up with an error that is no Exception, and would take its process with it."""
    path = tmp_path / "a.xlsb"
    with ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.bin", b"\x9c\x01\0")
    with pytest.raises(DamagedFile, match="PanicException"):
        open_document(path, name=path.name)
