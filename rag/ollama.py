"""The Ollama server beside the program: whether it is there, which of its models write answers, fetching and removing.

Every answer is read with defaults, since old servers leave fields out. Models that would send a person's documents to
another computer are never offered, and refused by name. Nothing here writes an answer (``rag/chat_model.py``) or says a
sentence to a person.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import httpx
import ollama
import pydantic

from rag.errors import (
    ModelAbsent,
    ModelError,
    ModelNotLocal,
    NoModels,
    NotOllama,
    ServerAbsent,
    ServerBusy,
    ServerSilent,
)
from rag.ollama_address import normalise_address
from rag.ollama_errors import SERVER_FAILURES, as_model_error, as_probe_error, as_pull_error
from rag.ollama_transport import OllamaTransport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

__all__ = [
    "SUGGESTED",
    "InstalledModel",
    "OllamaServer",
    "PullProgress",
    "Readiness",
    "ServerState",
    "SuggestedModel",
    "choose",
]

_GB = 1_000_000_000
_CLOUD = (":cloud", "-cloud")
_SHOW_SECONDS = 15.0
"""A model's description comes from its file, which may lie on a slow disk."""


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A model on this computer that can write answers."""

    name: str
    size: int
    """On disk, in bytes."""
    parameter_size: str
    """As its makers put it, "3.4B"; may be empty."""
    family: str
    capabilities: tuple[str, ...]
    """Empty where the server is too old to say."""
    loaded: bool
    """Whether it is in memory now."""

    @property
    def thinks(self) -> bool:
        """Whether it is made to reason before it answers, which takes long and which it may do unasked."""
        return "thinking" in self.capabilities


@dataclass(frozen=True, slots=True)
class SuggestedModel:
    """A model known to write cited answers well enough, and what it takes."""

    name: str
    download: int
    """In bytes."""
    memory: int
    """Of the computer, in bytes."""


SUGGESTED = (
    SuggestedModel("gemma4:26b", 18 * _GB, 32 * _GB),
    SuggestedModel("qwen3:4b-instruct", 2_500_000_000, 16 * _GB),
    SuggestedModel("granite4.1:3b", 2_100_000_000, 8 * _GB),
)
"""Best first. Smaller general models are not good enough at citing."""


class Readiness(StrEnum):
    """What stands between a question and a written answer."""

    READY = "ready"
    ABSENT = "absent"
    """Nothing answers at the address, or not to the end."""
    NOT_OLLAMA = "not_ollama"
    NO_MODELS = "no_models"
    """None is installed that can write answers."""
    MODEL_ABSENT = "model_absent"
    """The model asked for is not installed, or not on this computer."""


@dataclass(frozen=True, slots=True)
class ServerState:
    """How the server was found a moment ago."""

    server: str
    readiness: Readiness
    version: str = ""
    models: tuple[InstalledModel, ...] = ()
    chosen: str = ""
    """The model that will write; empty unless ready."""
    problem: ModelError | None = None
    """Why it is not ready, where the server or the choice of a model is the reason."""
    last: str = ""
    """A model that was once ready; empty before there ever was one."""


@dataclass(frozen=True, slots=True)
class PullProgress:
    """How far a download is; ``total`` grows as the server meets more parts, and is 0 before the first."""

    status: str
    completed: int
    """Bytes; never goes back."""
    total: int


def choose(models: Sequence[InstalledModel], wanted: str, server: str = "") -> str:
    """The installed name of the model to write with: ``wanted``, or without a wish the first suitable one.

    Suitable means a suggested one, else one that does not reason at length, else any. Raises ``ModelNotLocal`` and
    ``ModelAbsent`` (``NoModels`` where nothing is installed).
    """
    if _is_cloud_name(wanted):
        raise ModelNotLocal(server, wanted)
    if wanted:
        models = [model for model in models if _full_name(model.name) == _full_name(wanted)]
    if not models:
        raise ModelAbsent(server, wanted) if wanted else NoModels(server)
    known = [_full_name(model.name) for model in SUGGESTED]
    return min(models, key=lambda model: (_full_name(model.name) not in known, model.thinks)).name


class OllamaServer:
    """One server at one address. Every method but ``state`` raises ``ModelError``."""

    def __init__(self, address: str, transport: OllamaTransport | None = None, probe_seconds: float = 2.0) -> None:
        self.address, self._unreadable = _read_address(address)
        self.transport = transport or OllamaTransport()
        self._probe_seconds = probe_seconds
        host = "" if self._unreadable else self.address
        options: dict[str, Any] = {"transport": self.transport, "trust_env": False, "follow_redirects": False}
        self._ollama = ollama.AsyncClient(host=host, **options)
        # The package's own ``list`` drops the fields that tell a model in the cloud, and it has no ``version``.
        self._http = httpx.AsyncClient(base_url=host, **options)

    async def state(self, wanted: str = "") -> ServerState:
        """Whether an answer can be written, and by which model; expected trouble is part of the state."""
        try:
            version = await self.version()
            models = await self.models()
        except (ServerAbsent, ServerSilent, ServerBusy) as problem:
            return ServerState(self.address, Readiness.ABSENT, problem=problem)
        except ModelError as problem:
            return ServerState(self.address, Readiness.NOT_OLLAMA, problem=problem)
        try:
            chosen = choose(models, wanted, self.address)
        except ModelError as problem:
            readiness = Readiness.MODEL_ABSENT if wanted else Readiness.NO_MODELS
            return ServerState(self.address, readiness, version, models, problem=problem)
        return ServerState(self.address, Readiness.READY, version, models, chosen)

    async def version(self) -> str:
        """The server's version; development builds say 0.0.0."""
        read = await self._get("/api/version")
        if "version" not in read:
            raise NotOllama(self.address, detail="no version")
        return str(read["version"])

    async def models(self) -> tuple[InstalledModel, ...]:
        """The installed models that write answers on this computer, newest first."""
        tags = await self._listed("/api/tags")
        running = await self._running()
        return tuple(_installed(tag, running) for tag in tags if _writes_here(tag))

    async def is_loaded(self, name: str, num_ctx: int) -> bool:
        """Whether the model is in memory with this window; with another it would have to be loaded again."""
        running = await self._running()
        return running.get(_full_name(name), 0) in (num_ctx, None)

    async def window(self, name: str, wanted: int) -> int:
        """The window to ask for: ``wanted`` tokens, or what the model was trained for where that is less."""
        self._require_address()
        try:
            async with asyncio.timeout(_SHOW_SECONDS):
                shown = await self._ollama.show(name)
        except TimeoutError as exc:
            raise ServerSilent(self.address, name, f"nothing within {_SHOW_SECONDS} s") from exc
        except pydantic.ValidationError:
            return wanted  # a server too old to tell
        except SERVER_FAILURES as exc:
            raise as_model_error(exc, self.address, name) from exc
        info = shown.modelinfo or {}
        trained = info.get(f"{info.get('general.architecture')}.context_length")
        return min(wanted, trained) if isinstance(trained, int) else wanted

    async def pull(self, name: str) -> AsyncIterator[PullProgress]:
        """Download a model; it is installed when the iterator ends. Cancelling stops; a later try goes on from there.

        Raises ``PullFailed``, ``ModelNotLocal``, ``ServerAbsent`` and ``NotOllama``.
        """
        self._require_address()
        if _is_cloud_name(name):
            raise ModelNotLocal(self.address, name)
        parts: dict[str, tuple[int, int]] = {}
        furthest = 0
        try:
            async with aclosing(await self._ollama.pull(name, stream=True)) as lines:  # type: ignore[type-var]
                async for line in lines:
                    if line.digest:
                        before = parts.get(line.digest, (0, 0))
                        parts[line.digest] = (line.completed or 0, max(line.total or 0, line.completed or 0, before[1]))
                    furthest = max(furthest, sum(done for done, _ in parts.values()))
                    yield PullProgress(line.status or "", furthest, sum(total for _, total in parts.values()))
        except SERVER_FAILURES as exc:
            raise as_pull_error(exc, self.address, name) from exc

    async def remove(self, name: str) -> None:
        """Delete a model from this computer."""
        self._require_address()
        try:
            await self._ollama.delete(name)
        except SERVER_FAILURES as exc:
            raise as_model_error(exc, self.address, name) from exc

    async def _running(self) -> dict[str, int | None]:
        """The window, where known, of each model in memory by its full name."""
        loaded = await self._listed("/api/ps")
        return {_full_name(str(model.get("name", ""))): model.get("context_length") for model in loaded}

    def _require_address(self) -> None:
        if self._unreadable is not None:
            raise self._unreadable

    async def _listed(self, path: str) -> list[dict[str, Any]]:
        """The models that a reply lists."""
        listed = (await self._get(path)).get("models") or []
        if not isinstance(listed, list) or not all(isinstance(model, dict) for model in listed):
            raise NotOllama(self.address, detail=f"no list of models: {listed!r:.200}")
        return listed

    async def _get(self, path: str) -> dict[str, Any]:
        """What the server says of itself; it does so at once or not at all."""
        self._require_address()
        try:
            async with asyncio.timeout(self._probe_seconds):
                response = await self._http.get(path)
            if response.status_code != httpx.codes.OK:
                raise ollama.ResponseError(response.text, response.status_code)
            read = response.json()
        except TimeoutError as exc:
            raise ServerSilent(self.address, detail=f"no answer within {self._probe_seconds} s") from exc
        except SERVER_FAILURES as exc:
            raise as_probe_error(exc, self.address) from exc
        return dict(read)


