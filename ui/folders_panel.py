"""What a person can do with folders of this computer: walk to one, add it, keep it in sight or no longer, let it go.

All of it is for the person at this computer alone: where the page can be reached from elsewhere, every one of these
actions is refused, whatever the page offers.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from rag.errors import NotOnThisComputer
from rag.sentences import SHOWN_FIRST, sentence_for
from storage.errors import FootnoteError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ui.actions import Action
    from ui.desk import Desk
    from ui.session import Session

__all__ = ["FOLDER_ACTIONS"]


async def _choose(desk: Desk, session: Session, _fields: Mapping[str, str]) -> None:
    """Open the panel at the person's own folder."""
    session.put_away()
    session.keep_watching = True
    session.choosing = await desk.assistant.folders.look_into("")


async def _go(desk: Desk, session: Session, fields: Mapping[str, str]) -> None:
    """Go to a folder by its path, or into one of those that are shown.

    A field that is called "path" Gradio would take for a file of its own.
    """
    inside = fields.get("into", "")
    path = os.path.join(fields["place"], inside) if inside else fields["place"]  # noqa: PTH118  (still anybody's text)
    session.choosing = await desk.assistant.folders.look_into(path)


async def _add(desk: Desk, session: Session, fields: Mapping[str, str]) -> None:
    """Add the folder that is shown; where another one's path has been typed meanwhile, show that one first."""
    if session.choosing is None:
        return
    shown = session.choosing.path
    if fields.get("place", shown).strip() not in {shown, ""}:
        await _go(desk, session, fields)
    if session.choosing.path != shown:
        session.advice = SHOWN_FIRST
        return
    await desk.folders.add(shown, watched=session.keep_watching, collection=session.collection)
    session.choosing = None


async def _tick(_desk: Desk, session: Session, _fields: Mapping[str, str]) -> None:
    session.keep_watching = not session.keep_watching


async def _close(_desk: Desk, session: Session, _fields: Mapping[str, str]) -> None:
    session.choosing = None


async def _watch(desk: Desk, _session: Session, fields: Mapping[str, str]) -> None:
    await desk.folders.keep_watching(fields["folder"], watched=fields["watched"] == "yes")


async def _look_again(desk: Desk, _session: Session, fields: Mapping[str, str]) -> None:
    desk.folders.look_again(fields["folder"])


async def _forget(desk: Desk, _session: Session, fields: Mapping[str, str]) -> None:
    await desk.folders.forget(fields["folder"])


def _here_only(action: Action) -> Action:
    """Refuse an action that comes from a page which others can reach; say beside the choice why one cannot be made."""

    async def attempt(desk: Desk, session: Session, fields: Mapping[str, str]) -> None:
        if not desk.local:
            raise NotOnThisComputer
        session.objection, session.advice = "", ""
        try:
            await action(desk, session, fields)
        except FootnoteError as error:
            if session.choosing is None:
                raise
            session.objection = sentence_for(error)

    return attempt


FOLDER_ACTIONS: dict[str, Action] = {
    "folder-add": _here_only(_add),
    "folder-again": _here_only(_look_again),
    "folder-choose": _here_only(_choose),
    "folder-close": _here_only(_close),
    "folder-forget": _here_only(_forget),
    "folder-go": _here_only(_go),
    "folder-tick": _here_only(_tick),
    "folder-watch": _here_only(_watch),
}
