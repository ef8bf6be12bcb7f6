"""Folders of this computer: real files added, changed, touched, replaced and taken away, and what becomes of that."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import pytest

from rag.errors import FolderMissing, FolderOfLibrary, FolderTooWide
from rag.events import FileFailed, FileFinished
from rag.folders import FolderNews, Folders
from rag.ingest_queue import IngestQueue

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine
    from pathlib import Path

    from storage.records import WatchedFolder
    from tests.rag.ingest_bench import Bench

PATIENCE = 30.0


@pytest.fixture
def folders(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Folders:
    """The folders of the bench's library; a folder that is gone is looked for often."""
    monkeypatch.setattr("rag.folder_watch._IS_IT_BACK", 0.2)
    return Folders(bench.library)


@pytest.fixture
def papers(bench: Bench) -> Path:
    """A folder with two files that were written long ago."""
    bench.write("papers/lease.txt", "The rent is 900.")
    bench.write("papers/home/deposit.txt", "The deposit is 1800.")
    for path in (bench.folder / "papers").rglob("*.txt"):
        age(path)
    return bench.folder / "papers"


def age(path: Path, seconds: float = 60) -> None:
    """Let a file be as old as that."""
    moment = time.time() - seconds
    os.utime(path, (moment, moment))


class Following:
    """A folder that is being followed, and what was read of it."""

    def __init__(self, bench: Bench, news: AsyncGenerator[FolderNews, None]) -> None:
        self._news = news
        self._queue = queue_of(bench)

    async def until(self, wanted: Callable[[FolderNews], object]) -> FolderNews:
        """Wait for news of this kind; no file may have come before it."""
        async with asyncio.timeout(PATIENCE):
            async for news in self._news:
                if wanted(news):
                    return news
                assert news.files == ()
        raise AssertionError("the news ended")

    async def read(self) -> list[Any]:
        """Read what waits; returns what became of each file."""
        return [event async for event in self._queue.read() if isinstance(event, FileFinished | FileFailed)]

    async def brings(self) -> list[tuple[str, str]]:
        """Wait for files, and return what became of them."""
        await self.until(lambda news: news.files)
        return sorted((event.file, event.status) for event in await self.read())

    async def brings_nothing(self, seconds: float = 4.0) -> None:
        """Look on for a while, in which no file may come."""
        files: list[Any] = []

        async def look_on() -> None:
            async for news in self._news:
                files.extend(news.files)

        await asyncio.wait([asyncio.ensure_future(asyncio.wait_for(look_on(), seconds))])
        assert files == []


def queue_of(bench: Bench) -> IngestQueue:
    passwords = bench.ingester._processes.passwords
    return IngestQueue(bench.library.waiting_files, lambda: bench.ingester, passwords, bench.library.folder / "uploads")


def follow(  # noqa: PLR0913  (what a person decides, each under its name)
    bench: Bench,
    folders: Folders,
    path: Path,
    work: Callable[[Following], Coroutine[Any, Any, None]],
    *,
    watched: bool = True,
    collection: str | None = None,
) -> WatchedFolder:
    """Add a folder, follow it while ``work`` is done, and return it."""

    async def run() -> WatchedFolder:
        folder = await folders.add(str(path), watched=watched, collection=collection)
        async with aclosing(folders.follow(folder)) as news:
            await work(Following(bench, news))
        return folder

    return asyncio.run(run())


def texts(bench: Bench) -> list[str]:
    return sorted(bench.library.page(document.id, 1).text for document in bench.library.documents())


def test_a_folder_is_read_and_what_changes_in_it_replaces_what_there_was(
    bench: Bench, folders: Folders, papers: Path
) -> None:
    """A file that is written over, one that another is renamed to, a new one, and a new folder with one in it."""

    async def work(following: Following) -> None:
        assert await following.brings() == [("papers/home/deposit.txt", "added"), ("papers/lease.txt", "added")]
        (papers / "lease.txt").write_text("The rent is 950.")
        assert await following.brings() == [("papers/lease.txt", "replaced")]
        draft = bench.write("elsewhere/draft.txt", "The rent is 999.")
        draft.replace(papers / "lease.txt")
        assert await following.brings() == [("papers/lease.txt", "replaced")]
        bench.write("papers/new/deep/keys.txt", "The keys are blue.")
        assert await following.brings() == [("papers/new/deep/keys.txt", "added")]

    follow(bench, folders, papers, work)
    assert texts(bench) == ["The deposit is 1800.", "The keys are blue.", "The rent is 999."]
    assert all(path.exists() for path in (papers / "lease.txt", papers / "home" / "deposit.txt"))


