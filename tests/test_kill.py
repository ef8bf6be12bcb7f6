"""``kill -9`` while files are added: the library opens, what was said to be added is whole, and the rest can be added.

The program is killed for real, at moments that its own files mark: copies that were taken in, token files and versions
of the chunk table (both inside a commit), and lines that said "added". Two lanes run beside each other, each kill in a
data folder of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from rag.assistant import Ask
from rag.events import FileFinished
from tests.assembled import assistant_on, ingested
from tests.conftest import NOBODY_THERE, REPOSITORY
from tests.documents import make_pdf

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from rag.assistant import Assistant
    from storage.library import Library

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a system that can kill without a word")

FILES = 6
SECTIONS = 30
"""Of each file: enough that not all of them are ready within the time for which documents wait for each other."""
PATIENCE = 120.0
"""Seconds that the program may take to come to the moment at which it is killed."""
LANES = 2
LEAST_INSIDE = 3
"""Kills that must have fallen inside a commit, by what they left; most of those that are meant to do."""
WATCHED = {"copies": "originals/??/*", "tokens": "tokens/**/*", "versions": "vectors/*/_versions/*"}
"""What marks a moment: so many files of this kind in the data folder; "added" counts lines of the output."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The first moment at which there are ``count`` of something."""

    mark: str
    count: int


MOMENTS = (
    *(Moment("copies", count) for count in (1, 3, 6)),
    *(Moment("tokens", count) for count in (1, 2, 3, 4, 5, 6)),
    *(Moment("versions", count) for count in (1, 2, 3, 5, 7)),
    *(Moment("added", count) for count in (1, 2, 3, 4, 5, 6)),
)
"""From the first file's start to the last one's end; those of the two middle kinds lie inside a commit."""


@dataclass(frozen=True, slots=True)
class Killed:
    """A data folder that a killed program left, and what it had said."""

    moment: Moment
    folder: Path
    code: int
    finished: tuple[str, ...]
    """Ids of the documents that were said to be added."""
    half_way: int
    """How many documents were announced to the catalogue and not yet let in."""


def _write_files(folder: Path) -> list[Path]:
    """Several files of some thirty passages each, one of them a PDF."""
    folder.mkdir()
    files = [folder / f"Report {number}.md" for number in range(FILES - 1)]
    for number, file in enumerate(files):
        file.write_text("\n\n".join(_section(number, place) for place in range(SECTIONS)), encoding="utf-8")
    pages = [[_sentence(FILES - 1, place)] for place in range(SECTIONS)]
    return [*files, make_pdf(folder / f"Report {FILES - 1}.pdf", pages)]


def _section(number: int, place: int) -> str:
    return f"# Section {place}\n\n{' '.join([_sentence(number, place)] * 6)}"


def _sentence(number: int, place: int) -> str:
    return f"The lighthouse keeper of island {number} wrote on day {place} that the lamp had burned all night."


def _killed_at(moment: Moment, folder: Path, files: Sequence[Path], environment: Mapping[str, str]) -> Killed:
    """Run ``add`` and kill it at a moment."""
    folder.mkdir()
    output = folder.parent / f"{folder.name}.jsonl"
    command = [sys.executable, "app.py", "add", "--json", "--data", str(folder), *map(str, files)]
    with (
        output.open("wb") as out,
        subprocess.Popen(command, cwd=REPOSITORY, env=environment, stdout=out, stderr=out) as program,
    ):
        try:
            _await(moment, folder, output, program)
        finally:
            program.send_signal(signal.SIGKILL)
    rows = [json.loads(line) for line in output.read_text(encoding="utf-8").split("\n") if line]
    finished = tuple(row["document_id"] for row in rows if row.get("status") == "added")
    return Killed(moment, folder, program.returncode, finished, _half_way(folder))


def _half_way(folder: Path) -> int:
    """Count what only a commit under way leaves: it is announced first and let in last.

    Looked at in a copy, since opening a database repairs it, and that is the program's to do.
    """
    copy = folder.with_name(f"{folder.name}-catalogue")
    copy.mkdir()
    for file in folder.glob("footnote.db*"):
        shutil.copy(file, copy)
    with contextlib.closing(sqlite3.connect(copy / "footnote.db")) as database:
        (there,) = database.execute("SELECT count(*) FROM sqlite_master WHERE name = 'documents'").fetchone()
        if not there:
            return 0
        return int(database.execute("SELECT count(*) FROM documents WHERE state = 'pending'").fetchone()[0])


