"""An answer on its way: watchers come and go, Stop ends it, and there is always exactly one terminal event."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.draft import begin
from rag.errors import ModelCrashed
from rag.events import AnswerEvent, Failed, Finished, TextDelta
from rag.evidence import Answer, Outcome
from rag.running import RunningAnswer
from rag.sentences import UNEXPECTED, sentence_for

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import pytest

DRAFT = begin("What is it?")


async def _slow(emit: Callable[[AnswerEvent], None]) -> Answer:
    emit(TextDelta("It "))
    await asyncio.sleep(60)
    return DRAFT


async def _whole(emit: Callable[[AnswerEvent], None]) -> Answer:
    answer = replace(DRAFT, outcome=Outcome.ANSWERED, text="It is.")
    for word in ("It ", "is."):
        emit(TextDelta(word))
        await asyncio.sleep(0)
    emit(Finished(answer))
    return answer


async def _seen(running: RunningAnswer) -> list[AnswerEvent]:
    return [event async for event in running.watch()]


def _run(test: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        await test()

    asyncio.run(main())


def test_every_watcher_sees_everything_from_the_first_event_to_the_terminal_one() -> None:
    """Two watch from the start, one comes when all is over; all see the same."""

    async def test() -> None:
        running = RunningAnswer(DRAFT, _whole)
        early, also_early = await asyncio.gather(_seen(running), _seen(running))
        late = await _seen(running)
        assert early == also_early == late
        assert [type(event) for event in late] == [TextDelta, TextDelta, Finished]

    _run(test)


def test_stop_gives_everyone_an_interrupted_answer_with_what_there_was() -> None:
    """Stop is no error: the text so far is kept."""

    async def test() -> None:
        running = RunningAnswer(DRAFT, _slow)
        watching = asyncio.create_task(_seen(running))
        await asyncio.sleep(0.01)
        await running.stop()
        last = (await watching)[-1]
        assert isinstance(last, Finished)
        assert (last.answer.outcome, last.answer.text) == (Outcome.INTERRUPTED, "It ")

    _run(test)


def test_stopping_an_answer_that_has_ended_changes_nothing() -> None:
    """A click on Stop can come late."""

    async def test() -> None:
        running = RunningAnswer(DRAFT, _whole)
        before = await _seen(running)
        await running.stop()
        assert await _seen(running) == before

    _run(test)


def test_expected_trouble_ends_in_failed_with_its_sentence() -> None:
    """An error of the tree that no stage dealt with still has a sentence."""
    error = ModelCrashed("http://127.0.0.1:11434", "tiny", "out of memory")

    async def fail(_: Callable[[AnswerEvent], None]) -> Answer:
        raise error

    async def test() -> None:
        (event,) = await _seen(RunningAnswer(DRAFT, fail))
        assert isinstance(event, Failed)
        assert event.answer.problem == sentence_for(error)

    _run(test)


def test_a_bug_ends_in_failed_and_goes_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """Nobody waits for ever because of a bug, and nobody loses sight of it."""

    async def break_(_: Callable[[AnswerEvent], None]) -> Answer:
        raise ZeroDivisionError

    async def test() -> None:
        (event,) = await _seen(RunningAnswer(DRAFT, break_))
        assert isinstance(event, Failed)
        assert event.answer.problem == UNEXPECTED
        await asyncio.sleep(0)

    with caplog.at_level(logging.ERROR):
        _run(test)
    assert "ZeroDivisionError" in caplog.text


def test_an_answer_stopped_before_its_first_step_ends_too() -> None:
    """A task that is cancelled at once never runs, so its end has to tell."""

    async def test() -> None:
        running = RunningAnswer(DRAFT, _slow)
        await running.stop()
        (event,) = await _seen(running)
        assert isinstance(event, Finished)
        assert event.answer.outcome is Outcome.INTERRUPTED

    _run(test)
