"""What goes on for every tab at once: files being read, answers being written, models being fetched.

Each runs in a task of its own, so that a page that is closed or reloaded stops nothing. Whoever looks is woken by the
bell. It keeps what the assistant said last, so that painting a page asks for nothing twice; the documents, which other
programs can change, it looks at again every few seconds while anybody looks at it.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from storage.errors import FootnoteError
from ui.bell import Bell
from ui.embedding_bench import EmbeddingBench
from ui.file_bench import FileBench
from ui.folder_bench import FolderBench
from ui.live import LiveAnswer, after, fresh, later
from ui.model_bench import ModelBench
from ui.recent import Recent
from ui.sheets import Sheets

if TYPE_CHECKING:
    from collections.abc import Coroutine, Hashable, Iterator
    from typing import Any

    from markupsafe import Markup

    from rag.evidence import Answer, Mode
    from storage.records import Collection, Conversation, Document, Turn
    from ui.backend import Backend

__all__ = ["Desk"]

_log = logging.getLogger(__name__)

_LOOK_EVERY = 3.0
"""Seconds between two looks at the documents."""
_COUNT_EVERY = 1.0
"""Seconds between two words on how long has been waited."""
_ANSWERS_KEPT = 300


class Desk:
    """One assistant and everything it is doing for the open pages; must be used inside one event loop."""

    def __init__(self, assistant: Backend, *, local: bool = False, look_every: float = _LOOK_EVERY) -> None:
        """``local`` says that nobody but the person at this computer can reach the page."""
        self.assistant = assistant
        self.local = local
        self.bell = Bell()
        self.documents: tuple[Document, ...] = ()
        self.removing: dict[str, Document] = {}
        """Those that are being removed, which takes seconds in a large library."""
        self.collections: tuple[Collection, ...] = ()
        self.suggestions: dict[str | None, tuple[str, ...]] = {}
        """Questions worth asking: of the whole library under None, of each collection under its id."""
        self.conversations: tuple[Conversation, ...] = ()
        self.live: dict[str, LiveAnswer] = {}
        """The answers being written, by turn."""
        self.ended: set[str] = set()
        """The turns whose answers have come to their end in this run."""
        self.bench = ModelBench(self)
        self.files = FileBench(assistant, self.run, self.bell.ring, self.look)
        self.folders = FolderBench(assistant.folders, self.files, self.run, self.bell.ring)
        self.embedding = EmbeddingBench(assistant, self.run, self.bell.ring)
        self.sheets = Sheets(self.run, self.bell.ring)
        self.drawn: Recent[Hashable, Markup] = Recent(_ANSWERS_KEPT)
        """The finished turns drawn last."""
        self._turns: dict[str, tuple[Turn, ...]] = {}
        self._answers: Recent[str, Answer] = Recent(_ANSWERS_KEPT)
        self._tasks: set[asyncio.Task[None]] = set()
        self._suggested_for: tuple[Document, ...] = ()
        self._suggesting: asyncio.Task[None] | None = None
        self._look_every = look_every
        self._looking: asyncio.Task[None] | None = None

    @property
    def busy(self) -> bool:
        """Whether files are looked for, read or encoded anew, what to ask is being worked out, or a page is drawn."""
        reading = self.files.busy or self.folders.busy or self.embedding.busy
        return reading or _goes_on(self._suggesting) or self.sheets.busy

    @property
    def mode(self) -> Mode:
        """How thoroughly is searched where nobody has chosen."""
        return self.assistant.settings.mode

    def run(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Let ``work`` run on its own, whatever becomes of the page that asked for it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("a task of the page failed", exc_info=error)
        self.bell.ring()

    # what there is

    def refresh(self) -> None:
        """Ask for documents and conversations anew."""
        self.look()
        self.conversations = self.assistant.conversations()
        self._turns.clear()
        self.sheets.forget_failures()
        self.bell.ring()

    def look(self) -> None:
        """Ask for the documents and collections anew: this page or another program may have changed them."""
        documents, collections = self.assistant.documents(), self.assistant.collections()
        if collections != self.collections:
            self.collections = collections
            self.bell.ring()
        if documents != self.documents:
            if not set(self.documents) <= set(documents):
                self._forget_answers()
            self.documents = documents
            self.sheets.forget()
            self.bell.ring()
        if not self.files.busy and not _goes_on(self._suggesting) and documents != self._suggested_for:
            self._suggesting = self.run(self._suggest(documents))

    def _forget_answers(self) -> None:
        """Ask for every answer anew: what they quoted may have gone with its document."""
        self._turns.clear()
        self._answers = Recent(_ANSWERS_KEPT)
        self.drawn = Recent(_ANSWERS_KEPT)

    async def _suggest(self, documents: tuple[Document, ...]) -> None:
        """In a thread, since it reads whole documents."""
        self._suggested_for = documents
        used = {each.collection for each in documents if each.collection is not None}
        found: dict[str | None, tuple[str, ...]] = {None: await asyncio.to_thread(self.assistant.suggestions)}
        for collection in used:
            found[collection] = await asyncio.to_thread(self.assistant.suggestions, collection)
        self.suggestions = found

    @contextmanager
    def watched(self) -> Iterator[asyncio.Event]:
        """Give an event that is set whenever anything changes, and look for what other programs change meanwhile."""
        with self.bell.heard() as rung:
            if not _goes_on(self._looking):
                self._looking = self.run(self._keep_looking())
            yield rung

    async def _keep_looking(self) -> None:
        while self.bell.heeded:
            await asyncio.sleep(self._look_every)
            with suppress(FootnoteError):  # a library in use elsewhere is looked at the next time
                self.look()

    # documents

    async def remove(self, document: Document, *, keep_quotes: bool) -> int:
        """Remove a document, and say so meanwhile; return the bytes that this freed."""
        self.removing[document.id] = document
        self.bell.ring()
        try:
            return await self.assistant.remove(document.id, keep_quotes=keep_quotes)
        finally:
            self.removing.pop(document.id, None)
            self._forget_answers()
            self.refresh()

    # conversations

    def turns(self, conversation_id: str | None) -> tuple[Turn, ...]:
        """Return the turns of a conversation, the oldest first."""
        if conversation_id is None:
            return ()
        if conversation_id not in self._turns:
            self._turns[conversation_id] = self.assistant.turns(conversation_id)
        return self._turns[conversation_id]

    def answer(self, turn: Turn) -> Answer:
        """Return what a turn came to, or has come to so far."""
        if turn.id in self.live:
            return self.live[turn.id].answer
        if turn.id not in self._answers:
            self._answers[turn.id] = self.assistant.answer_of(turn)
        return self._answers[turn.id]

    def attend(self, turn_id: str, question: str) -> None:
        """Follow an answer that is being written, if nobody does yet."""
        if turn_id not in self.live:
            self.live[turn_id] = fresh(turn_id, question)
            self.run(self._attend(turn_id))

    async def _attend(self, turn_id: str) -> None:
        clock = self.run(self._keep_counting(turn_id))
        try:
            async for event in self.assistant.watch(turn_id):
                self.live[turn_id] = after(self.live[turn_id], event)
                self.bell.ring()
        finally:
            clock.cancel()
            self._answers[turn_id] = self.live.pop(turn_id).answer
            self.ended.add(turn_id)
        self.refresh()

    async def _keep_counting(self, turn_id: str) -> None:
        """Say once a second how long a language model has been waited for."""
        while True:
            await asyncio.sleep(_COUNT_EVERY)
            if (live := later(self.live[turn_id])) is not self.live[turn_id]:
                self.live[turn_id] = live
                self.bell.ring()

    def growing(self, conversation_id: str | None) -> LiveAnswer | None:
        """Return the answer being written in a conversation; None where there is none.

        It counts as being written until its last event has been seen here, whatever the assistant says by then: nobody
        may stop looking before the end has been shown.
        """
        return next((self.live[turn.id] for turn in self.turns(conversation_id) if turn.id in self.live), None)


def _goes_on(task: asyncio.Task[None] | None) -> bool:
    return task is not None and not task.done()
