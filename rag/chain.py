"""The way of a question, from top to bottom: one LangChain chain, and one stream of typed events out of it.

    rewrite ─▶ retrieve (dense + keyword, fused) ─▶ rerank ─▶ select ─▶ quick answer
            ─▶ write (prompt, model, citations) ─▶ conclude

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
from rag.events import Failed, Finished, QuickAnswered, Reranked, Retrieved, Rewritten, Selected
from rag.evidence import Answer, Caveat, Mode, Outcome
from rag.phrases import holding
from rag.retriever import CANDIDATES, HybridRetriever, as_passage, candidate_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from langchain_core.documents import BaseDocumentCompressor

    from rag.encoder import EncodedQuestion
    from rag.evidence import Candidate, Evidence, QuickAnswer
    from rag.inquiry import Inquiry
    from storage.library import Library

__all__ = ["Select", "Stages", "build_chain", "find_only"]


class Select(Protocol):
    """Lay out the best ``shown`` candidates as evidence, those numbered that the answer may rest on."""

    def __call__(
        self, question: EncodedQuestion, candidates: Sequence[Candidate], /, *, shown: int
    ) -> tuple[Evidence, ...]:
        """Return the evidence in rank order."""


@dataclass(frozen=True, slots=True, eq=False)
class Stages:
    """The parts of the chain that can be replaced, in the order in which a question meets them."""

    library: Library
    encode: Callable[[str], EncodedQuestion]
    """Quick to repeat: the stages ask for the same question again and again."""
    rewrite: Callable[[Inquiry], Awaitable[str]]
    """The question to search for; only a follow-up differs from what was asked."""
    spell: Callable[[str], str]
    """The question with its slips of the finger put right; the same where it has none."""
    fuse: Callable[[Sequence[tuple[str, float]], Sequence[tuple[str, float]]], list[tuple[str, float]]]
    reranker: BaseDocumentCompressor
    thorough_reranker: Callable[[], BaseDocumentCompressor]
    """Raises CrossEncoderUnavailable where its weights are not on this machine."""
    answerable: Callable[[EncodedQuestion, Sequence[Candidate]], float]
    """The probability that the documents hold the answer."""
    answerable_threshold: float
    """Below it, the answer is that the documents do not hold one."""
    select: Select
    quick_answer: Callable[[EncodedQuestion, Sequence[Evidence], Sequence[Candidate]], QuickAnswer | None]
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
        RunnableLambda(_step(_rewrite, stages), name="rewrite")
        | RunnableLambda(_step(_retrieve, stages), name="retrieve")
        | RunnableLambda(_step(_rerank, stages), name="rerank")
        | RunnableLambda(_step(_select, stages), name="select")
        | RunnableLambda(_step(_quick_answer, stages), name="quick answer")
    )


def _step(
    stage: Callable[[Stages, Inquiry], Awaitable[Inquiry]], stages: Stages
) -> Callable[[Inquiry], Awaitable[Inquiry]]:
    async def run(inquiry: Inquiry) -> Inquiry:
        return await stage(stages, inquiry)

    return run


async def _rewrite(stages: Stages, inquiry: Inquiry) -> Inquiry:
    question = inquiry.draft.question
    whole = await stages.rewrite(inquiry) if inquiry.history else question
    searched_for = await asyncio.to_thread(stages.spell, whole)
    if searched_for != whole:
        inquiry = inquiry.settle(inquiry.draft.outcome, Caveat.RESPELLED)
    return inquiry if searched_for == question else inquiry.tell(Rewritten(question, searched_for))


async def _retrieve(stages: Stages, inquiry: Inquiry) -> Inquiry:
    started = time.perf_counter()
    await asyncio.to_thread(stages.encode, inquiry.draft.searched_for)
    encoded = time.perf_counter()
    among = await asyncio.to_thread(holding, stages.library, inquiry.draft.searched_for, inquiry.scope)
    if among is not None and not among:
        inquiry, among = inquiry.settle(inquiry.draft.outcome, Caveat.PHRASE_NOWHERE), None
    retriever = HybridRetriever(
        library=stages.library,
        encode=stages.encode,
        fuse=stages.fuse,
        depth=CANDIDATES[inquiry.mode],
        scope=inquiry.scope,
        among=among,
    )
    passages = await retriever.ainvoke(inquiry.draft.searched_for)
    candidates = tuple(candidate_of(passage) for passage in passages)
    event = Retrieved(candidates, encoded - started, time.perf_counter() - encoded)
    return replace(inquiry.tell(event), candidates=candidates)


async def _rerank(stages: Stages, inquiry: Inquiry) -> Inquiry:
    started = time.perf_counter()
    inquiry = await _compress(inquiry, stages.reranker)
    question = stages.encode(inquiry.draft.searched_for)
    # Whether the answer is there is judged on the order of the built-in reranker, which the judgement was fitted on.
    answerable = stages.answerable(question, inquiry.candidates)
    if inquiry.mode is Mode.THOROUGH:
        inquiry = await _rerank_thoroughly(stages, inquiry)
    return inquiry.tell(Reranked(inquiry.candidates, answerable, time.perf_counter() - started))


async def _rerank_thoroughly(stages: Stages, inquiry: Inquiry) -> Inquiry:
    try:
        reranker = await asyncio.to_thread(stages.thorough_reranker)
    except CrossEncoderUnavailable:
        return inquiry.settle(inquiry.draft.outcome, Caveat.NO_CROSS_ENCODER)
    return await _compress(inquiry, reranker)


async def _compress(inquiry: Inquiry, reranker: BaseDocumentCompressor) -> Inquiry:
    passages = [as_passage(candidate) for candidate in inquiry.candidates]
    ordered = await reranker.acompress_documents(passages, inquiry.draft.searched_for)
    return replace(inquiry, candidates=tuple(candidate_of(passage) for passage in ordered))


async def _select(stages: Stages, inquiry: Inquiry) -> Inquiry:
    question = stages.encode(inquiry.draft.searched_for)
    evidence = await asyncio.to_thread(stages.select, question, inquiry.candidates, shown=inquiry.top_k)
    if inquiry.draft.answerable < stages.answerable_threshold:
        # They are shown as the nearest there are; nothing rests on them.
        evidence = tuple(replace(each, marker=None) for each in evidence)
        inquiry = inquiry.settle(Outcome.ABSTAINED)
    return inquiry.tell(Selected(evidence, inquiry.elapsed))


async def _quick_answer(stages: Stages, inquiry: Inquiry) -> Inquiry:
    if inquiry.draft.outcome is Outcome.ABSTAINED:
        return inquiry.tell(QuickAnswered(None, inquiry.elapsed))
    question = stages.encode(inquiry.draft.searched_for)
    found = await asyncio.to_thread(stages.quick_answer, question, inquiry.draft.evidence, inquiry.candidates)
    return inquiry.tell(QuickAnswered(found, inquiry.elapsed))


async def _write(stages: Stages, inquiry: Inquiry) -> Inquiry:
    """Let the language model write, unless the documents do not hold the answer: it is never asked to guess."""
    return inquiry if inquiry.draft.outcome is Outcome.ABSTAINED else await stages.write(inquiry)


async def _conclude(inquiry: Inquiry) -> Answer:
    terminal = Failed if inquiry.draft.outcome is Outcome.FAILED else Finished
    return inquiry.tell(terminal(inquiry.draft)).draft
