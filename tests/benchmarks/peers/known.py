"""Which peers there are, and which of them can run here: a peer's module is imported only when it is measured."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from tests.benchmarks.peers.seam import Peer

__all__ = ["PEERS", "Known", "installed"]


@dataclass(frozen=True, slots=True)
class Known:
    """Where a peer is found."""

    package: str
    """What has to be installed for it."""
    module: str
    """Of this package."""
    peer: str = "build"
    """Its name there."""

    def load(self) -> Peer:
        """Import it."""
        return cast("Peer", getattr(import_module(f"tests.benchmarks.peers.{self.module}"), self.peer))


PEERS = {
    "langchain": Known("langchain_community", "langchain_default"),
    "llamaindex hybrid": Known("llama_index.retrievers.bm25", "llamaindex", "hybrid"),
    "llamaindex auto-merging": Known("llama_index.core", "llamaindex", "auto_merging"),
    "haystack hybrid": Known("haystack", "haystack_hybrid"),
    "txtai hybrid": Known("txtai", "txtai_hybrid"),
}


def installed() -> tuple[str, ...]:
    """The names of those that can run."""
    return tuple(name for name, known in PEERS.items() if _is_there(known.package))


def _is_there(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:  # the package that it would be in
        return False
