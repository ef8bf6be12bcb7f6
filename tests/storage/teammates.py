"""Programs of several people on one library in a bucket: threads, and real processes that are killed at chosen moments.

Started as ``python -m tests.storage.teammates URL ENDPOINT FOLDER PERSON DOING ...``: it opens the library, says
``open``, waits for a line, does what it was told, and says ``done``.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from storage.errors import StorageError
from storage.foundation import Team
from storage.lease import Lease
from storage.library import Library
from tests.conftest import REPOSITORY
from tests.doubles.bucket import environment
from tests.storage.made import MODEL, made

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["LEASE", "Teammate", "all_documents", "found_by_words"]

LEASE = 3.0
"""Seconds of a lease in these tests."""


class Teammate:
    """Another program."""

    def __init__(self, team: Team, *doing: str) -> None:
        endpoint = team.environment["AWS_ENDPOINT_URL"]
        words = [team.url, endpoint, str(team.folder), team.person, *doing]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.storage.teammates", *words],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    def hears(self) -> str:
        """The next line that it says; nothing where it has died."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def go(self) -> None:
        """Let it do what it was told."""
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def wakes(self) -> None:
        """Let it go on where it was stopped."""
        self.process.send_signal(signal.SIGCONT)

    @classmethod
    @contextmanager
    def at_work(cls, team: Team, *doing: str) -> Iterator[Teammate]:
        """One that has the library open, and is gone when the block ends."""
        mate = cls(team, *doing)
        try:
            assert mate.hears() == "open"
            yield mate
        finally:
            mate.process.kill()
            mate.process.communicate()


def found_by_words(library: Library, words: str) -> list[tuple[str, float]]:
    """What both arms find, whole, with its scores."""
    found = library.keyword(words, 1000)
    chunks = library.fetch(chunk_id for chunk_id, _ in found)
    assert chunks.keys() == {chunk_id for chunk_id, _ in found}
    return found


def all_documents(library: Library) -> set[str]:
    """Titles of all documents."""
    library._database.look(now=True)  # type: ignore[attr-defined]
    return {document.title for document in library.documents()}


def _add(library: Library, *names: str) -> None:
    """Add documents one by one."""
    for name in names:
        library.add([made(name, source=f"/{name}")])


def _answer(library: Library, words: str, seconds: str) -> None:
    """Search until something is found, and say what."""
    deadline = time.monotonic() + float(seconds)
    while not (found := found_by_words(library, words)) and time.monotonic() < deadline:
        time.sleep(0.1)
    _say(repr(found))


def _die_before(library: Library, what: str, name: str) -> None:
    """Add a document, and be killed when it comes to one thing."""
    owner: Any = {"admit": library._admission, "rows": library._table, "publish": Lease}[what.partition(".")[0]]
    method = {"admit": "admit", "rows": "add", "publish": "publish"}[what.partition(".")[0]]
    setattr(owner, method, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    library.add([made(name, source=f"/{name}")])


def _sleep_before(library: Library, what: str, name: str) -> None:
    """Add a document, be stopped by the system when it comes to writing its rows, and say how it ended."""
    add = library._table.add

    def asleep(rows: Any) -> None:
        _say("asleep")
        os.kill(os.getpid(), signal.SIGSTOP)
        add(rows)

    setattr(library._table, {"rows": "add"}[what], asleep)
    try:
        library.add([made(name, source=f"/{name}")])
    except StorageError as error:
        _say(type(error).__name__)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


DOING = {"add": _add, "answer": _answer, "die": _die_before, "sleep": _sleep_before}

if __name__ == "__main__":
    url, endpoint, folder, person, doing, *rest = sys.argv[1:]
    opened = Library.open(Team(url, Path(folder), person, environment(endpoint)), MODEL)
    opened._lock._lease._seconds = LEASE  # type: ignore[attr-defined]
    _say("open")
    sys.stdin.readline()
    DOING[doing](opened, *rest)
    _say("done")
    opened.close()
