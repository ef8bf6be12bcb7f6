"""From what was clicked to what is done: the one table of actions, and the one place that catches what goes wrong.

The browser names an action and gives its fields as text. Whatever it sends, the worst that comes of it is a sentence.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from rag.sentences import UNEXPECTED, sentence_for
from storage.errors import FootnoteError
from ui.chat_panel import CHAT_ACTIONS
from ui.collections_panel import COLLECTION_ACTIONS
from ui.evidence_panel import EVIDENCE_ACTIONS
from ui.folders_panel import FOLDER_ACTIONS
from ui.library_panel import LIBRARY_ACTIONS
from ui.setup_panel import SETUP_ACTIONS

if TYPE_CHECKING:
    from ui.desk import Desk
    from ui.session import Session

__all__ = ["ACTIONS", "Action", "act"]

Action = Callable[["Desk", "Session", Mapping[str, str]], Awaitable[None]]

_log = logging.getLogger(__name__)


async def act(desk: Desk, session: Session, fields: Mapping[str, str]) -> None:
    """Do what was asked for; what cannot be done leaves a sentence in the session's notice."""
    name = fields.get("action", "")
    action = ACTIONS.get(name)
    if action is None:
        _log.warning("the page asked for %r, which there is not", name)
        return
    try:
        await action(desk, session, fields)
    except FootnoteError as error:
        session.notice = sentence_for(error)
    except Exception:  # noqa: BLE001  (the outermost edge of the page)
        # A bug must not leave it hanging, and its traceback belongs in the log.
        _log.exception("action %r failed", name)
        session.notice = UNEXPECTED


async def _load(desk: Desk, session: Session, fields: Mapping[str, str]) -> None:
    """Take up where an earlier page of this tab left off, or with the latest conversation."""
    desk.refresh()
    desk.files.resume()
    session.recall(fields.get("memo", ""))
    known = {each.id for each in desk.conversations}
    session.chosen_in = {each: chosen for each, chosen in session.chosen_in.items() if each in known}
    if session.conversation_id not in known:
        session.conversation_id = desk.conversations[0].id if desk.conversations and not fields.get("memo") else None
    session.shown = {}
    desk.bench.check()


async def _refresh(desk: Desk, session: Session, _fields: Mapping[str, str]) -> None:
    """The tab is looked at again: anything may have happened since, even to the connection."""
    desk.refresh()
    session.shown = {}


async def _look(desk: Desk, _session: Session, _fields: Mapping[str, str]) -> None:
    """The tab is still looked at: other programs may have changed the library meanwhile."""
    desk.look()


ACTIONS: dict[str, Action] = {
    "load": _load,
    "look": _look,
    "refresh": _refresh,
    **LIBRARY_ACTIONS,
    **COLLECTION_ACTIONS,
    **FOLDER_ACTIONS,
    **CHAT_ACTIONS,
    **EVIDENCE_ACTIONS,
    **SETUP_ACTIONS,
}
