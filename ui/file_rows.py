"""The files on their way into the library, as rows of the left pane, folded from ingest events. Pure."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rag.events import FileFailed, FileFinished, FileProgress, FileSkipped, FileStarted, IngestFinished

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rag.events import IngestEvent

__all__ = ["FileRow", "after_event", "waiting"]


@dataclass(frozen=True, slots=True)
class FileRow:
    """One file that is waiting, being read, or could not be read."""

    file: str
    state: str = "waiting"
    """"waiting", "reading", "unchanged", "skipped" or "failed"."""
    pages_read: int = 0
    pages_total: int | None = None
    chunks: int = 0
    reason: str = ""
    """Why it was left alone or could not be read; empty while it is being read."""
    began: float = 0.0

    @property
    def busy(self) -> bool:
        """Whether more is to come."""
        return not self.reason

    @property
    def share(self) -> float | None:
        """How much of it is done, 0 to 1; None where that is not known."""
        if self.state == "waiting":
            return 0.0
        return self.pages_read / self.pages_total if self.pages_total else None

    @property
    def seconds_left(self) -> float | None:
        """A guess from the pages so far; None before there is one worth giving."""
        elapsed = time.monotonic() - self.began
        if not self.pages_total or not self.pages_read or elapsed < 1:
            return None
        return elapsed / self.pages_read * (self.pages_total - self.pages_read)


def waiting(rows: Mapping[str, FileRow], files: tuple[str, ...]) -> dict[str, FileRow]:
    """Return the rows with ``files`` put at the end of the queue."""
    kept = {name: row for name, row in rows.items() if name not in files}
    return kept | {name: FileRow(name) for name in files}


def after_event(rows: Mapping[str, FileRow], event: IngestEvent) -> dict[str, FileRow]:
    """Return the rows as they are after ``event``; a file that made it is a document and no longer a row."""
    if isinstance(event, IngestFinished):
        return dict(rows)
    others = {name: row for name, row in rows.items() if name != event.file}
    row = _after(rows.get(event.file, FileRow(event.file)), event)
    return dict(rows) | {row.file: row} if row is not None else others


def _after(row: FileRow, event: IngestEvent) -> FileRow | None:
    match event:
        case FileStarted():
            return replace(row, state="reading", began=time.monotonic())
        case FileProgress(pages_read=read, pages_total=total, chunks_encoded=chunks):
            return replace(row, state="reading", pages_read=read, pages_total=total, chunks=chunks)
        case FileFinished(status="unchanged", reason=str(reason)):
            return replace(row, state="unchanged", reason=reason)
        case FileSkipped(reason=reason):
            return replace(row, state="skipped", reason=reason)
        case FileFailed(reason=reason):
            return replace(row, state="failed", reason=reason)
        case _:
            return None
