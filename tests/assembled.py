"""The real parts put together as ``app.py`` does, over a library that is read once for all tests that only ask.

The library holds the three samples and an inventory of 240 things, more than any mode reranks. One encoder serves every
test of the run, since loading it takes a second.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import app
from rag.chain import Stages, build_chain
from rag.draft import begin
from rag.encoder import Encoder, model_fingerprint
from rag.events import Failed, Finished, IngestFinished
from rag.inquiry import Inquiry
from rag.lazy import Lazy
from rag.meaning import Meaning
from rag.models import Models
from rag.ollama import OllamaServer
from rag.planning.planner import Planner
from rag.reading_process import ReadingProcesses
from rag.running import RunningAnswer
from rag.settings import GenerationSettings, IngestSettings, PlanningSettings, RetrievalSettings
from rag.writing import Writer
from storage.library import Library

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from rag.assistant import Assistant
    from rag.events import AnswerEvent, IngestEvent
    from rag.evidence import Answer

__all__ = [
    "DEPOSIT",
    "NOTICE",
    "THINGS",
    "answer_of",
    "assistant_on",
    "events_of",
    "ingested",
    "opened",
    "parts_of",
    "write_inventory",
    "writing_with",
]

NOTICE = "How much notice must the tenants give to end the agreement?"
DEPOSIT = "How soon must the landlord return the deposit?"
THINGS = 240
_ROOMS = (
    *("attic", "cellar", "garage", "garden", "hall", "pantry", "study", "workshop"),
    *("boathouse", "stable", "porch", "greenhouse", "loft", "barn", "cabin"),
)
_OBJECTS = (
    *("kettle", "ladder", "lamp", "clock", "mirror", "basket", "hammer", "globe"),
    *("drum", "kite", "anchor", "barrel", "violin", "saddle", "compass", "bucket"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A library with the stages of the chain over it."""

    library: Library
    stages: Stages


@cache
def encoder_of(models: Path) -> Lazy[Encoder]:
    """The one encoder, from the folder where the exported one is kept."""
    return Lazy(lambda: Encoder.load(models))


def parts_of(data: Path, models: Path, server: str, embedding: str = "") -> app.Parts:
    """What ``app.py`` makes an assistant of, with default settings but for the embedding model."""
    library = Library.open(data, model_fingerprint())
    generation = GenerationSettings(server=server)
    return app.Parts(
        library=library,
        encoder=encoder_of(models),
        meaning=Meaning(library, embedding),
        processes=ReadingProcesses(),
        models=Models(OllamaServer(generation.server), library.preferences, generation),
        retrieval=RetrievalSettings(),
        planning=PlanningSettings(),
        ingest=IngestSettings(),
    )


def opened(data: Path, models: Path, server: str) -> Opened:
    """The chain's own stages over a library."""
    parts = parts_of(data, models, server)
    return Opened(parts.library, app._stages(parts))


def assistant_on(data: Path, models: Path, server: str, embedding: str = "") -> Assistant:
    """An assistant as ``app.py`` builds it, but for the encoder that is shared."""
    from rag.assistant import Assistant

    parts = parts_of(data, models, server, embedding)
    engine = Lazy(lambda: app._build_engine(parts))
    return Assistant(parts.library, engine, parts.processes, parts.models, parts.retrieval)


def writing_with(
    stages: Stages,
    encode: Any,
    library: Library,
    settings: GenerationSettings,
    planning: PlanningSettings | None = None,
) -> Stages:
    """The stages with a model of these settings to write; clients of a server live in one event loop each."""
    from rag.grounding import supporting_words

    models = Models(OllamaServer(settings.server), library.preferences, settings)
    writer = Writer(
        models,
        lambda sentence, *found: supporting_words(library, stages.reranker.complete, encode(sentence), *found),
    )
    planner = Planner(library, writer.rewrite, writer.consult, planning or PlanningSettings())
    return replace(stages, plan=planner.plan, write=writer.write)


def ingested(assistant: Assistant, paths: Sequence[Path]) -> list[IngestEvent]:
    """Everything that happens while these are read."""
    events: list[IngestEvent] = []

    async def read() -> None:
        events.extend([event async for event in assistant.ingest(paths)])

    asyncio.run(read())
    assert isinstance(events[-1], IngestFinished)
    return events


def events_of(stages: Stages, question: str = NOTICE, **how: Any) -> list[AnswerEvent]:
    """Everything that the chain of these stages says of a question, as the assistant runs it."""
    events: list[AnswerEvent] = []

    async def watch() -> None:
        draft = begin(question)
        chain = build_chain(stages)
        running = RunningAnswer(draft, lambda emit: chain.ainvoke(Inquiry(draft, emit, **how)))
        # Nothing is returned: Python 3.11 takes most of a second to describe such a result to itself (and to nobody).
        events.extend([event async for event in running.watch()])

    asyncio.run(watch())
    return events


def answer_of(events: Iterable[AnswerEvent]) -> Answer:
    """The answer of the one terminal event, which is the last."""
    terminal = [event for event in events if isinstance(event, Finished | Failed)]
    assert len(terminal) == 1
    assert list(events)[-1] is terminal[0]
    return terminal[0].answer


def write_inventory(path: Path) -> Path:
    """A file of 240 sections of one sentence each, every one a passage of its own."""
    sections = (
        f"## {thing.title()} in the {room}\n\nThe {thing} stands in the {room}; it was bought in {1700 + at}.\n"
        for at, (room, thing) in enumerate((room, thing) for room in _ROOMS for thing in _OBJECTS)
    )
    path.write_text("# Things\n\n" + "\n".join(sections), encoding="utf-8")
    return path
