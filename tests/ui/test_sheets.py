"""Pages are drawn beside everything else: none of them holds up the chat, and none is drawn twice."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.errors import ReaderDied
from tests.ui.fake_assistant import FakeAssistant
from ui.actions import act
from ui.desk import Desk
from ui.painting import follow, paint
from ui.session import Session, Tab

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence
    from typing import Any

    from rag.evidence import Span
    from rag.reading_messages import PageImage


class SlowPages(FakeAssistant):
    """Takes ``seconds`` for the picture of a page."""

    def __init__(self, seconds: float) -> None:
        super().__init__(pace=0.01)
        self.seconds = seconds
        self.drawn = 0
        self.at_once = 0
        self._drawing = 0

    async def page_image(self, document_id: str, page: int, spans: Sequence[Span]) -> PageImage:
        """Draw it in the end."""
        self.drawn += 1
        self._drawing += 1
        self.at_once = max(self.at_once, self._drawing)
        await asyncio.sleep(self.seconds)
        self._drawing -= 1
        return await super().page_image(document_id, page, spans)


class BrokenPages(SlowPages):
    """Has no picture of any page."""

    async def page_image(self, document_id: str, page: int, spans: Sequence[Span]) -> PageImage:
        """Fail as a reading process does that has died."""
        await super().page_image(document_id, page, spans)
        raise ReaderDied("Lease agreement 2024.pdf")


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


async def answered(assistant: FakeAssistant) -> tuple[Desk, Session]:
    """Ask, and wait for the answer."""
    desk, session = Desk(assistant), Session()
    await act(desk, session, {"action": "load", "memo": ""})
    await act(desk, session, {"action": "ask", "question": "How much notice?"})
    async for _ in follow(desk, session):
        pass
    return desk, session


def test_a_slow_page_says_that_it_is_being_drawn_and_comes_later() -> None:
    async def work() -> None:
        assistant = SlowPages(0.4)
        desk, session = await answered(assistant)
        session.tab = Tab.PAGE
        session.page = 7
        assert "Drawing the page" in (await paint(desk, session))["evidence"]
        paints = [changed["evidence"] async for changed in follow(desk, session) if "evidence" in changed]
        assert "page 7 of 18" in paints[-1]

    run(work())


def test_a_slow_page_holds_up_no_repaint_of_the_chat() -> None:
    async def work() -> None:
        assistant = SlowPages(0.0)
        desk, session = await answered(assistant)
        assistant.seconds, session.page = 30.0, 7
        started = asyncio.get_running_loop().time()
        for tab in Tab:
            session.tab = tab
            await paint(desk, session)
        assert asyncio.get_running_loop().time() - started < 10
        assert desk.sheets.busy

    run(work())


def test_a_page_that_cannot_be_drawn_says_why_and_is_tried_once() -> None:
    async def work() -> None:
        assistant = BrokenPages(0.0)
        desk, session = await answered(assistant)
        session.tab = Tab.PAGE
        tried = assistant.drawn
        for _ in range(5):
            painted = (await paint(desk, session))["evidence"]
        assert "Reading this file failed or took too long." in painted
        assert assistant.drawn == tried

        assistant.page_image = SlowPages(0.0).page_image  # type: ignore[method-assign]
        await act(desk, session, {"action": "refresh"})
        assert "page 6 of 18" in (await paint(desk, session))["evidence"], "another time there may be one"

    run(work())


def test_a_bug_in_drawing_is_met_once_and_ends_the_wait() -> None:
    class Bug(SlowPages):
        async def page_image(self, document_id: str, page: int, spans: Sequence[Span]) -> PageImage:
            await super().page_image(document_id, page, spans)
            raise KeyError(page)

    async def work() -> None:
        assistant = Bug(0.0)
        desk, session = await answered(assistant)
        session.tab = Tab.PAGE
        async for _ in follow(desk, session):
            pass
        assert "Something unexpected went wrong." in (await paint(desk, session))["evidence"]
        assert assistant.drawn == 1

    run(work())


def test_pages_turned_quickly_are_drawn_one_at_a_time_and_the_last_one_first() -> None:
    """Those in between are left: nobody looks at them any more."""

    async def work() -> None:
        assistant = SlowPages(0.0)
        desk, session = await answered(assistant)
        session.tab, assistant.seconds = Tab.PAGE, 1.2
        for page in range(7, 17):
            session.page = page
            await paint(desk, session)
        async for _ in follow(desk, session):
            pass
        assert "page 16 of 18" in (await paint(desk, session))["evidence"]
        assert assistant.drawn < 10
        assert assistant.at_once == 1

    run(work())


def test_an_answer_that_is_being_made_is_not_said_to_have_found_nothing_or_to_be_stopped() -> None:
    """In any of the tabs, at any moment."""

    async def work() -> None:
        desk, session = Desk(FakeAssistant(pace=0.03)), Session()
        await act(desk, session, {"action": "load", "memo": ""})
        await act(desk, session, {"action": "ask", "question": "How much notice?"})
        seen = ""
        while desk.live:
            for tab in Tab:
                seen += (await paint(desk, replace(session, tab=tab)))["evidence"]
            await asyncio.sleep(0.01)
        assert "Searching your documents…" in seen
        assert "No passage was found" not in seen
        assert "was stopped" not in seen

    run(work())


def test_the_pages_of_a_document_that_was_removed_are_kept_no_longer() -> None:
    async def work() -> None:
        assistant = SlowPages(0.0)
        desk, session = await answered(assistant)
        session.tab = Tab.PAGE
        assert "page 6 of 18" in (await paint(desk, session))["evidence"]
        assistant.page_image = BrokenPages(0.0).page_image  # type: ignore[method-assign]
        await act(desk, session, {"action": "remove", "document": desk.documents[0].id})
        assert "page 6 of 18" not in (await paint(desk, session))["evidence"]

    run(work())
