"""Which language model writes: what Ollama holds, what the person chose, and what could be installed.

It joins the server's word with the person's choice, which is remembered with the library. How Ollama is spoken to
stands in ``rag/ollama.py``, how a model is made to write in ``rag/writing.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.ollama import Readiness
from rag.sentences import sentence_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rag.ollama import InstalledModel, OllamaServer, PullProgress
    from rag.settings import GenerationSettings
    from storage.preferences import Preferences

__all__ = ["Models", "ModelsState"]

_CHOICE = "model"


@dataclass(frozen=True, slots=True)
class ModelsState:
    """How things stand with written answers, as a person is told."""

    running: bool
    """Whether Ollama answers."""
    version: str
    models: tuple[InstalledModel, ...]
    chosen: str | None
    """The model that will write; None where no answer can be written."""
    problem: str | None
    """What is wrong and what to do, in a sentence; None where nothing is."""


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

    async def state(self) -> ModelsState:
        """Ask the server how things stand; trouble is part of the answer."""
        state = await self.server.state(self.wanted)
        if state.readiness is Readiness.MODEL_ABSENT and not self.settings.model:
            # What was chosen once has been removed since; another one that is there serves as well.
            state = await self.server.state()
        return ModelsState(
            running=state.readiness not in {Readiness.ABSENT, Readiness.NOT_OLLAMA},
            version=state.version,
            models=state.models,
            chosen=state.chosen or None,
            problem=None if state.problem is None else sentence_for(state.problem),
        )

    async def pull(self, name: str) -> AsyncIterator[PullProgress]:
        """Download a model and choose it; closing the iterator stops the download."""
        async for progress in self.server.pull(name):
            yield progress
        self.choose(name)

    async def remove(self, name: str) -> None:
        """Delete a model, and the choice of it."""
        await self.server.remove(name)
        if self._preferences.get(_CHOICE, "") == name:
            self.choose("")
