"""What a person can do in the left pane: add documents, choose which are searched, remove them, move between talks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import gradio as gr

from rag.sentences import sentence_for_removed
from rag.suggestions import sample_files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ui.actions import Action
    from ui.desk import Desk
    from ui.session import Session

__all__ = ["LIBRARY_ACTIONS"]


async def _add(desk: Desk, session: Session, fields: Mapping[str, str]) -> None:
    """``files`` is JSON: a list of {"path", "name", "folder"}, the path where Gradio has put the copy."""
    session.notice = fields.get("problem", "")
    given = [_handed(each) for each in json.loads(fields["files"])]
    if files := [each for each in given if _is_upload(each[0])]:
        await desk.files.hand_over(files, collection=session.collection)


def _handed(each: Mapping[str, str]) -> tuple[Path, str, str]:
    return Path(each["path"]), Path(each["name"]).name, each.get("folder", "")


def _is_upload(path: Path) -> bool:
    """Only what this page has just handed over may be read: the path comes from a browser."""
    folder = Path(gr.utils.get_upload_folder()).resolve()
    return path.resolve().is_relative_to(folder) and path.is_file()


async def _samples(desk: Desk, session: Session, _fields: Mapping[str, str]) -> None:
    session.notice = ""
    files = [(path, path.name, "") for path in sample_files()]
    await desk.files.hand_over(files, collection=session.collection)


async def _cancel_reading(desk: Desk, _session: Session, fields: Mapping[str, str]) -> None:
    await desk.files.cancel(fields["row"])


async def _cancel_all(desk: Desk, _session: Session, _fields: Mapping[str, str]) -> None:
    await desk.files.cancel_all()


async def _dismiss_all(desk: Desk, _session: Session, _fields: Mapping[str, str]) -> None:
    await desk.files.dismiss_all()


async def _decide(desk: Desk, _session: Session, fields: Mapping[str, str]) -> None:
    await desk.files.decide(fields["row"], fields["decision"])


async def _unlock(desk: Desk, _session: Session, fields: Mapping[str, str]) -> None:
    await desk.files.unlock(fields["row"], fields["value"])


async def _scope(desk: Desk, session: Session, fields: Mapping[str, str]) -> None:
    session.excluded ^= {fields["document"]}
    session.excluded &= {each.id for each in desk.documents}


async def _scope_all(desk: Desk, session: Session, fields: Mapping[str, str]) -> None:
    """Tick all of the documents that are listed, or none of them."""
    listed = {each.id for each in session.listed(desk.documents, desk.collections)}
    session.excluded = session.excluded | listed if fields["value"] == "none" else session.excluded - listed


async def _ask_first(_desk: Desk, session: Session, fields: Mapping[str, str]) -> None:
    session.confirming = fields.get("document") or fields.get("conversation")
    session.keep_quotes = False


async def _tick_quotes(_desk: Desk, session: Session, _fields: Mapping[str, str]) -> None:
    session.keep_quotes = not session.keep_quotes


async def _keep(_desk: Desk, session: Session, _fields: Mapping[str, str]) -> None:
    session.confirming = None


async def _remove(desk: Desk, session: Session, fields: Mapping[str, str]) -> None:
    session.confirming, session.notice = None, ""
    document = next((each for each in desk.documents if each.id == fields["document"]), None)
    if document is not None:
        session.excluded.discard(document.id)
        freed = await desk.remove(document, keep_quotes=session.keep_quotes)
        session.notice = sentence_for_removed(document.name, freed)


async def _new_conversation(_desk: Desk, session: Session, _fields: Mapping[str, str]) -> None:
    """Nothing is kept of a conversation before its first question."""
    session.conversation_id = None
    session.look_at(None)


async def _open_conversation(_desk: Desk, session: Session, fields: Mapping[str, str]) -> None:
    session.conversation_id, session.confirming, session.notice = fields["conversation"], None, ""
    session.collection = session.chosen_in.get(fields["conversation"])
    session.put_away()
    session.look_at(None)


async def _delete_conversation(desk: Desk, session: Session, fields: Mapping[str, str]) -> None:
    session.confirming = None
    await desk.assistant.delete_conversation(fields["conversation"])
    session.chosen_in.pop(fields["conversation"], None)
    desk.refresh()
    if session.conversation_id == fields["conversation"]:
        session.conversation_id = None
        session.look_at(None)


LIBRARY_ACTIONS: dict[str, Action] = {
    "add": _add,
    "confirm-no": _keep,
    "delete-ask": _ask_first,
    "delete-conversation": _delete_conversation,
    "cancel-all": _cancel_all,
    "cancel-reading": _cancel_reading,
    "decide": _decide,
    "dismiss-all": _dismiss_all,
    "new-conversation": _new_conversation,
    "open-conversation": _open_conversation,
    "remove": _remove,
    "remove-ask": _ask_first,
    "remove-quotes": _tick_quotes,
    "samples": _samples,
    "scope": _scope,
    "scope-all": _scope_all,
    "unlock": _unlock,
}
