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
    FileProgress,
    FileStarted,
    IngestEvent,
    IngestFinished,
    ReencodingEvent,
)
from rag.evidence import Answer, Mode, Outcome, Span
from rag.folders import Folders
from rag.ingest_queue import IngestQueue
from rag.inquiry import Exchange, Inquiry, said_in, sound, title_of
from rag.retelling import retold
from rag.running import RunningAnswer
from rag.sentences import sentence_for
from rag.source import Source, files_below
from rag.suggestions import suggested
from rag.word_marks import marks_on
from storage.errors import DocumentNotFound

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Sequence
    from pathlib import Path

    from langchain_core.runnables import Runnable

    from rag.ingest import Ingester
    from rag.lazy import Lazy
    from rag.models import Models
    from rag.ollama import PullProgress, ServerState
    from rag.planning.plan import Plan
    from rag.reading_messages import PageImage
    from rag.reading_process import ReadingProcesses
    from rag.reencoding import Reencoder
    from rag.running import Work
    from rag.settings import RetrievalSettings
    from storage.library import Library
    from storage.records import Collection, Conversation, Document, Page, QueuedFile, Turn

__all__ = ["Ask", "Assistant", "Engine"]


@dataclass(frozen=True, slots=True, eq=False)
class Engine:
    """The parts that load models and are therefore made when first used, or in the background after the start."""

    chain: Runnable[Inquiry, Answer]
    finder: Runnable[Inquiry, Inquiry]
    """The chain without its last part, the writing."""
    ingester: Ingester
    reencoder: Reencoder


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
    plan: Plan | None = None
    """What to search for, where the person has said so."""


