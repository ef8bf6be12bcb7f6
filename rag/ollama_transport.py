"""The wire to Ollama: an httpx transport that makes any client of the server keep to its protocol.

It sits under LangChain's chat model and the ``ollama`` package, which both leave gaps: requests get the switches that
turn silent cutting of a prompt into an error; replies are split where the server splits them and must come to their
proper end; a full queue is waited for; every wait has a limit. It keeps no state between requests, holds no connection
open (so one instance serves any event loop, and a restarted server is met afresh) and knows nothing of questions or
answers.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import httpx
import ollama

from rag.ollama_errors import MID_STREAM

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["OllamaTransport", "Patience"]

_CHAT = "/api/chat"
_PULL = "/api/pull"
_SWITCHES = {
    "truncate": False,  # refuse a prompt that is too long, rather than cut away the instructions and best passages
    "shift": False,  # stop at a full window, rather than forget the beginning
    "think": False,  # LangChain reports reasoning only where it also asks for it; we never ask, and always want to know
}


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds."""

    connect: float = 5.0
    first_byte: float = 600.0
    """Nothing comes back, not even a status, until a model is loaded and has read the prompt."""
    between_chunks: float = 120.0
    busy: tuple[float, ...] = (1.0, 2.0, 4.0)
    """Pauses before a full queue is tried again; safe, since nothing of an answer has been seen."""


class OllamaTransport(httpx.AsyncBaseTransport):
    """Carries requests to an Ollama server as its protocol wants them.

    Raises httpx's own errors for broken connections and replies without an end, ``httpx.DecodingError`` where what
    answers does not speak the protocol, and ``ollama.ResponseError`` for an error inside a reply that had begun well.
    An error status comes with a JSON object whose ``error`` is one string, whatever the server or a proxy sent.
    """

    def __init__(self, patience: Patience | None = None) -> None:
        self._patience = patience or Patience()
        no_pool = httpx.Limits(max_connections=None, max_keepalive_connections=0)
        # A proxy configured for the web must not stand between two programs on one computer.
        self._inner = httpx.AsyncHTTPTransport(trust_env=False, limits=no_pool, retries=1)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send ``request``, again while the queue is full, and hand back a reply whose stream is safe to read."""
        prepared = self._prepare(request)
        response = await self._send(prepared)
        # Only an answer is worth waiting for: who asks what the server is or has wants to know now.
        for pause in self._patience.busy if prepared.url.path.endswith(_CHAT) else ():
            if not _queue_is_full(response):
                break
            await asyncio.sleep(pause)
            response = await self._send(prepared)
        return response

    async def aclose(self) -> None:
        """Close what is open."""
        await self._inner.aclose()

    def _prepare(self, request: httpx.Request) -> httpx.Request:
        timeout = httpx.Timeout(self._patience.first_byte, connect=self._patience.connect)
        content = request.content
        if request.url.path.endswith(_CHAT):
            content = json.dumps(json.loads(content) | _SWITCHES).encode()
        headers = {k: v for k, v in request.headers.items() if k != "content-length"}
        headers["accept-encoding"] = "identity"  # lines are split before anything would decompress them
        extensions = {**request.extensions, "timeout": timeout.as_dict()}
        return httpx.Request(request.method, request.url, headers=headers, content=content, extensions=extensions)

    async def _send(self, request: httpx.Request) -> httpx.Response:
        response = await self._inner.handle_async_request(request)
        if response.status_code != HTTPStatus.OK:
            return _json(response.status_code, {"error": await _error_text(response)})
        if request.url.path.endswith(_CHAT):
            stream = _Lines(response, "done", True, self._patience.between_chunks)
        elif request.url.path.endswith(_PULL):
            # Checking a model's digest is silent and as slow as the disk.
            stream = _Lines(response, "status", "success", self._patience.first_byte)
        else:
            return await _whole(response)
        return httpx.Response(response.status_code, headers={"content-type": "application/x-ndjson"}, stream=stream)


class _Lines(httpx.AsyncByteStream):
    r"""The lines of a reply, each one JSON object in ASCII, the last one with ``key`` set to ``value``.

    Only ``\n`` ends a line here. Clients also split at U+0085 and other marks that may stand within a text, which is
    why each line is written again with every such mark escaped.
    """

    def __init__(self, response: httpx.Response, key: str, value: object, seconds: float) -> None:
        self._response = response
        self._last = (key, value)
        self._seconds = seconds
        self._begun = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for line in self._split():
            read = self._read(line)
            if "error" in read:
                raise ollama.ResponseError(json.dumps({"error": _as_text(read["error"])}), MID_STREAM)
            self._begun = True
            yield json.dumps(read).encode() + b"\n"
            if read.get(self._last[0]) == self._last[1]:
                return
        raise httpx.RemoteProtocolError("the reply ended before its last line")

    async def aclose(self) -> None:
        """Hang up; the server then stops writing."""
        await self._response.aclose()

    async def _split(self) -> AsyncIterator[bytes]:
        rest = bytearray()
        async for chunk in self._arriving():
            rest += chunk
            if b"\n" in chunk:
                *lines, rest = rest.split(b"\n")
                for line in lines:
                    if line.strip():
                        yield bytes(line)
        if rest.strip():
            yield bytes(rest)

    async def _arriving(self) -> AsyncIterator[bytes]:
        chunks = aiter(self._response.stream)  # type: ignore[arg-type]  # an async transport's stream is async
        while True:
            try:
                async with asyncio.timeout(self._seconds):
                    chunk = await anext(chunks)
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise httpx.ReadTimeout(f"nothing more came for {self._seconds:.0f} s") from None
            yield chunk

    def _read(self, line: bytes) -> dict[str, Any]:
        try:
            read = json.loads(line)
        except ValueError:
            read = None
        if isinstance(read, dict):
            return read
        if self._begun:
            raise httpx.RemoteProtocolError("the reply broke off within a line")
        raise httpx.DecodingError(f"not a line of JSON: {line[:200]!r}")


async def _whole(response: httpx.Response) -> httpx.Response:
    """A reply that is no stream: one JSON object, or nothing at all where there is nothing to say."""
    content = await response.aread()
    await response.aclose()
    try:
        read = json.loads(content or b"{}")
    except ValueError:
        read = None
    if not isinstance(read, dict):
        raise httpx.DecodingError(f"not a JSON object: {content[:200]!r}")
    return _json(response.status_code, read)


def _json(status: int, read: dict[str, Any]) -> httpx.Response:
    """In ASCII, as a stream's lines are: halves of characters and numbers that are none pass as they came."""
    return httpx.Response(status, headers={"content-type": "application/json"}, content=json.dumps(read))


async def _error_text(response: httpx.Response) -> str:
    """What the server, or whatever answered in its place, gave as the reason."""
    text = (await response.aread()).decode(errors="replace")
    await response.aclose()
    try:
        read = json.loads(text)
    except ValueError:
        return text
    return _as_text(read["error"]) if isinstance(read, dict) and "error" in read else text


def _as_text(error: object) -> str:
    return error if isinstance(error, str) else json.dumps(error)


def _queue_is_full(response: httpx.Response) -> bool:
    return response.status_code == HTTPStatus.SERVICE_UNAVAILABLE and "busy" in response.text
