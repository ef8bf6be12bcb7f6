"""The rows of files on their way into the library."""

from __future__ import annotations

from rag.events import FileFailed, FileFinished, FileProgress, FileSkipped, FileStarted, IngestFinished
from tests.ui.tenancy import LEASE
from ui.file_rows import after_event, waiting


def test_a_file_waits_is_read_and_then_is_a_document() -> None:
    rows = waiting({}, ("a.pdf", "b.pdf"))
    assert [row.state for row in rows.values()] == ["waiting", "waiting"]
    rows = after_event(rows, FileStarted("a.pdf", 1, 2))
    rows = after_event(rows, FileProgress("a.pdf", 9, 18, 20))
    assert rows["a.pdf"].share == 0.5
    rows = after_event(rows, FileFinished("a.pdf", "added", LEASE, 1.0))
    assert list(rows) == ["b.pdf"]


def test_a_file_that_could_not_be_read_stays_with_the_reason() -> None:
    rows = waiting({}, ("a.pdf", "b.pdf", "c.pdf"))
    rows = after_event(rows, FileFailed("a.pdf", "It is damaged.", 0.1))
    rows = after_event(rows, FileSkipped("b.pdf", "Unknown.", 0.1))
    rows = after_event(rows, FileFinished("c.pdf", "unchanged", LEASE, 0.1, "Already there."))
    rows = after_event(rows, IngestFinished(0, 0, 1, 1, 1, 0.3))
    assert {name: (row.state, row.reason) for name, row in rows.items()} == {
        "a.pdf": ("failed", "It is damaged."),
        "b.pdf": ("skipped", "Unknown."),
        "c.pdf": ("unchanged", "Already there."),
    }
    assert not any(row.busy for row in rows.values())


def test_adding_a_file_again_forgets_what_was_said_of_it() -> None:
    rows = after_event(waiting({}, ("a.pdf",)), FileFailed("a.pdf", "It is damaged.", 0.1))
    assert waiting(rows, ("a.pdf",))["a.pdf"].state == "waiting"


def test_where_the_number_of_pages_is_not_known_no_share_is_made_up() -> None:
    rows = after_event(waiting({}, ("a.docx",)), FileProgress("a.docx", 1, None, 12))
    assert rows["a.docx"].share is None
    assert rows["a.docx"].seconds_left is None
