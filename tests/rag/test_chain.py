"""The chain: every stage decides something, every score shown is one that was used, and every run ends once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.documents import BaseDocumentCompressor

from rag.errors import CrossEncoderUnavailable, ModelCrashed
from rag.events import Failed, QuickAnswered, Reranked, Retrieved, SearchedFor, Selected, TextDelta
from rag.evidence import Caveat, Mode, Outcome
from rag.grounding import lay_out_evidence
from rag.inquiry import Exchange
from rag.planning.plan import Plan
from rag.planning.planner import Planner
from rag.retriever import DENSE_WEIGHT_UNFAMILIAR, as_passage, candidate_of
from rag.sentences import UNEXPECTED, sentence_for
from rag.settings import RetrievalSettings
from storage.search import WordHits
from tests.assembled import DEPOSIT, NOTICE, answer_of, events_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag.chain import Stages
    from rag.evidence import Answer, Candidate, Evidence
    from rag.inquiry import Inquiry
    from storage.library import Library

KETTLE = "Where is the kettle that was bought in 1801?"
CRASH = ModelCrashed("http://nowhere", "some-model", "out of memory")
HISTORY = (Exchange(NOTICE, "Two calendar months."),)


@dataclass(frozen=True, slots=True)
class _Deaf:
    """A library of which one arm finds nothing."""

    library: Library
    arm: str

    def __getattr__(self, name: str) -> Any:
        nothing = WordHits([], lambda _: {}) if name == "words" else []
        return (lambda *_, **__: nothing) if name == self.arm else getattr(self.library, name)


class _Reversed(BaseDocumentCompressor):
    """A reranker that puts last what another puts first."""

    inner: Any

    def compress_documents(self, documents: Sequence[Any], query: str, callbacks: Any = None) -> list[Any]:
        return self.inner.compress_documents(documents, query, callbacks)[::-1]


class _Broken(BaseDocumentCompressor):
    """A reranker that cannot."""

    error: Any

    def compress_documents(self, documents: Sequence[Any], query: str, callbacks: Any = None) -> list[Any]:  # noqa: ARG002  (LangChain's signature)
        raise self.error


class _Halving(BaseDocumentCompressor):
    """A second reranker, which halves every probability of the first and turns the order round."""

    def compress_documents(self, documents: Sequence[Any], query: str, callbacks: Any = None) -> list[Any]:  # noqa: ARG002  (LangChain's signature)
        turned = [candidate_of(document) for document in documents][::-1]
        return [as_passage(_halved(candidate, rank)) for rank, candidate in enumerate(turned, start=1)]


def _halved(candidate: Candidate, rank: int) -> Candidate:
    before = candidate.scores.rerank
    assert before is not None
    return replace(
        candidate, scores=replace(candidate.scores, rerank=replace(before, rank=rank, value=before.value / 2))
    )


def _answer(stages: Stages, question: str = NOTICE, **how: Any) -> Answer:
    return answer_of(events_of(stages, question, **how))


def _shown(answer: Answer) -> list[tuple[str, object]]:
    """What a person sees of the passages, in order."""
    return [(each.chunk.id, each.scores) for each in answer.evidence]


def _order(answer: Answer) -> list[str]:
    return [each.chunk.id for each in answer.evidence]


def _marked(evidence: Evidence) -> list[str]:
    return [evidence.chunk.text[span.start : span.end].lower() for span in evidence.highlights]


def _found(events: Sequence[Any]) -> list[str]:
    """The candidates, in fused order."""
    return [each.chunk.chunk.id for each in _the(Retrieved, events).candidates]


def _the(kind: type[Any], events: Sequence[Any]) -> Any:
    (event,) = [event for event in events if isinstance(event, kind)]
    return event


# the way as it is


def test_the_clause_that_answers_comes_first_and_is_quoted(stages: Stages) -> None:
    """Without a language model the documents answer in their own words."""
    answer = _answer(stages)
    best, quick = answer.evidence[0], answer.quick_answer
    assert (best.document.name, best.chunk.page, answer.outcome) == ("Lease agreement.pdf", 3, Outcome.QUOTED)
    assert quick is not None
    page = stages.library.page(quick.document_id, quick.page or 1).text
    assert quick.text == page[quick.char_start : quick.char_end]


def test_events_come_in_the_order_of_the_way(stages: Stages) -> None:
    """Found, reranked, selected, quoted, and the end."""
    kinds = [type(event).__name__ for event in events_of(stages)]
    assert kinds == ["Retrieved", "Reranked", "Selected", "QuickAnswered", "Finished"]


@pytest.mark.parametrize("question", [NOTICE, DEPOSIT, KETTLE])
def test_every_shown_score_is_the_one_that_ordered(stages: Stages, question: str) -> None:
    """Each stage's ranks are the places of its own values, and no passage lacks a score."""
    events = events_of(stages, question)
    fused, reranked = _the(Retrieved, events).candidates, _the(Reranked, events).candidates
    assert [each.scores.fused.rank for each in fused] == list(range(1, len(fused) + 1))
    assert [each.scores.rerank.rank for each in reranked] == list(range(1, len(reranked) + 1))
    for stage, order in (("fused", fused), ("rerank", reranked)):
        values = [getattr(each.scores, stage).value for each in order]
        assert values == sorted(values, reverse=True)
    for stage in ("dense", "keyword"):
        scores = sorted((getattr(each.scores, stage) for each in fused), key=lambda score: score.rank)
        assert [score.value for score in scores] == sorted((score.value for score in scores), reverse=True)
    shown = [(each.chunk.chunk.id, each.scores) for each in reranked[: len(answer_of(events).evidence)]]
    assert _shown(answer_of(events)) == shown


