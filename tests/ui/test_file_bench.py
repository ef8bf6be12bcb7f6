"""Files on their way into the library: cancelled, unlocked, decided about, and read on."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from rag.sentences import LOCKED, SAME_NAME, WRONG_PASSWORD
from tests.ui.desk_bench import Watchful, copies, opened, run, until
from ui.actions import act
from ui.painting import follow, paint

if TYPE_CHECKING:
    from pathlib import Path

    from storage.records import Document
    from ui.desk import Desk


def key_of(desk: Desk, file: str) -> str:
    return next(row.key for row in desk.files.rows.values() if row.file == file)


def test_reading_can_be_cancelled_and_what_was_finished_stays(tmp_path: Path) -> None:
    """One file or all of them; what was said of the others stays until it is dismissed."""

    async def work() -> None:
        assistant = Watchful(filled=False, pace=0.02)
        desk, session = await opened(assistant)
        names = ("a.pdf", "damaged.pdf", "b.pdf", "odd.zzz", "c.pdf", "d.pdf", "e.pdf")
        await desk.files.hand_over(copies(tmp_path, names))
        await until(lambda: any(row.file == "b.pdf" and row.pages_read for row in desk.files.rows.values()))
        drawn = (await paint(desk, session))["library"]
        assert 'aria-label="Cancel reading b.pdf"' in drawn
        assert "Cancel all 5" in drawn
        await act(desk, session, {"action": "cancel-reading", "row": key_of(desk, "b.pdf")})
        await until(lambda: any(row.file == "c.pdf" and row.pages_read for row in desk.files.rows.values()))
        await act(desk, session, {"action": "cancel-all"})
        async for _ in follow(desk, session):
            pass
        assert [row.file for row in desk.files.rows.values()] == ["damaged.pdf", "odd.zzz"]
        assert [each.name for each in assistant.documents()] == ["a.pdf"]
        drawn = (await paint(desk, session))["library"]
        assert "Cancel" not in drawn
        assert "Dismiss all 2 notes" in drawn
        await act(desk, session, {"action": "dismiss-all"})
        assert desk.files.rows == {}

    run(work())


def test_thousands_of_files_are_given_up_in_one_go(tmp_path: Path) -> None:
    """One by one, each with a change of its own on the disk, they would take a minute."""
    asked: list[tuple[str, ...]] = []

    class Counting(Watchful):
        async def cancel_reading(self, *keys: str) -> None:
            asked.append(keys)
            await super().cancel_reading(*keys)

    async def work() -> None:
        desk, session = await opened(Counting(filled=False, pace=0.02))
        await desk.files.hand_over(copies(tmp_path, [f"{number}.pdf" for number in range(300)]))
        await act(desk, session, {"action": "cancel-all"})
        assert [len(keys) for keys in asked] == [300]
        assert desk.files.rows == {}

    run(work())


def test_looking_at_many_documents_takes_little_of_the_time(tmp_path: Path) -> None:
    """After each of thousands of files it would take most of it; at the end all of them are there."""
    looks: list[float] = []

    class Large(Watchful):
        def documents(self) -> tuple[Document, ...]:
            begun = time.monotonic()
            time.sleep(0.02)
            looks.append(time.monotonic() - begun)
            return super().documents()

    async def work() -> None:
        desk, session = await opened(Large(filled=False, pace=0.001), look_every=60.0)
        looks.clear()
        begun = time.monotonic()
        await desk.files.hand_over(copies(tmp_path, [f"{number}.pdf" for number in range(60)]))
        async for _ in follow(desk, session):
            pass
        assert len(desk.documents) == 60
        assert sum(looks) < 0.2 * (time.monotonic() - begun)

    run(work())


def test_what_comes_while_files_are_read_is_read_after_them(tmp_path: Path) -> None:
    """Nobody has to wait with the next handful, nor give it again."""

    async def work() -> None:
        desk, session = await opened(Watchful(filled=False))
        for name in ("a.pdf", "b.pdf"):
            (tmp_path / name).mkdir()
            await desk.files.hand_over(copies(tmp_path / name, (name,)))
        async for _ in follow(desk, session):
            pass
        assert sorted(each.name for each in desk.documents) == ["a.pdf", "b.pdf"]
        assert desk.files.rows == {}

    run(work())


def test_what_an_earlier_run_left_waiting_is_read(tmp_path: Path) -> None:
    """It was handed over, and the program ended before its turn came."""

    async def work() -> None:
        assistant = Watchful(filled=False)
        await assistant.hand_over(copies(tmp_path, ("a.pdf",)))
        desk, session = await opened(assistant)
        async for _ in follow(desk, session):
            pass
        assert [each.name for each in desk.documents] == ["a.pdf"]

    run(work())


def test_a_locked_file_asks_for_its_password(tmp_path: Path) -> None:
    """Once more where it was wrong; it stays beside files that need nothing."""

    async def work() -> None:
        assistant = Watchful(filled=False)
        desk, session = await opened(assistant)
        await desk.files.hand_over(copies(tmp_path, ("locked.pdf", "b.pdf")))
        for password, said in (("Secret", LOCKED), ("secret", WRONG_PASSWORD)):
            async for _ in follow(desk, session):
                pass
            drawn = (await paint(desk, session))["library"]
            assert 'aria-label="Password of locked.pdf"' in drawn
            assert said in drawn
            await act(desk, session, {"action": "unlock", "row": key_of(desk, "locked.pdf"), "value": password})
        async for _ in follow(desk, session):
            pass
        assert sorted(each.name for each in desk.documents) == ["b.pdf", "locked.pdf"]

    run(work())


@pytest.mark.parametrize("decision", ["replace", "keep"])
def test_a_file_with_a_known_name_asks_what_to_do(decision: str, tmp_path: Path) -> None:
    """It waits for the answer, and nothing else waits for it."""

    async def work() -> None:
        assistant = Watchful(filled=False)
        desk, session = await opened(assistant)
        await desk.files.hand_over(copies(tmp_path, ("known.pdf", "b.pdf")))
        async for _ in follow(desk, session):
            pass
        assert SAME_NAME in (await paint(desk, session))["library"]
        assert [each.name for each in desk.documents] == ["b.pdf"]
        await act(desk, session, {"action": "decide", "row": key_of(desk, "known.pdf"), "decision": decision})
        async for _ in follow(desk, session):
            pass
        assert desk.files.rows == {}
        assert len(desk.documents) == 2

    run(work())


def test_a_row_whose_file_nobody_waits_for_any_more_goes(tmp_path: Path) -> None:
    """It was given up in another way; reading must not be begun for it again and again."""

    async def work() -> None:
        assistant = Watchful(filled=False)
        desk, session = await opened(assistant)
        await desk.files.hand_over(copies(tmp_path, ("a.pdf",)))
        await assistant.cancel_reading(key_of(desk, "a.pdf"))
        async for _ in follow(desk, session):
            pass
        assert desk.files.rows == {}

    run(work())
