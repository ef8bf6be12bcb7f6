"""A library of another embedding model is neither searched nor lost: the command line says what helps, and it does."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from rag.encoder import model_fingerprint
from rag.sentences import sentence_for
from storage.errors import OtherModel

if TYPE_CHECKING:
    from pathlib import Path

    from tests.command_line.conftest import CommandLine

QUESTION = "When is the gate locked?"


@pytest.fixture
def of_another_model(program: CommandLine, tmp_path: Path) -> CommandLine:
    """A library of two documents whose vectors were made by a model that this program does not have."""
    (tmp_path / "house").mkdir()
    (tmp_path / "house" / "Gate.txt").write_text("The gate is locked at nine.", encoding="utf-8")
    (tmp_path / "house" / "Shoes.txt").write_text("Shoes stay at the door.", encoding="utf-8")
    run = program.on(tmp_path / "data")
    assert run("add", tmp_path / "house").code == 0
    with closing(sqlite3.connect(tmp_path / "data" / "footnote.db")) as database, database:
        database.execute("UPDATE library SET model = 'another/model'")
    for file in (tmp_path / "house").iterdir():
        file.unlink()
    return run


@pytest.mark.parametrize("command", [("list",), ("search", QUESTION), ("ask", QUESTION), ("add", "README.md")], ids=str)
def test_it_is_said_and_a_rebuild_is_offered(
    command: tuple[str, ...], of_another_model: CommandLine, tmp_path: Path
) -> None:
    """By every command that would mix the vectors of two models; nothing is changed."""
    said = of_another_model(*command)
    refused = OtherModel(tmp_path / "data", "another/model", model_fingerprint())
    assert (said.code, said.out, said.errors) == (1, "", f"{sentence_for(refused)}\n")
    assert "python app.py rebuild" in said.errors


def test_a_rebuild_reads_the_documents_again(of_another_model: CommandLine) -> None:
    """From the library's own copies: the files they came from are gone."""
    *files, last = of_another_model("rebuild", "--json").rows
    assert {(row["document"], row["status"], row["chunks"]) for row in files} == {
        ("Gate.txt", "added", 1),
        ("Shoes.txt", "added", 1),
    }
    assert last["summary"]["added"] == 2
    found = of_another_model("search", QUESTION, "--json")
    assert (found.code, found.errors) == (0, "")
    assert found.rows[0]["hits"][0]["text"] == "The gate is locked at nine."
