"""Going over to another embedding model is seen at the foot of every page, and can be stopped and taken up there."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

from rag.events import GoneOver, Reencoded, ReencodingFailed
from tests.ui.fake_assistant import FakeAssistant
from ui.actions import act
from ui.desk import Desk
from ui.painting import paint
from ui.server import served
from ui.session import Session

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from rag.events import ReencodingEvent

MODEL = "intfloat/multilingual-e5-small"


async def foot(desk: Desk) -> str:
    return (await paint(desk, Session()))["status"]


async def until_idle(desk: Desk) -> None:
    while desk.embedding.busy:  # noqa: ASYNC110  (the desk has a task of its own)
        await asyncio.sleep(0.001)


def test_it_is_counted_while_it_goes_on_and_gone_afterwards() -> None:
    async def watch() -> list[str]:
        assistant = FakeAssistant(pace=0.01)
        assistant.reencoding = (Reencoded(MODEL, 12, 40), Reencoded(MODEL, 40, 40), GoneOver(MODEL))
        desk, seen = Desk(assistant, local=True), []
        desk.embedding.resume()
        with desk.watched() as rung:
            while desk.embedding.busy:
                rung.clear()
                seen.append(await foot(desk))
                await rung.wait()
        return [*seen, await foot(desk)]

    *during, after = asyncio.run(watch())

    assert any("Encoding passages for multilingual-e5-small: 12 of 40" in drawn for drawn in during)
    assert "Encoding" not in after


def test_it_can_be_stopped_and_goes_on_when_asked_to() -> None:
    async def stop_and_go() -> tuple[str, bool, bool]:
        assistant = FakeAssistant(pace=0.05)
        assistant.reencoding = (Reencoded(MODEL, 12, 40), Reencoded(MODEL, 13, 40), GoneOver(MODEL))
        desk = Desk(assistant, local=True)
        desk.embedding.resume()
        while desk.embedding.view.state is None:  # noqa: ASYNC110  (as above)
            await asyncio.sleep(0.001)
        await act(desk, Session(), {"action": "reencode-stop"})
        await until_idle(desk)
        stopped = await foot(desk)
        await act(desk, Session(), {"action": "reencode"})
        going = desk.embedding.busy
        await until_idle(desk)
        return stopped, going, desk.embedding.view.state is None

    stopped, going, done = asyncio.run(stop_and_go())

    assert "12 of 40" in stopped
    assert 'data-action="reencode"' in stopped
    assert going
    assert done


def test_the_program_begins_by_itself_whether_or_not_anybody_opens_the_page() -> None:
    begun = threading.Event()

    class Noting(FakeAssistant):
        async def reencode(self) -> AsyncGenerator[ReencodingEvent, None]:
            begun.set()
            async for event in super().reencode():
                yield event

    with served(Noting()):
        assert begun.wait(60)


def test_why_it_cannot_be_done_is_said_and_tried_again() -> None:
    async def fail() -> tuple[str, str]:
        assistant = FakeAssistant()
        assistant.reencoding = (ReencodingFailed(MODEL, "It is <not> here."),)
        desk, remote = Desk(assistant, local=True), Desk(assistant)
        for each in (desk, remote):
            each.embedding.resume()
            await until_idle(each)
        return await foot(desk), await foot(remote)

    here, elsewhere = asyncio.run(fail())

    assert "It is &lt;not&gt; here." in here
    assert 'data-action="reencode"' in here
    assert "not" not in elsewhere  # what is on this computer is nobody else's to know
