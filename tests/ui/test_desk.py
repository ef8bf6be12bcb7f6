"""What goes on for every tab at once: it is up to date, it is bounded, and it can be stopped."""

from __future__ import annotations

import asyncio
import re
import threading
from typing import TYPE_CHECKING

import pytest

from rag.evidence import Mode
from rag.retelling import without_documents
from tests.ui.desk_bench import Watchful, copies, opened, run, until
from tests.ui.tenancy import LEASE, document
from ui.actions import act
from ui.painting import follow, paint
from ui.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from rag.evidence import Answer
    from storage.records import Turn

MANUAL = document("Boiler manual.pdf", LEASE.media_type, LEASE.unit, 12, 36)


def test_a_question_is_asked_of_what_another_program_has_just_added() -> None:
    """The page was empty when it was opened, and nobody has loaded it anew."""

    async def work() -> None:
        assistant = Watchful(filled=False)
        desk, session = await opened(assistant)
        assistant.add_elsewhere(MANUAL)
        await act(desk, session, {"action": "ask", "question": "How is it lit?"})
        assert session.notice == ""
        assert [scope for _, scope, _ in assistant.asked] == [None]

    run(work())


def test_a_document_added_elsewhere_is_searched_although_another_is_left_out() -> None:
    """Who unticks one document leaves out that one, and nothing that comes later."""

    async def work() -> None:
        assistant = Watchful()
        desk, session = await opened(assistant)
        await act(desk, session, {"action": "scope", "document": LEASE.id})
        assistant.add_elsewhere(MANUAL)
        await act(desk, session, {"action": "ask", "question": "How is it lit?"})
        scope = assistant.asked[0][1]
        assert scope is not None
        assert MANUAL.id in scope
        assert LEASE.id not in scope

    run(work())


def test_the_empty_page_of_a_team_says_where_documents_are_kept() -> None:
    async def work() -> None:
        assistant = Watchful(filled=False)
        assistant.shared_at = "s3://team/papers"
        desk, session = await opened(assistant)
        panels = await paint(desk, session)
        assert "stay on it" not in panels["library"]
        assert "where all of your team find them" in panels["library"]

    run(work())


def test_an_open_page_shows_what_other_programs_add() -> None:
    """Within seconds, and without being touched."""

    async def work() -> None:
        assistant = Watchful()
        desk, session = await opened(assistant, look_every=0.02)
        shown: dict[str, str] = {}
        async for changed in follow(desk, session, linger=1.0):
            shown |= changed
            if MANUAL not in assistant.documents():
                assistant.add_elsewhere(MANUAL)
            if MANUAL.name in shown["library"]:
                return
        pytest.fail("it was never shown")

    run(work())


def test_nobody_looks_at_the_library_for_a_page_that_is_not_looked_at() -> None:
    async def work() -> None:
        desk, session = await opened(Watchful(), look_every=0.01)
        async for _ in follow(desk, session):
            pass
        await until(lambda: not desk._tasks)

    run(work())


def test_the_setting_says_how_thoroughly_until_the_person_does() -> None:
    async def work() -> None:
        assistant = Watchful(mode=Mode.THOROUGH)
        desk, session = await opened(assistant)
        assert (
            '<option value="thorough" title="weighs 200 passages, the best of them twice" selected>'
            in ((await paint(desk, session))["head"])
        )
        await act(desk, session, {"action": "ask", "question": "How much notice?"})
        chosen = Session(conversation_id=None)
        await act(desk, chosen, {"action": "mode", "value": "fast"})
        await act(desk, chosen, {"action": "ask", "question": "How much notice?"})
        assert [mode for _, _, mode in assistant.asked] == [Mode.THOROUGH, Mode.FAST]

    run(work())


def test_suggestions_are_worked_out_beside_the_loop_and_once_for_a_drop(tmp_path: Path) -> None:
    """They read whole documents."""

    async def work() -> None:
        assistant = Watchful(filled=False)
        desk, session = await opened(assistant)
        await desk.files.hand_over(copies(tmp_path, ("a.pdf", "b.pdf", "c.pdf")))
        async for _ in follow(desk, session):
            pass
        assert len(desk.documents) == 3
        assert desk.suggestions
        assert len(assistant.suggested_in) == 1
        assert threading.get_ident() not in assistant.suggested_in

    run(work())


def test_a_growing_answer_is_painted_without_asking_for_its_conversation_again() -> None:
    async def work() -> None:
        assistant = Watchful(pace=0.01)
        desk, session = await opened(assistant)
        await act(desk, session, {"action": "ask", "question": "How much notice?"})
        paints = [changed async for changed in follow(desk, session) if changed]
        assert len(paints) > 4
        assert assistant.turns_asked <= 4

    run(work())


