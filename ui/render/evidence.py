"""The passages beside an answer, each with its document, its place, its marked words and its four scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup, escape

from rag.evidence import Answer, Evidence, Span
from rag.retelling import is_removed
from rag.sentences import NOTHING_FOUND, REMOVED_QUOTE, sentence_for_left_out, sentence_for_strength
from ui.render.frame import hollow
from ui.render.marks import excerpt, marked, shifted, within
from ui.render.words import is_drawn, quoted, short_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag.evidence import StageScore

__all__ = ["evidence_cards", "quotes_in", "score_bars"]

_CARD = Markup(
    '<article class="ev{state}" id="ev-{chunk}" aria-label="Passage from {name}, {place}"{scroll}>'
    '<div class="h"><button type="button" class="open" data-action="cite" data-turn="{turn}" data-chunk="{chunk}"'
    ' aria-expanded="{expanded}">{marker}<span class="name">{name}</span> <em>{where}</em></button>'
    '<span class="word {strength}" title="{meaning}">{strength}</span></div>'
    '<div class="t{flow}" dir="auto">{text}</div>{scores}{detail}{foot}</article>'
)
_FOOT = Markup(
    '<div class="foot-acts"><button type="button" class="act" data-action="page" data-turn="{turn}"'
    ' data-chunk="{chunk}">'
    'Show on page</button><button type="button" class="act" data-copy="{quote}" data-done="Copied">Copy quote</button>'
    '<a class="act" href="{original}" target="_blank" rel="noopener">Open original</a></div>'
)
_SCORE = Markup(
    '<div class="score {kind}" title="{title}"><span>{name}</span><b>{value}</b> <i class="rank">{rank}</i>'
    '<div class="bar"><i style="width:{share:.0f}%"></i></div></div>'
)

"""Its lines end where the paper does, so only its paragraphs are kept apart."""
_NOTHING = Markup("")


class _Stage(NamedTuple):
    """How one score is shown."""

    kind: str
    name: str
    digits: int
    meaning: str


_STAGES = (
    _Stage("dense", "Meaning", 2, "how near its meaning is to the question’s (cosine similarity)"),
    _Stage("keyword", "Keywords", 1, "how well its words match the question’s (BM25)"),
    _Stage("fused", "Combined", 4, "both orders put together (reciprocal rank fusion)"),
    _Stage("rerank", "Reranker", 2, "how likely it answers the question (probability)"),
)


def evidence_cards(turn_id: str, answer: Answer, selected: str | None, detail: Markup = _NOTHING) -> Markup:
    """Return all passages of an answer; the selected one whole, with ``detail``: a look at where it stands."""
    if not answer.evidence:
        return hollow(NOTHING_FOUND)
    scales = _scales(answer.evidence)
    cards = [
        _card(turn_id, each, answer, detail if each.chunk.id == selected else None, scales) for each in answer.evidence
    ]
    return Markup('<div class="cards">{}</div>').format(Markup("").join(cards))


def quotes_in(answer: Answer, chunk_id: str) -> tuple[Span, ...]:
    """Return the words of a chunk that the answer quotes, as offsets into its page."""
    quotes = [Span(each.char_start, each.char_end) for each in answer.citations if each.chunk_id == chunk_id]
    quick = answer.quick_answer
    if quick is not None and quick.chunk_id == chunk_id:
        quotes.append(Span(quick.char_start, quick.char_end))
    return tuple(quotes)


def _card(turn_id: str, evidence: Evidence, answer: Answer, detail: Markup | None, scales: Sequence[float]) -> Markup:
    """``detail`` is None for a passage that is not open."""
    chunk, is_open = evidence.chunk, detail is not None
    name = short_name(evidence.document.name)
    return _CARD.format(
        state=(" sel" if is_open else "") + ("" if evidence.used else " dim"),
        scroll=Markup(' data-scroll="{}-{}"').format(turn_id, chunk.id) if is_open else "",
        chunk=chunk.id,
        turn=turn_id,
        name=name,
        place=chunk.place,
        where=_where(evidence),
        expanded="true" if is_open else "false",
        marker=_marker(evidence, is_open=is_open),
        strength=evidence.strength,
        meaning=sentence_for_strength(evidence.strength),
        flow=" flowing" if is_drawn(evidence.document) else "",
        text=_text(evidence, answer, is_open=is_open),
        scores=score_bars(evidence, scales),
        detail=detail or "",
        foot=_foot(turn_id, evidence, answer) if is_open and not is_removed(chunk.document_id) else "",
    )


def _marker(evidence: Evidence, *, is_open: bool) -> Markup:
    if evidence.marker is None:
        return Markup('<span class="fn none" aria-hidden="true">–</span>')
    return Markup('<span class="fn{}">{}</span>').format(" sel" if is_open else "", evidence.marker)


def _where(evidence: Evidence) -> str:
    heading = evidence.chunk.heading.rpartition(" › ")[2]
    parts = [evidence.chunk.place, heading if heading not in evidence.chunk.place else ""]
    if evidence.found_for:
        parts.append(f"for “{evidence.found_for}”")
    if not evidence.used:
        reason = f": {sentence_for_left_out(evidence.left_out)}" if evidence.left_out else ""
        parts.append(f"not used{reason}")
    return " · ".join(part for part in parts if part)


def _text(evidence: Evidence, answer: Answer, *, is_open: bool) -> Markup:
    """The words of a passage, with those around it that the language model has read too."""
    chunk = evidence.read
    if is_removed(chunk.document_id):
        return escape(REMOVED_QUOTE)
    strong = shifted(quotes_in(answer, chunk.id), -chunk.char_start)
    soft = shifted(evidence.highlights, evidence.chunk.char_start - chunk.char_start)
    window = Span(0, len(chunk.text)) if is_open else excerpt(chunk.text, strong or soft)
    shown = marked(chunk.text[window.start : window.end], within(strong, window), within(soft, window))
    if is_drawn(evidence.document):
        shown = shown.replace("\n\n", Markup("<br>"))
    return Markup("{}{}{}").format("…" if window.start else "", shown, "…" if window.end < len(chunk.text) else "")


def _foot(turn_id: str, evidence: Evidence, answer: Answer) -> Markup:
    chunk = evidence.read
    quotes = [chunk.text[s.start - chunk.char_start : s.end - chunk.char_start] for s in quotes_in(answer, chunk.id)]
    anchor = f"#page={chunk.page}" if chunk.page else ""
    return _FOOT.format(
        turn=turn_id,
        chunk=chunk.id,
        quote=quoted((quotes or [chunk.text])[0], evidence.document.name, chunk.place),
        original=f"/originals/{evidence.document.id}{anchor}",
    )


def _place(score: StageScore) -> str:
    """Its place in the stage's order; where no word matched there is none."""
    return f"#{score.rank}" if score.value else ""


