"""One library, made by the program itself, that the tests of the command line ask; every command is a real process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import NOBODY_THERE, REPOSITORY
from tests.documents import make_pptx

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["CommandLine", "Said"]


@dataclass(frozen=True, slots=True)
class Said:
    """What one command came to."""

    code: int
    out: str
    errors: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Its output, of which every line is a JSON object."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True, slots=True)
class CommandLine:
    """The program with an environment."""

    environment: Mapping[str, str]

    def __call__(self, *words: object, seconds: float = 200) -> Said:
        """Run one command to its end."""
        done = subprocess.run(
            [sys.executable, "app.py", *map(str, words)],
            cwd=REPOSITORY,
            env=dict(self.environment),
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=seconds,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def start(self, *words: object) -> subprocess.Popen[str]:
        """Start one command and leave it running."""
        return subprocess.Popen(
            [sys.executable, "app.py", *map(str, words)],
            cwd=REPOSITORY,
            env=dict(self.environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def on(self, data: Path, **more: str) -> CommandLine:
        """The same with another data folder, named by the environment."""
        return CommandLine({**self.environment, "FOOTNOTE_DATA": str(data), **more})


@dataclass(frozen=True, slots=True)
class Shelf:
    """A library with what was said while it was made."""

    run: CommandLine
    data: Path
    files: Path
    added: Said

    @property
    def ids(self) -> dict[str, str]:
        """The id of each document by its path below ``files``."""
        rows = [row for row in self.added.rows if row.get("document_id")]
        return {row["file"].removeprefix(f"{self.files}{os.sep}"): row["document_id"] for row in rows}


@pytest.fixture(scope="session")
def program(model_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """The program with no data folder of its own yet, and without a language model."""
    data = tmp_path_factory.mktemp("none") / "data"
    ours = {"FOOTNOTE_DATA": str(data), "FOOTNOTE_CACHE": str(model_cache), "FOOTNOTE_SERVER": NOBODY_THERE}
    return CommandLine(os.environ | ours | {"COLUMNS": "100"})


@pytest.fixture(scope="session")
def shelf(program: CommandLine, tmp_path_factory: pytest.TempPathFactory, samples: Path) -> Shelf:
    """The samples, slides, and two files of one name in folders; beside them what cannot be read."""
    files = tmp_path_factory.mktemp("shelf")
    for sample in samples.iterdir():
        if sample.suffix in {".pdf", ".docx", ".xlsx"}:
            (files / sample.name).write_bytes(sample.read_bytes())
    make_pptx(files / "Plan.pptx")
    for place, words in (("north", "The north gate is locked at nine."), ("south/deep", "The south gate stays open.")):
        (files / place).mkdir(parents=True)
        (files / place / "Gates.txt").write_text(f"{words}\n\x0cWho is late rings the bell.", encoding="utf-8")
    (files / "music.mp3").write_bytes(b"ID3 and so on")
    (files / "broken.pdf").write_bytes(b"%PDF-1.7 and no more")
    (files / ".hidden.txt").write_text("not for anyone")
    data = tmp_path_factory.mktemp("library") / "data"
    run = program.on(data)
    return Shelf(run, data, files, run("add", "--json", files, files / "missing.txt"))
