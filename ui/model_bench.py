"""The language models as the page sees them: what Ollama holds, which one writes, and what is being fetched.

One bench for all tabs. It asks the assistant and remembers what it said; how Ollama is spoken to is not known here.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rag.sentences import sentence_for
from storage.errors import FootnoteError

if TYPE_CHECKING:
    from rag.ollama import ServerState
    from ui.desk import Desk

__all__ = ["ModelBench", "ModelsView", "Pull"]


@dataclass(frozen=True, slots=True)
class Pull:
    """A model on its way to this computer."""

    name: str
    status: str = "starting"
    completed: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class ModelsView:
    """What is known of Ollama at the moment."""

    asking: bool = False
    state: ServerState | None = None
    """None before Ollama was asked for the first time."""
    pull: Pull | None = None
    problem: str = ""
    """Why the last download did not come to an end."""

    @property
    def chosen(self) -> str | None:
        """The model that writes answers; None where there is none."""
        return (self.state.chosen or None) if self.state is not None else None


class ModelBench:
    """Asks for the state of Ollama and fetches models, in tasks that outlast a page."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._checking: asyncio.Task[None] | None = None
        self._fetching: asyncio.Task[None] | None = None
        self.models = ModelsView()

    def check(self) -> None:
        """Ask Ollama again what is there."""
        if not self.models.asking:
            self.models = replace(self.models, asking=True)
            self._checking = self._desk.run(self._check())

    async def checked(self) -> ModelsView:
        """Ask Ollama again, and return what is there when it has answered."""
        self.check()
        if self._checking is not None:
            await asyncio.wait([self._checking])
        return self.models

    async def _check(self) -> None:
        try:
            self.models = replace(self.models, state=await self._desk.assistant.server_state())
        finally:
            self.models = replace(self.models, asking=False)

    async def choose(self, name: str) -> None:
        """Let another model write the answers."""
        await asyncio.to_thread(self._desk.assistant.choose_model, name)
        await self._check()

    def fetch(self, name: str) -> None:
        """Download a model, unless one is on its way already."""
        if self._fetching is None or self._fetching.done():
            self.models = replace(self.models, pull=Pull(name), problem="")
            self._fetching = self._desk.run(self._fetch(name))

    def cancel(self) -> None:
        """Stop the download; Ollama keeps what has arrived and goes on from there the next time."""
        if self._fetching is not None:
            self._fetching.cancel()

    async def _fetch(self, name: str) -> None:
        try:
            async with aclosing(self._desk.assistant.pull(name)) as steps:  # type: ignore[type-var]
                async for step in steps:
                    self.models = replace(self.models, pull=Pull(name, step.status, step.completed, step.total))
                    self._desk.bell.ring()
        except FootnoteError as error:
            self.models = replace(self.models, problem=sentence_for(error))
        finally:
            self.models = replace(self.models, pull=None)
        await self._check()
