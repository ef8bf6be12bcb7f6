"""``remove``, ``models`` and ``check``: what there is, what is missing, and what may go."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rag.embedding_models import Role
from rag.ocr import find_engine
from rag.sentences import INSTALL_AGAIN, megabytes, sentence_for_fetched
from tests.conftest import NOBODY_THERE, REPOSITORY
from tests.doubles.models import FakeModel
from tests.doubles.ollama import OllamaDouble
from tests.doubles.script import Refuse

if TYPE_CHECKING:
    from tests.command_line.conftest import CommandLine

OTHER = "qwen3:4b-instruct"


def test_documents_are_removed_by_name_and_by_the_beginning_of_an_id(program: CommandLine, tmp_path: Path) -> None:
    """What is unknown or ambiguous stays, is named, and does not keep the others."""
    folders = [tmp_path / "files" / name for name in ("a", "b", "c")]
    for number, folder in enumerate(folders):
        folder.mkdir(parents=True)
        name = "Other.txt" if number == 2 else "Notes.txt"
        (folder / name).write_text(f"Note number {number}.", encoding="utf-8")
    run = program.on(tmp_path / "data")
    rows = run("--json", "--data", tmp_path / "elsewhere", "add", tmp_path / "files").rows[:-1]
    assert run("list", "--json").rows == []
    elsewhere = f"--data={tmp_path / 'elsewhere'}"
    ids = [row["document_id"] for row in rows]
    said = run("remove", "--keep-quotes", "Notes.txt", "Nobody.txt", "Other.txt", elsewhere, ids[0][:8], "--json")
    assert [list(row) for row in said.rows] == [["document", "document_id", "bytes_freed"]] * 2
    assert [row["document"] for row in said.rows] == ["Other.txt", "Notes.txt"]
    assert all(row["bytes_freed"] > 0 for row in said.rows)
    assert said.code == 1
    assert "Nobody.txt" in said.errors
    assert ids[1] in said.errors
    assert [row["document_id"] for row in run(elsewhere, "list", "--json").rows] == [ids[1]]
    assert (folders[0] / "Notes.txt").exists()


def test_models_are_listed_installed_and_removed(program: CommandLine, tmp_path: Path) -> None:
    """``--json`` may stand anywhere, also before the name."""
    with OllamaDouble(models=[FakeModel("granite4.1:3b")]) as server:
        run = program.on(tmp_path / "data", FOOTNOTE_SERVER=server.url)
        (first,) = run("models", "--json").rows
        assert list(first) == ["model", "bytes", "parameters", "loaded", "chosen"]
        assert (first["model"], first["chosen"]) == ("granite4.1:3b", True)
        assert run("models", "pull", "--json", OTHER).rows == [{"model": OTHER, "status": "installed"}]
        assert f"* {OTHER}" in run("models", "list").out
        assert run("models", "remove", OTHER, "--json").rows == [{"model": OTHER, "status": "removed"}]
        assert [model.name for model in server.models] == ["granite4.1:3b"]
        gone = run("models", "remove", OTHER)
        assert (gone.code, gone.out) == (1, "")
        assert OTHER in gone.errors


def test_without_a_server_models_cannot_be_listed(program: CommandLine, tmp_path: Path) -> None:
    """One sentence says why."""
    said = program.on(tmp_path / "data")("models", "--json")
    assert (said.code, said.out) == (1, "")
    assert "Ollama is not running" in said.errors


def test_check_says_what_is_there_and_what_to_do(program: CommandLine, tmp_path: Path) -> None:
    """Where the data lies, how large it is, and advice for each thing that is not well."""
    run = program.on(tmp_path / "data")
    said, plain = run("check", "--json"), run("check")
    (row,) = said.rows
    assert said.code == plain.code == 0
    assert list(row) == ["data", "bytes", "documents", "chunks", "findings"]
    assert (row["data"], row["documents"], row["chunks"]) == (str(tmp_path / "data"), 0, 0)
    assert row["bytes"] > 0
    assert all(list(finding) == ["name", "state", "ok", "advice"] for finding in row["findings"])
    findings = {finding["name"]: finding for finding in row["findings"]}
    assert findings["python-docx"]["ok"]
    cache = Path(run.environment["FOOTNOTE_CACHE"])
    size = sum(each.stat().st_size for each in cache.glob("*.onnx"))
    assert findings["Exported encoder"]["state"] == f"{megabytes(size)}, in {cache}"
    assert findings["Reading and finding"]["ok"]
    assert not findings["Ollama"]["ok"]
    engine = find_engine()
    assert findings["Scans and pictures (optional)"]["state"] == (
        f"read by {engine.name}" if engine else "nothing here reads them"
    )
    assert all(finding["advice"] for finding in row["findings"] if not finding["ok"])
    assert all(f"{finding['name']}: " in plain.out for finding in row["findings"])


def test_check_looks_for_every_package_that_the_program_needs(program: CommandLine, tmp_path: Path) -> None:
    """And for none of those that only its tests need."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (row,) = program.on(tmp_path / "data")("check", "--json").rows
    names = [finding["name"] for finding in row["findings"]]
    needed = [re.split("[<>=]", requirement)[0] for requirement in project["dependencies"]]
    assert [name for name in names if name in needed] == needed
    assert "pytest" not in names


