"""The rows of files on their way into the library."""

from __future__ import annotations

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
from rag.sentences import LOCKED
from storage.records import QueuedFile
from tests.ui.tenancy import LEASE
from ui.file_rows import after_event, given_up, queued

if TYPE_CHECKING:
    from rag.events import IngestEvent
    from ui.file_rows import Rows


def waiting(*files: str, rows: Rows | None = None) -> Rows:
    """These files at the end; the key of each is its name in capitals."""
    return queued(rows or {}, [QueuedFile(name.upper(), f"/copies/{name}", name, "") for name in files])


def folded(rows: Rows, *events: IngestEvent) -> Rows:
    for event in events:
        rows = after_event(rows, event)
    return rows


def test_a_file_waits_is_read_and_then_is_a_document() -> None:
    rows = waiting("a", "b")
    assert [row.state for row in rows.values()] == ["waiting", "waiting"]
    rows = folded(rows, FileStarted("a", 1, 2, "A"), FileProgress("a", 9, 18, 20, "A"))
    assert rows["A"].share == 0.5
    rows = folded(rows, FileFinished("a", "added", LEASE, 1.0, key="A"))
    assert [row.file for row in rows.values()] == ["b"]


def test_a_file_that_could_not_be_read_stays_with_the_reason() -> None:
    rows = folded(
        waiting("a", "b", "c", "d", "e"),
        FileFailed("a", "It is damaged.", 0.1, "A"),
        FileSkipped("b", "Unknown.", 0.1, "B"),
        FileFinished("c", "unchanged", LEASE, 0.1, "Already there.", "C"),
        FileFailed("d", "Locked.", 0.1, "D", locked=True),
        FileAsks("e", "E"),
        IngestFinished(0, 0, 1, 1, 1, 0.3),
    )
    assert {row.file: (row.state, row.reason) for row in rows.values()} == {
        "a": ("failed", "It is damaged."),
        "b": ("skipped", "Unknown."),
        "c": ("unchanged", "Already there."),
        "d": ("locked", LOCKED),
        "e": ("asking", ""),
    }
    assert not any(row.busy for row in rows.values())


def test_two_files_of_one_name_have_a_row_each() -> None:
    """The first is damaged; the second is read all the same, and seen to be."""
    files = [QueuedFile(key, "/copies/report.pdf", "report.pdf", "") for key in ("1", "2")]
    rows = folded(
        queued({}, files),
        FileFailed("report.pdf", "It is damaged.", 0.1, "1"),
        FileProgress("report.pdf", 3, 12, 9, "2"),
    )
    assert [(row.state, row.busy, row.pages_read) for row in rows.values()] == [
        ("failed", False, 0),
        ("reading", True, 3),
    ]


def test_files_of_folders_are_told_apart_by_them() -> None:
    rows = queued({}, [QueuedFile(folder, "/x", "policy.pdf", folder) for folder in ("Home", "Car/old")])
    assert [row.file for row in rows.values()] == ["Home/policy.pdf", "Car/old/policy.pdf"]


def test_a_file_inside_another_gets_a_row_of_its_own() -> None:
    rows = folded(waiting("a.eml"), FileStarted("a.eml › plan.pdf", 2, 2, "A.EML 1"))
    assert [row.file for row in rows.values()] == ["a.eml", "a.eml › plan.pdf"]


def test_adding_a_file_again_forgets_what_was_said_of_it() -> None:
    rows = folded(waiting("a"), FileFailed("a", "It is damaged.", 0.1, "A"))
    again = queued(rows, [QueuedFile("A2", "/copies/a", "a", "")])
    assert [(row.key, row.state) for row in again.values()] == [("A2", "waiting")]


def test_a_file_that_was_cancelled_leaves_no_row() -> None:
    rows = folded(waiting("a", "b"), FileStarted("a", 1, 2, "A"), FileCancelled("a", "A"))
    assert list(rows) == ["B"]
    assert folded(rows, FileProgress("a", 1, 2, 3, "A")) == rows


def test_where_reading_ends_altogether_every_file_says_so() -> None:
    rows = given_up(folded(waiting("a", "b"), FileAsks("b", "B")), "The disk is full.")
    assert [(row.state, row.reason) for row in rows.values()] == [("failed", "The disk is full."), ("asking", "")]


def test_where_the_number_of_pages_is_not_known_no_share_is_made_up() -> None:
    rows = folded(waiting("a"), FileProgress("a", 1, None, 12, "A"))
    assert rows["A"].share is None
    assert rows["A"].seconds_left is None