def test_the_fused_value_is_the_sum_of_reciprocal_ranks(stages: Stages) -> None:
    """Of the ranks shown, for a passage that both arms found: 1 / (10 + rank) from each (Cormack et al. 2009)."""
    (best, *_) = _the(Retrieved, events_of(stages, KETTLE)).candidates
    scores = best.scores
    assert scores.fused.value == pytest.approx(1 / (10 + scores.dense.rank) + 1 / (10 + scores.keyword.rank))


def test_in_a_language_that_the_model_does_not_know_the_vectors_find_less(stages: Stages) -> None:
    """The dense list counts for the less, the more the words of the question fall to pieces."""
    question = f"{KETTLE} Wasserkocherentkalkungsmittel Bedienungsanleitungsverzeichnis"
    strange = stages.encode(question).unfamiliar
    (best, *_) = _the(Retrieved, events_of(stages, question)).candidates
    scores = best.scores
    weight = 1 - (1 - DENSE_WEIGHT_UNFAMILIAR) * strange
    assert strange > 0.3
    assert scores.fused.value == pytest.approx(weight / (10 + scores.dense.rank) + 1 / (10 + scores.keyword.rank))


# each stage changes the result


@pytest.mark.parametrize("arm", ["dense", "words"])
def test_without_an_arm_other_passages_are_found(stages: Stages, arm: str) -> None:
    """Each arm finds what the other does not."""
    deaf: Any = _Deaf(stages.library, arm)
    whole, half = (events_of(each, KETTLE, mode=Mode.FAST) for each in (stages, replace(stages, library=deaf)))
    assert set(_found(whole)) != set(_found(half))
    assert _shown(answer_of(whole)) != _shown(answer_of(half))


def test_another_encoding_of_the_question_finds_other_passages(stages: Stages) -> None:
    """Here every question is taken for another one."""
    other = replace(stages, encode=lambda _: stages.encode(KETTLE))
    taken, kettle, usual = (_found(events_of(*each)) for each in ((other,), (stages, KETTLE), (stages,)))
    assert taken == kettle != usual


def test_another_fusion_lets_other_candidates_through(stages: Stages) -> None:
    """Fusion decides which candidates are reranked at all, and its values are those shown."""

    def turned(*lists: Sequence[tuple[str, float]], weights: Sequence[float]) -> list[tuple[str, float]]:
        return [(chunk_id, 1 - value) for chunk_id, value in stages.fuse(*lists, weights=weights)[::-1]]

    usual, other = (
        _answer(stages, KETTLE, mode=Mode.FAST),
        _answer(replace(stages, fuse=turned), KETTLE, mode=Mode.FAST),
    )
    assert _order(other) != _order(usual)
    assert all(each.scores.fused and each.scores.fused.value > 1 / 2 for each in other.evidence)


