"""Wrong usage is exit code 2 and a sentence, ``--help`` is documentation, and the page is for this computer only."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import sys
from typing import TYPE_CHECKING

import pytest

import app
from rag.evidence import CANDIDATES, Mode
from rag.sentences import MODELS_USAGE
from rag.settings import setting_rows
from tests.command_line.conftest import CommandLine
from ui.commands import Search
from ui.flags import parser, with_command

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS = ("serve", "add", "search", "ask", "list", "collections", "show", "remove", "models", "check", "rebuild")


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ([], ["serve"]),
        (["--port", "8000"], ["serve", "--port", "8000"]),
        (["--data", "d", "add", "x"], ["add", "--data", "d", "x"]),
        (["add", "x", "--data", "d", "y"], ["add", "--data", "d", "x", "y"]),
        (["--json", "--data=d", "list"], ["list", "--json", "--data=d"]),
        (["--data", "d"], ["serve", "--data", "d"]),
        (["--data", "d", "--help"], ["--help"]),
        (["models", "pull", "--json", "m"], ["models", "--json", "pull", "m"]),
        (["search", "--", "--json"], ["search", "--", "--json"]),
        (["add", "a", "b.txt", "--data"], ["add", "a", "b.txt", "--data"]),
        (["--data"], ["serve", "--data"]),
    ],
)
def test_data_and_json_may_stand_anywhere(given: list[str], meant: list[str]) -> None:
    """And without a command the page is meant."""
    assert with_command(given) == meant


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["fly"], "invalid choice: 'fly'"),
        (["add"], "required: PATH"),
        (["add", ""], "it is empty"),
        (["add", "a", "b.txt", "--data"], "argument --data: expected one argument"),
        (["add", "a", "--data", "--json"], "argument --data: expected one argument"),
        (["list", "--data", ""], "argument --data: it is empty"),
        (["list", "--data="], "argument --data: it is empty"),
        (["search"], "required"),
        (["search", "  "], "it is empty"),
        (["search", "q", "--questions", "f.jsonl"], "not allowed with"),
        (["search", "q", "--top-k", "0"], "0 is not between 1 and 100"),
        (["search", "q", "--top-k", "101"], "101 is not between 1 and 100"),
        (["search", "q", "--top-k", "many"], "argument --top-k: 'many' is not a number"),
        (["search", "q", "--mode", "slow"], "invalid choice: 'slow'"),
        (["show", "d", "--page", "0"], "0 is less than 1"),
        (["show", "d", "--page", "abc"], "argument --page: 'abc' is not a number"),
        (["serve", "--port", "70000"], "70000 is not between 0 and 65535"),
        (["serve", "--port", "x"], "argument --port: 'x' is not a number"),
        (["models", "lose", "m"], "invalid choice: 'lose'"),
        (["collections", "burn", "c"], "invalid choice: 'burn'"),
        (["list", "--collection", " "], "argument --collection: it is empty"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else "",
)
def test_what_cannot_be_meant_is_wrong_usage(
    words: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, with the usage and what is wrong on stderr, in words that are not the program's own."""
    with pytest.raises(SystemExit) as left:
        parser().parse_args(with_command(words))
    said = capsys.readouterr().err
    assert left.value.code == 2
    assert said.startswith("usage: python app.py")
    assert complaint in said
    assert " _" not in said


def test_a_flag_without_its_value_writes_nothing_anywhere(program: CommandLine, tmp_path: Path) -> None:
    """Least of all into the folder that was to be read."""
    (tmp_path / "house").mkdir()
    (tmp_path / "house" / "Rules.txt").write_text("Shoes stay at the door.", encoding="utf-8")
    said = program.on(tmp_path / "data")("add", tmp_path / "house", tmp_path / "house" / "Rules.txt", "--data")
    assert (said.code, said.out) == (2, "")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["Rules.txt"]


