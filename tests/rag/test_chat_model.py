"""The chat model against a server that speaks Ollama's protocol, with its faults."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from rag.chat_model import ChatModel, Reply, ReplyEnd, ReplyText, ReplyThinking, build_chat_model, stream_reply
from rag.errors import (
    AnswerBroke,
    AnswerNotBegun,
    ModelAbsent,
    ModelCrashed,
    ModelError,
    NotOllama,
    PromptTooLong,
    ServerAbsent,
    ServerBusy,
)
from rag.ollama_transport import OllamaTransport, Patience
from rag.settings import GenerationSettings
from tests.doubles.ollama import OllamaDouble
from tests.doubles.script import CHAT_FAULTS, Action, Done, Hang, Raw, Refuse, Say, Think, Wait, say_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.doubles.ollama import Received

QUESTION = [SystemMessage("Answer from {passages}."), HumanMessage("How long is the notice period?")]
IMPATIENT = Patience(connect=1, first_byte=5, between_chunks=0.3, busy=(0.01, 0.02, 0.04))


@pytest.fixture
def server() -> Iterator[OllamaDouble]:
    with OllamaDouble() as double:
        yield double


def chat_model(server: OllamaDouble, patience: Patience = IMPATIENT, num_ctx: int = 8192) -> ChatModel:
    return build_chat_model(GenerationSettings(), server.url, "granite4.1:3b", num_ctx, OllamaTransport(patience))


async def collect(model: ChatModel, into: list[Reply]) -> list[Reply]:
    async for part in stream_reply(model, QUESTION):
        into.append(part)  # noqa: PERF401  (what came before an error is looked at too)
    return into


def reply(server: OllamaDouble) -> list[Reply]:
    return asyncio.run(collect(chat_model(server), []))


def text_of(parts: list[Reply]) -> str:
    return "".join(part.text for part in parts if isinstance(part, ReplyText))


def fault(ident: str) -> tuple[Action, ...]:
    return next(script for name, script in CHAT_FAULTS.items() if name.startswith(ident))


def test_the_reply_streams_as_it_is_written_and_ends_with_its_figures(server: OllamaDouble) -> None:
    server.script(*say_words("The notice period is sixty days [1]."))
    *said, end = reply(server)
    assert len(said) > 3
    assert text_of(said) == "The notice period is sixty days [1]."
    assert isinstance(end, ReplyEnd)
    assert (end.done_reason, end.cut_off) == ("stop", False)
    assert end.prompt_tokens


def test_every_setting_reaches_the_server_and_silent_cutting_is_forbidden(server: OllamaDouble) -> None:
    reply(server)
    body = server.chats[0].body
    assert body["model"] == "granite4.1:3b"
    assert body["options"] == {"num_ctx": 8192, "num_predict": 768, "temperature": 0.2, "seed": 7}
    assert (body["truncate"], body["shift"], body["think"]) == (False, False, False)
    assert (body["stream"], body["keep_alive"]) == (True, "30m")


def test_braces_and_roles_of_messages_arrive_as_they_are(server: OllamaDouble) -> None:
    async def ask() -> None:
        messages = [SystemMessage("{a}"), HumanMessage("one"), AIMessage("two"), HumanMessage("three")]
        async for _ in stream_reply(chat_model(server), messages):
            pass

    asyncio.run(ask())
    assert server.chats[0].body["messages"] == [
        {"role": "system", "content": "{a}"},
        {"role": "user", "content": "one"},
        {"role": "assistant", "content": "two"},
        {"role": "user", "content": "three"},
    ]


def test_a_shorter_reply_from_the_same_model_does_not_load_it_again(server: OllamaDouble) -> None:
    model = chat_model(server)
    asyncio.run(collect(model, []))
    asyncio.run(collect(model.at_most(3), []))
    assert [chat.body["options"]["num_predict"] for chat in server.chats] == [768, 3]
    assert server.loads == 1


def test_one_model_serves_several_event_loops(server: OllamaDouble) -> None:
    model = chat_model(server)
    for _ in range(3):
        assert asyncio.run(collect(model, []))


def test_no_call_can_go_around_the_transport(server: OllamaDouble) -> None:
    """A blocking call could not be stopped, and would lack the switches that forbid silent cutting."""
    with pytest.raises(NotImplementedError):
        chat_model(server).llm.invoke("Hello")
    assert server.chats == []


BROKEN = [
    ("F04", ModelAbsent, ""),
    ("F06", ModelCrashed, ""),
    ("F07", PromptTooLong, ""),
    ("F08", PromptTooLong, ""),
    ("F11", ModelCrashed, "0 1 2 3 4 "),
    ("F12", AnswerBroke, "half"),
    ("F13 reset in", AnswerBroke, "half"),
    ("F13 reset before", AnswerNotBegun, ""),
    ("F14", AnswerBroke, "half"),
    ("F23", NotOllama, ""),
]


@pytest.mark.parametrize(("ident", "kind", "before"), BROKEN)
def test_a_fault_is_one_error_and_the_text_before_it_stands(
    server: OllamaDouble, ident: str, kind: type[ModelError], before: str
) -> None:
    server.script(*fault(ident))
    parts: list[Reply] = []
    with pytest.raises(kind) as caught:
        asyncio.run(collect(chat_model(server), parts))
    assert text_of(parts) == before
    assert (caught.value.server, caught.value.model) == (server.url, "granite4.1:3b")


WHOLE = [
    ("F03", "late", "stop"),
    ("F15", "nearly there", "stop"),
    ("F16", "", "stop"),
    ("F17", "cut", "length"),
    ("F18", "", "length"),
    ("F19", "Yes.", "stop"),
    ("F21", "old", "stop"),
    ("F22", "new", "stop"),
    ("F35", "drop", "stop"),
    ("F36", "Sixty days [1].", "stop"),
]


@pytest.mark.parametrize(("ident", "text", "reason"), WHOLE)
def test_an_odd_reply_is_read_to_its_end(server: OllamaDouble, ident: str, text: str, reason: str) -> None:
    server.script(*fault(ident))
    parts = reply(server)
    assert text_of(parts) == text
    assert isinstance(parts[-1], ReplyEnd)
    assert parts[-1].done_reason == reason
    assert sum(isinstance(part, ReplyEnd) for part in parts) == 1


def test_reasoning_is_reported_apart_from_the_answer(server: OllamaDouble) -> None:
    server.script(*fault("F19 thinking, then"))
    assert [part for part in reply(server) if isinstance(part, ReplyThinking)] == [ReplyThinking("Hm.")]


def test_reasoning_within_the_answer_is_reported_apart_as_well(server: OllamaDouble) -> None:
    """Some models reason there whatever they are asked."""
    server.script(*fault("F19 thinking in"))
    parts = reply(server)
    assert text_of(parts) == "Yes [1]."
    assert "".join(part.text for part in parts if isinstance(part, ReplyThinking)) == "Hm. Well."


def test_lines_are_split_only_where_the_server_splits_them(server: OllamaDouble) -> None:
    """Blank lines, CRLF, U+0085, U+2028, a line of a megabyte and a character cut in two (F20)."""
    server.script(*fault("F20"))
    assert text_of(reply(server)) == "a\x85b\u2028c é" + "x" * 1_000_000 + "énd"


def test_an_old_server_gives_no_figures_and_no_trouble(server: OllamaDouble) -> None:
    server.script(*fault("F21"))
    end = reply(server)[-1]
    assert isinstance(end, ReplyEnd)
    assert end.prompt_tokens is None


def test_a_full_queue_is_waited_for(server: OllamaDouble) -> None:
    server.busy = 2
    server.script(Say("At last."), Done())
    assert text_of(reply(server)) == "At last."
    assert len(server.chats) == 3


def test_a_queue_that_stays_full_is_reported(server: OllamaDouble) -> None:
    server.busy = 9
    with pytest.raises(ServerBusy):
        reply(server)
    assert len(server.chats) == 4


def test_nothing_is_tried_again_after_text_has_come(server: OllamaDouble) -> None:
    server.script(*fault("F13 reset in"))
    with pytest.raises(AnswerBroke):
        reply(server)
    assert len(server.chats) == 1


def test_a_server_that_is_not_there_is_absent() -> None:
    server = OllamaDouble()
    with server:
        pass
    with pytest.raises(ServerAbsent):
        reply(server)


def test_a_proxy_configured_for_the_web_is_not_used(server: OllamaDouble, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert reply(server)


def test_a_redirect_is_not_followed(server: OllamaDouble) -> None:
    """A prompt holds the person's documents: it goes to the address that was given, or nowhere."""
    server.script(Refuse(307, "", "text/html"))
    with pytest.raises(NotOllama):
        reply(server)


