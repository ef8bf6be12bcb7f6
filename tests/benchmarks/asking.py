"""Questions put to the program's own chain, as the page and the command line put them, and what every stage made of it.

The assistant is the one that ``app.py`` builds; nothing of the way of a question is done here. What is read are the
events: the fused candidates with both arms' scores, and the reranked ones. No language model is asked
unless a server is named.
"""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from app import build_assistant
from rag.draft import begin
from rag.events import Reranked, Retrieved
from rag.evidence import LeftOut, Mode
from rag.inquiry import Inquiry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from rag.assistant import Assistant
    from rag.events import AnswerEvent
    from rag.evidence import Candidate

__all__ = ["DEEP", "NOBODY", "RERANKED", "STAGES", "Found", "ask", "opened"]

RERANKED = "reranked"
STAGES = ("dense", "keyword", "fused", RERANKED)
DEEP = 100
"""Candidates of each question where ways are compared: twice as many as balanced mode has, so that none is cut off."""
NOBODY = "http://127.0.0.1:9"
"""Where no Ollama listens."""


@dataclass(frozen=True, slots=True)
class Found:
    """What one question found."""

    orders: Mapping[str, tuple[str, ...]]
    """For each of ``STAGES``, chunk ids, best first."""
    sources: tuple[str, ...]
    """Chunk ids of what is shown, best first, passages that are read as one counting as one."""
    answerable: float
    seconds: Mapping[str, float]
    """``encode``, ``search``, ``rerank``, and ``total`` up to and including the quick answer."""


@contextmanager
def opened(data: Path, server: str = NOBODY, settings: Mapping[str, str] | None = None) -> Iterator[Assistant]:
    """The assistant over a data folder, with an Ollama to plan searches with where ``server`` is one."""
    assistant = build_assistant(data, os.environ | {"FOOTNOTE_SERVER": server} | dict(settings or {}))
    try:
        yield assistant
    finally:
        assistant.close()


async def ask(
    assistant: Assistant, question: str, scope: frozenset[str] | None = None, mode: Mode = Mode.BALANCED
) -> Found:
    """Run one question through the chain, up to and including the quick answer."""
    events: list[AnswerEvent] = []
    finder = assistant._engine.get().finder
    started = time.perf_counter()
    inquiry = await finder.ainvoke(Inquiry(begin(question), events.append, mode, scope))
    total = time.perf_counter() - started
    # The last of each: where filters left nothing good, everything is searched after all.
    fused = [event.candidates for event in events if isinstance(event, Retrieved)][-1]
    reranked = [event.candidates for event in events if isinstance(event, Reranked)][-1]
    orders = {
        "dense": _arm(fused, "dense"),
        "keyword": _arm(fused, "keyword"),
        "fused": _ids(fused),
        "reranked": _ids(reranked),
    }
    parts = inquiry.draft.seconds
    seconds = {"encode": parts.encode, "search": parts.search, "rerank": parts.rerank, "total": total}
    shown = inquiry.draft.evidence
    sources = tuple(each.chunk.id for each in shown if each.left_out is not LeftOut.MERGED)
    return Found(orders, sources, inquiry.draft.answerable, seconds)


def _arm(candidates: Sequence[Candidate], arm: Literal["dense", "keyword"]) -> tuple[str, ...]:
    """One arm's order, by the scores that the candidates carry; keywords do not find what shares no word."""
    scored = [(candidate, getattr(candidate.scores, arm)) for candidate in candidates]
    found = [(candidate, score) for candidate, score in scored if arm == "dense" or score.value > 0]
    return _ids([candidate for candidate, _ in sorted(found, key=lambda pair: pair[1].rank)])


def _ids(candidates: Sequence[Candidate]) -> tuple[str, ...]:
    return tuple(candidate.chunk.chunk.id for candidate in candidates)
