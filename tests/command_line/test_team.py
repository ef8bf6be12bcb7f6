"""The commands on a library in a bucket: the same words and exit codes, on as many computers as there are people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.command_line.conftest import CommandLine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.doubles.bucket import ObjectStore

NOTICE = "How much notice does the landlord need?"


@pytest.fixture
def of(program: CommandLine, object_store: ObjectStore, tmp_path: Path) -> Callable[[str], CommandLine]:
    """The program on each person's computer."""

    def command_line(person: str) -> CommandLine:
        home = {"XDG_DATA_HOME": str(tmp_path / person), "FOOTNOTE_DATA": ""}
        return CommandLine({**program.environment, **object_store.environment, **home})

    return command_line


def test_a_library_in_a_bucket_is_filled_asked_and_emptied(
    of: Callable[[str], CommandLine], object_store: ObjectStore, tmp_path: Path, samples: Path
) -> None:
    """By one person and then by another, who has nothing but its address."""
    place = f"--data={object_store.new_bucket()}/our papers".replace(" ", "-")
    alice, bob = of("alice"), of("bob")
    added = alice("add", place, "--json", samples / "Lease agreement.pdf", samples / "Household costs.xlsx")
    assert (added.code, added.rows[-1]["summary"]["added"]) == (0, 2)
    mine, theirs = (run("search", place, "--json", NOTICE).rows[0] for run in (alice, bob))
    assert theirs["hits"] == mine["hits"]
    assert theirs["hits"][0]["document"] == "Lease agreement.pdf"
    assert [row["document"] for row in bob("list", place, "--json").rows] == [
        "Household costs.xlsx",
        "Lease agreement.pdf",
    ]
    again = bob("add", place, "--json", samples / "Household costs.xlsx")
    assert again.rows[-1]["summary"]["unchanged"] == 1
    (checked,) = bob("check", place, "--json").rows
    assert checked["data"] == place.removeprefix("--data=")
    assert (checked["documents"], checked["bytes"] > 10_000) == (2, True)
    removed = bob("remove", place, "--json", "Lease agreement.pdf")
    assert (removed.code, removed.rows[0]["bytes_freed"] > 0) == (0, True)
    assert [row["document"] for row in alice("list", place, "--json").rows] == ["Household costs.xlsx"]
    for file in (path for path in tmp_path.rglob("*") if path.is_file()):
        assert object_store.environment["AWS_SECRET_ACCESS_KEY"].encode() not in file.read_bytes()


def test_the_environment_can_name_the_bucket(of: Callable[[str], CommandLine], object_store: ObjectStore) -> None:
    run = CommandLine({**of("alice").environment, "FOOTNOTE_DATA": object_store.new_bucket()})
    said = run("list", "--json")
    assert (said.code, said.out) == (0, "")


@pytest.mark.parametrize(
    ("place", "more", "words"),
    [
        ("s3://never-made/papers", {}, "There is no bucket for s3://never-made/papers."),
        ("s3://papers", {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "The library s3://papers cannot be reached."),
    ],
)
def test_what_is_wrong_with_a_bucket_is_a_sentence(
    of: Callable[[str], CommandLine], place: str, more: dict[str, str], words: str
) -> None:
    said = CommandLine({**of("alice").environment, **more})("search", "--data", place, "Where?")
    assert (said.code, said.out) == (1, "")
    assert said.errors.startswith(words)
    assert "Traceback" not in said.errors


@pytest.mark.parametrize("place", ["ftp://papers/ours", "s3://", "s3:///papers"])
def test_an_address_that_is_none_is_wrong_usage(of: Callable[[str], CommandLine], place: str) -> None:
    """As a flag and in the environment."""
    said = of("alice")("list", "--data", place)
    named = CommandLine({**of("alice").environment, "FOOTNOTE_DATA": place})("list")
    for each in (said, named):
        assert each.code == 2
        assert "an address begins with s3://, gs:// or az://" in each.errors


def test_check_says_what_keeps_a_bucket_from_being_opened(of: Callable[[str], CommandLine]) -> None:
    said = of("alice")("check", "--data", "s3://never-made/papers")
    assert said.code == 1
    assert "cannot be opened, in s3://never-made/papers" in said.out
    assert "There is no bucket" in said.out
