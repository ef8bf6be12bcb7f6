"""One writer at a time, whoever it is: a thread of this process, the page, or a command beside it.

Owns waiting for the right to change a data folder and giving up in time. It knows nothing of what is changed; readers
never come here. The lock is the operating system's, so a process that dies gives it back.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from filelock import FileLock, Timeout

from storage.errors import FolderUnusable, LibraryLocked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

__all__ = ["PATIENCE", "Turns", "WriterLock"]

PATIENCE = 120.0
"""Seconds to wait for another writer: changes are short, so this only ends where one hangs."""

LOCK_FILE = "writer.lock"


class Turns(Protocol):
    """Whatever sees to it that one writes at a time."""

    def held(self, seconds: float | None = None) -> AbstractContextManager[object]:
        """Be the only writer for the length of a ``with`` block."""
        ...


class WriterLock:
    """The right to change one data folder. Not re-entrant: a change never starts another one inside itself."""

    def __init__(self, folder: Path, seconds: float = PATIENCE) -> None:
        self._folder = folder
        self._seconds = seconds
        self._threads = threading.Lock()
        self._processes = FileLock(folder / LOCK_FILE, thread_local=False)

    @contextmanager
    def held(self, seconds: float | None = None) -> Iterator[None]:
        """Be the only writer for the length of a ``with`` block; ``seconds`` is how long to wait where not as usual.

        Raises LibraryLocked when the wait grows too long and FolderUnusable where no lock can be made at all.
        """
        patience = self._seconds if seconds is None else seconds
        deadline = time.monotonic() + patience
        if not self._threads.acquire(timeout=patience):
            raise LibraryLocked(self._folder, self._seconds)
        try:
            self._take(max(0.0, deadline - time.monotonic()))
            try:
                yield
            finally:
                self._processes.release()
        finally:
            self._threads.release()

    def _take(self, seconds: float) -> None:
        """Win the lock against other processes."""
        try:
            self._processes.acquire(timeout=seconds)
        except Timeout:
            raise LibraryLocked(self._folder, self._seconds) from None
        except OSError as error:
            raise FolderUnusable(self._folder, str(error)) from error
