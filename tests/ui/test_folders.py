"""Folders of this computer on the page: chosen, added, kept in sight, let go, by the person at this computer only."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from rag.folders import FolderNews
from rag.sentences import SHOWN_FIRST
from storage.errors import FolderNotListed, LibraryLocked
from tests.ui.desk_bench import Watchful, opened, run, until
from ui.actions import act
from ui.desk import Desk
from ui.folders_panel import FOLDER_ACTIONS
from ui.painting import follow, paint

if TYPE_CHECKING:
    from pathlib import Path

    from ui.session import Session


@pytest.fixture
def papers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder at home, with a file in it and one in a folder below."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "papers" / "home").mkdir(parents=True)
    (tmp_path / "papers" / "lease.pdf").write_text("lease")
    (tmp_path / "papers" / "home" / "deposit.pdf").write_text("deposit")
    return tmp_path / "papers"


async def do(desk: Desk, session: Session, action: str, **fields: str) -> None:
    await act(desk, session, {"action": action, **fields})


async def added(desk: Desk, session: Session, papers: Path, *, watched: bool = True) -> None:
    """Walk to the folder from home, and add it."""
    await do(desk, session, "folder-choose")
    await do(desk, session, "folder-go", place=str(papers.parent), into="papers")
    if not watched:
        await do(desk, session, "folder-tick")
    await do(desk, session, "folder-add")


async def read_all(desk: Desk, session: Session) -> None:
    async for _ in follow(desk, session):
        pass


def test_a_folder_is_walked_to_added_and_read(papers: Path) -> None:
    """Its files show on their way as others do, each with its folder; the panel is closed."""

    async def work() -> None:
        assistant = Watchful(filled=False)
        desk, session = await opened(assistant)
        await do(desk, session, "folder-choose")
        drawn = await paint(desk, session)
        assert 'aria-labelledby="folders-title"' in drawn["setup"]
        assert f'data-into="{papers.name}"' in drawn["setup"]
        assert f"Add “{papers.parent.name}”" in drawn["setup"]
        await added(desk, session, papers)
        await until(lambda: bool(desk.files.rows))
        assert (await paint(desk, session))["setup"] == ""
        assert {row.file for row in desk.files.rows.values()} <= {"papers/deposit.pdf", "papers/lease.pdf"}
        await read_all(desk, session)
        assert sorted(each.name for each in desk.documents) == ["deposit.pdf", "lease.pdf"]
        assert assistant.folders.followed == [str(papers)]
        drawn = (await paint(desk, session))["library"]
        assert "Stop watching papers" in drawn
        assert (papers / "lease.pdf").exists()

    run(work())


def test_a_folder_can_be_read_without_being_watched_and_looked_through_again(papers: Path) -> None:
    async def work() -> None:
        assistant = Watchful(filled=False)
        desk, session = await opened(assistant)
        await added(desk, session, papers, watched=False)
        await read_all(desk, session)
        assert assistant.folders.followed == []
        drawn = (await paint(desk, session))["library"]
        assert "not watched" in drawn
        (papers / "keys.pdf").write_text("keys")
        await do(desk, session, "folder-again", folder="folder-0")
        await read_all(desk, session)
        assert sorted(each.name for each in desk.documents) == ["deposit.pdf", "keys.pdf", "lease.pdf"]

    run(work())


def test_watching_can_be_stopped_and_begun_again_and_the_folder_taken_off_the_list(papers: Path) -> None:
    """Its documents stay."""

    async def work() -> None:
        assistant = Watchful(filled=False)
        desk, session = await opened(assistant)
        await added(desk, session, papers)
        await read_all(desk, session)
        await do(desk, session, "folder-watch", folder="folder-0", watched="no")
        await until(lambda: assistant.folders.followed == [])
        assert "not watched" in (await paint(desk, session))["library"]
        await do(desk, session, "folder-watch", folder="folder-0", watched="yes")
        await until(lambda: assistant.folders.followed == [str(papers)])
        await do(desk, session, "folder-forget", folder="folder-0")
        await until(lambda: assistant.folders.followed == [])
        assert "kept-folders" not in (await paint(desk, session))["library"]
        assert len(desk.documents) == 2

    run(work())


def test_a_folder_that_is_taken_off_the_list_takes_its_waiting_files_along(papers: Path) -> None:
    """Whoever added the wrong one need not wait for all of it; what is being read is read to its end."""

    async def work() -> None:
        assistant = Watchful(filled=False, pace=0.02)
        desk, session = await opened(assistant)
        await added(desk, session, papers)
        await until(lambda: any(row.state == "reading" for row in desk.files.rows.values()))
        await do(desk, session, "folder-forget", folder="folder-0")
        await read_all(desk, session)
        assert len(desk.documents) == 1
        assert desk.files.rows == {}

    run(work())


def test_what_is_watched_is_watched_after_the_next_start_although_nobody_opens_the_page(papers: Path) -> None:
    async def work() -> None:
        assistant = Watchful(filled=False)
        await assistant.folders.add(str(papers), watched=True)
        await assistant.folders.add(str(papers.parent), watched=False)
        desk = Desk(assistant)
        desk.folders.resume()
        await until(lambda: len(assistant.documents()) == 2)
        assert assistant.folders.followed == [str(papers)]
        assert len(desk.folders.rows) == 2

    run(work())


def test_a_folder_that_cannot_be_found_is_said_to_be_paused(papers: Path) -> None:
    """Calmly, and no longer when it is back; files that are left out are counted."""

    async def work() -> None:
        assistant = Watchful(filled=False)
        desk, session = await opened(assistant)
        await added(desk, session, papers)
        await read_all(desk, session)
        for news, words in (
            (FolderNews(missing=True), "paused: cannot be found"),
            (FolderNews(not_read=3, closed=("/x",)), "watched · 3 files left out: kinds that cannot be read"),
            (FolderNews(unsettled=True), "looking through it"),
            (FolderNews(), "watched<"),
        ):
            assistant.folders.to_come[str(papers)].put_nowait(news)
            await until(lambda news=news: desk.folders.rows["folder-0"].news is news)
            assert words in (await paint(desk, session))["library"]

    run(work())


def test_what_the_library_has_already_is_not_worth_a_word(papers: Path) -> None:
    """Nobody handed the file over: a folder merely held it, or it was touched."""

    async def work() -> None:
        assistant = Watchful(filled=False)
        desk, session = await opened(assistant)
        (papers / "again").mkdir()
        (papers / "again" / "lease.pdf").write_text("lease")
        await added(desk, session, papers)
        await read_all(desk, session)
        assert desk.files.rows == {}
        assert len(desk.documents) == 2

    run(work())


def test_a_library_in_use_elsewhere_ends_no_watching(papers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said meanwhile, and the folder is followed again after a while."""
    monkeypatch.setattr("ui.folder_bench._AFTER_TROUBLE", 0.2)

    async def work() -> None:
        assistant = Watchful(filled=False)
        desk, session = await opened(assistant)
        assistant.folders.trouble.append(LibraryLocked(papers, 30))
        await added(desk, session, papers)
        await until(lambda: bool(desk.folders.rows["folder-0"].trouble))
        assert "Another Footnote has been changing this library" in (await paint(desk, session))["library"]
        await until(lambda: len(assistant.documents()) == 2)
        assert "Another Footnote" not in (await paint(desk, session))["library"]
        assert assistant.folders.followed == [str(papers)]

    run(work())


