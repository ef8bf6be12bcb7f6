"""Work that nobody waits for gives way to what somebody does: reading a hundred files to a click on the page.

Owns how the operating system is told so. Where it has no way to be told of a single thread, which only Linux has,
nothing is said. It does not know what work there is.
"""

from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache

__all__ = ["in_the_background", "in_the_foreground", "step_back"]

_NICENESS = 10
"""Of 19: such work still gets a tenth of a core that something else wants, and all of one that nothing does."""


def step_back(process: int | None = None) -> None:
    """Let a child process give way, or this thread for good, with the threads that it starts from here on."""
    if process is None and sys.platform != "linux":
        return
    with suppress(OSError, AttributeError):  # it has ended, or this is Windows
        os.setpriority(os.PRIO_PROCESS, process or threading.get_native_id(), _NICENESS)


@cache
def in_the_background() -> ThreadPoolExecutor:
    """A thread for each core, shared by everybody, for work that gives way."""
    return ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="background", initializer=step_back)


@cache
def in_the_foreground() -> ThreadPoolExecutor:
    """The same for work that somebody waits for."""
    return ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="foreground")
