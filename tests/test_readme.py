"""The README cannot lie: settings, commands, file tree, keys and the one-liners are what the program has."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections import defaultdict
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from rag.reading import FORMATS
from rag.settings import setting_rows
from tests.readme import block, formats_table, missing_modules, objects, readme, settings_table, tree
from tests.source import REPOSITORY, tracked

if TYPE_CHECKING:
    from collections.abc import Iterator

RUN = "python3 -m venv .venv && .venv/bin/pip install -e . && .venv/bin/python app.py"
TEST = "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/python -m pytest"
WINDOWS_RUN = r"py -3 -m venv .venv; .venv\Scripts\pip install -e .; .venv\Scripts\python app.py"
WINDOWS_TEST = r"py -3 -m venv .venv; .venv\Scripts\pip install -e '.[test]'; .venv\Scripts\python -m pytest"

COMMANDS = {"serve", "add", "search", "ask", "list", "show", "remove", "models", "check", "rebuild", "collections"}

SECTIONS = ("How an answer is made", "Settings", "Privacy", "Troubleshooting", "Files", "Decisions", "Changes")

APART = {
    "filters": "search, a filter",
    "hits": "search, a hit",
    "quick_answer": "ask, a quick answer",
    "more_quotes": "ask, a quick answer",
    "citations": "ask, a citation",
}
"""Objects inside others that have a row of their own, by their key."""


def _title_of(command: str, row: dict[str, Any]) -> str:
    """What the README calls an object that a command printed."""
    name, _, rest = command.partition(" ")
    if name in {"models", "collections"}:
        return f"{name} {rest.partition(' ')[0] or 'list'}"
    return {
        "add": "add, the last line" if "summary" in row else "add, a file",
        "show": "show, a page",
    }.get(name, name)


def _printed(title: str, value: dict[str, Any]) -> Iterator[tuple[str, frozenset[str]]]:
    """Every object in a printed one, itself first, with its keys as the README writes them."""
    paths = set(value)
    for key, inner in value.items():
        inside = [each for each in (inner if isinstance(inner, list) else [inner]) if isinstance(each, dict)]
        for each in inside:
            if key in APART:
                yield from _printed(APART[key], each)
            else:
                paths |= {f"{key}.{name}" for name in each}
    yield title, frozenset(paths)


@cache
def _help(*command: str) -> str:
    done = subprocess.run(
        [sys.executable, "app.py", *command, "--help"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout


def _shown_commands() -> list[list[str]]:
    """Every command line of the program in a code block or code span, as words after ``app.py``."""
    lines = re.findall(r"python3? app\.py([^`\n#&|]*)", readme())
    return [shlex.split(line.replace("…", "").replace("[", "").replace("]", "")) for line in lines]


@pytest.mark.parametrize("line", [RUN, TEST, WINDOWS_RUN, WINDOWS_TEST])
def test_the_one_liners_stand_literally(line: str) -> None:
    """On a line of their own, ready to be pasted; to start and to test, for both kinds of shell."""
    assert line in [shown.strip() for shown in readme().splitlines()]


@pytest.mark.parametrize("section", SECTIONS)
def test_a_reader_finds_each_section(section: str) -> None:
    """As a heading that begins with its name."""
    assert re.search(rf"^#+ {section}", readme(), re.MULTILINE)


def test_the_formats_table_is_what_is_read() -> None:
    """Refresh it with ``python -m tests.readme``."""
    assert block("formats") == formats_table(FORMATS)


def test_every_format_has_a_reader_of_its_name() -> None:
    """Its module is imported only when its first file comes, so a wrong name would be found by a person."""
    for each in FORMATS:
        module, _, function = each.reader.partition(".")
        assert callable(getattr(import_module(f"rag.reading.{module}"), function)), each.reader


def test_the_settings_table_is_what_the_settings_say() -> None:
    """Refresh it with ``python -m tests.readme``."""
    assert block("settings") == settings_table(setting_rows())


def test_the_file_tree_names_every_module() -> None:
    """A newcomer finds each file of the program without opening it."""
    assert missing_modules() == []


def test_the_file_tree_names_nothing_that_is_not_there() -> None:
    """Every line is a file or a folder of the checkout."""
    files = set(tracked())
    folders = {f"{path.rsplit('/', depth)[0]}/" for path in files for depth in range(1, path.count("/") + 1)}
    assert sorted(set(tree()) - files - folders) == []


def test_the_file_tree_says_a_phrase_of_each() -> None:
    """A name alone explains nothing; a sentence that needs a full stop is too long."""
    assert [path for path, phrase in tree().items() if len(phrase.split()) < 2 or phrase.endswith(".")] == []


def test_the_file_tree_starts_with_the_whole_top_level() -> None:
    """With the folders' lines before what is in them."""
    shown = {path.rstrip("/") for path in tree() if "/" not in path.rstrip("/")}
    assert shown == {path.partition("/")[0] for path in tracked()}


