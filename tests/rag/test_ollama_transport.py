"""The wire to Ollama: what goes out, and that what comes back is safe to read whichever client reads it."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

import httpx
import ollama
import pytest

from rag.ollama_transport import OllamaTransport, Patience
from tests.doubles.ollama import OllamaDouble
from tests.doubles.script import Action, Done, Fail, Hang, Raw, Refuse, Say

if TYPE_CHECKING:
    from collections.abc import Iterator

QUICK = Patience(connect=0.5, first_byte=0.5, between_chunks=0.5, busy=(0.01, 0.01))
CHAT: dict[str, Any] = {"model": "granite4.1:3b", "messages": [{"role": "user", "content": "Hello"}]}


@pytest.fixture
def server() -> Iterator[OllamaDouble]:
    with OllamaDouble() as double:
        yield double


def post(server: OllamaDouble, path: str, body: dict[str, Any], *script: Action) -> httpx.Response:
    if script:
        server.script(*script)

    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=OllamaTransport(QUICK), trust_env=False) as client:
            return await client.post(server.url + path, json=body)

    return asyncio.run(send())


def test_a_chat_is_sent_with_the_switches_and_everything_else_as_it_is(server: OllamaDouble) -> None:
    post(server, "/api/chat", CHAT | {"think": True, "truncate": True})
    assert server.received[0].body == CHAT | {"think": False, "truncate": False, "shift": False}
    post(server, "/api/show", {"model": "granite4.1:3b"})
    assert server.received[1].body == {"model": "granite4.1:3b"}


def test_a_reply_is_never_compressed(server: OllamaDouble) -> None:
    """Lines are split before anything would unpack them."""
    post(server, "/api/chat", CHAT)
    assert server.received[0].headers["accept-encoding"] == "identity"


def test_every_line_is_one_object_that_any_client_splits_alike(server: OllamaDouble) -> None:
    odd = '{"message":{"role":"assistant","content":"a\x85\u2028\u2029b"},"done":false}\r\n\n'
    lines = post(server, "/api/chat", CHAT, Raw(odd.encode()), Done()).text.splitlines()
    assert [json.loads(line)["done"] for line in lines] == [False, True]
    assert json.loads(lines[0])["message"]["content"] == "a\x85\u2028\u2029b"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ('{"error": "plain"}', "plain"),
        ('{"error": {"code": 7}}', '{"code": 7}'),
        ("null", "null"),
        ("[1]", "[1]"),
        ('"text"', '"text"'),
        ("<html>", "<html>"),
        ("", ""),
        (b"\xff\xfe", "\ufffd\ufffd"),
    ],
)
def test_an_error_is_one_string_whatever_was_sent(server: OllamaDouble, body: str | bytes, text: str) -> None:
    """The ``ollama`` package trips over bodies that are JSON but not an object."""
    response = post(server, "/api/chat", CHAT, Refuse(500, body))
    assert (response.status_code, response.json()) == (500, {"error": text})


def test_an_error_line_is_an_error_with_its_text(server: OllamaDouble) -> None:
    with pytest.raises(ollama.ResponseError) as caught:
        post(server, "/api/chat", CHAT, Say("Hello"), Fail('{"error": "nested"}'))
    assert (caught.value.status_code, caught.value.error) == (-1, '{"error": "nested"}')


def test_only_a_full_queue_is_tried_again(server: OllamaDouble) -> None:
    refusals = (Refuse(503, "<html>maintenance</html>", "text/html"), Refuse.because(500, "server busy burning"))
    for count, refusal in enumerate(refusals, start=1):
        post(server, "/api/chat", CHAT, refusal)
        assert len(server.chats) == count


def test_only_an_answer_waits_for_a_full_queue(server: OllamaDouble) -> None:
    """Who asks what is there has no time for it."""
    server.instead["/api/show"] = (Refuse.because(503, "server busy, please try again"),)
    assert post(server, "/api/show", {}).status_code == 503
    assert len(server.received) == 1


@pytest.mark.parametrize("body", [b"[1]", b"null", b'{"title": "caf\xe9"}', b"<html>", b'{"cut": '])
def test_a_reply_that_is_no_object_is_told_from_one(server: OllamaDouble, body: bytes) -> None:
    """The ``ollama`` package trips over whatever is not an object, and over bytes that are no UTF-8."""
    server.instead["/api/show"] = (Refuse(200, body),)
    with pytest.raises(httpx.DecodingError):
        post(server, "/api/show", {})


def test_an_object_comes_through_as_it_is(server: OllamaDouble) -> None:
    """Even with half a character in it; a removal has nothing to say."""
    server.instead["/api/show"] = (Refuse(200, '{"a": "\\ud800", "b": NaN}'),)
    assert post(server, "/api/show", {}).json()["a"] == "\ud800"
    server.instead["/api/show"] = (Refuse(200, ""),)
    assert post(server, "/api/show", {}).json() == {}


def test_a_server_that_accepts_and_never_answers_is_given_up(server: OllamaDouble) -> None:
    began = time.monotonic()
    with pytest.raises(httpx.ReadTimeout):
        post(server, "/api/chat", CHAT, Hang())
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("script", [(), (Say("Hello"),), (Raw(b'{"done":'),)])
def test_a_reply_without_its_last_line_is_not_one(server: OllamaDouble, script: tuple[Action, ...]) -> None:
    with pytest.raises((httpx.RemoteProtocolError, httpx.DecodingError)):
        post(server, "/api/chat", CHAT, *(script or (Raw(b"\n"),)))


def test_a_path_before_the_api_is_kept(server: OllamaDouble) -> None:
    """A server behind a path gets the switches too."""
    post(server, "/behind/api/chat", CHAT)
    assert server.received[0].body["truncate"] is False
