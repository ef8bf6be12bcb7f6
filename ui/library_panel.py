"""What a person can do in the left pane: add documents, choose which are searched, remove them, move between talks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import gradio as gr

from rag.sentences import sentence_for_removed
from rag.suggestions import sample_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ui.actions import Action
    from ui.desk import Desk
    from ui.session import Session

__all__ = ["LIBRARY_ACTIONS"]


async def _add(desk: Desk, session: Session, fields: Mapping[str, str]) -> None:
    """``files`` is JSON: a list of {"path", "name"}, the path where Gradio has put the copy."""
    session.notice = fields.get("problem", "")
    given = {Path(each["path"]): Path(each["name"]).name for each in json.loads(fields["files"])}
    copies = {path: name for path, name in given.items() if _is_upload(path)}
    if copies:
        desk.ingest(copies, afterwards=lambda: _discard(copies))


def _is_upload(path: Path) -> bool:
    """Only what this page has just handed over may be read: the path comes from a browser."""
    folder = Path(gr.utils.get_upload_folder()).resolve()
    return path.resolve().is_relative_to(folder) and path.is_file()


def _discard(copies: Iterable[Path]) -> None:
    """The library has its own copy of what it took; a second one must not linger among temporary files."""
    for path in copies:
        path.unlink(missing_ok=True)


async def _samples(desk: Desk, session: Session, _fields: Mapping[str, str]) -> None:
    session.notice = ""
    desk.ingest({path: path.name for path in sample_files()})


async def _dismiss(desk: Desk, _session: Session, fields: Mapping[str, str]) -> None:
    row = desk.files.get(fields["row"])
    if row is not None and not row.busy:
        del desk.files[row.key]


async def _stop_reading(desk: Desk, _session: Session, fields: Mapping[str, str]) -> None:
    desk.stop_reading(int(fields["drop"]))


async def _scope(desk: Desk, session: Session, fields: Mapping[str, str]) -> None:
    session.excluded ^= {fields["document"]}
    session.excluded &= {each.id for each in desk.documents}


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
    session.look_at(None)


async def _delete_conversation(desk: Desk, session: Session, fields: Mapping[str, str]) -> None:
    session.confirming = None
    await desk.assistant.delete_conversation(fields["conversation"])
    desk.refresh()
    if session.conversation_id == fields["conversation"]:
        session.conversation_id = None
        session.look_at(None)


LIBRARY_ACTIONS: dict[str, Action] = {
    "add": _add,
    "confirm-no": _keep,
    "delete-ask": _ask_first,
    "delete-conversation": _delete_conversation,
    "dismiss": _dismiss,
    "new-conversation": _new_conversation,
    "open-conversation": _open_conversation,
    "remove": _remove,
    "remove-ask": _ask_first,
    "remove-quotes": _tick_quotes,
    "samples": _samples,
    "scope": _scope,
    "stop-reading": _stop_reading,
}
