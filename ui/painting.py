"""The page as a function of what goes on and what a tab looks at: every panel's HTML, and when it is sent.

``paint`` draws; ``follow`` paints again whenever the bell rings, at most twelve times a second and only as long as
something is going on. It changes nothing but what is remembered of having been drawn and shown.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from markupsafe import Markup

from rag.evidence import Outcome
from rag.sentences import sentence_for_outcome
from ui.page_views import page_body, page_detail
from ui.render.answer import finished_turn, live_turn, lost_turn
from ui.render.collections import Shelf
from ui.render.evidence import evidence_cards
from ui.render.folders import folder_list, folder_panel
from ui.render.frame import (
    chat_head,
    evidence_tabs,
    first_start,
    hollow,
    invitation,
    pane_tabs,
    status_line,
    suggestion_chips,
)
from ui.render.library import conversation_list, document_list, drop_zone
from ui.render.setup import setup_panel
from ui.render.trace import how_found
from ui.render.words import count
from ui.session import Session, Tab
from ui.turnstile import Turnstile

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from rag.evidence import Answer
    from storage.records import Document, Turn
    from ui.desk import Desk
    from ui.live import LiveAnswer

__all__ = ["PANELS", "follow", "paint"]

PANELS = (
    "drop",
    "library",
    "conversations",
    "status",
    "head",
    "thread",
    "live",
    "ideas",
    "evidence",
    "panes",
    "setup",
    "said",
)
"""The panels, in the order in which ``paint`` and the page agree on them."""
_BETWEEN_PAINTS = 1 / 12
"""Seconds; more often than this a browser paints slower than the answer grows."""
_THREAD_IDEAS = 3
_NOTHING_ASKED = {
    Tab.EVIDENCE: "Ask something, and the passages that the answer rests on appear here, with how each was found.",
    Tab.PAGE: "Choose a passage to see it on its page.",
    Tab.TRACE: "Ask something, and the way to the answer is shown here, step by step.",
}
_SAID = Markup('<div aria-live="polite" role="status">{}</div>')


async def follow(desk: Desk, session: Session, *, linger: float = 0.0) -> AsyncGenerator[dict[str, str], None]:
    """Yield the panels that have changed, until nothing goes on any more or a later call follows for this tab.

    ``linger``: seconds to stay after the last change, in case there is another.
    """
    session.turnstile = session.turnstile or Turnstile()
    async with session.turnstile.entered() as called:
        with desk.watched() as rung:
            while not called.is_set():
                rung.clear()
                more_to_come = _busy(desk, session)  # asked before painting: what ends from here on is painted yet
                panels = await paint(desk, session)
                changed = {name: html for name, html in panels.items() if session.shown.get(name) != html}
                session.shown = panels
                yield changed
                await _pause(called)
                if not await _either(called, rung, seconds=None if more_to_come else linger):
                    break
        # Gradio sends the last update of a stream once more when the stream has ended, and by then a later stream may
        # have painted: so the last one says nothing.
        yield {}


async def _pause(called: asyncio.Event) -> None:
    """Let no repaint follow another too soon, but make way at once."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(called.wait(), _BETWEEN_PAINTS)


