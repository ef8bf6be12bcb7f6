"""The person's choice among the models of one server."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest

from rag.models import Models
from rag.ollama import OllamaServer
from rag.settings import GenerationSettings
from storage.library import Library
from tests.storage.made import MODEL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.doubles.ollama import OllamaDouble

OTHER = "qwen3:4b-instruct"


@pytest.fixture
def models(data_folder: Path, ollama: OllamaDouble) -> Iterator[Models]:
    library = Library.open(data_folder, MODEL)
    yield Models(OllamaServer(ollama.url), library.preferences, GenerationSettings())
    library.close()


def test_a_model_that_was_fetched_is_the_chosen_one(models: Models) -> None:
    async def fetch() -> None:
        async for _ in models.pull(OTHER):
            assert models.wanted == ""

    asyncio.run(fetch())
    assert models.wanted == OTHER


def test_the_download_has_stopped_when_closing_it_returns(models: Models, ollama: OllamaDouble) -> None:
    """Not some time later: a page that is closed ends its event loop with it. Nothing is chosen."""
    ollama.pull_step_seconds = 5

    async def look_and_leave() -> None:
        steps = models.pull(OTHER)
        await anext(steps)
        await steps.aclose()  # type: ignore[attr-defined]
        until = time.monotonic() + 1
        while ollama.received[-1].hung_up is None and time.monotonic() < until:
            time.sleep(0.01)  # noqa: ASYNC251  (the loop must have no chance to do it afterwards)
        assert ollama.received[-1].hung_up is not None

    asyncio.run(look_and_leave())
    assert models.wanted == ""
