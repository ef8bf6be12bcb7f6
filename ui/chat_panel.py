"""What a person can do in the middle pane: ask, stop, try again, and choose how thoroughly is searched."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rag.evidence import Mode
from rag.sentences import EMPTY_COLLECTION, NO_DOCUMENTS, NONE_CHOSEN, STILL_ANSWERING
from ui.session import Tab

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ui.actions import Action
    from ui.desk import Desk
    from ui.session import Session

__all__ = ["CHAT_ACTIONS"]


async def _ask(desk: Desk, session: Session, fields: Mapping[str, str]) -> None:
    """Begin to answer a question, or say in the session's notice why not."""
    question = fields["question"].strip()
    desk.look()
    session.notice = _obstacle(desk, session)
    if not question or session.notice:
        return
    session.asking = True
    try:
        await _begin(desk, session, question)
    finally:
        session.asking = False


async def _begin(desk: Desk, session: Session, question: str) -> None:
    if session.conversation_id is None:
        session.conversation_id = (await asyncio.to_thread(desk.assistant.new_conversation)).id
    session.note_collection(session.conversation_id)
    turn_id = await desk.assistant.start(
        question,
        conversation_id=session.conversation_id,
        scope=session.scope(desk.documents, desk.collections),
        mode=session.mode or desk.mode,
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
    "stop": _stop,
    "suggest": _ask,
}