def test_another_reranker_orders_otherwise(stages: Stages) -> None:
    """Its order is the one shown, cited and read by the model."""
    turned = events_of(replace(stages, reranker=_Reversed(inner=stages.reranker)))
    usual = _the(Reranked, events_of(stages)).candidates
    expected = [each.chunk.chunk.id for each in usual[::-1]]
    assert _order(answer_of(turned)) == expected[: len(answer_of(turned).evidence)]


def test_the_thorough_reranker_has_the_last_word(stages: Stages) -> None:
    """In thorough mode only; whether the answer is there is still judged on the first reranker's order."""
    thorough = replace(stages, thorough_reranker=_Halving)
    usual, other = _answer(stages), _answer(thorough, mode=Mode.THOROUGH)
    assert _order(other) != _order(usual)
    assert _order(_answer(thorough)) == _order(usual)
    assert other.answerable == pytest.approx(_answer(stages, mode=Mode.THOROUGH).answerable)


def test_every_passage_shown_has_the_words_marked_that_answered(stages: Stages) -> None:
    """However many are shown, and whichever reranker ordered them."""
    thorough = replace(stages, thorough_reranker=_Halving)
    for answer in (_answer(stages, top_k=200), _answer(thorough, mode=Mode.THOROUGH, top_k=200)):
        holding = [each for each in answer.evidence if " notice" in each.chunk.text]
        assert len(holding) > 3
        assert all("notice" in _marked(each) for each in holding)


def test_the_selection_decides_what_an_answer_may_rest_on(stages: Stages) -> None:
    """One passage is numbered; the others are shown, and why they are not used."""
    one = replace(stages, select=partial(lay_out_evidence, stages.library, settings=RetrievalSettings(passages=1)))
    answer = _answer(one)
    assert [each.marker for each in answer.evidence] == [1] + [None] * (len(answer.evidence) - 1)
    assert all(each.used or each.left_out for each in answer.evidence)
    assert sum(each.used for each in _answer(stages).evidence) > 1


def test_the_judgement_that_nothing_answers_ends_the_way(stages: Stages) -> None:
    """The nearest passages are shown as such, and no model is asked to guess."""

    async def asked(_: Inquiry) -> Inquiry:
        raise AssertionError("the model was asked")

    answer = _answer(replace(stages, answerable=lambda *_, **__: 0.0, write=asked))
    assert (answer.outcome, answer.quick_answer) == (Outcome.ABSTAINED, None)
    assert answer.evidence
    higher = replace(stages, answerable_threshold=1.0)
    assert _answer(higher).outcome is Outcome.ABSTAINED


def test_another_quick_answer_is_the_one_quoted(stages: Stages) -> None:
    """And none is none."""
    events = events_of(replace(stages, quick_answer=lambda *_, **__: None))
    assert _the(QuickAnswered, events).quick_answer is answer_of(events).quick_answer is None
    assert _answer(stages).quick_answer is not None


def test_another_writer_writes_the_answer(stages: Stages) -> None:
    """What it tells is what is kept."""

    async def write(inquiry: Inquiry) -> Inquiry:
        return inquiry.tell(TextDelta("Two months.")).settle(Outcome.ANSWERED)

    answer = _answer(replace(stages, write=write))
    assert (answer.outcome, answer.text) == (Outcome.ANSWERED, "Two months.")


def test_a_rewritten_follow_up_is_what_is_searched_for(stages: Stages) -> None:
    """The person is told, and sees what they asked."""
    events = events_of(_rewriting(stages), "And when was it bought?", history=HISTORY)
    answer = answer_of(events)
    assert events[0] == SearchedFor(Plan.plain(KETTLE))
    assert (answer.question, answer.searched_for) == ("And when was it bought?", KETTLE)
    assert _order(answer) == _order(_answer(stages, KETTLE))


def test_a_first_question_is_never_rewritten(stages: Stages) -> None:
    """It has nothing to lean on."""
    answer = _answer(_rewriting(stages), "And when was it bought?")
    assert (answer.searched_for, answer.plan) == ("And when was it bought?", None)


