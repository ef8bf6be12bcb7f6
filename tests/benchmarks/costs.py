"""What a process and those it has started have cost: memory at most, and the processor's seconds.

Memory is the high-water mark of the resident set, from ``/proc``: the figure that ``getrusage`` gives is inherited from
whoever started the process. It imports nothing that would show in what it measures.
"""

from __future__ import annotations

import os
import re
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Peak", "highest", "peak_megabytes", "processor_seconds"]

_LOOKED_EVERY = 0.1


class Peak:
    """The most memory that was seen in use at one moment."""

    megabytes = 0.0


def peak_megabytes(process: int | None = None) -> float:
    """Of a process (this one) and its children that are still there; 0 where there is no ``/proc``."""
    root = process or os.getpid()
    return sum(_kilobytes("VmHWM", each) for each in (root, *_started_by(root))) / 1000


@contextmanager
def highest() -> Iterator[Peak]:
    """Watch this process together with its children, those included that end meanwhile, as long as the block lasts."""
    peak, over = Peak(), threading.Event()

    def watch() -> None:
        while not over.wait(_LOOKED_EVERY):
            family = (os.getpid(), *_started_by(os.getpid()))
            peak.megabytes = max(peak.megabytes, sum(_kilobytes("VmRSS", each) for each in family) / 1000)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        over.set()
        watcher.join()


def processor_seconds() -> float:
    """Of this process, all cores together, and of the children that have ended."""
    return sum(os.times()[:4])


def _started_by(process: int) -> Iterator[int]:
    for tasks in Path(f"/proc/{process}/task").glob("*/children"):
        for child in map(int, _text(tasks).split()):
            yield child
            yield from _started_by(child)


def _kilobytes(line: str, process: int) -> float:
    """What the kernel says on this line about the memory of a process."""
    found = re.search(rf"^{line}:\s+(\d+) kB", _text(Path(f"/proc/{process}/status")), re.MULTILINE)
    return float(found[1]) if found else 0.0


def _text(path: Path) -> str:
    """What a file of ``/proc`` says; nothing where the process has just ended."""
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return ""