def _read_address(text: str) -> tuple[str, ServerAbsent | None]:
    """The address, or the text as it is with what is wrong: that costs written answers, and nothing else."""
    try:
        return normalise_address(text), None
    except ServerAbsent as error:
        return text, error


def _installed(tag: dict[str, Any], running: dict[str, int | None]) -> InstalledModel:
    details = tag.get("details") or {}
    return InstalledModel(
        name=tag["name"],
        size=tag.get("size") or 0,
        parameter_size=details.get("parameter_size") or "",
        family=details.get("family") or "",
        capabilities=tuple(tag.get("capabilities") or ()),
        loaded=_full_name(tag["name"]) in running,
    )


def _writes_here(tag: dict[str, Any]) -> bool:
    """Whether a model writes text, and does so on this computer."""
    if tag.get("remote_host") or tag.get("remote_model") or _is_cloud_name(tag.get("name", "")) or not tag.get("name"):
        return False
    if capabilities := tag.get("capabilities"):
        return "completion" in capabilities
    return "bert" not in str((tag.get("details") or {}).get("family"))  # an old server's embedding models


def _is_cloud_name(name: str) -> bool:
    return name.casefold().endswith(_CLOUD)


def _full_name(name: str) -> str:
    """The name as the server compares it."""
    return (name if ":" in name.rpartition("/")[2] else f"{name}:latest").casefold()
