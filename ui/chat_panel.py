"""What a person can do in the middle pane: ask, stop, try again, and choose how thoroughly is searched."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rag.evidence import Mode
from rag.planning.plan import Plan
from rag.sentences import EMPTY_COLLECTION, NO_DOCUMENTS, NONE_CHOSEN, STILL_ANSWERING
from ui.render.searches import FILTER_FIELD
from ui.session import Tab

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ui.actions import Action
    from ui.desk import Desk
    from ui.session import Session

__all__ = ["CHAT_ACTIONS"]


async def _ask(desk: Desk, session: Session, fields: Mapping[str, str]) -> None:
    """Begin to answer a question, or say in the session's notice why not."""
    await _put(desk, session, fields["question"].strip(), None)


async def _put(desk: Desk, session: Session, question: str, plan: Plan | None) -> None:
    desk.look()
    session.notice = _obstacle(desk, session)
    if not question or session.notice:
        return
    session.asking = True
    try:
        await _begin(desk, session, question, plan)
    finally:
        session.asking = False


async def _begin(desk: Desk, session: Session, question: str, plan: Plan | None) -> None:
    if session.conversation_id is None:
        session.conversation_id = (await asyncio.to_thread(desk.assistant.new_conversation)).id
    session.note_collection(session.conversation_id)
    turn_id = await desk.assistant.start(
        question,
        conversation_id=session.conversation_id,
        scope=session.scope(desk.documents, desk.collections),
        mode=session.mode or desk.mode,
        plan=plan,
    )
    desk.refresh()
    desk.attend(turn_id, question)
    session.look_at(None)
    session.tab = Tab.EVIDENCE


def _obstacle(desk: Desk, session: Session) -> str:
    if not desk.documents:
        return NO_DOCUMENTS
    if not session.listed(desk.documents, desk.collections):
        return EMPTY_COLLECTION
    if session.scope(desk.documents, desk.collections) == frozenset():
        return NONE_CHOSEN
    if session.asking or desk.growing(session.conversation_id) is not None:
        return STILL_ANSWERING
    return ""


async def _retry(desk: Desk, session: Session, fields: Mapping[str, str]) -> None:
    turns = desk.turns(session.conversation_id)
    question = next((each.question for each in turns if each.id == fields["turn"]), "")
    await _ask(desk, session, {"question": question})


async def _search_again(desk: Desk, session: Session, fields: Mapping[str, str]) -> None:
    """Ask a question once more, searching for what the person has written."""
    turn = next((each for each in desk.turns(session.conversation_id) if each.id == fields["turn"]), None)
    before = desk.answer(turn).plan if turn is not None else None
    if turn is None or before is None:
        return
    ticked = [place for place in range(len(before.filters)) if fields.get(FILTER_FIELD.format(place))]
    plan = before.rewritten(fields["searches"].splitlines(), ticked) or Plan.plain(turn.question)
    await _put(desk, session, turn.question, plan)


async def _stop(desk: Desk, session: Session, _fields: Mapping[str, str]) -> None:
    growing = desk.growing(session.conversation_id)
    if growing is not None:
        await desk.assistant.stop(growing.turn_id)


async def _mode(_desk: Desk, session: Session, fields: Mapping[str, str]) -> None:
    session.mode = Mode(fields["value"])


async def _dismiss_notice(_desk: Desk, session: Session, _fields: Mapping[str, str]) -> None:
    session.notice = ""


CHAT_ACTIONS: dict[str, Action] = {
    "ask": _ask,
    "dismiss-notice": _dismiss_notice,
    "mode": _mode,
    "retry": _retry,
    "search-again": _search_again,
    "stop": _stop,
    "suggest": _ask,
}