class Assistant:
    """One library, and everything that can be done with it."""

    def __init__(
        self,
        library: Library,
        engine: Lazy[Engine],
        processes: ReadingProcesses,
        models: Models,
        settings: RetrievalSettings,
    ) -> None:
        self.library, self.shared_at = library, library.shared_at
        self.models = models
        self.settings = settings
        self.folders = Folders(library)
        self._engine = engine
        self._processes = processes
        self._answers = Answers(library.conversations)
        self._reading: dict[str, FileProgress] = {}
        self._queue = IngestQueue(
            library.waiting_files, lambda: engine.get().ingester, processes.passwords, library.folder / "uploads"
        )

    def recover(self) -> None:
        """End the answers that an earlier run of the page left unfinished; only one that owns the page may say so."""
        self.library.conversations.end_unfinished(Outcome.INTERRUPTED)

    # documents

    @property
    def reading(self) -> tuple[FileProgress, ...]:
        """What is being read at this moment, whoever asked for it."""
        return tuple(self._reading.values())

    async def ingest(
        self, paths: Sequence[Path], *, collection: str | None = None
    ) -> AsyncGenerator[IngestEvent, None]:
        """Read files and folders into the library, and into a collection where the id of one is given.

        Closing the iterator cancels what is not done yet.
        """
        sources = [Source.on_disk(path, collection) for path in files_below(paths)]
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
            case FileProgress(file=file, key=key):
                self._reading[key or file] = event
            case FileStarted() | IngestFinished():
                pass
            case _:
                self._reading.pop(event.key or event.file, None)

    # the queue of the page

    def waiting(self) -> tuple[QueuedFile, ...]:
        """Return the files that were handed over and have not been read, in order."""
        return self._queue.files()

    async def hand_over(
        self, files: Sequence[tuple[Path, str, str]], *, collection: str | None = None
    ) -> tuple[QueuedFile, ...]:
        """Remember files that are to be read: where each lies, its name, and its folder inside what was handed over."""
        return await asyncio.to_thread(self._queue.add, files, collection)

    async def read_waiting(self) -> AsyncGenerator[IngestEvent, None]:
        """Read what waits until nothing does; closing the iterator leaves the rest waiting, for the next start too."""
        self._reading |= {file.key: FileProgress(file.name, 0, None, 0, file.key) for file in self.waiting()}
        try:
            async with aclosing(self._queue.read()) as events:
                async for event in events:
                    self._note(event)
                    yield event
        finally:
            self._reading = {key: each for key, each in self._reading.items() if not each.key}

    async def cancel_reading(self, *keys: str) -> None:
        """Give up files that wait or are being read; nothing of them is kept."""
        await self._queue.cancel(*keys)

    async def decide(self, key: str, decision: str) -> None:
        """Say whether a file is to "replace" the document that has its name, or both are to "keep"."""
        await asyncio.to_thread(self._queue.decide, key, decision)

    async def unlock(self, key: str, password: str) -> None:
        """Give the password of a locked file; ``read_waiting`` tries it."""
        await asyncio.to_thread(self._queue.unlock, key, password)

    def unlock_document(self, document_id: str, password: str) -> None:
        """Give the password of a document that is there, so that its pages can be drawn; drawing one tries it."""
        self._processes.passwords.give(document_id, password)

    def has_password(self, document_id: str) -> bool:
        """Whether a password has been given for a document since the program started, right or wrong."""
        return self._processes.passwords.of(document_id) is not None

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

    async def reencode(self) -> AsyncGenerator[ReencodingEvent, None]:
        """Go over to the embedding model of the settings; closing the iterator leaves the rest for another time."""
        async with aclosing((await asyncio.to_thread(self._engine.get)).reencoder.run()) as events:
            async for event in events:
                yield event

    def embedding(self) -> Reencoder:
        """Return what is known of the models that passages are found by."""
        return self._engine.get().reencoder

    def documents(self) -> tuple[Document, ...]:
        """Return the documents that can be asked about, newest first."""
        return self.library.documents()

    async def remove(self, document_id: str, *, keep_quotes: bool = False) -> int:
        """Remove a document and everything made of it; return the bytes that this freed.

        Unless ``keep_quotes``, also what answers hold of it: ``rag/retelling.py`` says what that is.
        """
        with suppress(DocumentNotFound):  # its original may be gone; that is no reason to keep the rest
            # An open file cannot be deleted on every system.
            await asyncio.to_thread(self._processes.forget, self.library.originals.at_hand(document_id))
        return await asyncio.to_thread(self.library.remove, document_id, keep_quotes=keep_quotes, retell=retold)

    def page_text(self, document_id: str, page: int | None) -> Page:
        """Return the stored text of a page; None stands for the whole of a document without pages."""
        return self.library.page(document_id, page or 1)

    async def page_image(self, document_id: str, page: int, spans: Sequence[Span]) -> PageImage:
        """Return a picture of a page with the boxes of ``spans`` (offsets into its stored text)."""
        path = await asyncio.to_thread(self.original, document_id)
        places = [(span.start, span.end) for span in spans]
        password = self._processes.passwords.of(document_id)
        words = self.library.word_boxes(document_id, page)
        try:
            image = await asyncio.to_thread(self._processes.render, path, page, spans=places, password=password)
        except asyncio.CancelledError:
            self._processes.stop_drawing()  # the program ends, and would wait for its thread
            raise
        return replace(image, boxes=marks_on(image.width, image.height, words, places)) if words else image

    def original(self, document_id: str) -> Path:
        """Return where the library keeps its copy of the file."""
        return self.library.originals.path_of(self.library.document(document_id))

    # collections

    def collections(self) -> tuple[Collection, ...]:
        """Return all collections, in order of name."""
        return self.library.collections.list()

    async def create_collection(self, name: str) -> Collection:
        """Make an empty collection."""
        return await asyncio.to_thread(self.library.collections.create, name)

    async def rename_collection(self, collection_id: str, name: str) -> Collection:
        """Call a collection otherwise."""
        return await asyncio.to_thread(self.library.collections.rename, collection_id, name)

    async def delete_collection(self, collection_id: str) -> None:
        """Forget a collection; its documents stay in the library."""
        await asyncio.to_thread(self.library.collections.delete, collection_id)

    async def move(self, document_ids: Iterable[str], collection_id: str | None) -> None:
        """Move documents into a collection, or out of any."""
        await asyncio.to_thread(self.library.collections.move, document_ids, collection_id)

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

    def suggestions(self, collection: str | None = None) -> tuple[str, ...]:
        """Return questions worth asking of the documents that are there, or of those of a collection."""
        asked = [each for each in self.documents() if collection in {None, each.collection}]
        return suggested(asked, lambda document: self.library.document_chunks(document.id))

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
        plan: Plan | None = None,
    ) -> str:
        """Begin to answer a question of a conversation and return its turn's id; ``watch`` tells the rest."""
        ask = Ask(sound(question), scope, mode, top_k=self.settings.top_k, plan=plan)
        earlier, turn = await asyncio.to_thread(self._add_turn, conversation_id, ask.question)
        history = tuple(Exchange(each.question, said_in(self.answer_of(each))) for each in earlier)
        self._answers.begin(turn, self._draft(ask), self._work(ask, history))
        return turn.id

    def _add_turn(self, conversation_id: str, question: str) -> tuple[tuple[Turn, ...], Turn]:
        """Add a turn; return those before it, and it. In a thread, since it may have to wait for another writer."""
        store = self.library.conversations
        earlier = store.turns(conversation_id)
        turn = store.add_turn(conversation_id, question)
        if not earlier:
            store.rename(conversation_id, title_of(question))
        return earlier, turn

    def watch(self, turn_id: str) -> AsyncGenerator[AnswerEvent, None]:
        """Yield the events of an answer from its first, ending with its one terminal event."""
        return self._answers.watch(turn_id)

    async def stop(self, turn_id: str) -> None:
        """Stop an answer; everyone watching is given ``Finished`` with what there was."""
        await self._answers.stop(turn_id)

    def warm(self) -> None:
        """Load what the first question would have to wait for; meant for a thread of its own."""
        self.embedding().meaning.trouble()
        self.library.warm()

    def close(self) -> None:
        """Let go of the library and the reading process; answers end with the event loop they run in."""
        self._processes.close()
        self.library.close()

    def _work(self, ask: Ask, history: tuple[Exchange, ...]) -> Work:
        async def work(emit: Callable[[AnswerEvent], None]) -> Answer:
            engine = await asyncio.to_thread(self._engine.get)
            return await engine.chain.ainvoke(replace(self._inquiry(ask, emit), history=history))

        return work

    def _inquiry(self, ask: Ask, emit: Callable[[AnswerEvent], None]) -> Inquiry:
        return Inquiry(self._draft(ask), emit, ask.mode, ask.scope, (), ask.model, ask.top_k, given=ask.plan)

    def _draft(self, ask: Ask) -> Answer:
        there, being_read = self.library.count(), len(self._reading)
        if ask.scope is not None:
            asked = {each.collection for each in self.documents() if each.id in ask.scope}
            being_read = self._queue.bound_for(asked, self._reading)
        # One that was removed since it was ticked is not searched, and must not be counted.
        searched = there if ask.scope is None else sum(map(self.library.holds, ask.scope))
        return begin(sound(ask.question), searched=searched, in_library=there + being_read, being_read=being_read)