def test_every_command_is_in_the_help_and_in_the_readme() -> None:
    """The help lists each of them, and the README shows each of them at least once."""
    shown = {words[0] for words in _shown_commands() if words}
    assert {command for command in COMMANDS if not re.search(rf"\b{command}\b", _help())} == set()
    assert sorted(COMMANDS - shown - {"serve"}) == []


def test_every_shown_command_line_would_be_understood() -> None:
    """Its command exists, and its options are in that command's help."""
    unknown = [
        " ".join(words)
        for words in _shown_commands()
        for option in [word.partition("=")[0] for word in words if word.startswith("--")]
        if option not in _help(*[word for word in words[:1] if not word.startswith("-")])
    ]
    assert unknown == []
    assert {words[0] for words in _shown_commands() if words and not words[0].startswith("-")} <= COMMANDS


@pytest.mark.parametrize("title", objects())
def test_the_keys_of_every_object_are_documented_and_printed(title: str, journey: dict[str, Any]) -> None:
    """Other programs rely on these names: each object that is printed has the keys of its row, all and no others."""
    printed = _all_printed(journey)
    assert {frozenset(objects()[title])} == printed[title]


def test_every_object_that_is_printed_is_documented(journey: dict[str, Any]) -> None:
    """No command prints one that the table does not name."""
    assert sorted(_all_printed(journey)) == sorted(objects())


def _all_printed(journey: dict[str, Any]) -> dict[str, set[frozenset[str]]]:
    """Which sets of keys the objects of each title were printed with."""
    printed: dict[str, set[frozenset[str]]] = defaultdict(set)
    for done in journey["done"]:
        for row in done["rows"]:
            for title, paths in _printed(_title_of(done["command"], row), row):
                printed[title].add(paths)
    return printed


def test_what_a_bare_debian_says_first_has_its_row() -> None:
    """There Python comes without what makes an environment, and the first line of all fails."""
    (row,) = [line for line in readme().splitlines() if line.startswith("| “ensurepip is not available”")]
    assert "apt install python3-venv" in row
    assert "delete the half-made folder `.venv`" in row


def test_the_one_screenshot_is_there() -> None:
    """One picture of the running program, kept in the checkout."""
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)|<img[^>]+src=\"([^\"]+)\"", readme())
    paths = [first or second for first, second in pictures]
    assert len(paths) == 1
    assert paths[0] in tracked()


def test_every_link_into_the_checkout_leads_somewhere() -> None:
    """Files and headings that the README points to exist."""
    targets = [target for target in re.findall(r"\]\(([^)\s]+)\)", readme()) if "://" not in target]
    headings = {
        "#" + re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        for title in re.findall(r"^#+ (.+)$", readme(), re.MULTILINE)
    }
    files = {target for target in targets if not target.startswith("#")}
    assert sorted({target for target in targets if target.startswith("#")} - headings) == []
    assert sorted(path for path in files if not (REPOSITORY / path.partition("#")[0]).exists()) == []