def _scales(evidence: Sequence[Evidence]) -> tuple[float, ...]:
    """What a full bar means for each score: 1 for a cosine and a probability, the best passage for the other two."""
    best_keyword = max((_value(each.scores.keyword) for each in evidence), default=0.0)
    best_fused = max((_value(each.scores.fused) for each in evidence), default=0.0)
    return (1.0, best_keyword, best_fused, 1.0)


def _value(score: StageScore | None) -> float:
    return score.value if score is not None else 0.0


def score_bars(evidence: Evidence, scales: Sequence[float]) -> Markup:
    """Return the four scores, each with its name, its true value, its place in that stage's order, and a bar."""
    scores = evidence.scores
    values = (scores.dense, scores.keyword, scores.fused, scores.rerank)
    bars = [_bar(*each) for each in zip(_STAGES, values, scales, strict=True)]
    return Markup('<div class="sc">{}</div>').format(Markup("").join(bars))


def _bar(stage: _Stage, score: StageScore | None, scale: float) -> Markup:
    if score is None:
        return Markup('<div class="score {}"><span>{}</span><b>–</b></div>').format(stage.kind, stage.name)
    return _SCORE.format(
        kind=stage.kind,
        name=stage.name,
        title=f"{stage.name}: {stage.meaning}",
        value=f"{score.value:.{stage.digits}f}",
        rank=_place(score),
        share=100 * min(1.0, max(0.0, score.value / scale)) if scale else 0.0,
    )
