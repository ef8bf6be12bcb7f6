"""What stands around the three panes' contents: the head of the chat, the first start, the tabs, the status line."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from markupsafe import Markup

from rag.events import Reencoded, ReencodingFailed
from rag.evidence import CANDIDATES, Mode
from rag.ollama import Readiness
from rag.sentences import (
    NOTHING_LEAVES,
    SHARED,
    SHARED_AND_WRITTEN_ELSEWHERE,
    WRITTEN_ELSEWHERE,
    sentence_for_reencoded,
)
from ui.render import icons
from ui.security import is_loopback
from ui.session import Tab

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.embedding_bench import EmbeddingView
    from ui.model_bench import ModelsView

__all__ = [
    "chat_head",
    "evidence_tabs",
    "first_start",
    "hollow",
    "invitation",
    "pane_tabs",
    "status_line",
    "suggestion_chips",
]

_HEAD = Markup(
    '<header class="top" data-memo="{memo}"><div class="where"><h2 class="title" dir="auto">{title}</h2><span'
    ' class="searching">{scope}</span></div>'
    '<label class="chip select"><span class="unseen">How much work goes into finding</span>'
    '<select data-action="mode" name="mode">{modes}</select></label></header>{notice}'
)
_NOTICE = Markup(
    '<div class="notice" role="alert"><span>{}</span>'
    '<button type="button" class="mini" data-action="dismiss-notice" aria-label="Dismiss this'
    ' message">{}</button></div>'
)
_MODES = {
    Mode.FAST: ("Fast", f"weighs {CANDIDATES[Mode.FAST]} passages"),
    Mode.BALANCED: ("Balanced", f"weighs {CANDIDATES[Mode.BALANCED]} passages"),
    Mode.THOROUGH: ("Thorough", f"weighs {CANDIDATES[Mode.THOROUGH]} passages, the best of them twice"),
}
_FIRST = Markup(
    '<div class="first"><p class="slogan" role="heading" aria-level="2">Ask your documents.<br>Every answer'
    " shows where it comes from.</p>"
    '<p class="lead">Drop in contracts, manuals, reports or tables, then ask in your own words. Footnote quotes'
    " the exact"
    " passages, marks them on the page, and tells you when the answer is not there.</p>"
    '<div class="starts"><button type="button" class="primary" data-pick="files">Choose documents</button>'
    '<button type="button" class="chip big" data-action="samples">Try it with the sample documents</button></div>'
    '<div class="steps"><div class="step"><b>1 Reading</b><p>Ready. Works without internet.</p></div>'
    '<div class="step"><b>2 Finding</b><p>Ready. Nothing to download.</p></div>'
    '<div class="step"><b>3 Writing answers</b><p>{writing}</p></div></div></div>'
)
_INVITATION = Markup(
    '<div class="first ready"><p class="slogan" role="heading" aria-level="2">What would you like to know?</p>'
    '<p class="lead">Ask in your own words. Every answer shows the passages it rests on.</p>{questions}</div>'
)
_QUESTION = Markup('<button type="button" class="chip" data-action="suggest" data-question="{0}">{0}</button>')
_SET_UP = Markup('<button type="button" class="linklike" data-action="setup">{}</button>')
_TABS = ((Tab.EVIDENCE, "Evidence for this answer"), (Tab.PAGE, "Page"), (Tab.TRACE, "How it was found"))


def chat_head(*, title: str, scope: str, mode: Mode, notice: str, memo: str) -> Markup:
    """Return the head of the chat: what is talked about, where is searched, and how thoroughly."""
    modes = Markup("").join(_mode(each, chosen=each is mode) for each in Mode)
    sentence = _NOTICE.format(notice, icons.CLOSE) if notice else ""
    return _HEAD.format(title=title, scope=scope, modes=modes, notice=sentence, memo=memo)


def _mode(mode: Mode, *, chosen: bool) -> Markup:
    name, meaning = _MODES[mode]
    state = Markup(" selected") if chosen else ""
    return Markup('<option value="{}" title="{}"{}>{}</option>').format(mode, meaning, state, name)


def first_start(models: ModelsView) -> Markup:
    """Return what a new person sees: what this is, two ways to begin, and what is ready."""
    if models.chosen:
        writing = Markup("Ready, with {}.").format(models.chosen)
    else:
        writing = Markup("Optional: needs Ollama and one model (2 GB). Until then you get quoted answers. {}").format(
            _SET_UP.format("Set up in two steps")
        )
    return _FIRST.format(writing=writing)


def invitation(questions: Sequence[str]) -> Markup:
    """Return what an empty conversation shows when there are documents to ask."""
    chips = Markup("").join(_QUESTION.format(each) for each in questions)
    return _INVITATION.format(questions=Markup('<div class="try">{}</div>').format(chips) if questions else "")


def suggestion_chips(questions: Sequence[str]) -> Markup:
    """Return the row of questions above the question box."""
    if not questions:
        return Markup("")
    chips = Markup("").join(_QUESTION.format(each) for each in questions)
    return Markup('<div class="sug" role="group" aria-label="Suggested questions">{}</div>').format(chips)


def evidence_tabs(current: Tab, body: Markup) -> Markup:
    """Return the right pane: its three tabs and the body of the open one."""
    tabs = Markup("").join(_tab(tab, name, is_open=tab is current) for tab, name in _TABS)
    return Markup(
        '<div class="tabs" role="tablist" aria-label="About this answer">{}</div>'
        '<div class="tab-body on-{}" role="tabpanel" id="tab-body" aria-labelledby="tab-{}" tabindex="-1">{}</div>'
    ).format(tabs, current, current, body)


def hollow(sentence: str) -> Markup:
    """Return what stands in a tab where there is nothing to show yet."""
    return Markup('<p class="hollow">{}</p>').format(sentence)


def _tab(tab: Tab, name: str, *, is_open: bool) -> Markup:
    return Markup(
        '<button type="button" role="tab" id="tab-{tab}" aria-controls="tab-body" aria-selected="{state}"'
        ' tabindex="{index}"'
        ' data-action="tab" data-tab="{tab}">{name}</button>'
    ).format(tab=tab, state="true" if is_open else "false", index=0 if is_open else -1, name=name)


def pane_tabs(documents: int, passages: int) -> Markup:
    """Return the tabs at the foot of a narrow window."""
    panes = (
        ("library", f"Documents · {documents}" if documents else "Documents"),
        ("chat", "Chat"),
        ("evidence", f"Evidence · {passages}" if passages else "Evidence"),
    )
    buttons = (Markup('<button type="button" data-pane="{}">{}</button>').format(*pane) for pane in panes)
    return Markup('<nav class="panes" aria-label="Panes">{}</nav>').format(Markup("").join(buttons))


def status_line(models: ModelsView, shared_at: str = "", embedding: EmbeddingView | None = None) -> Markup:
    """Return the lines at the foot of the left pane: two, and a third while passages are encoded anew.

    ``shared_at`` is the address of a team's library.
    """
    way = _embedding_line(embedding) if embedding else ""
    return Markup('<div class="foot">{}<div>{}</div><div>{} {}</div></div>').format(
        way, _model_line(models), icons.LOCK, _what_leaves(models, shared_at)
    )


def _embedding_line(embedding: EmbeddingView) -> Markup:
    """How far the library is on its way to another embedding model; nothing where it is where it should be."""
    button = Markup('<button type="button" class="linklike" data-action="{}">{}</button>')
    match embedding.state:
        case Reencoded(model, done, total) if embedding.going:
            said = sentence_for_reencoded(PurePath(model).name, done, total)
            return Markup("<div>{} · {}</div>").format(said, button.format("reencode-stop", "stop"))
        case Reencoded(model, done, total):
            said = sentence_for_reencoded(PurePath(model).name, done, total)
            return Markup("<div>{} · {}</div>").format(said, button.format("reencode", "go on"))
        case ReencodingFailed(reason=reason):
            return Markup("<div>{} {}</div>").format(reason, button.format("reencode", "Try again"))
        case _:
            return Markup("")


def _what_leaves(models: ModelsView, shared_at: str) -> str:
    """Nothing is promised before it is known where Ollama is."""
    if models.state is None:
        return ""
    host = urlsplit(models.state.server).hostname or ""
    if shared_at:
        return (SHARED if is_loopback(host) else SHARED_AND_WRITTEN_ELSEWHERE).format(place=shared_at, host=host)
    return NOTHING_LEAVES if is_loopback(host) else WRITTEN_ELSEWHERE.format(host=host)


def _model_line(models: ModelsView) -> Markup:
    if models.state is None:
        return Markup('<span class="dot idle"></span>Looking for a language model…')
    if models.chosen:
        name = Markup(
            '<button type="button" class="linklike quiet" data-action="setup" aria-label="Models: {0} is'
            ' ready">{0}</button>'
        )
        return Markup('<span class="dot"></span>{} · ready (Ollama)').format(name.format(models.chosen))
    missing = Markup('<span class="dot missing"></span>{} · {}')
    if models.state.readiness is Readiness.ABSENT and models.state.last:
        return missing.format("Ollama is not running", _SET_UP.format("start it"))
    return missing.format("No language model yet", _SET_UP.format("set one up"))