def test_a_file_that_is_touched_or_renamed_makes_no_second_document(
    bench: Bench, folders: Folders, papers: Path
) -> None:
    """Its bytes are known; and a document belongs to every path that its bytes lie at."""

    async def work(following: Following) -> None:
        await following.brings()
        (papers / "lease.txt").touch()
        assert await following.brings() == [("papers/lease.txt", "unchanged")]
        (papers / "lease.txt").rename(papers / "agreement.txt")
        assert await following.brings() == [("papers/agreement.txt", "unchanged")]

    follow(bench, folders, papers, work)
    assert texts(bench) == ["The deposit is 1800.", "The rent is 900."]


def test_a_file_that_is_deleted_takes_no_document_with_it(bench: Bench, folders: Folders, papers: Path) -> None:
    async def work(following: Following) -> None:
        await following.brings()
        shutil.rmtree(papers / "home")
        await following.brings_nothing()

    follow(bench, folders, papers, work)
    assert "The deposit is 1800." in texts(bench)


def test_files_of_programs_wake_nobody(bench: Bench, folders: Folders, papers: Path) -> None:
    """Lock files, hidden ones, and what is still being downloaded."""

    async def work(following: Following) -> None:
        await following.brings()
        for name in ("~$lease.docx", ".lease.txt.swp", ".git/index.txt", "film.pdf.part"):
            bench.write(f"papers/{name}")
        await following.brings_nothing()

    follow(bench, folders, papers, work)


def test_a_file_that_is_being_written_is_read_when_it_is_whole(bench: Bench, folders: Folders, papers: Path) -> None:
    """A little is added every half second; it is read once, with its last words."""

    async def work(following: Following) -> None:
        await following.brings()
        writing = asyncio.create_task(write_slowly(papers / "long.txt"))
        assert await following.brings() == [("papers/long.txt", "added")]
        assert writing.done()

    follow(bench, folders, papers, work)
    assert any(text.endswith("the end.") for text in texts(bench))


async def write_slowly(path: Path) -> None:
    with path.open("w") as file:
        for number in range(10):
            file.write(f"Sentence {number} of a long letter. ")
            file.flush()
            await asyncio.sleep(0.5)
        file.write("And this is the end.")


def test_the_next_start_reads_only_what_changed_meanwhile(bench: Bench, folders: Folders, papers: Path) -> None:
    async def first(following: Following) -> None:
        await following.brings()

    follow(bench, folders, papers, first)
    (papers / "lease.txt").write_text("The rent is 950.")

    async def second(following: Following) -> None:
        assert await following.brings() == [("papers/lease.txt", "replaced")]

    follow(bench, Folders(bench.library), papers, second)


def test_what_waits_when_the_program_ends_is_read_at_its_next_start_and_once(
    bench: Bench, folders: Folders, papers: Path
) -> None:
    async def ends_early(following: Following) -> None:
        await following.until(lambda news: news.files)

    follow(bench, folders, papers, ends_early)
    assert len(bench.library.waiting_files.all()) == 2

    async def again(following: Following) -> None:
        assert len(await following.read()) == 2
        await following.brings_nothing(2)

    follow(bench, Folders(bench.library), papers, again)
    assert len(texts(bench)) == 2


def test_a_folder_that_vanishes_is_taken_up_again_when_it_is_back(bench: Bench, folders: Folders, papers: Path) -> None:
    """A disk was unplugged, and changed on another computer: nothing of the library is lost, and the change is read."""

    async def work(following: Following) -> None:
        await following.brings()
        away = papers.with_name("away")
        shutil.move(papers, away)
        await following.until(lambda news: news.missing)
        assert len(texts(bench)) == 2
        (away / "lease.txt").write_text("The rent is 950.")
        age(away / "lease.txt", 5)
        shutil.move(away, papers)
        assert await following.brings() == [("papers/lease.txt", "replaced")]
        (papers / "lease.txt").write_text("The rent is 975.")
        assert await following.brings() == [("papers/lease.txt", "replaced")]

    follow(bench, folders, papers, work)


