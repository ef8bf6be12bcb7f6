"""What a person can do in the right pane: open a passage, look at its page, see how it was found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.session import Tab

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ui.actions import Action
    from ui.desk import Desk
    from ui.session import Session

__all__ = ["EVIDENCE_ACTIONS"]


async def _cite(_desk: Desk, session: Session, fields: Mapping[str, str]) -> None:
    """Open the card of a passage; while the page is looked at, turn to the passage's page instead."""
    session.look_at(fields["turn"], fields["chunk"])
    if session.tab is Tab.TRACE:
        session.tab = Tab.EVIDENCE


async def _page(_desk: Desk, session: Session, fields: Mapping[str, str]) -> None:
    session.look_at(fields["turn"], fields["chunk"])
    session.tab = Tab.PAGE


async def _evidence(_desk: Desk, session: Session, fields: Mapping[str, str]) -> None:
    session.look_at(fields["turn"])
    session.tab = Tab.EVIDENCE


async def _turn_page(_desk: Desk, session: Session, fields: Mapping[str, str]) -> None:
    session.page = int(fields["page"])


async def _turn_back(_desk: Desk, session: Session, _fields: Mapping[str, str]) -> None:
    """Look at the page of the open passage, wherever it was turned to meanwhile."""
    session.page, session.tab = None, Tab.PAGE


async def _tab(_desk: Desk, session: Session, fields: Mapping[str, str]) -> None:
    session.tab = Tab(fields["tab"])


async def _unlock_page(desk: Desk, _session: Session, fields: Mapping[str, str]) -> None:
    desk.assistant.unlock_document(fields["document"], fields["value"])
    desk.sheets.forget_failures()


EVIDENCE_ACTIONS: dict[str, Action] = {
    "cite": _cite,
    "evidence": _evidence,
    "page": _page,
    "tab": _tab,
    "turn-back": _turn_back,
    "turn-page": _turn_page,
    "unlock-page": _unlock_page,
}
