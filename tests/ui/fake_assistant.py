"""A scripted assistant for the page: a small tenancy library, answers that grow word by word, and trouble on demand.

It stands in for models and tables only; the page, the server and the events are the real ones. Its pace is a parameter,
so that a test can look at the middle of an answer.
"""
# ruff: noqa: D102  (the protocol says what each method does)

from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from rag.draft import begin
from rag.errors import ServerAbsent
from rag.events import (
    FileAsks,
    FileCancelled,
    FileFailed,
    FileFinished,
    FileProgress,
    FileSkipped,
    FileStarted,
    Finished,
    IngestFinished,
    QuickAnswered,
    Reranked,
    Retrieved,
    SearchedFor,
    Selected,
    TextDelta,
    WaitingForModel,
)
from rag.evidence import Answer, Caveat, LeftOut, Mode, Outcome, Span
from rag.ollama import InstalledModel, PullProgress, Readiness, ServerState
from rag.reading_messages import Box, PageImage
from rag.running import RunningAnswer
from rag.settings import RetrievalSettings
from storage.errors import CollectionNameTaken, CollectionNotFound, DocumentNotFound
from storage.records import Collection, Conversation, Document, Page, PageUnit, QueuedFile, Turn
from tests.ui.fake_folders import FakeFolders
from tests.ui.tenancy import (
    ANSWER,
    CHECK_IN,
    CITATIONS,
    DOCX,
    EVIDENCE,
    LEASE,
    PAGES,
    PDF,
    PLANS,
    UTILITIES,
    candidates,
    document,
    quick_answer,
)
from ui.backend import Backend

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Sequence

    from rag.events import AnswerEvent, IngestEvent, ReencodingEvent
    from rag.planning.plan import Plan

MODEL = "llama3.2:3b"


