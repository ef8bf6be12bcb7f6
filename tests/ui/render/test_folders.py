"""Folders as they are drawn: names of other people's making are only words, and long lists end."""

from __future__ import annotations

from rag.errors import FolderClosed
from rag.folder_chooser import FolderView
from rag.folders import FolderNews
from storage.records import WatchedFolder
from tests.ui.render.test_panels import HOSTILE, Elements
from ui.file_rows import FileRow
from ui.folder_bench import FolderRow
from ui.render.folders import folder_list, folder_panel
from ui.render.library import document_list

FOLDER = WatchedFolder("f1", "/home of/ana/papers", None, watched=True, added_at="2026-11-20T09:00:00Z")
VIEW = FolderView("/home of/ana", "/home of", "/home of/ana", ("music", "papers"))


def test_no_name_of_a_folder_becomes_an_element_or_an_attribute() -> None:
    folder = WatchedFolder(HOSTILE, HOSTILE, None, watched=False, added_at="")
    view = FolderView(HOSTILE, HOSTILE, HOSTILE, (HOSTILE,), trouble=FolderClosed(HOSTILE, HOSTILE))
    open_view = FolderView(HOSTILE, HOSTILE, HOSTILE, (HOSTILE,))
    said = ((HOSTILE, ""), ("", HOSTILE))
    drawn = [folder_panel(each, *words, keep_watching=True) for each in (view, open_view) for words in said]
    for each in (*drawn, folder_list([FolderRow(folder)])):
        for tag, attributes in Elements(str(each)).found:
            assert tag not in {"script", "img", "iframe", "object"}
            assert not any(name.startswith("on") or "{" in name for name in attributes)


def test_the_panel_says_where_one_is_and_where_one_can_go() -> None:
    drawn = str(folder_panel(VIEW, "", "", keep_watching=False))
    assert 'value="/home of/ana"' in drawn
    assert 'aria-label="Up to home of"' in drawn
    assert 'data-place="/home of/ana" data-into="papers"' in drawn
    assert 'aria-checked="false"' in drawn
    assert "Add “ana”" in drawn
    assert "disabled" not in drawn


def test_what_may_not_be_opened_cannot_be_added() -> None:
    closed = FolderView("/root of", None, "/home of", trouble=FolderClosed("/root of", "Permission denied"))
    drawn = str(folder_panel(closed, "", "", keep_watching=True))
    assert "cannot be opened (Permission denied)" in drawn
    assert "disabled" in drawn
    assert "Up to" not in drawn


def test_folders_beyond_those_shown_are_counted() -> None:
    many = FolderView("/x", None, "/x", ("a", "b"), more=20)
    assert "and 20 folders more" in str(folder_panel(many, "", "", keep_watching=True))


def test_a_folder_says_how_it_is_with_it() -> None:
    for row, words in (
        (FolderRow(FOLDER), "watched<"),
        (FolderRow(FOLDER, looking=True), "looking through it"),
        (FolderRow(FOLDER, FolderNews(missing=True), looking=True), "paused: cannot be found"),
        (FolderRow(FOLDER, FolderNews(closed=("/a", "/b"))), "2 folders in it may not be opened"),
    ):
        assert words in str(folder_list([row]))
    assert folder_list([]) == ""


def test_of_thousands_of_waiting_files_some_are_shown_and_the_rest_counted() -> None:
    """A row for each would keep the browser busy; those that are being read or need the person are always shown."""
    rows = [FileRow(f"{number}.txt", f"k{number}") for number in range(3000)]
    rows += [FileRow("now.txt", "now", "reading"), FileRow("locked.pdf", "locked", "locked")]
    drawn = str(document_list([], rows, (), None))
    assert drawn.count('data-key="file-') == 42
    assert "and 2,960 more files waiting" in drawn
    assert "Cancel all 3001" in drawn
    assert 'data-key="file-now"' in drawn
    assert 'data-key="file-locked"' in drawn
