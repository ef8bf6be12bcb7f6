"""``add``: what becomes of each file, in the words and keys that other programs rely on."""

from __future__ import annotations

import json
import shutil
import signal
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.command_line.conftest import CommandLine, Said, Shelf

FILE_KEYS = ["file", "status", "reason", "document", "document_id", "pages", "chunks", "seconds"]
SUMMARY_KEYS = ["added", "replaced", "unchanged", "skipped", "failed", "seconds"]


def _by_file(said: Said) -> dict[str, dict[str, Any]]:
    """The rows of single files, by the last part of their path."""
    return {row["file"].rpartition("/")[2]: row for row in said.rows[:-1]}


def test_every_file_has_one_line_with_these_keys(shelf: Shelf) -> None:
    """And the last line sums them up; nothing else is on stdout."""
    *files, last = shelf.added.rows
    assert all(list(row) == FILE_KEYS for row in files)
    assert list(last) == ["summary"]
    assert list(last["summary"]) == SUMMARY_KEYS
    tally = {name: sum(row["status"] == name for row in files) for name in SUMMARY_KEYS[:-1]}
    assert {name: last["summary"][name] for name in tally} == tally
    assert tally == {"added": 6, "replaced": 0, "unchanged": 0, "skipped": 1, "failed": 2}
    assert all(isinstance(row["seconds"], float) for row in (*files, last["summary"]))


def test_folders_are_read_to_the_bottom_and_hidden_files_left_alone(shelf: Shelf) -> None:
    """Two files of one name in two folders are two documents."""
    assert {path for path in shelf.ids if path.endswith("Gates.txt")} == {"north/Gates.txt", "south/deep/Gates.txt"}
    assert len(set(shelf.ids.values())) == 6
    assert not [row for row in shelf.added.rows[:-1] if "hidden" in row["file"]]


def test_pages_count_pages_slides_or_sheets(shelf: Shelf) -> None:
    """And are null where a format has none."""
    rows = _by_file(shelf.added)
    counted = {name: rows[name]["pages"] for name in ("Lease agreement.pdf", "Household costs.xlsx", "Plan.pptx")}
    assert counted == {"Lease agreement.pdf": 3, "Household costs.xlsx": 3, "Plan.pptx": 2}
    assert rows["Check-in inventory.docx"]["pages"] is rows["Gates.txt"]["pages"] is None
    assert all(row["chunks"] > 0 for row in rows.values() if row["status"] == "added")


def test_what_cannot_be_read_is_named_with_a_reason(shelf: Shelf) -> None:
    """An unknown format is skipped; a broken or missing file is a failure, and so is the command."""
    rows = _by_file(shelf.added)
    statuses = {name: rows[name]["status"] for name in ("music.mp3", "broken.pdf", "missing.txt")}
    assert statuses == {"music.mp3": "skipped", "broken.pdf": "failed", "missing.txt": "failed"}
    for name in statuses:
        row = rows[name]
        assert row["reason"].endswith(".")
        assert (row["document"], row["document_id"], row["pages"], row["chunks"]) == (None, None, None, 0)
    assert "No such file" in rows["missing.txt"]["reason"]
    assert shelf.added.code == 1


@pytest.fixture
def house(program: CommandLine, tmp_path: Path) -> tuple[CommandLine, Path]:
    """A library of one's own with one file."""
    folder = tmp_path / "house"
    folder.mkdir()
    (folder / "Rules.txt").write_text("Shoes stay at the door.", encoding="utf-8")
    run = program.on(tmp_path / "data")
    assert run("add", "--json", folder).code == 0
    return run, folder


def test_only_a_change_at_the_same_path_replaces(house: tuple[CommandLine, Path]) -> None:
    """The same bytes are unchanged wherever they lie; another file of that name elsewhere is another document."""
    run, folder = house
    shutil.copy(folder / "Rules.txt", folder / "Copy of rules.txt")
    (folder / "garden").mkdir()
    (folder / "garden" / "Rules.txt").write_text("The gate stays shut.", encoding="utf-8")
    again = run("add", "--json", folder)
    assert {row["file"].removeprefix(f"{folder}/"): row["status"] for row in again.rows[:-1]} == {
        "Copy of rules.txt": "unchanged",
        "Rules.txt": "unchanged",
        "garden/Rules.txt": "added",
    }
    assert _by_file(again)["Copy of rules.txt"]["document"] == "Rules.txt"
    assert again.code == 0
    (folder / "garden" / "Rules.txt").write_text("The gate stays open.", encoding="utf-8")
    changed = run("add", "--json", folder / "garden" / "Rules.txt")
    listed = run("list", "--json").rows
    assert [row["status"] for row in changed.rows[:-1]] == ["replaced"]
    assert changed.rows[-1]["summary"]["replaced"] == 1
    assert len(listed) == 2
    assert changed.rows[0]["document_id"] in {row["document_id"] for row in listed}


def test_readers_see_the_latest_while_another_process_adds(program: CommandLine, tmp_path: Path) -> None:
    """Whole documents and no others, at any moment; a second writer waits its turn."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(4):
        sections = (f"# Part {place}\n\nIsland {number} has a lamp, says page {place}." for place in range(60))
        (folder / f"Island {number}.md").write_text("\n\n".join(sections), encoding="utf-8")
    extra = tmp_path / "Extra.txt"
    extra.write_text("A word from elsewhere.", encoding="utf-8")
    run = program.on(tmp_path / "data")
    adding = run.start("add", "--json", folder)
    beside = run("add", "--json", extra)
    seen = []
    while adding.poll() is None:
        listed = run("list", "--json")
        assert (listed.code, listed.errors) == (0, "") or not listed.rows
        seen.append(listed.rows)
    out, errors = adding.communicate()
    assert (adding.returncode, beside.code, errors) == (0, 0, "")
    whole = {row["document_id"]: row["chunks"] for row in run("list", "--json").rows}
    assert len(whole) == 5
    assert all(whole[row["document_id"]] == row["chunks"] for rows in seen for row in rows)
    assert out.count('"added"') == 5


@pytest.mark.skipif(sys.platform == "win32", reason="stops the program as Ctrl+C does in a terminal")
def test_stopping_keeps_what_was_finished(program: CommandLine, tmp_path: Path) -> None:
    """With a sentence and the sum of what was said; the same line again reads what is missing."""
    files = {tmp_path / f"Island {number}.md": length for number, length in enumerate((5, 900))}
    for number, (file, length) in enumerate(files.items()):
        sections = (f"# Part {place}\n\n{f'Island {number} has a lamp. ' * 10}" for place in range(length))
        file.write_text("\n\n".join(sections), encoding="utf-8")
    run = program.on(tmp_path / "data")
    adding = run.start("add", "--json", *files)
    assert adding.stdout is not None
    first = json.loads(adding.stdout.readline())
    adding.send_signal(signal.SIGINT)
    out, errors = adding.communicate(timeout=60)
    last = json.loads(out)
    assert (first["status"], adding.returncode, errors.count("\n")) == ("added", 1, 1)
    assert last["summary"].pop("seconds") >= first["seconds"]
    assert last == {"summary": {"added": 1, "replaced": 0, "unchanged": 0, "skipped": 0, "failed": 0}}
    assert errors.startswith("Stopped.")
    again = {row["file"]: row["status"] for row in run("add", "--json", *files).rows[:-1]}
    assert again[first["file"]] == "unchanged"
    assert sorted(again.values()) == ["added", "unchanged"]
