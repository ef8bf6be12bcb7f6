"""A double of the Ollama server: its HTTP protocol over a real socket, its models, its window and its faults.

One instance per test, on a free port: ``with OllamaDouble() as server: ... server.url``. It keeps what a server keeps
(installed and loaded models, their load-time settings, the parts of a download) and records every request and when the
client went away. By itself it answers from the numbered passages of the prompt; scripts (``script.py``) override that.
For demonstrations it is a program: ``python -m tests.doubles.ollama --port 11434 --model granite4.1:3b``.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import re
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from tests.doubles.models import FakeModel, PullFault, full_name, steps
from tests.doubles.script import Action, Done, Think, say_words
from tests.doubles.window import Overflow, fit
from tests.doubles.wire import Wire, play

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FakeModel", "OllamaDouble", "PullFault", "Received"]

_LOAD_SETTINGS = ("num_ctx", "num_batch", "num_gpu", "num_thread", "use_mmap", "draft_num_predict")
_INTEGERS = ("num_ctx", "num_predict", "num_keep", "num_batch", "num_gpu", "num_thread", "seed", "top_k")
_NUMBERS = ("temperature", "top_p", "min_p", "repeat_penalty")
_DURATION = re.compile(r"[-+]?(\d+(\.\d+)?(ns|us|ms|s|m|h))+|0")
_STAMP = "2026-08-01T09:14:02.511Z"


@dataclass(slots=True)
class Received:
    """One request: its body, when it came, and when the client hung up before the reply was complete."""

    method: str
    path: str
    body: dict[str, Any]
    headers: dict[str, str]
    began: float
    ended: float | None = None
    hung_up: float | None = None


@dataclass(slots=True)
class _Loaded:
    """A model in memory with the settings it was loaded with."""

    settings: dict[str, Any]
    context_length: int
    keep_alive: Any


@dataclass(slots=True)
class OllamaDouble:
    """The server; every field may be changed while it runs."""

    models: list[FakeModel] = field(default_factory=lambda: [FakeModel("granite4.1:3b")])
    registry: tuple[FakeModel, ...] = (FakeModel("granite4.1:3b"), FakeModel("qwen3:4b-instruct", family="qwen3"))
    """What can be pulled."""
    version: str = "0.33.0"
    rendered: bool = True
    """Which of the two overflow paths of ``tests/doubles/window.py``."""
    knows_truncate: bool = True
    """False is a server before October 2025, which ignores ``truncate`` and ``shift``."""
    default_window: int = 4096
    load_seconds: float = 0.0
    evaluation_seconds: float = 0.0
    word_seconds: float = 0.0
    answer: str = ""
    """What it answers unless scripted; empty answers from the passages of the prompt."""
    busy: int = 0
    """How many of the next chat requests are refused with 503."""
    instead: dict[str, tuple[Action, ...]] = field(default_factory=dict)
    """What is played whenever one of these paths is asked, instead of its own answer: another program, or trouble."""
    pull_fault: PullFault | None = None
    pull_steps: int = 5
    pull_step_seconds: float = 0.0
    port: int = 0
    received: list[Received] = field(default_factory=list)
    loaded: dict[str, _Loaded] = field(default_factory=dict)
    loads: int = 0
    downloaded: dict[str, int] = field(default_factory=dict)
    """Bytes on disk by digest of a download not finished."""
    _scripts: deque[tuple[Action, ...]] = field(default_factory=deque)
    _turns: dict[str, asyncio.Lock] = field(default_factory=dict)
    _loop: asyncio.AbstractEventLoop | None = None
    _thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def chats(self) -> list[Received]:
        """The chat requests so far."""
        return [request for request in self.received if request.path == "/api/chat"]

    def script(self, *actions: Action) -> None:
        """Play ``actions`` for the next chat request; calls queue up."""
        self._scripts.append(actions)

    def model(self, name: str) -> FakeModel | None:
        """The installed model of that name, ``:latest`` implied and case ignored."""
        wanted = full_name(name)
        return next((model for model in self.models if full_name(model.name) == wanted), None)

    def restart(self) -> None:
        """Forget what was loaded, as a restarted server does."""
        self.loaded.clear()

    # --- life ---

    def __enter__(self) -> Self:
        listening = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(listening,), daemon=True)
        self._thread.start()
        listening.wait(5)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Close every connection and stop listening; the port then refuses."""
        if self._loop and self._thread and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(5)

    def _serve(self, listening: threading.Event) -> None:
        loop = self._loop = asyncio.new_event_loop()
        server = loop.run_until_complete(asyncio.start_server(self._connection, "127.0.0.1", self.port))
        self.port = server.sockets[0].getsockname()[1]
        listening.set()
        loop.run_forever()
        server.close()
        loop.run_until_complete(_cancel_all())
        loop.close()
        self._turns.clear()

    # --- one connection ---

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await self._exchange(reader, writer):
                pass
        writer.close()
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            await writer.wait_closed()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Serve one request; False where the connection is done with."""
        head = await reader.readuntil(b"\r\n\r\n")
        request_line, *fields = head.decode("latin-1").splitlines()
        method, target, _ = request_line.split(" ", 2)
        headers = {k.lower(): v.strip() for k, _, v in (f.partition(":") for f in fields if f)}
        raw = await reader.readexactly(int(headers.get("content-length", "0")))
        request = Received(method, target, json.loads(raw) if raw else {}, headers, time.monotonic())
        self.received.append(request)
        return await self._attend(request, reader, Wire(writer))

    async def _attend(self, request: Received, reader: asyncio.StreamReader, wire: Wire) -> bool:
        """Answer while watching for the client to hang up."""
        work = asyncio.create_task(self._route(request, wire))
        watch = asyncio.create_task(reader.read(1))
        try:
            await asyncio.wait({work, watch}, return_when=asyncio.FIRST_COMPLETED)
            request.ended = time.monotonic()
            if not work.done():
                request.hung_up = None if wire.completed else request.ended
            return work.done() and work.result()
        finally:
            for task in (work, watch):
                task.cancel()
            await asyncio.gather(work, watch, return_exceptions=True)

    async def _route(self, request: Received, wire: Wire) -> bool:
        routes: dict[tuple[str, str], Callable[[dict[str, Any], Wire], Any]] = {
            ("POST", "/api/chat"): self._chat,
            ("POST", "/api/show"): self._show,
            ("POST", "/api/pull"): self._pull,
            ("DELETE", "/api/delete"): self._delete,
        }
        plain: dict[str, Callable[[], Any]] = {
            "/api/version": lambda: {"version": self.version},
            "/api/tags": lambda: {"models": [model.tag() for model in self.models]},
            "/api/ps": self._running,
        }
        if script := self.instead.get(request.path):
            return await play(script, wire, {}, {})
        if request.method in ("GET", "HEAD") and request.path in plain:
            return await wire.reply(200, json.dumps(plain[request.path]()))
        if request.method in ("GET", "HEAD") and request.path == "/":
            return await wire.reply(200, "Ollama is running", "text/plain")
        if (handler := routes.get((request.method, request.path))) is None:
            return await wire.reply(404, "404 page not found", "text/plain")
        return bool(await handler(request.body, wire))

    # --- models ---

    def _running(self) -> dict[str, Any]:
        entry = {"size": 3_221_225_472, "size_vram": 0, "expires_at": "2026-11-20T10:05:00Z", "details": {}}
        return {
            "models": [
                entry | {"name": name, "model": name, "digest": "0" * 64, "context_length": held.context_length}
                for name, held in self.loaded.items()
            ]
        }

    async def _show(self, body: dict[str, Any], wire: Wire) -> bool:
        if model := self.model(body.get("model", "")):
            return await wire.reply(200, json.dumps(model.show()))
        return await wire.refuse(404, f"model '{body.get('model')}' not found")

    async def _delete(self, body: dict[str, Any], wire: Wire) -> bool:
        if model := self.model(body.get("model", "")):
            self.models.remove(model)
            self.loaded.pop(model.name, None)
            return await wire.reply(200, "")
        return await wire.refuse(404, f"model '{body.get('model')}' not found")

    async def _pull(self, body: dict[str, Any], wire: Wire) -> bool:
        name = body.get("model", "")
        if not name or " " in name:
            return await wire.refuse(400, "invalid model name")
        await wire.line({"status": "pulling manifest"})
        model = next((m for m in self.registry if full_name(m.name) == full_name(name)), None)
        fault, self.pull_fault = self.pull_fault, None
        if model is None or fault in (PullFault.NOT_FOUND, PullFault.OFFLINE, PullFault.TOO_OLD):
            await wire.line({"error": fault or PullFault.NOT_FOUND})
            return await wire.end()
        if not await self._download(model, fault, wire):
            return False
        if fault in (PullFault.DISK_FULL, PullFault.NO_SUCCESS):
            if fault is PullFault.DISK_FULL:
                await wire.line({"error": fault})
            return await wire.end()
        for status in ("verifying sha256 digest", "writing manifest", "success"):
            await wire.line({"status": status})
        if self.model(model.name) is None:
            self.models.insert(0, model)
        return await wire.end()

    async def _download(self, model: FakeModel, fault: PullFault | None, wire: Wire) -> bool:
        """Send the layers' progress from where an earlier try left them; False where the connection broke."""
        for digest, total in ((model.digest, model.size), (model.digest[::-1], 11_000)):
            line = {"status": f"pulling {digest[:12]}", "digest": f"sha256:{digest}", "total": total}
            start = self.downloaded.get(digest, 0)
            for done in steps(start, total, self.pull_steps, fault):
                if fault is PullFault.DIES and done > total * 0.4:
                    return await wire.reset()
                self.downloaded[digest] = done
                await wire.line(line | ({"completed": done} if done else {}))
                await asyncio.sleep(self.pull_step_seconds)
            if fault is PullFault.BACKWARDS:
                await wire.line({"status": line["status"], "digest": line["digest"], "completed": total})
        return True

    # --- chat ---

    async def _chat(self, body: dict[str, Any], wire: Wire) -> bool:
        if body.get("stream") is False:
            return await wire.refuse(501, "the double only streams")
        if self.busy:
            self.busy -= 1
            return await wire.refuse(503, "server busy, please try again.  maximum pending requests exceeded")
        model = self.model(body.get("model", ""))
        if model is None:
            return await wire.refuse(404, f"model '{body.get('model')}' not found")
        if complaint := self._complaint(body, model):
            return await wire.refuse(*complaint)
        async with self._turns.setdefault(model.name, asyncio.Lock()):
            return await self._generate(body, model, wire)

    def _complaint(self, body: dict[str, Any], model: FakeModel) -> tuple[int, str] | None:
        options = body.get("options", {})
        for names, kind, word in ((_INTEGERS, int, "integer"), (_NUMBERS, (int, float), "float32")):
            for name in names:
                if name in options and not isinstance(options[name], kind):
                    return 500, f'option "{name}" must be of type {word}'
        keep_alive = body.get("keep_alive", 0)
        if isinstance(keep_alive, str) and not _DURATION.fullmatch(keep_alive):
            return 400, f'time: invalid duration "{keep_alive}"'
        if body.get("think") not in (None, False) and "thinking" not in (model.capabilities or ()):
            return 400, f'"{model.name}" does not support thinking'
        if "completion" not in (model.capabilities or ("completion",)):
            return 400, f'"{model.name}" does not support chat'
        return None

    async def _generate(self, body: dict[str, Any], model: FakeModel, wire: Wire) -> bool:
        load_seconds = await self._load(body, model)
        await asyncio.sleep(self.evaluation_seconds)
        truncate, shift = (body.get(k, True) if self.knows_truncate else True for k in ("truncate", "shift"))
        window = self.loaded[model.name].context_length
        try:
            seen = fit(body.get("messages", []), window, rendered=self.rendered, truncate=truncate, shift=shift)
        except Overflow as overflow:
            return await wire.refuse(400, str(overflow))
        actions = self._scripts.popleft() if self._scripts else self._say_something(body, seen.text)
        if model.capabilities and "thinking" in model.capabilities and body.get("think") is not False:
            actions = (Think("Let me think."), *actions)
        counts = {"prompt_eval_count": seen.tokens, "load_duration": int(load_seconds * 1e9)}
        return await play(actions, wire, {"model": body["model"], "created_at": _STAMP}, counts)

    async def _load(self, body: dict[str, Any], model: FakeModel) -> float:
        """Load the model unless it is there with the same settings; seconds spent."""
        options = body.get("options", {})
        settings = {name: options.get(name) for name in _LOAD_SETTINGS} | {"shift": body.get("shift", True)}
        began = time.monotonic()
        if (held := self.loaded.get(model.name)) is None or held.settings != settings:
            self.loaded.pop(model.name, None)
            await asyncio.sleep(self.load_seconds)
            window = max(min(options.get("num_ctx") or self.default_window, model.trained_window), 4)
            self.loaded[model.name] = _Loaded(settings, window, body.get("keep_alive"))
            self.loads += 1
        return time.monotonic() - began

    def _say_something(self, body: dict[str, Any], seen: str) -> tuple[Action, ...]:
        text = self.answer or _from_passages(seen) or body["messages"][-1]["content"].strip().splitlines()[-1]
        limit = body.get("options", {}).get("num_predict", -1)
        words = text.split(" ")
        if 0 <= limit < len(words):
            return (*say_words(" ".join(words[:limit]), self.word_seconds)[:-1], Done("length"))
        return say_words(text, self.word_seconds)