def test_as_many_passages_may_be_asked_for_by_flag_as_by_setting(capsys: pytest.CaptureFixture[str]) -> None:
    """And ``--help`` says how many, and what happens without it."""
    (row,) = [row for row in setting_rows() if row.name == "FOOTNOTE_TOP_K"]
    low, high = map(int, row.allowed.split(" to "))
    given = [parser().parse_args(["search", "q", "--top-k", str(number)]).top_k for number in (low, high)]
    with pytest.raises(SystemExit):
        parser().parse_args(["search", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    assert given == [low, high]
    assert f"how many passages to show, {row.allowed} (else FOOTNOTE_TOP_K, else {row.default})" in text


def test_the_help_says_how_many_candidates_each_mode_has(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(["search", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    assert all(f"{mode} {count}" in text for mode, count in CANDIDATES.items())


def test_what_is_not_said_is_as_the_readme_says(capsys: pytest.CaptureFixture[str]) -> None:
    """Port 7860 on this computer, ten passages, balanced mode, and nothing else is narrowed."""
    with pytest.raises(SystemExit):
        parser().parse_args(["serve", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    served = parser().parse_args(with_command([]))
    assert "the address to listen on (127.0.0.1)" in text
    assert "the port (7860, or the next free one)" in text
    assert (served.host, served.port, served.password, served.no_browser) == ("127.0.0.1", 7860, None, False)
    assert _search() == Search(Mode.BALANCED, 10)


def test_a_flag_goes_before_a_setting_and_a_setting_before_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """For the mode and the number of passages alike."""
    monkeypatch.setenv("FOOTNOTE_MODE", "fast")
    monkeypatch.setenv("FOOTNOTE_TOP_K", "3")
    assert _search() == Search(Mode.FAST, 3)
    assert _search("--mode", "thorough", "--top-k", "7") == Search(Mode.THOROUGH, 7)


def _search(*words: str) -> Search:
    """What a search is told that was asked for with these words."""
    return app._asked(parser().parse_args(["search", "Who?", *words]))[1]


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="people's folders lie elsewhere there")
def test_without_a_folder_everything_is_in_ones_own(program: CommandLine, tmp_path: Path) -> None:
    """Where the system keeps what programs remember for a person; a setting goes before that, a flag before both."""
    named, flagged, own = tmp_path / "named", tmp_path / "flagged", tmp_path / "xdg" / "footnote"
    run = program.on(named, XDG_DATA_HOME=str(own.parent))
    bare = CommandLine({name: text for name, text in run.environment.items() if name != "FOOTNOTE_DATA"})
    for command, folder in ((bare("list"), own), (run("list"), named), (run("list", "--data", flagged), flagged)):
        assert command.code == 0
        assert (folder / "footnote.db").is_file()
        shutil.rmtree(folder)
    assert not any(folder.exists() for folder in (named, flagged, own))


@pytest.mark.parametrize("words", [("list", "granite4.1:3b"), ("pull",), ("remove",)], ids=" ".join)
def test_models_takes_a_name_where_it_has_a_use_for_one(
    words: tuple[str, ...], program: CommandLine, tmp_path: Path
) -> None:
    """Neither is one passed over nor guessed."""
    said = program.on(tmp_path / "data")("models", *words)
    assert (said.code, said.out, said.errors) == (2, "", f"{MODELS_USAGE}\n")


def test_documents_may_follow_one_flag_or_several() -> None:
    """None of them is lost."""
    words = ["ask", "q", "--document", "a", "b", "--document", "c"]
    assert parser().parse_args(words).document == ["a", "b", "c"]
    assert parser().parse_args(["ask", "q"]).document == []


@pytest.mark.parametrize("command", COMMANDS)
def test_help_says_what_a_command_does(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """In whole sentences, with every flag explained."""
    with pytest.raises(SystemExit) as left:
        parser().parse_args([command, "--help"])
    text = capsys.readouterr().out
    about = text.split("\n\n")[1]
    assert left.value.code == 0
    assert about.endswith(".")
    assert len(about.split()) >= 10
    assert "--data DIR" in text
    assert "--json" in text


def test_help_of_the_program_names_every_command(program: CommandLine) -> None:
    """And the exit codes; nothing is built or written for it."""
    said = program("--help")
    assert said.code == 0
    assert all(f"    {command} " in said.out for command in COMMANDS)
    assert "Exit codes" in said.out


@pytest.mark.parametrize(
    "line",
    [
        *("nonsense", "[1]", '{"id": 1}', '{"question": ""}', '{"question": "q", "documents": "a.pdf"}'),
        *('{"question": "q", "id": NaN}', '{"question": "q", "id": [-1e999]}', '{"question": "q", "id": -Infinity}'),
        *(pytest.param("[" * 100_000, id="deep"), pytest.param(f'{{"id": {"1" * 5000}}}', id="long")),
    ],
)
def test_a_file_of_questions_is_read_before_anything_is_answered(line: str, tmp_path: Path) -> None:
    """The line that is no question is named by its number."""
    from rag.errors import BadQuestions
    from ui.commands import read_questions

    file = tmp_path / "questions.jsonl"
    file.write_text(f"\ufeff{json.dumps({'question': 'Fine?'})}\r\n\r\n{line}\n", encoding="utf-8")
    with pytest.raises(BadQuestions) as refused:
        list(read_questions(file))
    assert refused.value.line == 3


@pytest.mark.parametrize("line", ["nonsense", '{"question": "q", "id": NaN}', "[" * 100_000], ids=len)
def test_a_bad_file_of_questions_is_wrong_usage(line: str, program: CommandLine, tmp_path: Path) -> None:
    """Nothing is printed for the questions before the bad line, either."""
    file = tmp_path / "questions.jsonl"
    file.write_text(f'{{"question": "Fine?"}}\n{line}\n', encoding="utf-8")
    said = program.on(tmp_path / "data")("search", "--json", "--questions", file)
    assert (said.code, said.out) == (2, "")
    assert "line 2" in said.errors
    assert "Traceback" not in said.errors


def test_a_setting_off_its_range_is_wrong_usage(program: CommandLine, tmp_path: Path) -> None:
    """The sentence names it and what it may be."""
    said = program.on(tmp_path / "data", FOOTNOTE_TOP_K="1000")("search", "Who?")
    assert (said.code, said.out) == (2, "")
    assert "FOOTNOTE_TOP_K" in said.errors


def test_a_data_folder_that_cannot_be_made_is_named(program: CommandLine, tmp_path: Path) -> None:
    """A sentence, no traceback."""
    (tmp_path / "file").write_text("in the way")
    said = program.on(tmp_path / "file" / "data")("list")
    assert (said.code, said.out) == (1, "")
    assert str(tmp_path / "file" / "data") in said.errors
    assert "Traceback" not in said.errors


def test_other_computers_are_refused_without_a_password(program: CommandLine, tmp_path: Path) -> None:
    """Before anything is opened."""
    said = program.on(tmp_path / "data")("serve", "--host", "0.0.0.0", "--no-browser")  # noqa: S104  (to be refused)
    assert (said.code, said.out) == (2, "")
    assert "--password" in said.errors


@pytest.mark.skipif(sys.platform == "win32", reason="stops the page as Ctrl+C does in a terminal")
def test_a_second_start_finds_the_page_of_the_first(program: CommandLine, tmp_path: Path) -> None:
    """On the same data; the first goes on, and leaves nothing behind when it is stopped."""
    run = program.on(tmp_path / "data")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        first = run.start("--no-browser", "--port", port)
        assert first.stderr is not None
        try:
            announced = first.stderr.readline()
            second = run("--no-browser", seconds=60)
        finally:
            first.send_signal(signal.SIGINT)
            first.communicate(timeout=60)
    address = second.errors.split()[-1]
    assert (second.code, second.out) == (0, "")
    assert "already open" in second.errors
    assert address in announced
    assert address.startswith("http://127.0.0.1:")
    assert f":{port}/" not in address
    assert not (tmp_path / "data" / "page.address").exists()
