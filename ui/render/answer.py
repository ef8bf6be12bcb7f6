"""One turn of the chat: the question, the words straight from the documents, the answer, and what came of it."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from markupsafe import Markup

from rag.evidence import Answer, Caveat, Outcome, Strength
from rag.retelling import is_removed
from rag.sentences import (
    CLOSED_EARLY,
    REMOVED_QUOTE,
    sentence_for_outcome,
    sentence_for_quotes,
    sentence_for_warning,
    unsaid,
)
from ui.render import icons
from ui.render.prose import citation_button, prose
from ui.render.searches import searched_for
from ui.render.words import quoted, seconds, short_name, source

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rag.evidence import Evidence, QuickAnswer
    from storage.records import Citation
    from ui.live import LiveAnswer

__all__ = ["answer_as_text", "finished_turn", "live_turn", "lost_turn"]

_TURN = Markup(
    '<article class="turn" id="turn-{id}" aria-label="Question and answer">{question}<div'
    ' class="a">{body}</div></article>'
)
_QUESTION = Markup('<div class="q" dir="auto"><span class="unseen">You asked: </span>{}</div>')
_QUICK = Markup(
    '<div class="quick"><div class="from">Straight from your documents{took}</div>{about}'
    '<blockquote dir="auto">“{text}”</blockquote> '
    '<button type="button" class="linklike" data-action="cite" data-turn="{turn}" data-chunk="{chunk}">—'
    " {source}</button></div>"
)
_ABOUT = Markup('<div class="about" dir="auto">{}</div>')
_NOTE = Markup('<p class="note {kind}">{text}</p>')
_CHIP = Markup(
    '<button type="button" class="chip" data-action="cite" data-turn="{turn}" data-chunk="{chunk}">'
    "{marker}{name}{place}</button>"
)
_ACTION = Markup('<button type="button" class="act" data-action="{action}" data-turn="{turn}">{label}</button>')
_COPY = Markup('<button type="button" class="act" data-copy="{text}" data-done="Copied">Copy</button>')
_STOP = Markup(
    '<div class="meta"><button type="button" class="chip stop" data-action="stop" data-turn="{turn}">{icon}'
    " Stop</button>"
    '<span class="stage">{stage}</span></div>'
)
_UNWRITTEN = Markup(
    '<p class="note calm">{} <button type="button" class="linklike" data-action="setup">Set up written answers</button>'
    ' · <button type="button" class="linklike" data-action="look-again">Check again</button></p>'
)
_MARKDOWN = (".md", ".markdown")
_MARKDOWN_SIGNS = re.compile(r"^(?:[#>]+|[-*+])\s+|\*{1,3}(?=\S)|(?<=\S)\*{1,3}|`+|(?<!\w)_{1,3}|_{1,3}(?!\w)")
_TROUBLE = frozenset({Outcome.CUT_OFF, Outcome.INTERRUPTED, Outcome.FAILED})
_NEAREST_SHOWN = 3


def finished_turn(turn_id: str, answer: Answer, selected: str | None, *, unwritten_why: bool = True) -> Markup:
    """Return a turn whose answer is complete, however it ended; ``selected`` is the passage that is open.

    ``unwritten_why`` is whether it says what is missing for a written answer, where it has none, and what to do.
    """
    body = Markup("").join(
        (
            searched_for(turn_id, answer),
            _verdict(answer),
            _quick(turn_id, answer),
            _written(turn_id, answer, selected),
            _sources(turn_id, answer),
            _notes(answer, unwritten_why=unwritten_why),
            _meta(turn_id, answer),
        )
    )
    return _TURN.format(id=turn_id, question=_QUESTION.format(answer.question), body=body)


def live_turn(live: LiveAnswer) -> Markup:
    """Return the turn that is being answered: what there is of it, what is happening, and the way to stop it."""
    answer, turn_id = live.answer, live.turn_id
    body = Markup("").join(
        (
            _quick(turn_id, answer),
            Markup('<div class="prose growing" dir="auto">{}</div>').format(_prose(turn_id, answer, None)),
            _STOP.format(turn=turn_id, icon=icons.STOP, stage=live.stage),
        )
    )
    return _TURN.format(id=turn_id, question=_QUESTION.format(answer.question), body=body)


def lost_turn(turn_id: str, answer: Answer) -> Markup:
    """Return a turn whose answer never came to an end, because the program did before it."""
    body = Markup("").join(
        (
            _quick(turn_id, answer),
            _written(turn_id, answer, None),
            _NOTE.format(kind="warn", text=CLOSED_EARLY),
            _meta(turn_id, answer),
        )
    )
    return _TURN.format(id=turn_id, question=_QUESTION.format(answer.question), body=body)


def answer_as_text(answer: Answer) -> str:
    """Return the answer with its sources, as it goes to the clipboard."""
    quick = answer.quick_answer
    text = answer.text.strip() or (quoted(quick.text, quick.document, quick.place) if quick else "")
    notes = [f"[{c.marker}] {quoted(c.quote, c.document, c.place)}" for c in _once(answer.citations)]
    return "\n\n".join(part for part in (text, "\n".join(notes)) if part)


def _verdict(answer: Answer) -> Markup:
    """What must be read before anything else: that the answer is not in the documents."""
    if answer.outcome is not Outcome.ABSTAINED:
        return Markup("")
    return Markup('<p class="verdict">{}</p>').format(sentence_for_outcome(answer))


def _quick(turn_id: str, answer: Answer) -> Markup:
    quotes = [_quote(turn_id, answer, each) for each in (answer.quick_answer, *answer.more_quotes) if each is not None]
    left_open = sentence_for_quotes(answer)
    return Markup("").join((*quotes, _NOTE.format(kind="calm", text=left_open) if left_open else ""))


def _quote(turn_id: str, answer: Answer, quick: QuickAnswer) -> Markup:
    if is_removed(quick.document_id):
        return _NOTE.format(kind="calm", text=REMOVED_QUOTE)
    return _QUICK.format(
        about=_ABOUT.format(quick.found_for) if quick.found_for else "",
        took=_took(answer),
        text=_tidy(quick),
        turn=turn_id,
        chunk=quick.chunk_id,
        source=source(quick.document, quick.place),
    )


def _took(answer: Answer) -> str:
    return f" · {seconds(answer.seconds.total)}" if answer.seconds.total else ""


def _tidy(quick: QuickAnswer) -> str:
    """The same words; a line break is the page's, not the sentence's, and Markdown's signs are for no reader."""
    text = " ".join(quick.text.split())
    return _MARKDOWN_SIGNS.sub("", text) if quick.document.lower().endswith(_MARKDOWN) else text


