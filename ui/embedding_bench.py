"""The library's way to another embedding model, as every page sees it: how far it is, that it stands still, and why.

One task goes that way by itself from the start, whatever becomes of the pages. What is done on it is the assistant's to
know.
"""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.events import Reencoded, ReencodingFailed

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Coroutine
    from typing import Any

    from ui.backend import Backend

__all__ = ["EmbeddingBench", "EmbeddingView"]


@dataclass(frozen=True, slots=True)
class EmbeddingView:
    """What is to be seen of it; nothing where passages are found by the model that is wanted."""

    state: Reencoded | ReencodingFailed | None = None
    """The last that was heard."""
    going: bool = False
    """Whether it is being worked on."""


class EmbeddingBench:
    """The way of one library; must be used inside one event loop."""

    def __init__(
        self,
        assistant: Backend,
        run: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        changed: Callable[[], None],
    ) -> None:
        """``run`` lets work go on by itself; ``changed`` is called when there is something else to be seen."""
        self._assistant = assistant
        self._run = run
        self._changed = changed
        self._state: Reencoded | ReencodingFailed | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def view(self) -> EmbeddingView:
        """What is to be seen at this moment."""
        return EmbeddingView(self._state, going=self.busy)

    @property
    def busy(self) -> bool:
        """Whether it is being worked on."""
        return self._task is not None and not self._task.done()

    def resume(self) -> None:
        """Go that way, or on where it was left; where nothing is left to do, nothing is done."""
        if not self.busy:
            self._task = self._run(self._go())

    def stop(self) -> None:
        """Leave it there; what is done is kept."""
        if self._task is not None:
            self._task.cancel()

    async def _go(self) -> None:
        async with aclosing(self._assistant.reencode()) as events:
            async for event in events:
                self._state = event if isinstance(event, Reencoded | ReencodingFailed) else None
                self._changed()
