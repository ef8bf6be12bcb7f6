"""``collections``, and ``--collection`` where other commands take it: sets of documents, by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rag.sentences import COLLECTIONS_USAGE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.command_line.conftest import CommandLine

GATE = "When is the gate locked?"


@pytest.fixture
def run(program: CommandLine, tmp_path: Path) -> CommandLine:
    """The program over two notes about two gates, of which one is in a collection from the start."""
    run = program.on(tmp_path / "data")
    for name, hour in (("North.txt", "nine"), ("South.txt", "seven")):
        (tmp_path / name).write_text(f"The gate is locked at {hour}.", encoding="utf-8")
    assert run("add", tmp_path / "South.txt").code == 0
    assert run("add", tmp_path / "North.txt", "--collection", "House move").code == 0
    return run


def test_a_collection_is_searched_and_listed_by_its_name(run: CommandLine) -> None:
    """In whatever capitals; nothing of the other documents is shown, and the line names the collection."""
    whole = {row["document"]: row["collection"] for row in run("list", "--json").rows}
    assert whole == {"North.txt": "House move", "South.txt": None}
    assert [row["document"] for row in run("list", "--collection", "HOUSE move", "--json").rows] == ["North.txt"]
    assert "in “House move”" in run("list").out
    for command in ("search", "ask"):
        (row,) = run(command, GATE, "--collection", "house move", "--json").rows
        assert [hit["document"] for hit in row["hits"]] == ["North.txt"]
    nothing = run("search", GATE, "--document", "South.txt", "--collection", "House move", "--json")
    assert (nothing.code, nothing.rows[0]["hits"]) == (1, [])
    assert "holds none of the documents" in nothing.errors


def test_documents_are_moved_and_collections_come_and_go(run: CommandLine, tmp_path: Path) -> None:
    """What is unknown is named and keeps nothing else; deleting a collection leaves its documents."""
    (made,) = run("collections", "create", "Garden", "--json").rows
    assert (list(made), made["collection"], made["status"]) == (
        ["collection", "collection_id", "status"],
        "Garden",
        "created",
    )
    moved = run("collections", "move", "garden", "South.txt", "Nobody.txt", "--json")
    assert moved.code == 1
    assert "Nobody.txt" in moved.errors
    assert [(row["document"], row["collection"]) for row in moved.rows] == [("South.txt", "Garden")]
    listed = run("collections", "--json").rows
    assert list(listed[0]) == ["collection", "collection_id", "documents", "created_at"]
    assert [(row["collection"], row["documents"]) for row in listed] == [("Garden", 1), ("House move", 1)]
    assert run("add", tmp_path / "South.txt", "--collection", "House move").code == 0
    assert run("collections", "rename", "House move", "The move").errors == "The collection “The move” is renamed.\n"
    assert run("collections").out == "Garden (0 documents)\nThe move (2 documents)\n"
    assert run("collections", "release", "North.txt").code == 0
    assert run("collections", "delete", "The move").code == 0
    assert [row["collection"] for row in run("list", "--json").rows] == [None, None]


def test_what_cannot_be_done_is_said(run: CommandLine) -> None:
    """In a sentence, with nothing on stdout."""
    unknown = "“Nothing” is not among the collections"
    for words, said in (
        (("collections", "create", "house MOVE"), "“House move” already"),
        (("collections", "create", " "), "1 to 60 characters"),
        (("collections", "delete", "Nothing"), unknown),
        (("search", GATE, "--collection", "Nothing"), unknown),
        (("list", "--collection", "Nothing"), unknown),
    ):
        done = run(*words)
        assert (done.code, done.out) == (1, "")
        assert said in done.errors


@pytest.mark.parametrize(
    "words",
    [("list", "x"), ("create",), ("rename", "x"), ("delete", "x", "y"), ("move", "x"), ("release",)],
    ids=" ".join,
)
def test_each_action_takes_the_names_it_has_a_use_for(
    words: tuple[str, ...], program: CommandLine, tmp_path: Path
) -> None:
    """No more and no fewer."""
    said = program.on(tmp_path / "data")("collections", *words)
    assert (said.code, said.out, said.errors) == (2, "", f"{COLLECTIONS_USAGE}\n")


def test_without_any_the_way_to_the_first_is_said(program: CommandLine, tmp_path: Path) -> None:
    said = program.on(tmp_path / "data")("collections")
    assert (said.code, said.out) == (0, "")
    assert "collections create" in said.errors
