"""How the double's replies reach the wire: one reply at a time, and the scripted actions played onto it.

Knows HTTP/1.1 framing and nothing of models, windows or requests.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from typing import TYPE_CHECKING, Any

from tests.doubles.script import (
    Action,
    Close,
    CloseMidLine,
    Done,
    Drip,
    Fail,
    Hang,
    Line,
    Raw,
    Refuse,
    Reset,
    Say,
    Think,
    Wait,
)
from tests.doubles.window import count_tokens

if TYPE_CHECKING:
    from asyncio import StreamWriter

__all__ = ["Wire", "play"]

_NDJSON = "application/x-ndjson"
_JSON = "application/json; charset=utf-8"


class Wire:
    """One reply: holds the status line back until there is something to send."""

    def __init__(self, writer: StreamWriter) -> None:
        self._writer = writer
        self._started = False
        self.completed = False
        """Whether the last line has been sent: a client may hang up then without having stopped anything."""

    async def reply(self, status: int, body: str | bytes, content_type: str = _JSON) -> bool:
        """Send a whole reply that is not a stream."""
        data = body.encode() if isinstance(body, str) else body
        head = f"HTTP/1.1 {status} Whatever\r\nContent-Type: {content_type}\r\nContent-Length: {len(data)}\r\n\r\n"
        self._writer.write(head.encode() + data)
        await self._writer.drain()
        return True

    async def refuse(self, status: int, error: str) -> bool:
        """Refuse as Ollama does."""
        return await self.reply(status, json.dumps({"error": error}))

    async def line(self, value: dict[str, Any]) -> None:
        """Send one line of a stream."""
        await self.raw(json.dumps(value, ensure_ascii=False).encode() + b"\n")

    async def raw(self, data: bytes) -> None:
        """Send bytes of a stream as one chunk and one write."""
        if not self._started:
            self._started = True
            self._writer.write(
                f"HTTP/1.1 200 OK\r\nContent-Type: {_NDJSON}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
            )
        self._writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        await self._writer.drain()

    async def end(self) -> bool:
        """End the stream in order."""
        if not self._started:
            return await self.reply(200, "", _NDJSON)
        self._writer.write(b"0\r\n\r\n")
        await self._writer.drain()
        return True

    async def close_mid_line(self) -> bool:
        """Break off within a line; the caller closes the connection."""
        await self.raw(b'{"message":{"role":"assistant","con')
        return False

    async def reset(self) -> bool:
        """Tear the connection down."""
        sock = self._writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()
        return False


def _chunk(text: str) -> dict[str, Any]:
    return {"message": {"role": "assistant", "content": text}, "done": False}


async def play(actions: tuple[Action, ...], wire: Wire, stamp: dict[str, Any], counts: dict[str, int]) -> bool:  # noqa: C901, PLR0912  (one branch per action)
    """Play a script; ``stamp`` opens every line, ``counts`` goes into the last. False: close the connection."""
    spoken = ""
    for action in actions:
        match action:
            case Wait(seconds):
                await asyncio.sleep(seconds)
            case Hang():
                await asyncio.Event().wait()
            case Say(text):
                spoken += text
                await wire.line(stamp | _chunk(text))
            case Think(text):
                message = {"role": "assistant", "content": "", "thinking": text}
                await wire.line(stamp | {"message": message, "done": False})
            case Line(value):
                await wire.line(stamp | value)
            case Raw(data):
                await wire.raw(data)
            case Drip(text, seconds):
                for byte in json.dumps(stamp | _chunk(text)).encode() + b"\n":
                    await wire.raw(bytes([byte]))
                    await asyncio.sleep(seconds)
            case Fail(error):
                await wire.line({"error": error})
            case Done():
                wire.completed = True
                await wire.line(stamp | _last(action, count_tokens(spoken + action.text), counts))
            case Refuse(status, body, content_type):
                return await wire.reply(status, body, content_type)
            case Close():
                return False
            case CloseMidLine():
                return await wire.close_mid_line()
            case Reset():
                return await wire.reset()
    return await wire.end()


def _last(done: Done, spoken: int, counts: dict[str, int]) -> dict[str, Any]:
    count = spoken if done.eval_count is None else done.eval_count
    last = _chunk(done.text) | {"done": True, "done_reason": done.reason, "total_duration": 9_125_000_000}
    last |= counts | {"prompt_eval_duration": 3_600_000_000, "eval_count": count, "eval_duration": 1_240_000_000}
    return {k: v for k, v in (last | done.extra).items() if k not in done.omit}
