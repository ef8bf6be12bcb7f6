"""Another embedding model on the command line: it is said which one finds passages, and a rebuild goes over to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.tiny_models import tiny_embedding_model

if TYPE_CHECKING:
    from pathlib import Path

    from tests.command_line.conftest import CommandLine

QUESTION = "When is the gate locked?"


@pytest.fixture(scope="module")
def e5(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_embedding_model(tmp_path_factory.mktemp("models") / "multilingual-e5-small")


def test_a_rebuild_goes_over_to_it_and_reads_nothing_again(program: CommandLine, tmp_path: Path, e5: Path) -> None:
    (tmp_path / "Gate.txt").write_text("The gate is locked at nine.", encoding="utf-8")
    run = program.on(tmp_path / "data", FOOTNOTE_EMBEDDING=str(e5))
    assert run("add", tmp_path / "Gate.txt").code == 0

    before = run("search", QUESTION, "--json")
    assert before.rows[0]["hits"][0]["document"] == "Gate.txt"
    assert "rebuild" in before.errors

    rebuilt = run("rebuild", "--json")
    assert (rebuilt.code, rebuilt.errors) == (0, "")
    assert [row["summary"]["added"] for row in rebuilt.rows] == [0]

    after = run("search", QUESTION, "--json")
    assert (after.code, after.errors) == (0, "")
    first, then = before.rows[0]["hits"][0]["scores"], after.rows[0]["hits"][0]["scores"]
    assert then["dense"] != first["dense"]
    assert then["rerank"] == first["rerank"]
    checked = {each["name"]: each for each in run("check", "--json").rows[0]["findings"]}
    assert checked["Embedding model"] == {"name": "Embedding model", "state": str(e5), "ok": True, "advice": ""}


def test_one_that_is_not_here_is_told_with_what_to_do(program: CommandLine, tmp_path: Path) -> None:
    """And passages are found all the same."""
    (tmp_path / "Gate.txt").write_text("The gate is locked at nine.", encoding="utf-8")
    run = program.on(tmp_path / "data", FOOTNOTE_EMBEDDING="intfloat/multilingual-e5-small")
    assert run("add", tmp_path / "Gate.txt").code == 0

    said = run("search", QUESTION, "--json")

    assert said.code == 0
    assert said.rows[0]["hits"][0]["document"] == "Gate.txt"
    assert "python app.py models pull intfloat/multilingual-e5-small" in said.errors
    checked = {each["name"]: each for each in run("check", "--json").rows[0]["findings"]}
    assert checked["Embedding model"]["state"] == "built in"
    assert not checked["Embedding model"]["ok"]
    assert run("rebuild").code == 1
    assert run("search", QUESTION).code == 0
