"""The rows of files on their way into the library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.events import FileFailed, FileFinished, FileProgress, FileSkipped, FileStarted, IngestFinished
from tests.ui.tenancy import LEASE
from ui.file_rows import abandoned, after_event, waiting

if TYPE_CHECKING:
    from rag.events import IngestEvent
    from ui.file_rows import Rows


def folded(rows: Rows, *events: IngestEvent, drop: int = 1) -> Rows:
    for event in events:
        rows = after_event(rows, drop, event)
    return rows


def test_a_file_waits_is_read_and_then_is_a_document() -> None:
    rows = waiting({}, 1, ("a.pdf", "b.pdf"))
    assert [row.state for row in rows.values()] == ["waiting", "waiting"]
    rows = folded(rows, FileStarted("a.pdf", 1, 2), FileProgress("a.pdf", 9, 18, 20))
    assert rows["1-1"].share == 0.5
    rows = folded(rows, FileFinished("a.pdf", "added", LEASE, 1.0))
    assert [row.file for row in rows.values()] == ["b.pdf"]


def test_a_file_that_could_not_be_read_stays_with_the_reason() -> None:
    rows = folded(
        waiting({}, 1, ("a.pdf", "b.pdf", "c.pdf")),
        FileFailed("a.pdf", "It is damaged.", 0.1),
        FileSkipped("b.pdf", "Unknown.", 0.1),
        FileFinished("c.pdf", "unchanged", LEASE, 0.1, "Already there."),
        IngestFinished(0, 0, 1, 1, 1, 0.3),
    )
    assert {row.file: (row.state, row.reason) for row in rows.values()} == {
        "a.pdf": ("failed", "It is damaged."),
        "b.pdf": ("skipped", "Unknown."),
        "c.pdf": ("unchanged", "Already there."),
    }
    assert not any(row.busy for row in rows.values())


def test_two_files_of_one_name_have_a_row_each() -> None:
    """The first is damaged; the second is read all the same, and seen to be."""
    rows = folded(
        waiting({}, 1, ("report.pdf", "report.pdf")),
        FileStarted("report.pdf", 1, 2),
        FileFailed("report.pdf", "It is damaged.", 0.1),
        FileStarted("report.pdf", 2, 2),
        FileProgress("report.pdf", 3, 12, 9),
    )
    assert [(row.state, row.busy, row.pages_read) for row in rows.values()] == [
        ("failed", False, 0),
        ("reading", True, 3),
    ]
    rows = folded(rows, FileFinished("report.pdf", "added", LEASE, 1.0))
    assert [row.state for row in rows.values()] == ["failed"]


def test_a_file_of_the_same_name_in_another_drop_is_another_row() -> None:
    rows = waiting(folded(waiting({}, 1, ("a.pdf",)), FileStarted("a.pdf", 1, 1)), 2, ("a.pdf",))
    assert [(row.drop, row.state) for row in rows.values()] == [(1, "reading"), (2, "waiting")]
    rows = folded(rows, FileStarted("a.pdf", 1, 1), FileFinished("a.pdf", "added", LEASE, 1.0), drop=2)
    assert [(row.drop, row.state) for row in rows.values()] == [(1, "reading")]


def test_adding_a_file_again_forgets_what_was_said_of_it() -> None:
    rows = folded(waiting({}, 1, ("a.pdf",)), FileFailed("a.pdf", "It is damaged.", 0.1))
    assert [row.state for row in waiting(rows, 2, ("a.pdf",)).values()] == ["waiting"]


def test_a_drop_that_is_given_up_leaves_only_what_has_been_said_of_its_files() -> None:
    rows = folded(waiting({}, 1, ("a.pdf", "b.pdf", "c.pdf")), FileFailed("a.pdf", "It is damaged.", 0.1))
    rows = folded(rows, FileStarted("b.pdf", 2, 3))
    assert [row.file for row in abandoned(rows, 1).values()] == ["a.pdf"]
    assert abandoned(rows, 2) == rows


def test_where_the_number_of_pages_is_not_known_no_share_is_made_up() -> None:
    rows = folded(waiting({}, 1, ("a.docx",)), FileProgress("a.docx", 1, None, 12))
    assert rows["1-1"].share is None
    assert rows["1-1"].seconds_left is None
