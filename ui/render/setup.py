"""The Models panel: what is installed, found and missing, and how to get written answers in two steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from rag.ollama import SUGGESTED, Readiness
from rag.sentences import megabytes, sentence_for
from ui.render import icons

if TYPE_CHECKING:
    from rag.ollama import InstalledModel, ServerState
    from ui.model_bench import ModelsView, Pull

__all__ = ["setup_panel"]


_PANEL = Markup(
    '<div class="veil" data-modal><section class="setup" role="dialog" aria-modal="true" aria-labelledby="setup-title">'
    '<div class="setup-head"><h2 id="setup-title">Models</h2>'
    '<button type="button" class="mini" data-action="setup-close" aria-label="Close" data-close>{cross}</button></div>'
    '<ul class="parts">{parts}</ul>{body}'
    '<div class="setup-foot"><button type="button" class="chip"'
    ' data-action="recheck"{busy}>{recheck}</button></div></section></div>'
)
_PART = Markup('<li><span class="dot {dot}"></span><div><b>{name}</b><p>{about}</p></div></li>')
_STEPS = Markup(
    '<h3>Written answers in two steps</h3><ol class="howto"><li><b>Install Ollama</b><p>It runs language models'
    " on this computer"
    ' and is free. Get it from <span class="address">ollama.com/download</span> and start it.</p></li>'
    "<li><b>Fetch one model</b><p>Once, over the internet. Afterwards everything works without.</p>{offers}</li></ol>"
)
_OFFER = Markup(
    '<div class="offer"><div><b>{name}</b><span>{size} · for computers with {memory} of memory</span></div>'
    '<button type="button" class="chip" data-action="pull" data-model="{name}"{state} aria-label="Fetch'
    ' {name}">Fetch</button></div>'
)
_PULL = Markup(
    '<div class="pulling"><div><b>{name}</b> <span>{status}</span></div>'
    '<div class="bar" role="progressbar" aria-label="Fetching {name}" aria-valuemin="0" aria-valuemax="100"'
    ' aria-valuenow="{share:.0f}">'
    '<i style="width:{share:.0f}%"></i></div>'
    '<button type="button" class="chip" data-action="pull-cancel">Cancel</button></div>'
)
_CHOICE = Markup(
    '<label class="choice"><input type="radio" name="model" value="{name}" data-action="choose-model"'
    ' data-model="{name}"{state}>'
    "<b>{name}</b><span>{size}</span></label>"
)
_ANSWERS = frozenset({Readiness.READY, Readiness.NO_MODELS, Readiness.MODEL_ABSENT})
"""Where there is an Ollama to fetch a model with."""


def setup_panel(models: ModelsView) -> Markup:
    """Return the whole panel."""
    return _PANEL.format(
        cross=icons.CLOSE,
        parts=_parts(models),
        body=_installed(models) + _problem(models) + _fetching(models),
        recheck="Looking…" if models.asking else "Check again",
        busy=Markup(" disabled") if models.asking else "",
    )


def _parts(models: ModelsView) -> Markup:
    parts = [
        _PART.format(dot="", name="Reading", about="Ready. Works without internet."),
        _PART.format(dot="", name="Finding and reranking: all-MiniLM-L6-v2", about="Ready. It came with Footnote."),
        _ollama(models),
    ]
    return Markup("").join(parts)


def _ollama(models: ModelsView) -> Markup:
    state = models.state
    if state is None:
        return _PART.format(dot="idle", name="Writing: Ollama", about="Looking for it…")
    name = f"Writing: Ollama {state.version}".strip()
    if state.readiness is Readiness.READY:
        return _PART.format(dot="", name=name, about=f"Ready, with {state.chosen}.")
    return _PART.format(dot="missing", name=name, about=_why(state))


def _why(state: ServerState) -> str:
    return sentence_for(state.problem) if state.problem is not None else ""


def _installed(models: ModelsView) -> Markup:
    if models.state is None or not models.state.models:
        return Markup("")
    choices = (_choice(each, chosen=each.name == models.chosen) for each in models.state.models)
    return Markup('<fieldset class="choices"><legend>Answers are written by</legend>{}</fieldset>').format(
        Markup("").join(choices)
    )


def _choice(model: InstalledModel, *, chosen: bool) -> Markup:
    return _CHOICE.format(name=model.name, size=megabytes(model.size), state=Markup(" checked") if chosen else "")


def _problem(models: ModelsView) -> Markup:
    return Markup('<p class="note warn" role="alert">{}</p>').format(models.problem) if models.problem else Markup("")


def _fetching(models: ModelsView) -> Markup:
    if models.pull is not None:
        return _pull(models.pull)
    running = models.state is not None and models.state.readiness in _ANSWERS
    there = {each.name for each in models.state.models} if models.state is not None else set()
    state = "" if running else Markup(' disabled title="Start Ollama first"')
    offers = Markup("").join(
        _OFFER.format(name=each.name, size=megabytes(each.download), memory=f"{each.memory / 1e9:.0f} GB", state=state)
        for each in reversed(SUGGESTED)
        if each.name not in there
    )
    if models.chosen:
        return Markup('<details class="more" data-keep><summary>Fetch another model</summary>{}</details>').format(
            offers
        )
    return _STEPS.format(offers=offers)


def _pull(pull: Pull) -> Markup:
    share = 100 * pull.completed / pull.total if pull.total else 0
    size = f" · {megabytes(pull.completed)} of {megabytes(pull.total)}" if pull.total else ""
    return _PULL.format(name=pull.name, status=f"{pull.status}{size}", share=share)
