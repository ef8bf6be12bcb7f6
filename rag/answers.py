"""The answers of all conversations: those being written now, and those that were kept.

Each answer that is begun has two tasks: one writes it (``rag/running.py``), one saves it as it grows, in a thread, so
that a slow disk holds nobody up. Saving never decides how an answer ends. What a question is answered with is not known
here.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rag.draft import begin
from rag.events import AnswerEvent, Failed, Finished, TextDelta
from rag.evidence import Answer, Outcome
from rag.retelling import retold
from rag.running import RunningAnswer
from rag.serialize import answer_from_json, answer_to_json
from storage.errors import FootnoteError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from rag.running import Work
    from storage.conversations import ConversationStore
    from storage.records import Turn

__all__ = ["Answers"]

_log = logging.getLogger(__name__)

_SAVE_EVERY = 0.5
"""Seconds between two saves of an answer that grows."""


@dataclass(frozen=True, slots=True, eq=False)
class _Going:
    """An answer on its way, with the task that saves it."""

    conversation_id: str
    answer: RunningAnswer
    keeper: asyncio.Task[None]


class Answers:
    """Must be used inside one event loop."""

    def __init__(self, store: ConversationStore) -> None:
        self._store = store
        self._going: dict[str, _Going] = {}

    def begin(self, turn: Turn, draft: Answer, work: Work) -> None:
        """Start to answer a turn."""
        answer = RunningAnswer(draft, work)
        keeper = asyncio.create_task(self._keep(turn.id, answer))
        self._going[turn.id] = _Going(turn.conversation_id, answer, keeper)

    def of(self, turn: Turn) -> Answer:
        """Return what came of a turn: as far as it is now while it is written, else as it was kept."""
        if turn.id in self._going:
            return self._going[turn.id].answer.draft
        if turn.answer:
            return answer_from_json(turn.answer)
        return replace(begin(turn.question), text=turn.text, citations=turn.citations)

    async def watch(self, turn_id: str) -> AsyncGenerator[AnswerEvent, None]:
        """Yield an answer's events from its first; of one from the store, the terminal one. Raises TurnNotFound."""
        if turn_id in self._going:
            async for event in self._going[turn_id].answer.watch():
                yield event
            return
        answer = self.of(await asyncio.to_thread(self._store.turn, turn_id))
        yield Failed(answer) if answer.outcome is Outcome.FAILED else Finished(answer)

    async def stop(self, turn_id: str) -> None:
        """Stop an answer, and wait until what there was of it is saved."""
        if going := self._going.get(turn_id):
            await going.answer.stop()
            await asyncio.wait([going.keeper])

    def abandon(self, conversation_id: str) -> None:
        """End the answers of a conversation that is being deleted."""
        for turn_id, going in tuple(self._going.items()):
            if going.conversation_id == conversation_id:
                going.answer.cancel()
                del self._going[turn_id]

    async def _keep(self, turn_id: str, answer: RunningAnswer) -> None:
        """Save the answer as it grows, and once more when it has ended."""
        try:
            await self._save_growth(turn_id, answer)
            await asyncio.to_thread(self._save_whole, turn_id, answer.draft)
        except asyncio.CancelledError:
            # The program is told to end: what has been written is kept all the same.
            self._save_whole(turn_id, answer.draft)
            raise
        finally:
            self._going.pop(turn_id, None)

    async def _save_growth(self, turn_id: str, answer: RunningAnswer) -> None:
        saved_at = 0.0
        async for event in answer.watch():
            due = time.perf_counter() - saved_at >= _SAVE_EVERY or not isinstance(event, TextDelta)
            if due and not answer.done:
                saved_at = time.perf_counter()
                with suppress(FootnoteError):  # the next save holds it all
                    await asyncio.to_thread(self._save, turn_id, answer.draft, None)

    def _save_whole(self, turn_id: str, draft: Answer) -> None:
        try:
            self._save(turn_id, draft, str(draft.outcome))
        except FootnoteError:
            _log.exception("the answer to turn %s could not be saved", turn_id)

    def _save(self, turn_id: str, draft: Answer, outcome: str | None) -> None:
        self._store.save_turn(
            turn_id,
            text=draft.text,
            outcome=outcome,
            citations=draft.citations,
            answer_json=answer_to_json(draft),
            retell=retold,
        )