def _await(moment: Moment, folder: Path, output: Path, program: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while _count(moment.mark, folder, output) < moment.count:
        assert program.poll() is None, f"it ended before {moment}: {output.read_text()}"
        assert time.monotonic() < deadline, f"{moment} did not come"
        time.sleep(0.002)


def _count(mark: str, folder: Path, output: Path) -> int:
    if mark == "added":
        return output.read_bytes().count(b'"status": "added"')
    with contextlib.suppress(FileNotFoundError):  # a folder can go while it is looked through
        return sum(1 for path in folder.glob(WATCHED[mark]) if path.is_file())
    return 0


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """What is added every time."""
    return _write_files(tmp_path_factory.mktemp("reports") / "files")


@pytest.fixture(scope="module")
def killed(files: list[Path], tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> dict[Moment, Killed]:
    """Every moment's data folder."""
    folder = tmp_path_factory.mktemp("killed")
    environment = os.environ | {"FOOTNOTE_CACHE": str(model_cache)}

    def kill(moment: Moment) -> Killed:
        return _killed_at(moment, folder / f"{moment.mark}-{moment.count}", files, environment)

    with ThreadPoolExecutor(LANES) as lanes:
        return dict(zip(MOMENTS, lanes.map(kill, MOMENTS), strict=True))


def test_there_are_twenty_moments_and_some_lie_inside_a_commit(killed: dict[Moment, Killed]) -> None:
    """The program was killed each time, with between none and all of its files done."""
    assert len(killed) == len(MOMENTS) == 20
    assert {one.code for one in killed.values()} == {-signal.SIGKILL}
    finished = {len(one.finished) for one in killed.values()}
    assert finished >= {0, FILES}
    assert finished - {0, FILES}
    assert sum(one.half_way > 0 for one in killed.values()) >= LEAST_INSIDE


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: f"{moment.mark}-{moment.count}")
def test_nothing_is_lost_and_nothing_is_half_there(
    killed: dict[Moment, Killed], files: list[Path], model_cache: Path, moment: Moment
) -> None:
    """The library opens and answers; finished documents are whole; the same line again adds what is missing."""
    one = killed[moment]
    assistant = assistant_on(one.folder, model_cache, NOBODY_THERE)
    there = {document.id for document in assistant.documents()}
    assert set(one.finished) <= there
    for document_id in there:
        _assert_document_whole(assistant.library, document_id)
    _assert_found_in(assistant, there)
    finished = [event for event in ingested(assistant, files) if isinstance(event, FileFinished)]
    assert {event.document.id for event in finished if event.status == "unchanged"} == there
    assert len(assistant.documents()) == len(finished) == FILES
    _assert_parts_agree(assistant.library)
    _assert_found_in(assistant, {event.document.id for event in finished})
    assistant.close()


def _assert_document_whole(library: Library, document_id: str) -> None:
    """Its pages, chunks, vectors and token vectors are all there, and so is its original."""
    document, chunks = library.document(document_id), library.document_chunks(document_id)
    pages = {page.number: page.text for page in library.pages(document_id)}
    assert len(chunks) == document.chunks
    for chunk in chunks:
        assert chunk.text == pages[chunk.page or 1][chunk.char_start : chunk.char_end]
    assert library.fetch(chunk.id for chunk in chunks).keys() == {chunk.id for chunk in chunks}
    assert library.originals.path_of(document).stat().st_size == document.size


def _assert_parts_agree(library: Library) -> None:
    """Catalogue, chunk table and token files speak of the same documents, and each of them is whole."""
    documents = library.documents()
    for document in documents:
        _assert_document_whole(library, document.id)
    assert library._table.count() == sum(document.chunks for document in documents)
    assert {file.stem for file in (library.folder / "tokens").rglob("*.tokens")} == {each.id for each in documents}


def _assert_found_in(assistant: Assistant, documents: set[str]) -> None:
    """A search over everything shows these documents and no others."""
    everything = Ask("What did the lighthouse keeper write?", top_k=FILES * SECTIONS)
    answer = asyncio.run(assistant.find(everything))
    assert {evidence.document.id for evidence in answer.evidence} == documents
