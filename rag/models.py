"""Which language model writes: what Ollama holds, what the person chose, and what could be installed.

It joins the server's word with the person's choice, which is remembered with the library. How Ollama is spoken to
stands in ``rag/ollama.py``, how a model is made to write in ``rag/writing.py``.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.ollama import Readiness
from storage.errors import FootnoteError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rag.ollama import OllamaServer, PullProgress, ServerState
    from rag.settings import GenerationSettings
    from storage.preferences import Preferences

__all__ = ["Models"]

_CHOICE = "model"
_LAST = "last_model"


class Models:
    """The language models of one Ollama server, with the person's choice among them."""

    def __init__(self, server: OllamaServer, preferences: Preferences, settings: GenerationSettings) -> None:
        self.server = server
        self.settings = settings
        self._preferences = preferences

    @property
    def wanted(self) -> str:
        """The model asked for: the person's choice, else the setting; empty where there is neither."""
        return self._preferences.get(_CHOICE, "") or self.settings.model

    def choose(self, name: str) -> None:
        """Remember the person's choice."""
        self._preferences.set(_CHOICE, name)

    async def state(self, asked: str = "") -> ServerState:
        """Ask the server how things stand; trouble is part of the answer.

        The model is the one ``asked`` for, and no other; without one it is the person's choice, and where that has been
        removed since, the setting's, else the first suitable one.
        """
        state = await self.server.state(asked or self.wanted)
        if state.readiness is Readiness.MODEL_ABSENT and not asked and self.wanted != self.settings.model:
            state = await self.server.state(self.settings.model)
        return replace(state, last=await asyncio.to_thread(self._remembered, state.chosen))

    def _remembered(self, chosen: str) -> str:
        """A model that was once ready. In a thread, since noting it may have to wait for another writer."""
        last = self._preferences.get(_LAST, "")
        if chosen and not last:
            with suppress(FootnoteError):  # a note for the next start; no answer fails for want of it
                self._preferences.set(_LAST, chosen)
        return last or chosen

    async def pull(self, name: str) -> AsyncIterator[PullProgress]:
        """Download a model and choose it; closing the iterator stops the download."""
        async with aclosing(self.server.pull(name)) as steps:  # type: ignore[type-var]
            async for progress in steps:
                yield progress
        self.choose(name)

    async def remove(self, name: str) -> None:
        """Delete a model, and the choice of it."""
        await self.server.remove(name)
        if self._preferences.get(_CHOICE, "") == name:
            self.choose("")
