"""How the passages were found: the stages in plain words and figures, and the way of every passage through them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from rag.evidence import Outcome
from rag.planning.plan import Plan, SearchKind
from rag.planning.telling import sentence_for_filters, words_for_filter
from rag.sentences import sentence_for_left_out, sentence_for_outcome
from ui.render.words import count, seconds, short_name, source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rag.evidence import Answer, Evidence, StageScore

__all__ = ["how_found"]

_STEP = Markup("<li><h3>{title}<span>{took}</span></h3><p>{text}</p>{more}</li>")
_ROW = Markup(
    '<tr class="{state}"><th scope="row"><button type="button" class="linklike" data-action="cite" data-turn="{turn}"'
    ' data-chunk="{chunk}">{name}</button> <span>{place}</span></th>'
    "<td>{dense}</td><td>{keyword}</td><td>{fused}</td><td>{rerank}</td><td>{verdict}</td></tr>"
)
_TABLE = Markup(
    '<div class="table"><table><caption class="unseen">The place of each passage in the order of each stage</caption>'
    '<thead><tr><th scope="col">Passage</th><th scope="col">Meaning</th><th scope="col">Keywords</th>'
    '<th scope="col">Combined</th><th scope="col">Reranker</th><th scope="col">Used</th></tr></thead>'
    "<tbody>{}</tbody></table></div>"
)
_LIKELY = 0.7
_HELPS = {
    SearchKind.REPHRASED: "The language model put it in other words, which were searched for too.",
    SearchKind.STEP_BACK: "The language model named the more general question behind it, which was searched for too.",
    SearchKind.IMAGINED: "The language model made up a passage that might answer it, to find real ones like it.",
}


def how_found(turn_id: str, answer: Answer, *, running: bool = False) -> Markup:
    """Return every stage that an answer went through; how it ended is not known of one that is ``running``."""
    steps = (
        _searched(answer),
        _candidates(answer),
        _combined(turn_id, answer),
        _reranked(answer),
        _merged(answer),
        _kept(answer),
        "" if running else _written(answer),
    )
    return Markup('<ol class="trace">{}</ol>').format(Markup("").join(steps))


def _step(title: str, text: str, took: float | None = None, more: Markup | str = "") -> Markup:
    return _STEP.format(title=title, took=seconds(took) if took else "", text=text, more=more)


def _searched(answer: Answer) -> Markup:
    whole = f" in {answer.searched} of {answer.in_library} documents" if answer.in_library else ""
    plan = answer.plan or Plan.plain(answer.searched_for)
    texts = " and ".join(f"“{each.text}”" for each in plan.searches)
    only = "".join(f", only {words_for_filter(each)}" for each in plan.holding)
    how = " ".join(_planned(answer, plan))
    return _step("Searched", f"{texts}{whole}{only}. {how}".strip(), answer.seconds.encode + answer.seconds.search)


def _planned(answer: Answer, plan: Plan) -> Iterator[str]:
    """How the question came to be searched for in other words."""
    kinds = {each.kind for each in plan.searches}
    if SearchKind.GIVEN in kinds:
        yield "You said what to search for."
    elif plan.respelled:
        yield "A word that stands in none of your documents was taken for the nearest one that does."
    elif plan.question != answer.question and not plan.looked_back:
        yield "Your question leaned on an earlier one, so it was made whole first."
    if plan.looked_back:
        yield "Alone it found little, so words of your earlier questions were added."
    if SearchKind.PART in kinds:
        yield "It asks several things, so each was searched for by itself."
    yield from (sentence for kind, sentence in _HELPS.items() if kind in kinds)
    yield sentence_for_filters(plan)


def _candidates(answer: Answer) -> Markup:
    text = (
        f"{count(answer.weighed, 'passage')} came into question: all were compared by meaning, "
        f"and {answer.sharing_words or 'none'} of them share words with the question."
    )
    best = (_best(answer.evidence, "dense", "Meaning"), _best(answer.evidence, "keyword", "Keywords"))
    return _step("Found by meaning and by keywords", " ".join((text, *best)).strip())


def _best(evidence: Iterable[Evidence], stage: str, name: str) -> str:
    scored = [(score, each) for each in evidence if (score := getattr(each.scores, stage)) is not None and score.value]
    if not scored:
        return ""
    score, best = min(scored, key=lambda pair: pair[0].rank)
    where = source(short_name(best.document.name), best.chunk.place)
    return f"{name} put {where} highest of those shown ({score.value:.2f})."


def _combined(turn_id: str, answer: Answer) -> Markup:
    rows = Markup("").join(_row(turn_id, each) for each in answer.evidence)
    return _step(
        "Combined",
        "Both orders were put together: a passage high in both comes first. This is where each passage stood:",
        more=_TABLE.format(rows) if answer.evidence else "",
    )


def _row(turn_id: str, evidence: Evidence) -> Markup:
    scores = evidence.scores
    return _ROW.format(
        state="" if evidence.used else "dim",
        turn=turn_id,
        chunk=evidence.chunk.id,
        name=short_name(evidence.document.name),
        place=evidence.chunk.place,
        dense=_rank(scores.dense),
        keyword=_rank(scores.keyword),
        fused=_rank(scores.fused),
        rerank=_rank(scores.rerank),
        verdict="yes" if evidence.used else "no",
    )


def _rank(score: StageScore | None) -> str:
    return f"#{score.rank}" if score is not None and score.value else "–"


def _reranked(answer: Answer) -> Markup:
    number = count(answer.weighed, "passage")
    were = "was" if answer.weighed == 1 else "were"
    text = f"{number} {were} read word against word with the question by MiniLM. {_likelihood(answer)}"
    return _step("Reranked", text, answer.seconds.rerank)


def _likelihood(answer: Answer) -> str:
    if answer.outcome is Outcome.ABSTAINED:
        word = "The answer is probably not among them"
    elif answer.answerable >= _LIKELY:
        word = "The answer is very likely among them"
    else:
        word = "The answer may be among them"
    return f"{word} (probability {answer.answerable:.2f})."


def _kept(answer: Answer) -> Markup:
    used = sum(1 for each in answer.evidence if each.used)
    left_out = [each for each in answer.evidence if not each.used]
    reasons = [
        f"{source(short_name(each.document.name), each.chunk.place)} {sentence_for_left_out(each.left_out)}"
        for each in left_out
        if each.left_out is not None
    ]
    text = f"{count(used, 'passage')} kept, {len(left_out)} left out"
    return _step("Kept", f"{text}: {'; '.join(reasons)}." if reasons else f"{text}.")


def _merged(answer: Answer) -> Markup:
    """How the parts of a question share the places; nothing for one that is one."""
    if len(answer.answerable_parts) < 2 or answer.plan is None:  # noqa: PLR2004  (parts)
        return Markup("")
    likely = "; ".join(
        f"“{question}” {probability:.2f}"
        for (question, _), probability in zip(answer.plan.questions, answer.answerable_parts, strict=True)
    )
    text = (
        "Each search has an order of its own, and a passage shows the scores of the one it stands highest for. "
        f"The orders were put together by reciprocal rank. Probability that the answer is there: {likely}."
    )
    return _step("Put together", text)


def _written(answer: Answer) -> Markup:
    took = answer.seconds.written
    if answer.text and answer.model:
        first = answer.seconds.first_word
        start = f"; the first word came after {seconds(first)}" if first is not None else ""
        cited = len({each.marker for each in answer.citations})
        return _step("Written", f"{answer.model} wrote the answer and cited {count(cited, 'passage')}{start}.", took)
    if answer.outcome is Outcome.ANSWERED:
        return Markup("")
    return _step("Answered", sentence_for_outcome(answer), took)
