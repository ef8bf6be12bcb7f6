"""What tests of ingest share: an ingester over a library of their own, and parts that cannot do one thing."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rag.events import IngestEvent, IngestFinished
from rag.source import Source

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rag.ingest import Ingester
    from storage.library import Library

__all__ = ["Bench", "FailsOnce", "Faulty", "Slow", "of", "read"]


@dataclass(frozen=True, slots=True, eq=False)
class Bench:
    """An ingester over a library of the test's own, with a folder to put files into."""

    library: Library
    ingester: Ingester
    folder: Path

    def write(self, name: str, text: str = "Words about ferns and their spores.") -> Path:
        """A text file in the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def read(self, *paths: Path) -> list[IngestEvent]:
        """Every event of reading these."""
        return read(self.ingester, [Source.on_disk(path) for path in paths])


def read(ingester: Ingester, sources: Sequence[Source]) -> list[IngestEvent]:
    """Every event of one call; the last one ends it, and no other does."""
    events: list[IngestEvent] = []

    async def collect() -> None:
        events.extend([event async for event in ingester.ingest(sources)])

    asyncio.run(collect())
    assert [event for event in events if isinstance(event, IngestFinished)] == [events[-1]]
    return events


def of(events: Sequence[IngestEvent], kind: type[Any]) -> list[Any]:
    """The events of one kind."""
    return [event for event in events if isinstance(event, kind)]


@dataclass(slots=True)
class FailsOnce:
    """Reading processes of which the first meets something nobody foresaw."""

    processes: Any
    error: Exception | None

    @property
    def passwords(self) -> Any:
        """Those of the processes."""
        return self.processes.passwords

    def reader(self) -> Any:
        """The error the first time, and then a reader."""
        error, self.error = self.error, None
        if error is not None:
            raise error
        return self.processes.reader()


@dataclass(frozen=True, slots=True)
class Faulty:
    """A part that cannot do one thing."""

    part: Any
    name: str
    error: Exception

    def __getattr__(self, name: str) -> Any:
        return self._fail if name == self.name else getattr(self.part, name)

    def _fail(self, *_: object) -> Any:
        raise self.error


@dataclass(frozen=True, slots=True)
class Slow:
    """A part that takes its time over one thing."""

    part: Any
    name: str
    seconds: float

    def __getattr__(self, name: str) -> Any:
        if name == self.name:
            time.sleep(self.seconds)
        return getattr(self.part, name)
