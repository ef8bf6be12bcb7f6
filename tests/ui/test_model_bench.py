"""Language models from the page: looking for them, and fetching them, which can be stopped."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rag.ollama import OllamaServer
from tests.ui.fake_assistant import FakeAssistant
from ui.actions import act
from ui.desk import Desk
from ui.session import Session

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from rag.ollama import PullProgress
    from tests.doubles.ollama import OllamaDouble

OTHER = "qwen3:4b-instruct"


class Fetching(FakeAssistant):
    """A scripted assistant that fetches from a server on a real socket."""

    def __init__(self, server: str) -> None:
        super().__init__()
        self.server = OllamaServer(server)

    def pull(self, name: str) -> AsyncIterator[PullProgress]:
        """Fetch."""
        return self.server.pull(name)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(1):
        while not true():  # noqa: ASYNC110  (the double has a thread of its own)
            await asyncio.sleep(0.005)


def test_cancelling_a_download_hangs_up_and_shows_none(ollama: OllamaDouble) -> None:
    """Which is what stops Ollama; the page says nothing of a failure."""
    ollama.pull_step_seconds = 5

    async def work() -> None:
        bench = Desk(Fetching(ollama.url)).bench
        bench.fetch(OTHER)
        await until(lambda: bench.models.pull is not None and bench.models.pull.total > 0)
        bench.cancel()
        await until(lambda: ollama.received[-1].hung_up is not None)
        await until(lambda: bench.models.pull is None)
        assert bench.models.problem == ""

    asyncio.run(work())


def test_looking_again_from_below_an_answer_says_what_was_found() -> None:
    """Nobody sees the Models panel there."""

    async def work() -> None:
        assistant, session = FakeAssistant(model=""), Session()
        desk = Desk(assistant)
        await act(desk, session, {"action": "look-again"})
        assert session.notice.startswith("Ollama is not running")
        assistant.model = OTHER
        await act(desk, session, {"action": "look-again"})
        assert session.notice == f"{OTHER} is ready. Press Try again below the question for a written answer."

    asyncio.run(work())
