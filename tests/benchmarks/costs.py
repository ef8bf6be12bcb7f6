"""What a process and those it has started have cost: memory at most, and the processor's seconds.

Memory is the high-water mark of the resident set, from ``/proc``: the figure that ``getrusage`` gives is inherited from
whoever started the process. It imports nothing that would show in what it measures.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["peak_megabytes", "processor_seconds"]


def peak_megabytes(process: int | None = None) -> float:
    """Of a process (this one) and its children that are still there; 0 where there is no ``/proc``."""
    root = process or os.getpid()
    return sum(map(_high_water, (root, *_started_by(root)))) / 1000


def processor_seconds() -> float:
    """Of this process, all cores together, and of the children that have ended."""
    return sum(os.times()[:4])


def _started_by(process: int) -> Iterator[int]:
    for tasks in Path(f"/proc/{process}/task").glob("*/children"):
        for child in map(int, _text(tasks).split()):
            yield child
            yield from _started_by(child)


def _high_water(process: int) -> float:
    """In kB."""
    found = re.search(r"^VmHWM:\s+(\d+) kB", _text(Path(f"/proc/{process}/status")), re.MULTILINE)
    return float(found[1]) if found else 0.0


def _text(path: Path) -> str:
    """What a file of ``/proc`` says; nothing where the process has just ended."""
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return ""