def _check_without(package: str, program: CommandLine, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run ``check`` where one package is not installed, and all others are."""
    (folder / "site").mkdir()
    module = {"python-docx": "docx"}.get(package, package.replace("-", "_"))
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if path.name != module and not path.name.startswith(f"{package.replace('-', '_')}-"):
            (folder / "site" / path.name).symlink_to(path)
    return subprocess.run(
        [sys.executable, "-S", "app.py", "check", "--json", "--data", str(folder / "data")],
        cwd=REPOSITORY,
        env={**program.environment, "PYTHONPATH": str(folder / "site")},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=200,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="needs leave to make links")
@pytest.mark.parametrize(
    ("package", "prevents"),
    [
        ("python-docx", None),
        ("onnxruntime", "Reading and finding"),
        ("langchain-core", "Reading and finding"),
        ("numpy", "Library"),
    ],
)
def test_check_names_a_package_that_is_missing(
    package: str, prevents: str | None, program: CommandLine, tmp_path: Path
) -> None:
    """Whatever it is needed for: what it prevents is a finding too, and nothing unexpected."""
    said = _check_without(package, program, tmp_path)
    row: dict[str, Any] = json.loads(said.stdout)
    amiss = {finding["name"]: finding["advice"] for finding in row["findings"] if not finding["ok"]}
    assert said.stderr == ""
    assert set(amiss) - {"Ollama"} == {package} | ({prevents} if prevents else set())
    assert all(amiss[name].endswith(INSTALL_AGAIN) for name in amiss if name != "Ollama")


def test_an_address_of_ollama_that_is_none_costs_written_answers_only(program: CommandLine, tmp_path: Path) -> None:
    """Reading, listing and checking go on; the check says what is wrong."""
    (tmp_path / "Note.txt").write_text("The gate is locked at nine.", encoding="utf-8")
    run = program.on(tmp_path / "data", FOOTNOTE_SERVER="my host")
    assert run("add", tmp_path / "Note.txt").code == 0
    (row,) = run("check", "--json").rows
    assert [finding["name"] for finding in row["findings"] if not finding["ok"]] == ["Ollama"]


def test_a_page_that_answers_in_ollamas_place_is_named_as_such(program: CommandLine, tmp_path: Path) -> None:
    """A hotel's, say, in an encoding of its own: listing and checking say what is wrong, in a sentence."""
    (tmp_path / "Note.txt").write_text("The gate is locked at nine.", encoding="utf-8")
    with OllamaDouble(instead={"/api/version": (Refuse(200, "café".encode("latin-1"), "text/html"),)}) as server:
        run = program.on(tmp_path / "data", FOOTNOTE_SERVER=server.url)
        listed = run("models", "list")
        (row,) = run("check", "--json").rows
        run("add", tmp_path / "Note.txt")
        asked = run("ask", "When is the gate locked?")
    assert (listed.code, listed.out) == (1, "")
    assert "not as Ollama does" in listed.errors
    assert ["not as Ollama does" in each["advice"] for each in row["findings"] if each["name"] == "Ollama"] == [True]
    assert asked.code == 0
    assert "locked at nine" in asked.out


def test_a_library_that_cannot_be_opened_is_checked_all_the_same(program: CommandLine, tmp_path: Path) -> None:
    """This is when a check is needed most."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "footnote.db").write_bytes(b"no database at all" * 100)
    said = program.on(tmp_path / "data")("check", "--json")
    assert said.code == 1
    (row,) = said.rows
    assert [finding["name"] for finding in row["findings"] if not finding["ok"]] == ["Library"]


def test_a_cross_encoder_that_cannot_be_fetched_says_so(program: CommandLine, tmp_path: Path) -> None:
    """The child that fetches runs from anywhere; offline, its failure is a sentence."""
    said = program.on(tmp_path / "data")("models", "pull", "cross-encoder/ms-marco-MiniLM-L6-v2")
    assert (said.code, said.out) == (1, "")
    assert "cross-encoder/ms-marco-MiniLM-L6-v2" in said.errors
    assert "No module named" not in said.errors


def test_a_model_that_is_no_language_model_is_fetched_by_its_name_alone(program: CommandLine, tmp_path: Path) -> None:
    """Whether or not a setting names it, Ollama or not; and what uses it is said, where no setting does so yet."""
    name = "intfloat/multilingual-e5-small"
    kept = tmp_path / "hub" / f"models--{name.replace('/', '--')}"
    (kept / "snapshots" / "1").mkdir(parents=True)
    (kept / "snapshots" / "1" / "model.safetensors").write_bytes(b"as fetched before")
    (kept / "refs").mkdir()
    (kept / "refs" / "main").write_text("1")
    here = {"HF_HUB_CACHE": str(tmp_path / "hub"), "HF_ENDPOINT": NOBODY_THERE}
    said = program.on(tmp_path / "data", **here)("models", "pull", name)
    assert (said.code, said.out) == (0, "")
    assert said.errors.splitlines() == [f"{name} is installed.", sentence_for_fetched(name, Role.EMBEDDING)]
    named = program.on(tmp_path / "data", **here, FOOTNOTE_EMBEDDING=name)("models", "pull", "--json", name)
    assert (named.rows, named.errors) == ([{"model": name, "status": "installed"}], "")
