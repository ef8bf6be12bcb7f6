"""Each thing that is timed runs in a process of its own, so that its memory is its own: this starts them.

A timed process prints one JSON object, its last line; the page says by serving itself that it is there.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks.costs import peak_megabytes
from tests.benchmarks.kept_libraries import Failed

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FirstPage", "first_page", "timed"]

_REPOSITORY = Path(__file__).resolve().parents[2]
_POLLED_EVERY = 0.02
_LONGEST_START = 60.0


@dataclass(frozen=True, slots=True)
class FirstPage:
    """A start of the program."""

    seconds: float
    """From starting the process to the last byte of its first page."""
    megabytes: float


def timed(module: str, *arguments: str | Path, **settings: str) -> Mapping[str, Any]:
    """Run ``tests.benchmarks.MODULE`` with these in its environment and return what it says. Raises Failed."""
    command = [sys.executable, "-m", f"tests.benchmarks.{module}", *map(str, arguments)]
    environment = os.environ | settings
    done = subprocess.run(command, cwd=_REPOSITORY, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise Failed(f"{module} ended with {done.returncode}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def first_page(data: Path) -> FirstPage:
    """Start the program over a data folder, fetch its page, and stop it again."""
    port = _free_port()
    command = [sys.executable, "app.py", "serve", "--no-browser", "--port", str(port), "--data", str(data)]
    started = time.perf_counter()
    with subprocess.Popen(command, cwd=_REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            while not _answers(port):
                if server.poll() is not None or time.perf_counter() - started > _LONGEST_START:
                    raise Failed("the page was not served")
                time.sleep(_POLLED_EVERY)
            return FirstPage(time.perf_counter() - started, peak_megabytes(server.pid))
        finally:
            server.terminate()


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=_LONGEST_START) as page:
            return bool(page.read())
    except (urllib.error.URLError, ConnectionError):
        return False
