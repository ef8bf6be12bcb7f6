"""Follow-up questions are made whole, with a language model or without."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest

from rag.chat_model import ChatModel, build_chat_model
from rag.inquiry import Exchange
from rag.ollama_transport import OllamaTransport, Patience
from rag.queries import is_credible, make_whole
from rag.settings import GenerationSettings
from tests.doubles.ollama import OllamaDouble
from tests.doubles.script import CHAT_FAULTS, Hang, say_words

if TYPE_CHECKING:
    from collections.abc import Iterator

HISTORY = (Exchange("How long is the notice period for the tenant?", "Sixty days [1], says the lease."),)
FOLLOW_UP = "And for the landlord?"
WHOLE = "How long is the notice period for the landlord?"


@pytest.fixture
def server() -> Iterator[OllamaDouble]:
    with OllamaDouble() as double:
        yield double


def chat_model(server: OllamaDouble) -> ChatModel:
    transport = OllamaTransport(Patience(connect=1, first_byte=5, between_chunks=5, busy=()))
    return build_chat_model(GenerationSettings(), server.url, "granite4.1:3b", 8192, transport)


def whole(server: OllamaDouble, written: str, question: str = FOLLOW_UP) -> str:
    server.script(*say_words(written))
    return asyncio.run(make_whole(question, HISTORY, chat_model(server)))


def test_a_follow_up_is_rewritten_by_the_model(server: OllamaDouble) -> None:
    assert whole(server, WHOLE) == WHOLE
    assert "Q: How long is the notice period" in server.chats[0].body["messages"][-1]["content"]


@pytest.mark.parametrize("written", [f'"{WHOLE}"', f"Rewritten question: {WHOLE}", f"\n\n{WHOLE}\n\nI replaced it."])
def test_the_ways_models_wrap_a_rewriting_come_off(server: OllamaDouble, written: str) -> None:
    assert whole(server, written) == WHOLE


def test_a_rewriting_is_short_and_leaves_the_model_loaded(server: OllamaDouble) -> None:
    whole(server, WHOLE)
    options = server.chats[0].body["options"]
    assert options["num_predict"] == 80
    assert options["num_ctx"] == 8192


@pytest.mark.parametrize(
    "written",
    [
        "",
        "The landlord must give ninety days' notice [1].",
        "What is the capital of France?",
        "Photosynthesis happens in chloroplasts within green leaves.",
        "How long " + "very " * 200 + "long?",
        FOLLOW_UP,
    ],
)
def test_what_does_not_look_like_the_same_question_is_not_believed(server: OllamaDouble, written: str) -> None:
    assert whole(server, written or " ") == FOLLOW_UP


def test_a_question_that_stands_by_itself_is_not_touched(server: OllamaDouble) -> None:
    question = "What does the report say about inflation?"
    assert whole(server, "Nothing.", question) == question
    assert server.chats == []


def test_a_first_question_is_not_touched() -> None:
    assert asyncio.run(make_whole(FOLLOW_UP, (), None)) == FOLLOW_UP


def test_without_a_model_it_stays_as_it_was_asked() -> None:
    assert asyncio.run(make_whole(FOLLOW_UP, HISTORY, None)) == FOLLOW_UP


@pytest.mark.parametrize("ident", ["F04", "F06", "F11", "F13", "F14"])
def test_a_model_in_trouble_does_not_stop_the_question(server: OllamaDouble, ident: str) -> None:
    server.script(*next(script for name, script in CHAT_FAULTS.items() if name.startswith(ident)))
    assert asyncio.run(make_whole(FOLLOW_UP, HISTORY, chat_model(server))) == FOLLOW_UP


def test_a_question_does_not_wait_long_for_its_own_wording(server: OllamaDouble) -> None:
    server.script(Hang())
    began = time.monotonic()
    assert asyncio.run(make_whole(FOLLOW_UP, HISTORY, chat_model(server), seconds=0.2)) == FOLLOW_UP
    assert time.monotonic() - began < 1.5


def test_a_credible_rewriting_takes_its_new_words_from_the_conversation() -> None:
    assert is_credible("Who signed it?", "Who signed the lease?", HISTORY)
    assert not is_credible("Who signed it?", "Who signed the Magna Carta charter?", HISTORY)
