"""The files on their way into the library, as rows of the left pane, folded from ingest events. Pure.

A row is known by the key of its place in the queue, not by its file's name: two files of one name are two rows.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rag.events import (
    FileAsks,
    FileCancelled,
    FileFailed,
    FileFinished,
    FileProgress,
    FileSkipped,
    FileStarted,
    IngestFinished,
)
from rag.sentences import LOCKED, WRONG_PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rag.events import IngestEvent
    from storage.records import QueuedFile

__all__ = ["FileRow", "Rows", "after_event", "given_up", "queued"]


@dataclass(frozen=True, slots=True)
class FileRow:
    """One file that is waiting, being read, or waiting for the person; or what came of it."""

    file: str
    key: str = ""
    """What tells it from every other row."""
    state: str = "waiting"
    """"waiting", "reading", "asking", "locked", "unchanged", "skipped" or "failed"."""
    pages_read: int = 0
    pages_total: int | None = None
    chunks: int = 0
    reason: str = ""
    """Why it was left alone or could not be read; empty while it is being read."""
    tried: bool = False
    """Whether a password has been given."""
    began: float = 0.0
    quiet: bool = False
    """Whether it is not worth a word that the library has it already: nobody handed it over just now."""

    @property
    def busy(self) -> bool:
        """Whether more is to come without the person."""
        return self.state in {"waiting", "reading"}

    @property
    def share(self) -> float | None:
        """How much of it is done, 0 to 1; None where that is not known."""
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


def queued(rows: Mapping[str, FileRow], files: Iterable[QueuedFile]) -> Rows:
    """Return the rows with these files at the end; what was said of files of their names is forgotten."""
    added = {each.key: _queued(each) for each in files}
    names = {row.file for row in added.values()}
    return {key: row for key, row in rows.items() if not (_is_note(row) and row.file in names)} | added


def after_event(rows: Mapping[str, FileRow], event: IngestEvent) -> Rows:
    """Return the rows as they are after an event; a file that made it is a document and no longer a row."""
    if isinstance(event, IngestFinished):
        return dict(rows)
    row = rows.get(event.key)
    if row is None:
        if not isinstance(event, FileStarted | FileSkipped):
            return dict(rows)
        row = FileRow(event.file, event.key)  # a file inside one that was handed over
    after = _after(row, event)
    return {key: each for key, each in rows.items() if key != row.key} if after is None else {**rows, row.key: after}


def given_up(rows: Mapping[str, FileRow], reason: str) -> Rows:
    """Return the rows as they are when nobody is reading any more, for that reason."""
    return {key: replace(row, state="failed", reason=reason) if row.busy else row for key, row in rows.items()}


def _queued(file: QueuedFile) -> FileRow:
    name = f"{file.folder}/{file.name}" if file.folder else file.name
    reason = LOCKED if file.state == "locked" else ""
    return FileRow(name, file.key, file.state, reason=reason, quiet=bool(file.from_folder))


def _is_note(row: FileRow) -> bool:
    return row.state in {"unchanged", "skipped", "failed"}


def _after(row: FileRow, event: IngestEvent) -> FileRow | None:  # noqa: PLR0911  (one for each thing that happens)
    match event:
        case FileStarted():
            return replace(row, state="reading", began=time.monotonic())
        case FileProgress(pages_read=read, pages_total=total, chunks_encoded=chunks):
            return replace(row, state="reading", pages_read=read, pages_total=total, chunks=chunks)
        case FileFinished(status="unchanged", reason=str(reason)) if not row.quiet:
            return replace(row, state="unchanged", reason=reason)
        case FileSkipped(reason=reason):
            return replace(row, state="skipped", reason=reason)
        case FileFailed(locked=True):
            return replace(row, state="locked", reason=WRONG_PASSWORD if row.tried else LOCKED)
        case FileFailed(reason=reason):
            return replace(row, state="failed", reason=reason)
        case FileAsks():
            return replace(row, state="asking")
        case FileCancelled():
            return None
        case _:
            return None
