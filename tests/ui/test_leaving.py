"""Ctrl+C while everything is being closed: a word at once, and an end at the second time."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

from rag.sentences import CLOSING, LEFT_AT_ONCE
from tests.conftest import REPOSITORY

_SLOW_TO_CLOSE = """
import time
from ui.leaving import Leaving

Leaving.listening(lambda line: print(line, flush=True))
try:
    print("open", flush=True)
    time.sleep(60)
finally:
    time.sleep(60)
    print("closed properly", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="stops a program as Ctrl+C does in a terminal")
def test_a_second_ctrl_c_does_not_wait_for_what_is_slow_to_close() -> None:
    program = subprocess.Popen(
        [sys.executable, "-c", _SLOW_TO_CLOSE], cwd=REPOSITORY, stdout=subprocess.PIPE, encoding="utf-8"
    )
    assert program.stdout is not None
    said = [program.stdout.readline().strip()]
    for _ in range(2):
        time.sleep(0.2)  # a line can be read before its writing is over
        program.send_signal(signal.SIGINT)
        said.append(program.stdout.readline().strip())
    rest, _ = program.communicate(timeout=30)
    assert (said, rest, program.returncode) == (["open", CLOSING, LEFT_AT_ONCE], "", 1)


@pytest.mark.skipif(sys.platform == "win32", reason="stops a program as Ctrl+C does in a terminal")
def test_ctrl_c_ends_it_also_where_nobody_reads_what_it_says_any_more() -> None:
    """As in a pipe to another program, which Ctrl+C ends first."""
    mute = _SLOW_TO_CLOSE.replace("print(line, flush=True)", "os.write(gone, line.encode())").replace(
        "import time", "import os, time\nread, gone = os.pipe()\nos.close(read)"
    )
    slow = mute.replace("finally:", 'except KeyboardInterrupt:\n    print("closing", flush=True)')
    program = subprocess.Popen([sys.executable, "-c", slow], cwd=REPOSITORY, stdout=subprocess.PIPE, encoding="utf-8")
    assert program.stdout is not None
    said = []
    for _ in range(2):
        said.append(program.stdout.readline().strip())
        program.send_signal(signal.SIGINT)
    rest, _ = program.communicate(timeout=30)
    assert (said, rest, program.returncode) == (["open", "closing"], "", 1)
