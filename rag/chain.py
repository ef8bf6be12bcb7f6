"""The way of a question, from top to bottom: one LangChain chain, and one stream of typed events out of it.

    plan ─▶ retrieve (dense + keyword, fused) ─▶ rerank ─▶ look back (only in a conversation, where little was found)
         ─▶ widen (only where filters left nothing good) ─▶ look twice (only in thorough mode) ─▶ select
         ─▶ quick answer ─▶ write (prompt, model, citations) ─▶ conclude

A plan is nearly always the question itself. Where it holds several questions, each is searched and reranked by itself,
and their lists are merged.

Every stage takes an ``Inquiry``, tells what it found as an event and hands the inquiry on. There is no second path:
page, command line and tests all run this chain, and replacing a stage of ``Stages`` changes all three. The stages only
say in which order things happen; how each is done stands in the module it calls.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from langchain_core.runnables import Runnable, RunnableLambda

from rag.errors import CrossEncoderUnavailable
from rag.events import Failed, Finished, QuickAnswered, Reranked, Retrieved, SearchedFor, Selected
from rag.evidence import CANDIDATES, Answer, Caveat, Mode, Outcome
from rag.looking_back import LIKELY, finds_more, fits, looking_back
from rag.planning.filtering import passages_holding
from rag.planning.merging import merged
from rag.retriever import HybridRetriever, as_passage, candidate_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from langchain_core.documents import BaseDocumentCompressor

    from rag.encoder import EncodedQuestion
    from rag.events import AnswerEvent
    from rag.evidence import Candidate, Evidence, QuickAnswer
    from rag.inquiry import Inquiry
    from rag.planning.plan import Plan
    from storage.library import Library
    from storage.records import ModelVector

__all__ = ["Judge", "Quote", "Select", "Stages", "build_chain", "find_only"]


class Select(Protocol):
    """Lay out the best ``shown`` candidates as evidence, those numbered that the answer may rest on."""

    def __call__(
        self, question: EncodedQuestion, candidates: Sequence[Candidate], /, *, shown: int
    ) -> tuple[Evidence, ...]:
        """Return the evidence in rank order."""


class Quote(Protocol):
    """Quote the sentence that answers best, above all one that says the ``phrases`` word for word."""

    def __call__(
        self,
        question: EncodedQuestion,
        evidence: Sequence[Evidence],
        candidates: Sequence[Candidate],
        /,
        *,
        phrases: Sequence[str],
    ) -> QuickAnswer | None:
        """Return it, or None where no sentence is worth quoting."""


class Judge(Protocol):
    """Say how likely the documents hold the answer, told whether there may be ``more`` passages than the candidates."""

    def __call__(self, question: EncodedQuestion, candidates: Sequence[Candidate], /, *, more: bool) -> float:
        """Return a probability."""


@dataclass(frozen=True, slots=True, eq=False)
class Stages:
    """The parts of the chain that can be replaced, in the order in which a question meets them."""

    library: Library
    encode: Callable[[str], EncodedQuestion]
    """Quick to repeat: the stages ask for the same question again and again."""
    meant: Callable[[str], ModelVector | None]
    """The same text by the model that passages are found by; None where that is the one of ``encode``."""
    plan: Callable[[Inquiry], Awaitable[Plan]]
    """What to search for; see ``rag/planning``."""
    fuse: Callable[..., list[tuple[str, float]]]
    """Ranked lists of ids with values to one of them, best first."""
    reranker: BaseDocumentCompressor
    answerable: Judge
    answerable_threshold: float
    """Below it, the answer is that the documents do not hold one."""
    thorough_reranker: Callable[[], BaseDocumentCompressor]
    """Raises CrossEncoderUnavailable where its weights are not on this machine."""
    select: Select
    quick_answer: Quote
    write: Callable[[Inquiry], Awaitable[Inquiry]]


def build_chain(stages: Stages) -> Runnable[Inquiry, Answer]:
    """Return the whole chain; its events go to ``Inquiry.emit``, the last of them exactly one Finished or Failed."""
    return (
        find_only(stages)
        | RunnableLambda(_step(_write, stages), name="write")
        | RunnableLambda(_conclude, name="conclude")
    )


def find_only(stages: Stages) -> Runnable[Inquiry, Inquiry]:
    """Return the part of the chain that needs no language model: up to and including the quick answer."""
    return (
        RunnableLambda(_step(_plan, stages), name="plan")
        | RunnableLambda(_step(_retrieve, stages), name="retrieve")
        | RunnableLambda(_step(_rerank, stages), name="rerank")
        | RunnableLambda(_step(_look_back, stages), name="look back")
        | RunnableLambda(_step(_widen, stages), name="widen")
        | RunnableLambda(_step(_look_twice, stages), name="look twice")
        | RunnableLambda(_step(_select, stages), name="select")
        | RunnableLambda(_step(_quick_answer, stages), name="quick answer")
    )


def _step(
    stage: Callable[[Stages, Inquiry], Awaitable[Inquiry]], stages: Stages
) -> Callable[[Inquiry], Awaitable[Inquiry]]:
    async def run(inquiry: Inquiry) -> Inquiry:
        return await stage(stages, inquiry)

    return run


async def _plan(stages: Stages, inquiry: Inquiry) -> Inquiry:
    plan = inquiry.given or await stages.plan(inquiry)
    return inquiry if plan.is_plain(inquiry.draft.question) else inquiry.tell(SearchedFor(plan))


async def _retrieve(stages: Stages, inquiry: Inquiry) -> Inquiry:
    started = time.perf_counter()
    await asyncio.to_thread(_encode, stages, inquiry.plan)
    encoded = time.perf_counter()
    lists = tuple([await _candidates(stages, inquiry, *question) for question in inquiry.plan.questions])
    inquiry = _with_lists(inquiry, lists)
    return inquiry.tell(Retrieved(inquiry.candidates, encoded - started, time.perf_counter() - encoded))


def _encode(stages: Stages, plan: Plan) -> None:
    for search in plan.searches:
        stages.encode(search.text)
        stages.meant(search.text)


async def _candidates(stages: Stages, inquiry: Inquiry, question: str, helps: tuple[str, ...]) -> tuple[Candidate, ...]:
    """What is found for one question of the plan, behind its filters."""
    scope = inquiry.plan.scope_within(inquiry.scope)
    retriever = HybridRetriever(
        library=stages.library,
        encode=stages.encode,
        meant=stages.meant,
        fuse=stages.fuse,
        depth=_depth(inquiry),
        scope=scope,
        among=await asyncio.to_thread(passages_holding, stages.library, inquiry.plan, scope),
        exact=inquiry.mode is Mode.THOROUGH,
        helps=helps,
    )
    return tuple(map(candidate_of, await retriever.ainvoke(question)))


def _depth(inquiry: Inquiry) -> int:
    """How many candidates are wanted: no fewer than are to be shown."""
    return max(CANDIDATES[inquiry.mode], inquiry.top_k)


async def _rerank(stages: Stages, inquiry: Inquiry) -> Inquiry:
    """Order by the built-in reranker, on whose order it is judged whether the answer is there."""
    started = time.perf_counter()
    inquiry = await _compress(inquiry, stages.reranker)
    parts = tuple(
        stages.answerable(stages.encode(question), candidates, more=len(candidates) >= _depth(inquiry))
        for question, candidates in inquiry.candidates_of_each
    )
    return inquiry.tell(Reranked(inquiry.candidates, max(parts), time.perf_counter() - started, parts))


async def _compress(inquiry: Inquiry, reranker: BaseDocumentCompressor) -> Inquiry:
    ordered = [
        await reranker.acompress_documents([as_passage(each) for each in candidates], question)
        for question, candidates in inquiry.candidates_of_each
    ]
    return _with_lists(inquiry, tuple(tuple(map(candidate_of, passages)) for passages in ordered))


def _with_lists(inquiry: Inquiry, lists: tuple[tuple[Candidate, ...], ...]) -> Inquiry:
    questions = [question for question, _ in inquiry.plan.questions]
    return replace(inquiry, lists=lists, candidates=merged(questions, lists))


async def _look_back(stages: Stages, inquiry: Inquiry) -> Inquiry:
    """Search with words of the questions before too, which count where an answer is found by them.

    Nobody is told of a search that does not count.
    """
    likely = inquiry.draft.answerable_parts[0] >= LIKELY
    if inquiry.given is not None or not inquiry.history or likely:
        return inquiry
    plan = looking_back(inquiry.plan, inquiry.history)
    if not plan.looked_back:
        return inquiry
    events: list[AnswerEvent] = []
    tried = replace(inquiry, emit=events.append).tell(SearchedFor(plan))
    tried = await _rerank(stages, await _retrieve(stages, tried))
    if not await _counts(stages, inquiry, tried):
        return inquiry
    for event in events:
        inquiry.emit(event)
    return replace(tried, emit=inquiry.emit)


async def _counts(stages: Stages, inquiry: Inquiry, tried: Inquiry) -> bool:
    """Whether what was tried with words of earlier questions is better than what the question found alone."""
    question, _ = inquiry.plan.questions[0]
    alone, together = inquiry.draft.answerable_parts[0], tried.draft.answerable_parts[0]
    if not finds_more(question, alone, together, stages.answerable_threshold):
        return False
    found = [as_passage(each) for each in tried.lists[0]]
    judged = [candidate_of(each) for each in await stages.reranker.acompress_documents(found, question)]
    return fits(tried.lists[0][0], judged, inquiry.lists[0], answered=alone >= stages.answerable_threshold)


async def _widen(stages: Stages, inquiry: Inquiry) -> Inquiry:
    """Search everything after all, where what the plan's filters let through does not seem to hold the answer."""
    kept = inquiry.given is not None  # who sets a filter knows why
    good = inquiry.candidates and inquiry.draft.answerable >= stages.answerable_threshold
    if kept or not inquiry.plan.holding or good:
        return inquiry
    everywhere = inquiry.tell(SearchedFor(inquiry.plan.without_filters()))
    return await _rerank(stages, await _retrieve(stages, everywhere))


