"""Ctrl+C while the page is served: it is answered at once, and a second one does not wait for anything.

Leaving without a word to anybody is what ``kill -9`` does, and as safe: the library keeps what was finished, and the
page's queue of files is remembered. What has to be closed, and in which order, is not known here.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from typing import TYPE_CHECKING, Never, Self

from rag.sentences import CLOSING, LEFT_AT_ONCE

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Leaving"]

_LEFT = 1
"""The exit code: something asked for, a proper end, could not be done."""


class Leaving:
    """Counts how often a person has asked the program to end."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._asked = False

    @classmethod
    def listening(cls, say: Callable[[str], None]) -> Self:
        """Answer every Ctrl+C from here to the end of the program, also while everything is being closed."""
        leaving = cls(say)
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, leaving._heard)
        return leaving

    def asked(self) -> None:
        """Say that the program is being closed; at the second time, end it."""
        again, self._asked = self._asked, True
        # A signal may come in the middle of a line that is being written; then its own is left out. And Ctrl+C ends who
        # reads the lines as well, where they go through a pipe.
        with contextlib.suppress(RuntimeError, OSError):
            self._say(LEFT_AT_ONCE if again else CLOSING)
        if again:
            os._exit(_LEFT)

    def _heard(self, *_: object) -> Never:
        self.asked()
        raise KeyboardInterrupt
