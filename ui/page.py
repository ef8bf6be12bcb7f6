"""The Blocks tree of the page and which event goes to which handler.

Three panes of ``gr.HTML`` panels, a ``gr.Textbox`` for the question, and one bridge: whatever is clicked in a panel
comes as an event of the bridge with the action's name and fields. Every handler does what was asked and then repaints
what has changed for as long as anything goes on. What a panel shows is decided in ``ui/painting.py``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator  # noqa: TC003  (Gradio reads the handlers' annotations while it runs)
from typing import TYPE_CHECKING, Any, NamedTuple

import gradio as gr

from ui.actions import act
from ui.painting import PANELS, follow
from ui.render.library import drop_zone
from ui.session import Session

if TYPE_CHECKING:
    from ui.desk import Desk

__all__ = ["build_page"]

_MOUNT = "footnote.mount(element, props, watch)"
_CONNECT = "footnote.connect((fields) => trigger('act', fields), upload)"

_QUIET: dict[str, Any] = {
    "show_progress": "hidden",
    "api_visibility": "private",
    "concurrency_limit": None,
    "trigger_mode": "multiple",
}
"""What every event is: unseen, not part of any interface, and free to run beside others."""

_LINGER = 60.0
"""Seconds that a tab goes on listening. Gradio's client may miss what follows an event that comes just as its stream is
being closed, so it is not closed between two clicks; a browser allows so few streams that it is not kept for ever."""

_Updates = dict[gr.components.Component, Any]


class _Composer(NamedTuple):
    """Where a question is written, and the button that sends it."""

    question: gr.Textbox
    send: gr.Button


def build_page(desk: Desk) -> gr.Blocks:
    """Return the page over what goes on at one desk; it is served by ``ui/server.py``."""
    page = gr.Blocks(title="Footnote", fill_width=True, analytics_enabled=False, elem_id="footnote")
    with page:
        session = gr.State(Session())
        panels, composer = _panes(drop_zone(empty=True, local=desk.local))
        bridge = gr.HTML(js_on_load=_CONNECT, elem_id="bridge")
        _wire_bridge(desk, session, panels, bridge)
        _wire_composer(desk, session, panels, composer)
    return page


def _panes(drop: str) -> tuple[dict[str, gr.HTML], _Composer]:
    panels: dict[str, gr.HTML] = {}
    with gr.Row(elem_id="desk"):
        with gr.Column(elem_id="library-pane"):
            with gr.Column(elem_id="library-scroll"):
                panels |= _panel("drop", drop) | _panel("library") | _panel("conversations")
            panels |= _panel("status")
        with gr.Column(elem_id="chat-pane"):
            panels |= _panel("head")
            with gr.Column(elem_id="chat-scroll"):
                panels |= _panel("thread") | _panel("live")
            panels |= _panel("ideas")
            composer = _composer()
        with gr.Column(elem_id="evidence-pane"):
            panels |= _panel("evidence")
    panels |= _panel("panes") | _panel("setup") | _panel("said")
    return panels, composer


def _panel(name: str, value: str = "") -> dict[str, gr.HTML]:
    """Its own script draws what it is given, so that focus, scrolling and selection survive a repaint."""
    html = gr.HTML(
        value=value,
        html_template='<div class="panel"></div>',
        js_on_load=_MOUNT,
        apply_default_css=False,
        elem_id=f"panel-{name}",
        elem_classes="panel-block",
    )
    return {name: html}


def _composer() -> _Composer:
    with gr.Row(elem_id="composer"):
        question = gr.Textbox(
            label="Your question",
            show_label=False,
            placeholder="Ask about your documents…",
            lines=1,
            max_lines=8,
            container=False,
            autofocus=True,
            elem_id="question",
        )
        send = gr.Button("Ask", variant="primary", elem_id="send", min_width=0)
    return _Composer(question, send)


def _wire_bridge(desk: Desk, session: gr.State, panels: dict[str, gr.HTML], bridge: gr.HTML) -> None:
    async def on_act(tab: Session, event: gr.EventData) -> AsyncIterator[_Updates]:
        await act(desk, tab, event._data)  # noqa: SLF001  (gradio's only way to the whole of an event's data)
        async for changed in follow(desk, tab, linger=_LINGER):
            yield _updates(panels, changed)

    bridge.act(on_act, [session], [panels[name] for name in PANELS], **_QUIET)


def _wire_composer(desk: Desk, session: gr.State, panels: dict[str, gr.HTML], composer: _Composer) -> None:
    question, send = composer

    async def on_ask(tab: Session, text: str) -> AsyncIterator[_Updates]:
        await act(desk, tab, {"action": "ask", "question": text})
        yield {question: gr.skip() if tab.notice else ""}
        async for changed in follow(desk, tab, linger=_LINGER):
            yield _updates(panels, changed)

    outputs = [question, *(panels[name] for name in PANELS)]
    gr.on([question.submit, send.click], on_ask, [session, question], outputs, **_QUIET)


def _updates(panels: dict[str, gr.HTML], changed: dict[str, str]) -> _Updates:
    """Gradio takes an empty dictionary for a value that is missing, so nothing to change has to be said too."""
    return {panels[name]: html for name, html in changed.items()} or {panels["said"]: gr.skip()}
