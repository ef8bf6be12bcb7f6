"""The facade: everything the page and the command line can ask for, and nothing of how it is done.

It owns what is going on at this moment: the answers being written and the files being read. What is kept belongs to
``storage``, the way of a question to ``rag/chain.py``, reading to ``rag/ingest.py``. It must be used inside one event
loop.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rag.answers import Answers
from rag.draft import begin
from rag.errors import OriginalMissing
from rag.events import (
    AnswerEvent,
    FileFailed,
    FileFinished,
    FileProgress,
    FileSkipped,
    FileStarted,
    IngestEvent,
)
from rag.evidence import Answer, Mode, Outcome, Span
from rag.ingest import Source, files_below
from rag.inquiry import Exchange, Inquiry, sound
from rag.retelling import retold
from rag.running import RunningAnswer
from rag.sentences import sentence_for
from rag.suggestions import suggested
from storage.errors import DocumentNotFound

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
    from pathlib import Path

    from langchain_core.runnables import Runnable

    from rag.ingest import Ingester
    from rag.lazy import Lazy
    from rag.models import Models
    from rag.ollama import PullProgress, ServerState
    from rag.pdfium_messages import PageImage
    from rag.pdfium_process import PdfiumProcess
    from rag.running import Work
    from rag.settings import RetrievalSettings
    from storage.library import Library
    from storage.records import Conversation, Document, Page, Turn

__all__ = ["Ask", "Assistant", "Engine"]

_TITLE_LENGTH = 60


@dataclass(frozen=True, slots=True, eq=False)
class Engine:
    """The parts that load models and are therefore made when first used, or in the background after the start."""

    chain: Runnable[Inquiry, Answer]
    finder: Runnable[Inquiry, Inquiry]
    """The chain without its last part, the writing."""
    ingester: Ingester


@dataclass(frozen=True, slots=True)
class Ask:
    """A question with how it is to be answered."""

    question: str
    scope: frozenset[str] | None = None
    """Ids of the documents that may be used; None for all."""
    mode: Mode = Mode.BALANCED
    model: str = ""
    """Empty for the chosen one."""
    top_k: int = 10


class Assistant:
    """One library, and everything that can be done with it."""

    def __init__(
        self,
        library: Library,
        engine: Lazy[Engine],
        pdfium: PdfiumProcess,
        models: Models,
        settings: RetrievalSettings,
    ) -> None:
        self.library = library
        self.models = models
        self.settings = settings
        self._engine = engine
        self._pdfium = pdfium
        self._answers = Answers(library.conversations)
        self._reading: dict[str, FileProgress] = {}

    def recover(self) -> None:
        """End the answers that an earlier run of the page left unfinished; only one that owns the page may say so."""
        self.library.conversations.end_unfinished(Outcome.INTERRUPTED)

    # documents

    @property
    def reading(self) -> tuple[FileProgress, ...]:
        """What is being read at this moment, whoever asked for it."""
        return tuple(self._reading.values())

    async def ingest(
        self, paths: Sequence[Path], *, names: Mapping[Path, str] | None = None, uploaded: bool = False
    ) -> AsyncGenerator[IngestEvent, None]:
        """Read files and folders into the library; closing the iterator cancels what is not done yet.

        ``uploaded`` says that the paths are copies that a browser handed over; ``names`` what people call them.
        """
        sources = [_source(path, names or {}, uploaded=uploaded) for path in files_below(paths)]
        async with aclosing(self._read(sources)) as events:
            async for event in events:
                yield event

    async def _read(self, sources: Sequence[Source]) -> AsyncGenerator[IngestEvent, None]:
        self._reading |= {source.shown: FileProgress(source.shown, 0, None, 0) for source in sources}
        try:
            engine = await asyncio.to_thread(self._engine.get)
            async with aclosing(engine.ingester.ingest(sources)) as events:
                async for event in events:
                    self._note(event)
                    yield event
        finally:
            for source in sources:
                self._reading.pop(source.shown, None)

    def _note(self, event: IngestEvent) -> None:
        match event:
            case FileProgress(file=file):
                self._reading[file] = event
            case FileFinished(file=file) | FileSkipped(file=file) | FileFailed(file=file):
                self._reading.pop(file, None)
            case FileStarted():
                pass

    async def rebuild(self) -> AsyncGenerator[IngestEvent, None]:
        """Read the documents whose vectors were given up, from the library's own copies."""
        originals = self.library.originals
        sources = []
        for waiting in self.library.unencoded():
            try:
                sources.append(Source(originals.path_of(waiting), waiting.name, waiting.source, waiting.name))
            except DocumentNotFound as error:
                yield FileFailed(waiting.name, sentence_for(OriginalMissing(waiting.name, str(error))), 0.0)
        async with aclosing(self._read(sources)) as events:
            async for event in events:
                yield event

    def documents(self) -> tuple[Document, ...]:
        """Return the documents that can be asked about, newest first."""
        return self.library.documents()

    async def remove(self, document_id: str, *, keep_quotes: bool = False) -> int:
        """Remove a document and everything made of it; return the bytes that this freed.

        Unless ``keep_quotes``, also what answers hold of it: ``rag/retelling.py`` says what that is.
        """
        with suppress(DocumentNotFound):  # its original may be gone; that is no reason to keep the rest
            # An open file cannot be deleted on every system.
            await asyncio.to_thread(self._pdfium.forget, self.original(document_id))
        return await asyncio.to_thread(self.library.remove, document_id, keep_quotes=keep_quotes, retell=retold)

    def page_text(self, document_id: str, page: int | None) -> Page:
        """Return the stored text of a page; None stands for the whole of a document without pages."""
        return self.library.page(document_id, page or 1)

    async def page_image(self, document_id: str, page: int, spans: Sequence[Span]) -> PageImage:
        """Return a picture of a page with the boxes of ``spans`` (offsets into its stored text)."""
        path = self.original(document_id)
        places = [(span.start, span.end) for span in spans]
        return await asyncio.to_thread(self._pdfium.render, path, page, spans=places)

    def original(self, document_id: str) -> Path:
        """Return where the library keeps its copy of the file."""
        return self.library.originals.path_of(self.library.document(document_id))

    # conversations

    def conversations(self) -> tuple[Conversation, ...]:
        """Return all conversations, the latest first."""
        return self.library.conversations.list()

    def new_conversation(self, title: str = "") -> Conversation:
        """Begin a conversation; it takes its title from its first question where it has none."""
        return self.library.conversations.create(title)

    async def delete_conversation(self, conversation_id: str) -> None:
        """Delete a conversation with its turns, stopping an answer that is still being written."""
        self._answers.abandon(conversation_id)
        await asyncio.to_thread(self.library.conversations.delete, conversation_id)

    def turns(self, conversation_id: str) -> tuple[Turn, ...]:
        """Return the turns of a conversation, oldest first."""
        return self.library.conversations.turns(conversation_id)

    def answer_of(self, turn: Turn) -> Answer:
        """Return what came of a turn: as far as it is now while it is written, else as it was kept."""
        return self._answers.of(turn)

    # language models

    async def server_state(self) -> ServerState:
        """Ask Ollama what is there."""
        return await self.models.state()

    def choose_model(self, name: str) -> None:
        """Let this model write the answers from now on."""
        self.models.choose(name)

    def pull(self, name: str) -> AsyncIterator[PullProgress]:
        """Download a model; closing the iterator stops it."""
        return self.models.pull(name)

    async def remove_model(self, name: str) -> None:
        """Remove a model from Ollama."""
        await self.models.remove(name)

    # asking

    def suggestions(self) -> tuple[str, ...]:
        """Return questions worth asking of the documents that are there."""
        return suggested(self.documents(), lambda document: self.library.document_chunks(document.id))

    async def find(self, ask: Ask) -> Answer:
        """Search only: the passages, their scores and the quick answer, without asking a language model."""
        engine = await asyncio.to_thread(self._engine.get)
        inquiry = self._inquiry(ask, lambda _: None)
        return (await engine.finder.ainvoke(inquiry)).draft

    async def answer(self, ask: Ask) -> AsyncGenerator[AnswerEvent, None]:
        """Answer a question outside any conversation; closing the iterator stops the answer."""
        running = RunningAnswer(self._draft(ask), self._work(ask, ()))
        try:
            async for event in running.watch():
                yield event
        finally:
            await running.stop()

    async def start(
        self,
        question: str,
        *,
        conversation_id: str,
        scope: frozenset[str] | None,
        mode: Mode,
        model: str | None = None,
    ) -> str:
        """Begin to answer a question of a conversation and return its turn's id; ``watch`` tells the rest."""
        ask = Ask(sound(question), scope, mode, model or "", self.settings.top_k)
        earlier, turn = await asyncio.to_thread(self._add_turn, conversation_id, ask.question)
        history = tuple(Exchange(each.question, _said(self.answer_of(each))) for each in earlier)
        self._answers.begin(turn, self._draft(ask), self._work(ask, history))
        return turn.id

    def _add_turn(self, conversation_id: str, question: str) -> tuple[tuple[Turn, ...], Turn]:
        """Add a turn; return those before it, and it. In a thread, since it may have to wait for another writer."""
        store = self.library.conversations
        earlier = store.turns(conversation_id)
        turn = store.add_turn(conversation_id, question)
        if not earlier:
            store.rename(conversation_id, _title(question))
        return earlier, turn

    def watch(self, turn_id: str) -> AsyncGenerator[AnswerEvent, None]:
        """Yield the events of an answer from its first, ending with its one terminal event."""
        return self._answers.watch(turn_id)

    async def stop(self, turn_id: str) -> None:
        """Stop an answer; everyone watching is given ``Finished`` with what there was."""
        await self._answers.stop(turn_id)

    def warm(self) -> None:
        """Load what the first question would have to wait for; meant for a thread of its own."""
        self._engine.get()
        self.library.warm()

    def close(self) -> None:
        """Let go of the library and the reading process; answers end with the event loop they run in."""
        self._pdfium.close()
        self.library.close()

    def _work(self, ask: Ask, history: tuple[Exchange, ...]) -> Work:
        async def work(emit: Callable[[AnswerEvent], None]) -> Answer:
            engine = await asyncio.to_thread(self._engine.get)
            return await engine.chain.ainvoke(replace(self._inquiry(ask, emit), history=history))

        return work

    def _inquiry(self, ask: Ask, emit: Callable[[AnswerEvent], None]) -> Inquiry:
        return Inquiry(self._draft(ask), emit, mode=ask.mode, scope=ask.scope, model=ask.model, top_k=ask.top_k)

    def _draft(self, ask: Ask) -> Answer:
        there, being_read = self.library.count(), len(self._reading)
        searched = there if ask.scope is None else len(ask.scope)
        return begin(sound(ask.question), searched=searched, in_library=there + being_read, being_read=being_read)


def _source(path: Path, names: Mapping[Path, str], *, uploaded: bool) -> Source:
    return Source.uploaded(path, names.get(path, path.name)) if uploaded else Source.on_disk(path)


def _title(question: str) -> str:
    """Return a conversation's title: its first question, cut at a word."""
    line = " ".join(question.split())
    return line if len(line) <= _TITLE_LENGTH else line[:_TITLE_LENGTH].rsplit(" ", 1)[0] + " …"


def _said(answer: Answer) -> str:
    """Return what the person was told, for the sake of a follow-up."""
    quoted = answer.quick_answer.text if answer.quick_answer else ""
    return answer.text or quoted