class FakeAssistant(Backend):
    """The assistant's surface over values in memory; ``pace`` is the time one step of anything takes, in seconds."""

    def __init__(
        self, *, filled: bool = True, model: str = MODEL, pace: float = 0.005, mode: Mode = Mode.BALANCED
    ) -> None:
        self.settings = RetrievalSettings(mode=mode)
        self.pace, self.model, self.shared_at = pace, model, ""
        self.stopped: list[str] = []
        self.removed: list[tuple[str, bool]] = []
        self.asked: list[tuple[str, frozenset[str] | None, Mode]] = []
        self.plans: list[Plan | None] = []
        self.ingested: list[tuple[str, bytes]] = []
        self.paths: list[Path] = []
        self.passwords: dict[str, str] = {}
        self._queue: dict[str, QueuedFile] = {}
        self._documents = [LEASE, CHECK_IN, UTILITIES] if filled else []
        self._collections: dict[str, Collection] = {}
        self._conversations: dict[str, Conversation] = {}
        self._turns: dict[str, Turn] = {}
        self._answers: dict[str, Answer] = {}
        self._running: dict[str, RunningAnswer] = {}
        self._keepers: dict[str, asyncio.Task[None]] = {}
        self._numbers = iter(range(1, 10_000))
        self.folders = FakeFolders(self._queue)
        self.reencoding: tuple[ReencodingEvent, ...] = ()

    # library

    async def reencode(self) -> AsyncGenerator[ReencodingEvent, None]:
        for event in self.reencoding:
            await asyncio.sleep(self.pace)
            yield event

    def waiting(self) -> tuple[QueuedFile, ...]:
        return tuple(self._queue.values())

    async def hand_over(
        self, files: Sequence[tuple[Path, str, str]], *, collection: str | None = None
    ) -> tuple[QueuedFile, ...]:
        added = [
            QueuedFile(f"q{next(self._numbers)}", str(path), name, folder, collection=collection)
            for path, name, folder in files
        ]
        self._queue |= {each.key: each for each in added}
        return tuple(added)

    async def read_waiting(self) -> AsyncGenerator[IngestEvent, None]:
        while waiting := [each for each in self._queue.values() if each.state == "waiting"]:
            async for event in self._read(waiting[0]):
                if not isinstance(event, FileAsks) and not getattr(event, "locked", False):
                    if isinstance(event, FileFinished | FileSkipped | FileFailed | FileCancelled):
                        self._queue.pop(event.key, None)
                else:
                    state = "asking" if isinstance(event, FileAsks) else "locked"
                    self._queue[event.key] = replace(self._queue[event.key], state=state)
                yield event
        yield IngestFinished(0, 0, 0, 0, 0, 0.1)

    async def _read(self, file: QueuedFile) -> AsyncGenerator[IngestEvent, None]:
        name, key = file.name, file.key
        self.ingested.append((name, await asyncio.to_thread(Path(file.path).read_bytes)))
        self.paths.append(Path(file.path))
        yield FileStarted(name, 1, 1, key)
        if "damaged" in name:
            yield FileFailed(name, "This file is damaged. Save it again and add it.", 0.1, key)
        elif name.endswith(".zzz"):
            yield FileSkipped(name, "This kind of file cannot be read yet.", 0.1, key)
        elif "locked" in name and self.passwords.get(key) != "secret":
            yield FileFailed(name, "It is locked.", 0.1, key, locked=True)
        elif "known" in name and not file.decision:
            yield FileAsks(name, key)
        else:
            async for event in self._take_in(file):
                yield event

    async def _take_in(self, file: QueuedFile) -> AsyncGenerator[IngestEvent, None]:
        name, key = file.name, file.key
        for page in range(1, 13):
            await asyncio.sleep(self.pace * (20 if "slow" in name else 1))
            if key not in self._queue:
                yield FileCancelled(name, key)
                return
            yield FileProgress(name, page, 12, 3 * page, key)
        made = document(name, PDF if name.endswith(".pdf") else DOCX, PageUnit.PAGE, 12, 36)
        made = replace(made, collection=file.collection)
        if name in [each.name for each in self._documents]:
            yield FileFinished(name, "unchanged", made, 0.1, "This file is already in the library.", key)
        else:
            self._documents.append(made)
            yield FileFinished(name, "added", made, 0.1, key=key)

    async def cancel_reading(self, *keys: str) -> None:
        for key in keys:
            self._queue.pop(key, None)

    async def decide(self, key: str, decision: str) -> None:
        self._queue[key] = replace(self._queue[key], state="waiting", decision=decision)

    async def unlock(self, key: str, password: str) -> None:
        self.passwords[key] = password
        self._queue[key] = replace(self._queue[key], state="waiting")

    def unlock_document(self, document_id: str, password: str) -> None:
        self.passwords[document_id] = password

    def has_password(self, document_id: str) -> bool:
        return document_id in self.passwords

    def documents(self) -> tuple[Document, ...]:
        return tuple(self._documents)

    def add_elsewhere(self, *documents: Document) -> None:
        """Add documents as another program does: without a word to the page."""
        self._documents.extend(documents)

    async def remove(self, document_id: str, *, keep_quotes: bool = False) -> int:
        self.removed.append((document_id, keep_quotes))
        self._documents = [each for each in self._documents if each.id != document_id]
        return 120_000

    # collections

    def collections(self) -> tuple[Collection, ...]:
        return tuple(sorted(self._collections.values(), key=lambda each: each.name.casefold()))

    async def create_collection(self, name: str) -> Collection:
        if name.casefold() in {each.name.casefold() for each in self.collections()}:
            raise CollectionNameTaken(name)
        made = Collection(f"collection-{next(self._numbers)}", name, "2026-11-20T09:00:00Z")
        self._collections[made.id] = made
        return made

    async def rename_collection(self, collection_id: str, name: str) -> Collection:
        self._collections[collection_id] = replace(self._require(collection_id), name=name)
        return self._collections[collection_id]

    async def delete_collection(self, collection_id: str) -> None:
        del self._collections[self._require(collection_id).id]
        await self.move([each.id for each in self._documents if each.collection == collection_id], None)

    async def move(self, document_ids: Iterable[str], collection_id: str | None) -> None:
        moved = set(document_ids)
        if collection_id is not None:
            self._require(collection_id)
        self._documents = [
            replace(each, collection=collection_id) if each.id in moved else each for each in self._documents
        ]

    def _require(self, collection_id: str) -> Collection:
        if collection_id not in self._collections:
            raise CollectionNotFound(collection_id)
        return self._collections[collection_id]

    def page_text(self, document_id: str, page: int | None) -> Page:
        return Page(page or 1, "", PAGES.get((document_id, page or 1), "An empty page."))

    async def page_image(self, document_id: str, page: int, spans: Sequence[Span]) -> PageImage:
        image = Image.new("RGB", (850, 1100), "white")
        draw = ImageDraw.Draw(image)
        text = PAGES.get((document_id, page), "An empty page.")
        for row in range(0, len(text), 90):
            draw.text((60, 80 + row // 90 * 26), text[row : row + 90].replace("\n", " "), fill="black", font_size=15)
        boxes = tuple(_box(index, span) for index, span in enumerate(spans))
        buffer = io.BytesIO()
        image.save(buffer, "PNG")
        return PageImage(buffer.getvalue(), 850, 1100, boxes)

    def original(self, document_id: str) -> Path:
        if document_id not in {each.id for each in self._documents}:
            raise DocumentNotFound(document_id)
        return Path(__file__)

    # conversations

    def conversations(self) -> tuple[Conversation, ...]:
        return tuple(reversed(self._conversations.values()))

    def new_conversation(self) -> Conversation:
        identity = f"conversation-{next(self._numbers)}"
        made = Conversation(identity, "New conversation", "2026-11-20T09:00:00Z", "2026-11-20T09:00:00Z")
        self._conversations[identity] = made
        return made

    async def delete_conversation(self, conversation_id: str) -> None:
        del self._conversations[conversation_id]

    def turns(self, conversation_id: str) -> tuple[Turn, ...]:
        return tuple(each for each in self._turns.values() if each.conversation_id == conversation_id)

    def answer_of(self, turn: Turn) -> Answer:
        return self._answers.get(turn.id) or begin(turn.question)

    # asking

    async def start(
        self,
        question: str,
        *,
        conversation_id: str,
        scope: frozenset[str] | None,
        mode: Mode,
        plan: Plan | None = None,
    ) -> str:
        self.asked.append((question, scope, mode))
        self.plans.append(plan)
        identity = f"turn-{next(self._numbers)}"
        if not self.turns(conversation_id):
            talk = self._conversations[conversation_id]
            self._conversations[conversation_id] = replace(talk, title=question[:60])
        self._turns[identity] = Turn(identity, conversation_id, question, None, "", (), "", "2026-11-20T09:00:00Z")
        searched = len(self._documents) if scope is None else len(scope)
        draft = begin(question, searched=searched, in_library=len(self._documents))

        async def work(emit: Callable[[AnswerEvent], None]) -> Answer:
            planned = plan or PLANS.get(question)
            return await self._answer(draft, emit, planned)

        running = self._running[identity] = RunningAnswer(draft, work)
        self._keepers[identity] = asyncio.create_task(self._keep(identity, running))
        return identity

    async def _keep(self, identity: str, running: RunningAnswer) -> None:
        async for _ in running.watch():
            self._answers[identity] = running.draft
        answer = running.draft
        self._turns[identity] = replace(
            self._turns[identity], outcome=str(answer.outcome), text=answer.text, answer="{}"
        )
        del self._running[identity]

    async def _answer(self, draft: Answer, emit: Callable[[AnswerEvent], None], plan: Plan | None) -> Answer:
        final = draft
        question = draft.question
        await asyncio.sleep(self.pace)
        found = candidates()

        def tell(event: AnswerEvent) -> None:
            nonlocal final
            emit(event)
            from rag.draft import absorb

            final = absorb(final, event)

        if plan is not None:
            tell(SearchedFor(plan))
        tell(Retrieved(found, 0.012, 0.024))
        tell(Reranked(found, 0.12 if "Wi-Fi" in question else 0.94, 0.021))
        tell(Selected(EVIDENCE, 0.2))
        if "Wi-Fi" in question:
            unused = tuple(replace(each, marker=None, left_out=LeftOut.BELOW_LIMIT) for each in EVIDENCE[1:])
            done = replace(final, outcome=Outcome.ABSTAINED, evidence=unused)
            emit(Finished(done))
            return done
        tell(QuickAnswered(quick_answer(), 0.2))
        if not self.model:
            done = replace(final, outcome=Outcome.QUOTED, warnings=(Caveat.NO_MODEL,))
            emit(Finished(done))
            return done
        tell(WaitingForModel(self.model, "cold" in question))
        await asyncio.sleep(self.pace * (500 if "slow" in question else 5))
        words = ANSWER.split(" ")
        for number, word in enumerate(words):
            await asyncio.sleep(self.pace)
            marker = next(
                (each for each in CITATIONS if f"[{each.marker}]" in word and each not in final.citations), None
            )
            tell(TextDelta(word + (" " if number < len(words) - 1 else ""), (marker,) if marker else ()))
        outcome = Outcome.CUT_OFF if "cut off" in question else Outcome.ANSWERED
        done = replace(final, outcome=outcome, seconds=replace(final.seconds, first_word=1.1, written=4.2))
        emit(Finished(done))
        return done

    async def watch(self, turn_id: str) -> AsyncIterator[AnswerEvent]:
        if turn_id in self._running:
            async for event in self._running[turn_id].watch():
                yield event
        else:
            yield Finished(self._answers[turn_id])

    async def stop(self, turn_id: str) -> None:
        self.stopped.append(turn_id)
        if turn_id in self._running:
            await self._running[turn_id].stop()

    # models

    async def server_state(self) -> ServerState:
        address = "http://127.0.0.1:11434"
        await asyncio.sleep(self.pace)
        if not self.model:
            return ServerState(address, Readiness.ABSENT, problem=ServerAbsent(address))
        models = tuple(_installed(name) for name in dict.fromkeys((self.model, MODEL, "qwen3:4b-instruct")))
        return ServerState(address, Readiness.READY, "0.33.0", models, self.model)

    def choose_model(self, name: str) -> None:
        self.model = name

    async def pull(self, name: str) -> AsyncIterator[PullProgress]:
        for step in range(40):
            await asyncio.sleep(self.pace * 3)
            yield PullProgress("pulling 9f0c2d71ab34", step * 50_000_000, 2_000_000_000)
        self.model = name

    async def remove_model(self, name: str) -> None:
        del name

    def suggestions(self, collection: str | None = None) -> tuple[str, ...]:
        if collection is not None:
            return (f"What is in {self._require(collection).name}?",)
        if not self._documents:
            return ()
        return (
            "Who pays for repairs?",
            "Summarise the lease",
            "When will our deposit be returned?",
            "What did the washing machine repair cost?",
            "What is the Wi-Fi password?",
        )


def _installed(name: str) -> InstalledModel:
    return InstalledModel(name, 2_019_000_000, "3.2B", "llama", ("completion",), loaded=False)


def _box(index: int, span: Span) -> Box:
    row = span.start // 90
    left = 60 + (span.start % 90) * 8
    return Box(index, left, 80 + row * 26, min(left + (span.end - span.start) * 8, 790), 100 + row * 26)