def test_waiting_for_a_model_says_how_long_it_has_lasted() -> None:
    """Second by second, so that nobody takes it for dead; nothing is painted more often for that."""

    async def work() -> None:
        desk, session = await opened(Watchful(pace=0.006))
        await act(desk, session, {"action": "ask", "question": "Be slow: how much notice?"})
        drawn = "".join([changed.get("live", "") async for changed in follow(desk, session)])
        first, *counted = re.findall(r"Waiting for llama3.2:3b…([^<]*)<", drawn)
        seconds = [int(each.removesuffix(" s")) for each in counted]
        assert first == ""
        assert 2 <= len(seconds) <= 3
        assert seconds == sorted(set(seconds))
        assert "Writing… " not in drawn

    run(work())


def test_an_answer_that_has_ended_grows_no_more_and_is_said_aloud() -> None:
    async def work() -> None:
        desk, session = await opened(Watchful())
        await act(desk, session, {"action": "ask", "question": "How much notice?"})
        assert len(desk.live) == 1
        async for _ in follow(desk, session):
            pass
        assert desk.live == {}
        (turn,) = desk.turns(session.conversation_id)
        assert desk.answer(turn).weighed == 4
        assert "two calendar months" in (await paint(desk, session))["said"]

    run(work())


def test_a_second_click_asks_nothing_a_second_time() -> None:
    """Not while the first one's question is still being handed over, with or without a conversation."""

    async def work() -> None:
        assistant = Watchful()
        desk, session = await opened(assistant)
        for question in ("How much notice?", "And the deposit?"):
            asking = {"action": "ask", "question": question}
            await asyncio.gather(act(desk, session, asking), act(desk, session, asking))
            assert session.notice.startswith("One answer at a time")
            async for _ in follow(desk, session):
                pass
        assert [question for question, _, _ in assistant.asked] == ["How much notice?", "And the deposit?"]
        assert len(desk.conversations) == 1

    run(work())


# removing


class Removing(Watchful):
    """Takes its time over a removal, and afterwards has other answers than before."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = asyncio.Event()

    async def remove(self, document_id: str, *, keep_quotes: bool = False) -> int:
        """Wait to be told, then remove."""
        await self.let_go.wait()
        return await super().remove(document_id, keep_quotes=keep_quotes)

    def answer_of(self, turn: Turn) -> Answer:
        """As it is kept, until something was removed."""
        answer = super().answer_of(turn)
        return without_documents(answer, frozenset(each for each, _ in self.removed))


def test_a_removal_is_shown_while_it_goes_on_and_then_what_it_freed() -> None:
    async def work() -> None:
        assistant = Removing()
        desk, session = await opened(assistant)
        await act(desk, session, {"action": "remove-ask", "document": LEASE.id})
        removal = asyncio.create_task(act(desk, session, {"action": "remove", "document": LEASE.id}))
        await until(lambda: bool(desk.removing))
        shown = (await paint(desk, session))["library"]
        assert f'aria-label="Removing {LEASE.name}"' in shown
        assert f'aria-label="Search {LEASE.name}"' not in shown
        assistant.let_go.set()
        await removal
        panels = await paint(desk, session)
        assert LEASE.name not in panels["library"]
        assert f"{LEASE.name}: removed, 120.0 kB freed." in panels["head"]
        assert assistant.removed == [(LEASE.id, False)]

    run(work())


def test_what_is_ticked_is_done_and_ticked_anew_for_the_next() -> None:
    """Nobody who wants one document's quotes to stay has said so of the next."""

    async def work() -> None:
        assistant = Removing()
        assistant.let_go.set()
        desk, session = await opened(assistant)
        first, second = desk.documents[:2]
        for each, ticks in ((first, 1), (second, 2)):
            await act(desk, session, {"action": "remove-ask", "document": each.id})
            assert 'aria-checked="true" data-action="remove-quotes"' in (await paint(desk, session))["library"]
            for _ in range(ticks):
                await act(desk, session, {"action": "remove-quotes"})
            await act(desk, session, {"action": "remove", "document": each.id})
        assert assistant.removed == [(first.id, True), (second.id, False)]

    run(work())


def test_an_answer_on_the_page_loses_its_quotes_with_the_document() -> None:
    """Also what was drawn of it before."""

    async def work() -> None:
        assistant = Removing()
        assistant.let_go.set()
        desk, session = await opened(assistant)
        await act(desk, session, {"action": "ask", "question": "How much notice?"})
        await until(lambda: bool(desk.ended))
        assert LEASE.name in (await paint(desk, session))["thread"]
        await act(desk, session, {"action": "remove", "document": LEASE.id})
        panels = await paint(desk, session)
        assert LEASE.name not in panels["thread"] + panels["evidence"]
        assert "calendar months" not in panels["thread"] + panels["evidence"]
        assert "a removed document" in panels["thread"]

    run(work())


def test_removing_what_another_program_has_removed_does_nothing() -> None:
    async def work() -> None:
        assistant = Removing()
        desk, session = await opened(assistant)
        await act(desk, session, {"action": "remove", "document": "gone"})
        assert (assistant.removed, session.notice) == ([], "")

    run(work())