async def _look_twice(stages: Stages, inquiry: Inquiry) -> Inquiry:
    """Let a cross-encoder order what the built-in reranker found, in thorough mode."""
    if inquiry.mode is not Mode.THOROUGH:
        return inquiry
    started = time.perf_counter()
    try:
        reranker = await asyncio.to_thread(stages.thorough_reranker)
    except CrossEncoderUnavailable:
        return inquiry.settle(inquiry.draft.outcome, Caveat.NO_CROSS_ENCODER)
    inquiry = await _compress(inquiry, reranker)
    draft, seconds = inquiry.draft, time.perf_counter() - started
    return inquiry.tell(Reranked(inquiry.candidates, draft.answerable, seconds, draft.answerable_parts))


async def _select(stages: Stages, inquiry: Inquiry) -> Inquiry:
    question = stages.encode(inquiry.draft.searched_for)
    evidence = await asyncio.to_thread(stages.select, question, inquiry.candidates, shown=inquiry.top_k)
    if inquiry.draft.answerable < stages.answerable_threshold:
        # They are shown as the nearest there are; nothing rests on them.
        evidence = tuple(replace(each, marker=None, left_out=None) for each in evidence)
        inquiry = inquiry.settle(Outcome.ABSTAINED)
    return inquiry.tell(Selected(evidence, inquiry.elapsed))