def _rewriting(stages: Stages) -> Stages:
    """Every follow-up is made the same whole question."""

    async def rewrite(_: Inquiry) -> str:
        return KETTLE

    return replace(stages, plan=Planner(stages.library, rewrite).plan)


# modes and scope


def test_thorough_mode_says_when_it_has_no_cross_encoder(stages: Stages) -> None:
    """And answers all the same; the other modes have nothing to say."""

    def absent() -> BaseDocumentCompressor:
        raise CrossEncoderUnavailable("some/model")

    without = replace(stages, thorough_reranker=absent)
    assert Caveat.NO_CROSS_ENCODER in _answer(without, mode=Mode.THOROUGH).warnings
    assert Caveat.NO_CROSS_ENCODER not in _answer(without).warnings


def test_the_scope_is_applied_before_the_search(stages: Stages) -> None:
    """A document that is far from the question still gives its best passages when it alone is asked."""
    (costs,) = [each for each in stages.library.documents() if each.name == "Household costs.xlsx"]
    answer = _answer(stages, KETTLE, scope=frozenset({costs.id}))
    assert len(answer.evidence) == min(10, costs.chunks)
    assert {each.document.id for each in answer.evidence} == {costs.id}


# faults


def _faulty(stages: Stages, stage: str, error: Exception) -> Stages:
    """The stages with one that raises."""

    def fail(*_: object, **__: object) -> Any:
        raise error

    async def fail_later(_: Inquiry) -> Any:
        raise error

    if stage in {"dense", "words", "fetch", "document"}:
        library: Any = _Deaf(stages.library, "")
        faulty: Any = type(
            "_Faulty", (), {"__getattr__": lambda _, name: fail if name == stage else getattr(library, name)}
        )()
        select = partial(lay_out_evidence, faulty, settings=RetrievalSettings(passages=6))
        return replace(stages, library=faulty, select=select)
    if stage == "reranker":
        return replace(stages, reranker=_Broken(error=error))
    return replace(stages, **{stage: fail_later if stage in {"plan", "write"} else fail})


STAGES = (
    "plan",
    "encode",
    "dense",
    "words",
    "fetch",
    "fuse",
    "reranker",
    "thorough_reranker",
    "answerable",
    "document",
    "select",
    "quick_answer",
    "write",
)


@pytest.mark.parametrize("stage", STAGES)
def test_trouble_at_any_stage_ends_in_one_event_that_says_what(stages: Stages, stage: str) -> None:
    """Exactly one terminal event, the last, with the sentence for it and all that was found before."""
    faulty = replace(_faulty(stages, stage, CRASH), answerable_threshold=0.0)
    events = events_of(faulty, "And for pets?", history=HISTORY, mode=Mode.THOROUGH)
    answer = answer_of(events)
    assert isinstance(events[-1], Failed)
    assert (answer.outcome, answer.problem) == (Outcome.FAILED, sentence_for(CRASH))
    assert bool(answer.evidence) == any(isinstance(event, Selected) for event in events)


@pytest.mark.parametrize("stage", ["encode", "reranker", "write"])
def test_a_bug_at_any_stage_ends_in_one_event_too(stages: Stages, stage: str) -> None:
    """Nobody waits for ever because of it."""
    answer = _answer(_faulty(stages, stage, ZeroDivisionError()))
    assert (answer.outcome, answer.problem) == (Outcome.FAILED, UNEXPECTED)


# words as they are written


def test_words_in_quotes_are_all_that_comes_into_question(stages: Stages) -> None:
    """And where no passage holds them, the question is asked as if they were none, and the answer says so."""
    answer = _answer(stages, 'How much notice is it in "calendar months"?')
    assert answer.evidence
    assert all("calendar months" in " ".join(each.chunk.text.split()).lower() for each in answer.evidence)
    nowhere = _answer(stages, f'{NOTICE} "calendar of months"')
    assert nowhere.evidence
    assert nowhere.plan is not None
    assert [each.held for each in nowhere.plan.filters] == [False]


def test_a_slip_of_the_finger_finds_the_same(stages: Stages) -> None:
    right, wrong = (_answer(stages, f"Who is the {word}?") for word in ("landlord", "landlrod"))
    assert wrong.plan is not None
    assert wrong.plan.respelled
    assert wrong.searched_for == right.question
    assert _order(wrong) == _order(right)
