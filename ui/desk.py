"""What goes on for every tab at once: files being read, answers being written, models being fetched.

Each runs in a task of its own, so that a page that is closed or reloaded stops nothing. Whoever looks is woken by the
bell. It keeps what the assistant said last, so that painting a page asks for nothing twice.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from rag.events import FileFailed, FileFinished
from rag.sentences import UNEXPECTED, sentence_for
from storage.errors import FootnoteError
from ui.bell import Bell
from ui.file_rows import FileRow, after_event, waiting
from ui.live import LiveAnswer, after, fresh
from ui.model_bench import ModelBench
from ui.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Hashable, Iterable, Mapping
    from pathlib import Path
    from typing import Any

    from markupsafe import Markup

    from rag.evidence import Answer
    from storage.records import Conversation, Document, Turn
    from ui.backend import Backend

__all__ = ["Desk", "FileRow"]

_log = logging.getLogger(__name__)


class Desk:
    """One assistant and everything it is doing for the open pages; must be used inside one event loop."""

    def __init__(self, assistant: Backend) -> None:
        self.assistant = assistant
        self.bell = Bell()
        self.files: dict[str, FileRow] = {}
        self.documents: tuple[Document, ...] = ()
        self.suggestions: tuple[str, ...] = ()
        self.conversations: tuple[Conversation, ...] = ()
        self.live: dict[str, LiveAnswer] = {}
        """The answers of this run, by turn: those being written, and the figures of those that ended."""
        self.bench = ModelBench(self)
        self.sheets: Recent[Hashable, Markup] = Recent(8)
        """The pages drawn last: a picture is a few hundred kilobytes and some tens of milliseconds."""
        self.drawn: Recent[Hashable, Markup] = Recent(300)
        """The finished turns drawn last."""
        self._turns: dict[str, tuple[Turn, ...]] = {}
        self._answers: Recent[str, Answer] = Recent(300)
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def reading(self) -> bool:
        """Whether any file is being read."""
        return any(row.busy for row in self.files.values())

    def refresh(self) -> None:
        """Ask for documents, conversations and suggestions anew; another program may have changed them."""
        self.documents = self.assistant.documents()
        self.suggestions = self.assistant.suggestions()
        self.conversations = self.assistant.conversations()
        self._turns.clear()
        self.bell.ring()

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

    # documents

    def ingest(self, copies: Mapping[Path, str], *, afterwards: Callable[[], None] = lambda: None) -> None:
        """Read copies of files, each under the name people call it; do ``afterwards`` when all are read."""
        self.files = waiting(self.files, tuple(copies.values()))
        self.run(self._ingest(copies, afterwards))

    async def _ingest(self, copies: Mapping[Path, str], afterwards: Callable[[], None]) -> None:
        reason = UNEXPECTED
        try:
            async for event in self.assistant.ingest(tuple(copies), names=copies, uploaded=True):
                self.files = after_event(self.files, event)
                if isinstance(event, FileFinished):
                    self.refresh()
                self.bell.ring()
        except FootnoteError as error:
            reason = sentence_for(error)
        finally:
            self._give_up(copies.values(), reason)
            afterwards()
            self.refresh()

    def _give_up(self, names: Iterable[str], reason: str) -> None:
        """No row may go on turning when nobody is reading its file any more."""
        for name in names:
            if name in self.files and self.files[name].busy:
                self.files = after_event(self.files, FileFailed(name, reason, 0.0))

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
        async for event in self.assistant.watch(turn_id):
            self.live[turn_id] = after(self.live[turn_id], event)
            if self.live[turn_id].ended:
                self.refresh()
            self.bell.ring()

    def growing(self, conversation_id: str | None) -> LiveAnswer | None:
        """Return the answer being written in a conversation, following it from now on; None where there is none.

        It counts as being written until its last event has been seen here, whatever the assistant says by then: nobody
        may stop looking before the end has been shown.
        """
        if conversation_id is None:
            return None
        running = self.assistant.running(conversation_id)
        for turn in self.turns(conversation_id):
            if turn.id == running:
                self.attend(turn.id, turn.question)
            if turn.id in self.live and not self.live[turn.id].ended:
                return self.live[turn.id]
        return None