@pytest.mark.parametrize("data", [b"<html>welcome</html>", b"<html>\n<body>\n", b"[1, 2]\n"])
def test_something_else_that_answers_is_not_taken_for_ollama(server: OllamaDouble, data: bytes) -> None:
    server.script(Raw(data))
    with pytest.raises(NotOllama):
        reply(server)


def test_silence_in_mid_answer_ends_it(server: OllamaDouble) -> None:
    server.script(Say("half"), Hang())
    parts: list[Reply] = []
    began = time.monotonic()
    with pytest.raises(AnswerBroke):
        asyncio.run(collect(chat_model(server), parts))
    assert text_of(parts) == "half"
    assert time.monotonic() - began < 1.5


def test_silence_that_never_ends_is_no_broken_answer(server: OllamaDouble) -> None:
    """Nothing was written that could have been kept, nor by reasoning aloud."""
    model = chat_model(server, replace(IMPATIENT, first_byte=0.3))
    for script in ((Hang(),), (Think("Hm."), Hang())):
        server.script(*script)
        with pytest.raises(AnswerNotBegun):
            asyncio.run(collect(model, []))


def test_silence_before_the_first_word_has_its_own_longer_limit(server: OllamaDouble) -> None:
    """A model that loads for longer than the pause allowed within an answer is waited for (F03)."""
    server.load_seconds = 2 * IMPATIENT.between_chunks
    assert reply(server)