def test_a_folder_that_goes_from_the_list_elsewhere_goes_from_the_page(papers: Path) -> None:
    async def work() -> None:
        assistant = Watchful(filled=False)
        desk, session = await opened(assistant)
        assistant.folders.trouble.append(FolderNotListed("folder-0"))
        await added(desk, session, papers)
        await until(lambda: desk.folders.rows == {})

    run(work())


def test_a_question_about_a_file_ends_when_the_file_has_changed(papers: Path) -> None:
    """It was locked; its next version waits to be read, and the row that asked for a password goes."""

    async def work() -> None:
        assistant = Watchful(filled=False)
        desk, session = await opened(assistant)
        (papers / "locked.pdf").write_text("locked")
        await added(desk, session, papers)
        await read_all(desk, session)
        assert [row.state for row in desk.files.rows.values()] == ["locked"]
        await assistant.cancel_reading(str(papers / "locked.pdf"))  # as the store does with what was superseded
        assistant.folders.to_come[str(papers)].put_nowait(FolderNews())
        await until(lambda: desk.files.rows == {})

    run(work())


def test_a_path_that_was_only_typed_is_shown_before_it_is_added(papers: Path) -> None:
    """Nobody means the folder they came from, all of home as a rule, when they have typed another one."""

    async def work() -> None:
        assistant = Watchful(filled=False)
        desk, session = await opened(assistant)
        await do(desk, session, "folder-choose")
        await do(desk, session, "folder-add", place=str(papers / "nowhere"))
        assert "There is no folder at" in (await paint(desk, session))["setup"]
        await do(desk, session, "folder-add", place=f"{papers}/")
        assert not desk.folders.rows
        drawn = (await paint(desk, session))["setup"]
        assert SHOWN_FIRST in drawn
        assert "objection" not in drawn, "it is no fault"
        assert "Add “papers”" in drawn
        await do(desk, session, "folder-add", place=str(papers))
        assert [row.folder.path for row in desk.folders.rows.values()] == [str(papers)]
        assert (await paint(desk, session))["setup"] == ""

    run(work())


