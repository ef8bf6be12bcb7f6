"""The double's models: what it says of each, and how a download of one advances."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FakeModel", "PullFault", "full_name", "steps"]

_STAMP = "2026-08-01T09:14:02.511Z"


class PullFault(StrEnum):
    """What goes wrong with the next download."""

    NOT_FOUND = "pull model manifest: file does not exist"
    OFFLINE = 'pull model manifest: Get "https://registry.example/v2/": dial tcp: lookup registry.example: no such host'
    DISK_FULL = "write /models/blobs/sha256-9f0c2d71ab34-partial: no space left on device"
    TOO_OLD = "pull model manifest: 412: the model you are attempting to pull requires a newer version of Ollama"
    BACKWARDS = "progress goes back, and some totals are missing"
    DIES = "the connection breaks at 40 %"
    NO_SUCCESS = "the stream ends without its last line"


@dataclass(frozen=True, slots=True)
class FakeModel:
    """A model as the server knows it; ``capabilities`` None is a server too old to say."""

    name: str
    size: int = 2_099_521_331
    family: str = "granite"
    parameter_size: str = "3.4B"
    trained_window: int = 131_072
    capabilities: tuple[str, ...] | None = ("completion", "tools")
    remote_host: str = ""

    @property
    def digest(self) -> str:
        """64 hexadecimal digits."""
        return hashlib.sha256(self.name.encode()).hexdigest()

    def tag(self) -> dict[str, Any]:
        """Its entry in /api/tags."""
        entry: dict[str, Any] = {"name": self.name, "model": self.name, "modified_at": _STAMP, "size": self.size}
        entry |= {"digest": self.digest, "details": self._details()}
        if self.capabilities is not None:
            entry["capabilities"] = list(self.capabilities)
        if self.remote_host:
            entry |= {"remote_host": self.remote_host, "remote_model": self.name}
        return entry

    def show(self) -> dict[str, Any]:
        """Its /api/show; an old server tells neither what it was trained for nor what it can do."""
        info = {"general.architecture": self.family, f"{self.family}.context_length": self.trained_window}
        shown = {"license": "", "parameters": "", "template": "", "details": self._details(), "modified_at": _STAMP}
        if self.capabilities is None:
            return shown
        return shown | {"model_info": info, "capabilities": list(self.capabilities)}

    def _details(self) -> dict[str, Any]:
        size = self.parameter_size
        return {"format": "gguf", "family": self.family, "families": [self.family], "parameter_size": size}


def full_name(name: str) -> str:
    """The name as the server compares it."""
    return (name if ":" in name else f"{name}:latest").casefold()


def steps(start: int, total: int, steps: int, fault: PullFault | None) -> Iterator[int]:
    """Bytes done after each step from ``start``; with BACKWARDS, one step is taken back and done again."""
    done = [start + (total - start) * n // steps for n in range(steps + 1)]
    if fault is PullFault.BACKWARDS:
        return itertools.chain(done[:3], done[1:])
    return iter(done)