async def _cancel_all() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _from_passages(prompt: str) -> str:
    """The first sentence of each of the first two numbered passages, each with its marker; empty without passages."""
    passages = re.findall(r"^\[(\d+)\][^\n]*\n(.+?)(?=\n\s*\n|\Z)", prompt, re.MULTILINE | re.DOTALL)
    said = []
    for number, text in sorted(passages, key=lambda found: int(found[0]))[:2]:
        sentence = re.split(r"(?<=[.!?])\s", " ".join(text.split()))[0].rstrip(".!?")
        said.append(f"{sentence} [{number}].")
    return " ".join(said)


def _main() -> None:
    parser = argparse.ArgumentParser(description="A stand-in for the Ollama server, for demonstrations and pictures.")
    parser.add_argument("--port", type=int, default=11434)
    parser.add_argument("--model", action="append", help="name of an installed model; may be repeated")
    parser.add_argument("--no-models", action="store_true", help="start with nothing installed")
    parser.add_argument("--answer", default="", help="what to answer; default: first sentences of the passages")
    parser.add_argument("--word-seconds", type=float, default=0.05)
    parser.add_argument("--load-seconds", type=float, default=0.5)
    given = parser.parse_args()
    models = [] if given.no_models else [FakeModel(name) for name in given.model or ["granite4.1:3b"]]
    double = OllamaDouble(models=models, answer=given.answer, port=given.port, pull_step_seconds=0.2, pull_steps=40)
    double.word_seconds, double.load_seconds = given.word_seconds, given.load_seconds
    with double, contextlib.suppress(KeyboardInterrupt):
        sys.stdout.write(f"{double.url}\n")
        sys.stdout.flush()
        threading.Event().wait()


if __name__ == "__main__":
    _main()
