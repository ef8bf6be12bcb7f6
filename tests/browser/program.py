"""The real program in a process of its own: started, asked for its page, told to stop.

It knows the command line and the folder of the data, nothing of what the page shows.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["REPOSITORY", "SAMPLES", "Program", "running"]

REPOSITORY = Path(__file__).resolve().parents[2]
SAMPLES = REPOSITORY / "assets" / "sample"
_START = 90.0
_STOP = 30.0
"""Seconds that starting and stopping may take on a slow and busy computer."""


@dataclass(frozen=True, slots=True)
class Program:
    """A page that is being served, and from where."""

    address: str
    """With a slash at its end."""
    data: Path
    process: subprocess.Popen[bytes]

    @property
    def said(self) -> str:
        """Everything that a person would have read on the terminal so far."""
        return _terminal(self.data).read_text(encoding="utf-8")

    def stop(self) -> int:
        """Do what Ctrl+C does, and return the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(_STOP)


@contextmanager
def running(data: Path, server: str) -> Iterator[Program]:
    """Serve the page of a data folder for as long as the block lasts; ``server`` is where Ollama is."""
    command = [sys.executable, "app.py", "serve", "--no-browser", "--port", "0", "--data", str(data)]
    environment = os.environ | {"FOOTNOTE_SERVER": server}
    with (
        _terminal(data).open("wb") as terminal,
        subprocess.Popen(command, cwd=REPOSITORY, env=environment, stdout=terminal, stderr=terminal) as process,
    ):
        try:
            yield Program(_address(data, process), data, process)
        finally:
            process.terminate()


def _address(data: Path, process: subprocess.Popen[bytes]) -> str:
    """Wait for the note that the program leaves for a second start."""
    note, deadline = data / "page.address", time.monotonic() + _START
    while time.monotonic() < deadline and process.poll() is None:
        if note.exists() and (address := note.read_text(encoding="utf-8")):
            return address
        time.sleep(0.05)
    raise TimeoutError(f"the page was not served: {_terminal(data).read_text(encoding='utf-8')}")


def _terminal(data: Path) -> Path:
    return data.with_name(f"{data.name}-terminal.txt")
