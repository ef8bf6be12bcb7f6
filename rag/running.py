"""An answer on its way: one task that writes it, and any number of watchers who come and go.

The task does not belong to whoever asked. A page that is reloaded watches again and first sees everything so far; Stop
cancels the task, and everyone watching is still given the one terminal event. What the task does, and where the answer
is kept, is not known here.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rag.draft import absorb
from rag.events import AnswerEvent, Failed, Finished
from rag.evidence import Answer, Outcome
from rag.sentences import UNEXPECTED, sentence_for
from storage.errors import FootnoteError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

__all__ = ["RunningAnswer", "Work"]

_log = logging.getLogger(__name__)


Work = Callable[[Callable[[AnswerEvent], None]], Coroutine[Any, Any, Answer]]
"""What writes an answer: it is given the function that takes its events."""


class RunningAnswer:
    """One question being answered; must be made and used inside one event loop."""

    def __init__(self, draft: Answer, work: Work) -> None:
        """Start ``work``; ``draft`` is what there is of the answer before its first event."""
        self.draft = draft
        self._events: list[AnswerEvent] = []
        self._grew = asyncio.Event()
        self._task = asyncio.create_task(work(self._publish))
        # Told by the task's end and not within it: a task that is cancelled before its first step never runs.
        self._task.add_done_callback(self._ended)

    @property
    def done(self) -> bool:
        """Whether the terminal event has been given."""
        return bool(self._events) and isinstance(self._events[-1], Finished | Failed)

    async def watch(self) -> AsyncGenerator[AnswerEvent, None]:
        """Yield every event from the first on, and end after the terminal one."""
        position = 0
        while True:
            while position < len(self._events):
                yield self._events[position]
                position += 1
            if self.done:
                return
            await self._grew.wait()

    async def stop(self) -> None:
        """Cancel the task and wait until it has ended; harmless when it already has."""
        self.cancel()
        await asyncio.wait([self._task])

    def cancel(self) -> None:
        """Ask the task to end, without waiting for it."""
        self._task.cancel()

    def _ended(self, task: asyncio.Task[Answer]) -> None:
        """Give the terminal event where the task has not: it was stopped, or failed."""
        if self.done:
            return
        if task.cancelled():
            self._publish(Finished(replace(self.draft, outcome=Outcome.INTERRUPTED)))
            return
        error = task.exception()
        if not isinstance(error, FootnoteError):
            _log.error("answering failed unexpectedly", exc_info=error)
        problem = sentence_for(error) if isinstance(error, FootnoteError) else UNEXPECTED
        self._publish(Failed(replace(self.draft, outcome=Outcome.FAILED, problem=problem)))

    def _publish(self, event: AnswerEvent) -> None:
        self.draft = absorb(self.draft, event)
        self._events.append(event)
        self._grew.set()
        self._grew = asyncio.Event()