def _wait_for(server: OllamaDouble, deadline: float = 2.0) -> Received:
    """The chat request, once the server has seen its client go."""
    until = time.monotonic() + deadline
    while time.monotonic() < until:
        if server.chats and server.chats[0].hung_up:
            return server.chats[0]
        time.sleep(0.01)
    raise AssertionError("the connection stayed open")


async def _cancel_after(model: ChatModel, seconds: float) -> float:
    task = asyncio.create_task(collect(model, []))
    await asyncio.sleep(seconds)
    task.cancel()
    stopped = time.monotonic()
    with suppress(asyncio.CancelledError):
        await task
    return stopped


@pytest.mark.parametrize("where", ["queued", "loading", "evaluating", "mid-answer"])
def test_cancelling_closes_the_socket_within_a_second(server: OllamaDouble, where: str) -> None:
    """F34: whatever the server is doing, it learns at once that nobody listens any more."""
    server.load_seconds = 9 if where == "loading" else 0
    server.evaluation_seconds = 9 if where == "evaluating" else 0
    server.script(Hang()) if where == "queued" else server.script(Say("One "), Wait(0.1), Say("two "), Hang())

    async def stop() -> float:
        return await _cancel_after(chat_model(server, replace(IMPATIENT, between_chunks=9)), 0.3)

    stopped = asyncio.run(stop())
    hung_up = _wait_for(server).hung_up
    assert hung_up is not None
    assert hung_up - stopped < 1


def test_closing_the_stream_early_closes_the_socket_within_a_second(server: OllamaDouble) -> None:
    server.script(Say("One "), Say("two "), Hang())

    async def take_one() -> float:
        async with aclosing(stream_reply(chat_model(server), QUESTION)) as parts:  # type: ignore[type-var]
            await anext(parts)
        await asyncio.sleep(0.2)
        return time.monotonic()

    ended = asyncio.run(take_one())
    hung_up = _wait_for(server).hung_up
    assert hung_up is not None
    assert hung_up < ended


def test_waiting_for_a_full_queue_can_be_stopped(server: OllamaDouble) -> None:
    server.busy = 99

    async def stop() -> float:
        return await _cancel_after(chat_model(server, replace(IMPATIENT, busy=(60.0,))), 0.2)

    began = time.monotonic()
    asyncio.run(stop())
    assert time.monotonic() - began < 1


def test_a_prompt_too_long_for_the_window_is_refused_rather_than_cut(server: OllamaDouble) -> None:
    """On both of the server's paths, since the request forbids cutting."""
    for server.rendered in (True, False):
        with pytest.raises(PromptTooLong):
            asyncio.run(collect(chat_model(server, num_ctx=8), []))


def test_two_questions_at_once_are_answered_one_after_the_other(server: OllamaDouble) -> None:
    """F31: the second waits in the server's queue, without a sign of life, and is answered."""
    server.script(Say("One."), Wait(0.4), Done())
    server.script(Say("Two."), Done())

    async def both() -> tuple[list[Reply], list[Reply]]:
        model = chat_model(server, replace(IMPATIENT, between_chunks=5))
        return await asyncio.gather(collect(model, []), collect(model, []))

    assert sorted(text_of(parts) for parts in asyncio.run(both())) == ["One.", "Two."]


def test_a_restarted_server_and_a_deleted_model_are_met_afresh(server: OllamaDouble) -> None:
    """F30 and F29: nothing of an earlier connection is relied upon."""
    model = chat_model(server)
    asyncio.run(collect(model, []))
    server.restart()
    asyncio.run(collect(model, []))
    assert server.loads == 2
    server.models.clear()
    with pytest.raises(ModelAbsent):
        asyncio.run(collect(model, []))