def test_why_a_folder_cannot_be_chosen_is_said_in_the_panel(papers: Path) -> None:
    """A path that leads nowhere leaves one where one was; a folder that may not be added leaves the panel open."""

    async def work() -> None:
        desk, session = await opened(Watchful())
        await do(desk, session, "folder-choose")
        await do(desk, session, "folder-go", place="nowhere")
        drawn = (await paint(desk, session))["setup"]
        assert "There is no folder at nowhere." in drawn
        assert 'data-into="papers"' in drawn
        (papers / "footnote").mkdir()
        await do(desk, session, "folder-go", place=str(papers / "footnote"))
        assert "nowhere" not in (await paint(desk, session))["setup"]
        await do(desk, session, "folder-add")
        assert "Footnote keeps the library itself in" in (await paint(desk, session))["setup"]
        assert session.notice == ""
        await do(desk, session, "folder-close")
        drawn = await paint(desk, session)
        assert drawn["setup"] == ""
        assert "Footnote keeps" not in drawn["library"]

    run(work())


@pytest.mark.parametrize("action", sorted(FOLDER_ACTIONS))
def test_a_page_that_others_can_reach_does_nothing_with_folders(papers: Path, action: str) -> None:
    """Whoever sends the action all the same is refused, sees no folder, and changes nothing."""

    async def work() -> None:
        assistant = Watchful()
        folder = await assistant.folders.add(str(papers), watched=False)
        desk, session = await opened(assistant, local=False)
        desk.folders.resume()
        session.choosing = await assistant.folders.look_into(str(papers))
        assistant.folders.looked_into.clear()
        await do(desk, session, action, place=str(papers), into="home", folder=folder.id, watched="yes")
        await asyncio.sleep(0.05)
        assert session.notice.startswith("Folders can only be added where this page cannot be reached")
        assert assistant.folders.looked_into == []
        assert assistant.folders.followed == []
        assert assistant.folders.all() == (folder,)

    run(work())


def test_a_page_that_others_can_reach_neither_offers_nor_names_folders(papers: Path) -> None:
    async def work() -> None:
        assistant = Watchful()
        await assistant.folders.add(str(papers), watched=False)
        for local in (True, False):
            desk, session = await opened(assistant, local=local)
            desk.folders.resume()
            drawn = await paint(desk, session)
            assert ("watch a folder" in drawn["drop"]) is local
            assert ("kept-folders" in drawn["library"]) is local

    run(work())


def test_a_folder_that_was_taken_off_the_list_elsewhere_is_said_to_be() -> None:
    async def work() -> None:
        desk, session = await opened(Watchful())
        await do(desk, session, "folder-watch", folder="gone", watched="yes")
        assert session.notice == "This folder was taken off the list meanwhile. Add it again if it is needed."

    run(work())