async def _quick_answer(stages: Stages, inquiry: Inquiry) -> Inquiry:
    if inquiry.draft.outcome is Outcome.ABSTAINED:
        return inquiry.tell(QuickAnswered(None, inquiry.elapsed))
    quotes = [
        replace(quote, found_for=question if len(inquiry.lists) > 1 else "")
        for (question, candidates), answerable in zip(
            inquiry.candidates_of_each, inquiry.draft.answerable_parts, strict=True
        )
        if answerable >= stages.answerable_threshold
        and (quote := await asyncio.to_thread(_quote, stages, inquiry, question, candidates)) is not None
    ]
    return inquiry.tell(QuickAnswered(quotes[0] if quotes else None, inquiry.elapsed, tuple(quotes[1:])))


def _quote(stages: Stages, inquiry: Inquiry, question: str, candidates: Sequence[Candidate]) -> QuickAnswer | None:
    """The best sentence for one question of the plan, out of the evidence that is there for it."""
    evidence = [each for each in inquiry.draft.evidence if each.found_for in {"", question}]
    return stages.quick_answer(stages.encode(question), evidence, candidates, phrases=inquiry.plan.phrases)


async def _write(stages: Stages, inquiry: Inquiry) -> Inquiry:
    """Let the language model write, unless the documents do not hold the answer: it is never asked to guess."""
    return inquiry if inquiry.draft.outcome is Outcome.ABSTAINED else await stages.write(inquiry)


async def _conclude(inquiry: Inquiry) -> Answer:
    terminal = Failed if inquiry.draft.outcome is Outcome.FAILED else Finished
    return inquiry.tell(terminal(inquiry.draft)).draft
