"""When the page is painted: what changes is shown, no oftener than a browser can follow, and nobody is overtaken."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise
from typing import TYPE_CHECKING

from tests.ui.fake_assistant import FakeAssistant
from ui.actions import act
from ui.desk import Desk
from ui.painting import PANELS, follow, paint
from ui.session import Session

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 60))


async def asked(desk: Desk, session: Session, question: str = "How much notice?") -> None:
    await act(desk, session, {"action": "load"})
    await act(desk, session, {"action": "ask", "question": question})


def test_an_answer_is_painted_at_most_twelve_times_a_second() -> None:
    """However fast the words come."""

    async def work() -> None:
        desk, session = Desk(FakeAssistant(pace=0.004)), Session()
        await asked(desk, session)
        times = [time.monotonic() async for changed in follow(desk, session) if changed]
        gaps = [later - earlier for earlier, later in pairwise(times)]
        assert len(gaps) > 2
        assert min(gaps) >= 1 / 12 - 0.005

    run(work())


def test_the_end_of_an_answer_is_always_painted() -> None:
    """Even when it comes while Gradio is handing over the paint before it."""

    async def work() -> None:
        desk, session = Desk(FakeAssistant(model="", pace=0.001)), Session()
        await asked(desk, session)
        async for _ in follow(desk, session):
            await asyncio.sleep(0.05)
        assert session.shown["live"] == ""
        assert "Try again" in session.shown["thread"]

    run(work())


def test_why_nobody_writes_answers_is_said_once_in_a_conversation() -> None:
    """Who goes without a language model need not read it below every quote; the way out stays below the library."""

    async def work() -> None:
        desk, session = Desk(FakeAssistant(model="", pace=0.001)), Session()
        await asked(desk, session)
        for question, told in (("", 1), ("Who pays for repairs?", 0)):
            if question:
                await act(desk, session, {"action": "ask", "question": question})
            async for _ in follow(desk, session):
                pass
            assert session.shown["thread"].count("Set up written answers") == told
        assert "set one up" in session.shown["status"]
        await act(desk, session, {"action": "new-conversation"})
        await act(desk, session, {"action": "ask", "question": "How much notice?"})
        async for _ in follow(desk, session):
            pass
        assert session.shown["thread"].count("Set up written answers") == 1

    run(work())


def test_why_nobody_writes_answers_is_said_again_where_somebody_has_meanwhile() -> None:
    """Who has had a written answer is to be told why the next one is not."""

    async def work() -> None:
        assistant = FakeAssistant(model="", pace=0.001)
        desk, session = Desk(assistant), Session()
        await asked(desk, session)
        for question, model, told in (("", "", 1), ("Who repairs it?", "granite4.1:3b", 0), ("How much?", "", 1)):
            assistant.model = model
            if question:
                await act(desk, session, {"action": "ask", "question": question})
            async for _ in follow(desk, session):
                pass
            assert session.shown["thread"].count("Set up written answers") == told

    run(work())


def test_only_what_changed_is_sent() -> None:
    """A second look at an idle page sends nothing."""

    async def work() -> None:
        desk, session = Desk(FakeAssistant()), Session()
        await act(desk, session, {"action": "load"})
        first = [changed async for changed in follow(desk, session)]
        assert set(first[0]) == set(PANELS)
        assert not any([changed async for changed in follow(desk, session)])

    run(work())


def test_a_later_stream_takes_over_and_the_earlier_one_ends() -> None:
    """Two at once could reach the browser in the wrong order."""

    async def work() -> None:
        desk, session = Desk(FakeAssistant(pace=0.05)), Session()
        await asked(desk, session)
        earlier = follow(desk, session)
        await anext(earlier)
        rest = asyncio.create_task(drained(earlier))
        await asyncio.sleep(0.1)
        later = follow(desk, session)
        await anext(later)
        assert rest.done()
        await drained(later)

    async def drained(stream: Any) -> None:
        async for _ in stream:
            pass

    run(work())


def test_an_answer_outlives_the_page_that_asked() -> None:
    """It belongs to the desk; whoever opens the conversation next finds it."""

    async def work() -> None:
        desk, session = Desk(FakeAssistant(pace=0.002)), Session()
        await asked(desk, session)
        stream = follow(desk, session)
        await anext(stream)
        await stream.aclose()
        other = Session()
        await act(desk, other, {"action": "load", "memo": session.memo()})
        assert [changed async for changed in follow(desk, other)]
        assert "Try again" in other.shown["thread"]

    run(work())


def test_an_action_that_fails_leaves_a_sentence_and_no_traceback() -> None:
    """Whatever the browser sends."""

    async def work() -> None:
        desk, session = Desk(FakeAssistant()), Session()
        await act(desk, session, {"action": "load"})
        await act(desk, session, {"action": "turn-page", "page": "not a number"})
        assert session.notice
        assert session.notice in (await paint(desk, session))["head"]
        await act(desk, session, {"action": "no such thing"})
        await act(desk, session, {})

    run(work())


def test_only_files_that_this_page_handed_over_are_read() -> None:
    """A path comes from the browser, and could name anything on this computer."""

    async def work() -> None:
        assistant = FakeAssistant()
        desk, session = Desk(assistant), Session()
        files = '[{"path": "/etc/hostname", "name": "notes.txt"}, {"path": "../../secret", "name": "x"}]'
        await act(desk, session, {"action": "add", "files": files})
        await asyncio.sleep(0.05)
        assert assistant.ingested == []
        assert desk.files.rows == {}

    run(work())
