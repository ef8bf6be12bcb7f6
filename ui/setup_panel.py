"""What a person can do about models: look again, choose one, fetch one, change their mind; stop what encodes anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.ollama import SUGGESTED
from rag.sentences import MODEL_READY, UNEXPECTED, sentence_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ui.actions import Action
    from ui.desk import Desk
    from ui.session import Session

__all__ = ["SETUP_ACTIONS"]


async def _open(desk: Desk, session: Session, _fields: Mapping[str, str]) -> None:
    session.setup_open = True
    desk.bench.check()


async def _close(_desk: Desk, session: Session, _fields: Mapping[str, str]) -> None:
    session.setup_open = False


async def _check_again(desk: Desk, _session: Session, _fields: Mapping[str, str]) -> None:
    desk.bench.check()


async def _look_again(desk: Desk, session: Session, _fields: Mapping[str, str]) -> None:
    """The same from below an answer, where nobody sees the panel: so it is said what was found."""
    models = await desk.bench.checked()
    problem = models.state.problem if models.state is not None else None
    ready = MODEL_READY.format(model=models.chosen) if models.chosen else UNEXPECTED
    session.notice = sentence_for(problem) if problem else ready


async def _choose(desk: Desk, _session: Session, fields: Mapping[str, str]) -> None:
    await desk.bench.choose(fields["model"])


async def _fetch(desk: Desk, _session: Session, fields: Mapping[str, str]) -> None:
    if fields["model"] in {each.name for each in SUGGESTED}:
        desk.bench.fetch(fields["model"])


async def _cancel(desk: Desk, _session: Session, _fields: Mapping[str, str]) -> None:
    desk.bench.cancel()


async def _reencode(desk: Desk, _session: Session, _fields: Mapping[str, str]) -> None:
    desk.embedding.resume()


async def _stop_reencoding(desk: Desk, _session: Session, _fields: Mapping[str, str]) -> None:
    desk.embedding.stop()


SETUP_ACTIONS: dict[str, Action] = {
    "choose-model": _choose,
    "look-again": _look_again,
    "pull": _fetch,
    "pull-cancel": _cancel,
    "recheck": _check_again,
    "reencode": _reencode,
    "reencode-stop": _stop_reencoding,
    "setup": _open,
    "setup-close": _close,
}