async def _either(*events: asyncio.Event, seconds: float | None) -> bool:
    """Wait for one of them, at most so long; whether one came."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        came, _ = await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        return bool(came)
    finally:
        for wait in waits:
            wait.cancel()


def _busy(desk: Desk, session: Session) -> bool:
    models = desk.bench.models
    growing = desk.growing(session.conversation_id)
    return desk.busy or models.asking or models.pull is not None or growing is not None


async def paint(desk: Desk, session: Session) -> dict[str, str]:
    """Return the HTML of every panel."""
    live = desk.growing(session.conversation_id)
    turns = desk.turns(session.conversation_id)
    turn_id, answer = _shown_turn(desk, session, turns)
    models = desk.bench.models
    listed = session.listed(desk.documents, desk.collections)
    shelf = _shelf(desk, session, listed)
    return {
        "drop": drop_zone(empty=not desk.documents, local=desk.local),
        "library": _library(desk, session, listed, shelf) + _folders(desk),
        "conversations": conversation_list(desk.conversations, session.conversation_id, session.confirming),
        "status": status_line(models, desk.assistant.shared_at, desk.embedding.view if desk.local else None),
        "head": _head(desk, session),
        "thread": _thread(desk, session, turns, live),
        "live": live_turn(live) if live is not None else "",
        "ideas": _ideas(_worth_asking(desk, session), turns, live),
        "evidence": evidence_tabs(session.tab, await _evidence(desk, session, turn_id, answer)),
        "panes": pane_tabs(len(listed), len(answer.evidence) if answer else 0),
        "setup": _over(desk, session),
        "said": _said(desk, turns, live),
    }


def _library(desk: Desk, session: Session, listed: tuple[Document, ...], shelf: Shelf) -> Markup:
    return document_list(
        [each for each in listed if each.id not in desk.removing],
        tuple(desk.files.rows.values()),
        session.excluded,
        session.confirming,
        shelf,
        read_in=desk.files.seconds,
        removing=tuple(desk.removing.values()),
        keep_quotes=session.keep_quotes,
        shared=bool(desk.assistant.shared_at),
    )


def _folders(desk: Desk) -> Markup:
    """Nobody but the person at this computer learns what its folders are called."""
    return folder_list(tuple(desk.folders.rows.values())) if desk.local else Markup("")


def _over(desk: Desk, session: Session) -> Markup:
    """Return the panel that lies over the page, if any."""
    if session.setup_open:
        return setup_panel(desk.bench.models)
    if session.choosing is not None:
        return folder_panel(session.choosing, session.objection, session.advice, keep_watching=session.keep_watching)
    return Markup("")


def _shelf(desk: Desk, session: Session, listed: tuple[Document, ...]) -> Shelf:
    return Shelf(
        desk.collections,
        session.among(desk.collections),
        session.arranging,
        session.moving,
        sum(each.id not in session.excluded for each in listed),
        session.objection if session.choosing is None else "",
    )


def _shown_turn(desk: Desk, session: Session, turns: tuple[Turn, ...]) -> tuple[str, Answer | None]:
    """The turn whose evidence is shown: the one chosen, else the latest."""
    turn = next((each for each in turns if each.id == session.turn_id), turns[-1] if turns else None)
    return (turn.id, desk.answer(turn)) if turn is not None else ("", None)


def _head(desk: Desk, session: Session) -> Markup:
    title = next((each.title for each in desk.conversations if each.id == session.conversation_id), "")
    return chat_head(
        title=title or "New conversation",
        scope=_scope(desk, session),
        mode=session.mode or desk.mode,
        notice=session.notice,
        memo=session.memo(),
    )


def _scope(desk: Desk, session: Session) -> str:
    listed = session.listed(desk.documents, desk.collections)
    chosen = session.among(desk.collections)
    if not desk.documents:
        return ""
    scope = session.scope(desk.documents, desk.collections)
    searched = len(listed) if scope is None else len(scope)
    some = f"{searched} of " if searched < len(listed) else ""
    return f"searching {some}{count(len(listed), 'document')}" + (f" in {chosen.name}" if chosen is not None else "")


def _worth_asking(desk: Desk, session: Session) -> tuple[str, ...]:
    """Questions for the documents that are looked at."""
    chosen = session.among(desk.collections)
    return desk.suggestions.get(chosen.id if chosen is not None else None, ())


def _thread(desk: Desk, session: Session, turns: tuple[Turn, ...], live: LiveAnswer | None) -> Markup:
    if not turns:
        if desk.documents:
            return invitation(_worth_asking(desk, session))
        return first_start(desk.bench.models)
    shown = session.turn_id or turns[-1].id
    telling = turns[-1].id if _is_news(desk, turns) else None
    finished = [each for each in turns if live is None or each.id != live.turn_id]
    return Markup("").join(
        _turn(desk, session, each, shown=each.id == shown, unwritten_why=each.id == telling) for each in finished
    )


def _is_news(desk: Desk, turns: tuple[Turn, ...]) -> bool:
    """Whether the latest turn is to say why nobody writes answers: not where the one before has said the same.

    That is the last one for which somebody was to write. What was missing for an earlier one may be there by now, so
    only the latest says it; that none writes stands below the library all the time.
    """
    before = next((each for each in reversed(turns[:-1]) if each.outcome not in {None, Outcome.ABSTAINED}), None)
    return before is None or sentence_for_outcome(desk.answer(before)) != sentence_for_outcome(desk.answer(turns[-1]))


def _turn(desk: Desk, session: Session, turn: Turn, *, shown: bool, unwritten_why: bool) -> Markup:
    selected = _open_passage(desk, session, turn.id, desk.answer(turn)) if shown else None
    key = (turn.id, turn.outcome, selected, unwritten_why)
    if key not in desk.drawn:
        desk.drawn[key] = _draw(desk, turn, selected, unwritten_why=unwritten_why)
    return desk.drawn[key]


def _draw(desk: Desk, turn: Turn, selected: str | None, *, unwritten_why: bool) -> Markup:
    answer = desk.answer(turn)
    if turn.outcome is None and turn.id not in desk.ended:
        return lost_turn(turn.id, answer)
    return finished_turn(turn.id, answer, selected, unwritten_why=unwritten_why)


def _ideas(ideas: tuple[str, ...], turns: tuple[Turn, ...], live: LiveAnswer | None) -> Markup:
    """Suggestions stand in the middle of an empty conversation, later in one row above the question box."""
    if not turns or live is not None:
        return Markup("")
    asked = {turn.question for turn in turns}
    return suggestion_chips([each for each in ideas if each not in asked][:_THREAD_IDEAS])


async def _evidence(desk: Desk, session: Session, turn_id: str, answer: Answer | None) -> Markup:
    running = desk.live.get(turn_id)
    if answer is None or (running is not None and not answer.evidence):
        return hollow(_NOTHING_ASKED[session.tab] if running is None else running.stage)
    if session.tab is Tab.TRACE:
        return how_found(turn_id, answer, running=running is not None)
    chunk_id = _open_passage(desk, session, turn_id, answer)
    if session.tab is Tab.PAGE:
        return await page_body(desk, answer, chunk_id, session.page)
    return evidence_cards(turn_id, answer, chunk_id, await page_detail(desk, answer, chunk_id))


def _open_passage(desk: Desk, session: Session, turn_id: str, answer: Answer) -> str | None:
    """The passage that is open: the one chosen, else, once the answer is complete, the first that it rests on."""
    if session.chunk_id is not None or turn_id in desk.live:
        return session.chunk_id
    quoted = (answer.quick_answer.chunk_id,) if answer.quick_answer else ()
    return next(iter((*(each.chunk_id for each in answer.citations), *quoted)), None)


def _said(desk: Desk, turns: tuple[Turn, ...], live: LiveAnswer | None) -> Markup:
    """What a screen reader says: that an answer is coming, and the answer once, when it is complete."""
    if live is not None:
        return _SAID.format("Writing the answer." if live.answer.text else "Searching your documents.")
    if not turns or turns[-1].id not in desk.ended:
        return _SAID.format("")
    answer = desk.answer(turns[-1])
    quick = answer.quick_answer.text if answer.quick_answer else ""
    return _SAID.format(answer.text or quick or sentence_for_outcome(answer))
