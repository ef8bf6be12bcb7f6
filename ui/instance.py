"""One page for each data folder: a second start finds the first one and opens its page.

Owns a lock that the operating system lets go of when the program ends, however it ends, and beside it a note with the
page's address. It knows nothing of the page.
"""

from __future__ import annotations

import time
import webbrowser
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from filelock import FileLock, Timeout

from storage.errors import FolderUnusable
from storage.upgrade import LONGEST_STEP, upgrade_under_way

if TYPE_CHECKING:
    from pathlib import Path

    from storage.upgrade import Tell
    from ui.terminal import Terminal

__all__ = ["SoleInstance"]

_PATIENCE = 30.0
"""Seconds that another start on the same data may take on a slow computer."""
_PAUSE = 0.1


class SoleInstance:
    """The right to show the page of a data folder; ``address`` is set where another program has it."""

    def __init__(self, data: Path, tell: Tell = lambda _: None) -> None:
        """``tell`` is told what the other one is busy with before its page opens."""
        self.address = ""
        self._data, self._tell = data, tell
        self._note = data / "page.address"
        self._lock = FileLock(data / "page.lock")

    def __enter__(self) -> Self:
        """Take the right, or find out who has it. Raises FolderUnusable."""
        try:
            self._data.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
        except Timeout:
            self.address = self._address_of_the_other()
        except OSError as error:
            raise FolderUnusable(self._data, str(error)) from error
        else:
            self._note.unlink(missing_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        """Give the right back."""
        if self._lock.is_locked:
            self._note.unlink(missing_ok=True)
            self._lock.release()

    def _address_of_the_other(self) -> str:
        """Wait until the one that has the right says where its page is: it may only just have been started."""
        heard, deadline = None, time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            with suppress(FileNotFoundError):
                if address := self._note.read_text(encoding="utf-8"):
                    return address
            if upgrading := upgrade_under_way(self._data):
                self._tell(upgrading)
            if upgrading != heard:
                heard, deadline = upgrading, time.monotonic() + (LONGEST_STEP if upgrading else _PATIENCE)
            time.sleep(_PAUSE)
        raise FolderUnusable(self._data, "another Footnote has it, and its page does not open")

    def announce(self, terminal: Terminal, address: str) -> None:
        """Leave the page's address for whoever starts next, and tell the person."""
        self._note.write_text(address, encoding="utf-8")
        terminal.note(f"Footnote is open at {address} (stop it with Ctrl+C).")

    def join(self, terminal: Terminal, *, open_browser: bool) -> int:
        """Show the page that is already there."""
        terminal.note(f"Footnote is already open at {self.address}")
        if open_browser:
            webbrowser.open(self.address)
        return 0
