"""What a person can do with collections in the left pane: choose one, make, rename and delete them, move documents.

What cannot be done is said there as well, beside the form, since a narrow window shows no other pane with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.sentences import sentence_for
from storage.errors import FootnoteError
from ui.session import Arranging

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ui.actions import Action
    from ui.desk import Desk
    from ui.session import Session

__all__ = ["COLLECTION_ACTIONS"]


async def _choose(_desk: Desk, session: Session, fields: Mapping[str, str]) -> None:
    session.put_away()
    session.choose(fields["value"] or None)


async def _arrange(_desk: Desk, session: Session, fields: Mapping[str, str]) -> None:
    """Open a form, or close the one that is open."""
    session.put_away()
    session.arranging = Arranging(fields["what"]) if fields["what"] else None


async def _ask_where(_desk: Desk, session: Session, fields: Mapping[str, str]) -> None:
    """Open the form that moves one document, or close it."""
    was_open = session.moving == fields["document"]
    session.put_away()
    if not was_open:
        session.arranging, session.moving = Arranging.MOVE, fields["document"]


async def _create(desk: Desk, session: Session, fields: Mapping[str, str]) -> None:
    made = await desk.assistant.create_collection(fields["name"])
    session.choose(made.id)


async def _rename(desk: Desk, session: Session, fields: Mapping[str, str]) -> None:
    await desk.assistant.rename_collection(session.collection or "", fields["name"])


async def _delete(desk: Desk, session: Session, fields: Mapping[str, str]) -> None:
    await desk.assistant.delete_collection(fields["collection"])
    session.choose(None)


async def _move(desk: Desk, session: Session, fields: Mapping[str, str]) -> None:
    """Move one document, or, where none is named, those that are listed and ticked."""
    one = fields["document"]
    ticked = [each.id for each in session.listed(desk.documents, desk.collections) if each.id not in session.excluded]
    await desk.assistant.move([one] if one else ticked, fields["to"] or None)


def _said_here(change: Action) -> Action:
    """Make a change and close its form; where it cannot be made, leave the form open and say why."""

    async def attempt(desk: Desk, session: Session, fields: Mapping[str, str]) -> None:
        session.objection = ""
        try:
            await change(desk, session, fields)
        except FootnoteError as error:
            session.objection = sentence_for(error)
        else:
            session.put_away()
        desk.refresh()

    return attempt


COLLECTION_ACTIONS: dict[str, Action] = {
    "arrange": _arrange,
    "collection": _choose,
    "collection-create": _said_here(_create),
    "collection-delete": _said_here(_delete),
    "collection-rename": _said_here(_rename),
    "move": _said_here(_move),
    "move-ask": _ask_where,
}
