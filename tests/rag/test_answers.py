"""Answers of conversations: saved as they grow, and ended for everyone whatever the disk does."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from rag.answers import Answers
from rag.draft import begin
from rag.events import AnswerEvent, Finished, TextDelta
from rag.evidence import Answer, Outcome
from storage.conversations import ConversationStore
from storage.database import Database
from storage.errors import FolderUnusable
from storage.migrations import migrate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from storage.records import Turn


class _FullDisk(ConversationStore):
    """A store on which nothing more can be written."""

    def save_turn(self, turn_id: str, **_: object) -> None:
        raise FolderUnusable(self.folder, turn_id)

    folder: Path


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """A real one."""
    database = Database(tmp_path / "footnote.db")
    migrate(database)
    return database


async def _slow(emit: Callable[[AnswerEvent], None]) -> Answer:
    emit(TextDelta("It "))
    await asyncio.sleep(60)
    return begin("never")


def _begun(store: ConversationStore) -> tuple[Answers, Turn]:
    turn = store.add_turn(store.create("").id, "What is it?")
    answers = Answers(store)
    answers.begin(turn, begin(turn.question), _slow)
    return answers, turn


def test_an_answer_that_is_stopped_at_once_is_ended_and_saved(database: Database) -> None:
    """Before its task has taken a step: watchers are let go and the store knows."""
    store = ConversationStore(database)

    async def test() -> None:
        answers, turn = _begun(store)
        await answers.stop(turn.id)
        assert turn.id not in answers._going
        assert store.turn(turn.id).outcome == Outcome.INTERRUPTED

    asyncio.run(test())


def test_a_disk_that_is_full_holds_no_watcher_and_blocks_no_conversation(database: Database, tmp_path: Path) -> None:
    """What cannot be saved is still shown, and the next question can be asked."""
    store = _FullDisk(database)
    store.folder = tmp_path

    async def test() -> None:
        answers, turn = _begun(store)
        watching = asyncio.create_task(_last(answers, turn))
        await asyncio.sleep(0.05)
        await answers.stop(turn.id)
        event = await asyncio.wait_for(watching, 5)
        assert isinstance(event, Finished)
        assert event.answer.text == "It "
        assert turn.id not in answers._going

    asyncio.run(test())


async def _last(answers: Answers, turn: Turn) -> AnswerEvent:
    return [event async for event in answers.watch(turn.id)][-1]


def test_the_end_of_the_program_keeps_what_was_written(database: Database) -> None:
    """The event loop ends in mid-answer."""
    store = ConversationStore(database)
    begun: list[Turn] = []

    async def test() -> None:
        _answers, turn = _begun(store)
        begun.append(turn)
        await asyncio.sleep(0.05)

    asyncio.run(test())
    assert (store.turn(begun[0].id).outcome, store.turn(begun[0].id).text) == (Outcome.INTERRUPTED, "It ")
