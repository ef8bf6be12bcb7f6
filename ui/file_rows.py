"""The files on their way into the library, as rows of the left pane, folded from ingest events. Pure.

A row is known by its place in its drop, not by its file's name: two files of one name are two rows.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rag.events import FileFailed, FileFinished, FileProgress, FileSkipped, FileStarted, IngestFinished

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rag.events import IngestEvent

__all__ = ["FileRow", "Rows", "abandoned", "after_event", "waiting"]


@dataclass(frozen=True, slots=True)
class FileRow:
    """One file that is waiting, being read, or could not be read."""

    file: str
    drop: int = 0
    """Which handful of files it came with."""
    position: int = 1
    """Its place among them, from 1."""
    state: str = "waiting"
    """"waiting", "reading", "unchanged", "skipped" or "failed"."""
    pages_read: int = 0
    pages_total: int | None = None
    chunks: int = 0
    reason: str = ""
    """Why it was left alone or could not be read; empty while it is being read."""
    began: float = 0.0

    @property
    def key(self) -> str:
        """What tells it from every other row of this run."""
        return f"{self.drop}-{self.position}"

    @property
    def busy(self) -> bool:
        """Whether more is to come."""
        return self.state in {"waiting", "reading"}

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


Rows = dict[str, FileRow]
"""The rows by their keys, in the order in which they are shown."""


def waiting(rows: Mapping[str, FileRow], drop: int, files: Sequence[str]) -> Rows:
    """Return the rows with a drop's files put at the end; what was said of files of these names is forgotten."""
    kept = {key: row for key, row in rows.items() if row.busy or row.file not in files}
    added = (FileRow(file, drop, position) for position, file in enumerate(files, 1))
    return kept | {row.key: row for row in added}


def after_event(rows: Mapping[str, FileRow], drop: int, event: IngestEvent) -> Rows:
    """Return the rows as they are after an ``event`` of a drop; a file that made it is a document and no longer a row.

    Only the start of a file says which place it has. Files are read in turn, so what comes later about a name is about
    the first file of that name that is not done.
    """
    row = _meant(rows, drop, event)
    if row is None:
        return dict(rows)
    after = _after(row, event)
    return {key: each for key, each in rows.items() if key != row.key} if after is None else {**rows, row.key: after}


def abandoned(rows: Mapping[str, FileRow], drop: int) -> Rows:
    """Return the rows without those of a drop that nobody is reading any more."""
    return {key: row for key, row in rows.items() if not (row.drop == drop and row.busy)}


def _meant(rows: Mapping[str, FileRow], drop: int, event: IngestEvent) -> FileRow | None:
    match event:
        case IngestFinished():
            return None
        case FileStarted(file=file, position=position):
            return FileRow(file, drop, position)
        case _:
            named = [row for row in rows.values() if row.drop == drop and row.file == event.file and row.busy]
            return min(named, key=lambda row: (row.state == "waiting", row.position), default=None)


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