def test_another_folder_in_its_place_is_looked_at(bench: Bench, folders: Folders, papers: Path) -> None:
    """As when another disk is plugged in: it is watched from then on, not the one that was taken away."""

    async def work(following: Following) -> None:
        await following.brings()
        shutil.move(papers, papers.with_name("away"))
        bench.write("papers/keys.txt", "The keys are blue.")
        assert await following.brings() == [("papers/keys.txt", "added")]
        (papers / "keys.txt").write_text("The keys are red.")
        assert await following.brings() == [("papers/keys.txt", "replaced")]

    follow(bench, folders, papers, work)


def test_a_folder_that_is_not_watched_is_looked_through_once(bench: Bench, folders: Folders, papers: Path) -> None:
    """And again when that is asked for; only what changed is read."""

    async def work(following: Following) -> None:
        await following.until(lambda news: news.files)
        await following.read()
        assert [news async for news in following._news if news.files] == []

    follow(bench, folders, papers, work, watched=False)
    (papers / "lease.txt").write_text("The rent is 950.")
    age(papers / "lease.txt", 5)

    async def again(following: Following) -> None:
        assert await following.brings() == [("papers/lease.txt", "replaced")]

    follow(bench, folders, papers, again, watched=False)


def test_a_document_that_was_removed_does_not_come_back_by_itself(bench: Bench, folders: Folders, papers: Path) -> None:
    """It does when its file changes."""

    async def work(following: Following) -> None:
        await following.brings()
        bench.library.remove(next(each.id for each in bench.library.documents() if each.name == "lease.txt"))
        bench.write("papers/keys.txt", "The keys are blue.")
        assert await following.brings() == [("papers/keys.txt", "added")]
        assert "The rent is 900." not in texts(bench)
        (papers / "lease.txt").write_text("The rent is 950.")
        assert await following.brings() == [("papers/lease.txt", "added")]

    follow(bench, folders, papers, work)


def test_new_files_come_into_the_folders_collection_and_changed_ones_stay_where_they_are(
    bench: Bench, folders: Folders, papers: Path
) -> None:
    house, taxes = (bench.library.collections.create(name) for name in ("House", "Taxes"))

    async def work(following: Following) -> None:
        await following.brings()
        documents = bench.library.documents()
        assert {each.collection for each in documents} == {house.id}
        bench.library.collections.move([each.id for each in documents if each.name == "lease.txt"], taxes.id)
        (papers / "lease.txt").write_text("The rent is 950.")
        await following.brings()

    follow(bench, folders, papers, work, collection=house.id)
    assert {each.name: each.collection for each in bench.library.documents()} == {
        "lease.txt": taxes.id,
        "deposit.txt": house.id,
    }


def test_a_file_of_a_folder_belongs_to_its_path(bench: Bench, folders: Folders, papers: Path) -> None:
    """The library knows the file's own path, as it does of what the command line adds."""

    async def work(following: Following) -> None:
        await following.brings()

    follow(bench, folders, papers, work)
    assert bench.library.source_of(str(papers / "lease.txt"))


def test_some_folders_are_not_taken(bench: Bench, folders: Folders, papers: Path) -> None:
    """One that is not there, the library's own, and the whole computer."""
    (bench.library.folder / "originals").mkdir(exist_ok=True)
    for path, error in (
        (papers / "nowhere", FolderMissing),
        (bench.library.folder, FolderOfLibrary),
        (bench.library.folder / "originals", FolderOfLibrary),
        (os.sep, FolderTooWide),
    ):
        with pytest.raises(error):
            asyncio.run(folders.add(str(path), watched=True))
    assert folders.all() == ()


def test_to_leave_a_folder_takes_no_time(bench: Bench, folders: Folders, papers: Path) -> None:
    """Nobody waits for the thread that listens when the program is told to end."""
    moments = []

    async def work(following: Following) -> None:
        await following.brings()
        waiting = asyncio.create_task(following.until(lambda news: news.missing))
        await asyncio.sleep(1.5)
        moments.append(time.monotonic())
        waiting.cancel()
        await asyncio.wait([waiting])

    follow(bench, folders, papers, work)
    assert time.monotonic() - moments[0] < 1.5
