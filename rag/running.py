"""An answer on its way: one task that writes it, and any number of watchers who come and go.

The task does not belong to whoever asked. A page that is reloaded watches again and first sees everything so far; Stop
cancels the task, and everyone watching is still given the one terminal event. What the task does, and where the answer
is kept, is not known here.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rag.draft import absorb
from rag.events import AnswerEvent, Failed, Finished
from rag.evidence import Answer, Outcome
from rag.sentences import UNEXPECTED, sentence_for
from storage.errors import FootnoteError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine

__all__ = ["RunningAnswer"]

_log = logging.getLogger(__name__)


class RunningAnswer:
    """One question being answered; must be made and used inside one event loop."""

    def __init__(
        self,
        draft: Answer,
        work: Callable[[Callable[[AnswerEvent], None]], Coroutine[Any, Any, Answer]],
        *,
        on_growth: Callable[[Answer, AnswerEvent], None] | None = None,
    ) -> None:
        """Start ``work``, which is given the function that takes its events; ``on_growth`` sees each one absorbed."""
        self.draft = draft
        self._on_growth = on_growth
        self._events: list[AnswerEvent] = []
        self._grew = asyncio.Event()
        self._task = asyncio.create_task(self._run(work))
        self._task.add_done_callback(_log_a_bug)

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

    async def _run(self, work: Callable[[Callable[[AnswerEvent], None]], Coroutine[Any, Any, Answer]]) -> None:
        try:
            await work(self._publish)
        except asyncio.CancelledError:
            self._end(Finished(replace(self.draft, outcome=Outcome.INTERRUPTED)))
            raise
        except FootnoteError as error:
            self._end(Failed(replace(self.draft, outcome=Outcome.FAILED, problem=sentence_for(error))))
        finally:
            # Reached with no terminal event only through a bug; watchers must not wait for ever because of it.
            self._end(Failed(replace(self.draft, outcome=Outcome.FAILED, problem=UNEXPECTED)))

    def _end(self, terminal: Finished | Failed) -> None:
        if not self.done:
            self._publish(terminal)

    def _publish(self, event: AnswerEvent) -> None:
        self.draft = absorb(self.draft, event)
        self._events.append(event)
        if self._on_growth is not None:
            self._on_growth(self.draft, event)
        self._grew.set()
        self._grew = asyncio.Event()


def _log_a_bug(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("answering failed unexpectedly", exc_info=error)