def _written(turn_id: str, answer: Answer, selected: str | None) -> Markup:
    if not answer.text:
        return Markup("")
    return Markup('<div class="prose" dir="auto">{}</div>').format(_prose(turn_id, answer, selected))


def _prose(turn_id: str, answer: Answer, selected: str | None) -> Markup:
    buttons = {each.marker: citation_button(turn_id, each, selected) for each in _once(answer.citations)}
    return prose(answer.text, buttons)


def _once(citations: Iterable[Citation]) -> list[Citation]:
    """Each marker once, in the order of the numbers."""
    first: dict[int, Citation] = {}
    for citation in citations:
        first.setdefault(citation.marker, citation)
    return [first[marker] for marker in sorted(first)]


def _sources(turn_id: str, answer: Answer) -> Markup:
    """The passages cited; where none could be, those that come nearest."""
    cited = [
        (Markup("<b>{}</b>").format(each.marker), each.chunk_id, each.document, each.place)
        for each in _once(answer.citations)
    ]
    nearest = [
        (Markup(""), each.chunk.id, each.document.name, each.chunk.place)
        for each in _apart(filter(partial(_speaks_for, answer), answer.evidence))[:_NEAREST_SHOWN]
    ]
    chips = [
        _CHIP.format(turn=turn_id, marker=marker, chunk=chunk, name=short_name(document), place=place and f" · {place}")
        for marker, chunk, document, place in cited or nearest
    ]
    return Markup('<div class="meta sources">{}</div>').format(Markup("").join(chips)) if chips else Markup("")


def _speaks_for(answer: Answer, evidence: Evidence) -> bool:
    """Whether a passage is worth naming below an answer; where there is none, even a weak one may be the nearest."""
    quick = answer.quick_answer
    is_quoted = quick is not None and quick.chunk_id == evidence.chunk.id
    return is_quoted or answer.outcome is Outcome.ABSTAINED or evidence.strength is not Strength.WEAK


def _apart(evidence: Iterable[Evidence]) -> list[Evidence]:
    """The best passage of each place: three buttons that say the same would say nothing."""
    first: dict[tuple[str, str], Evidence] = {}
    for each in evidence:
        first.setdefault((each.document.id, each.chunk.place), each)
    return list(first.values())


def _notes(answer: Answer, *, unwritten_why: bool) -> Markup:
    lines = _how_it_ended(answer, unwritten_why=unwritten_why)
    lines += [_NOTE.format(kind="calm", text=sentence_for_warning(each, answer)) for each in unsaid(answer)]
    return Markup("").join(lines)


def _how_it_ended(answer: Answer, *, unwritten_why: bool) -> list[Markup]:
    sentence = sentence_for_outcome(answer)
    if not sentence or answer.outcome is Outcome.ABSTAINED:
        return []
    if answer.outcome is not Outcome.QUOTED:
        return [_NOTE.format(kind="warn" if answer.outcome in _TROUBLE else "calm", text=sentence)]
    return [_UNWRITTEN.format(sentence)] if unwritten_why else []


def _meta(turn_id: str, answer: Answer) -> Markup:
    actions = [
        _ACTION.format(action="evidence", turn=turn_id, label="Evidence") if answer.evidence else "",
        _COPY.format(text=answer_as_text(answer)) if answer.text or answer.quick_answer else "",
        _ACTION.format(action="retry", turn=turn_id, label="Try again"),
    ]
    facts = [Markup("<span>{}</span>").format(fact) for fact in _facts(answer)]
    parts = Markup(' <span aria-hidden="true">·</span> ').join([*facts, *(action for action in actions if action)])
    return Markup('<div class="meta last">{}</div>').format(parts)


def _facts(answer: Answer) -> Iterable[str]:
    if answer.in_library and answer.searched != answer.in_library and Caveat.STILL_READING not in answer.warnings:
        yield f"answered from {answer.searched} of {answer.in_library} documents"
    if answer.seconds.total:
        yield f"found in {seconds(answer.seconds.total)}"
    if answer.seconds.first_word is not None:
        yield f"first word {seconds(answer.seconds.first_word)}"
    if answer.model and answer.text:
        yield answer.model
