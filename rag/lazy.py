"""Something expensive that is made at most once, on first use or in the background, with a state that can be shown.

It knows nothing of what it makes; models are its usual load.
"""

from __future__ import annotations

import threading
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, TypeVar

from storage.errors import FootnoteError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Lazy", "LazyState"]

T = TypeVar("T")


class LazyState(StrEnum):
    """How far the thing is."""

    WAITING = "waiting"
    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"


class Lazy(Generic[T]):
    """Makes its value when it is first asked for; everyone who asks meanwhile waits for the same one."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._state = LazyState.WAITING
        self._error: FootnoteError | None = None
        self._made: list[T] = []

    @property
    def state(self) -> LazyState:
        """How far it is; never waits."""
        return self._state

    @property
    def error(self) -> FootnoteError | None:
        """Why it is FAILED, or None while it is not; never waits."""
        return self._error

    def get(self) -> T:
        """The value, made now if need be; raises what making it raised. A failure is tried again by the next caller."""
        with self._lock:
            if not self._made:
                self._made.append(self._load())
            return self._made[0]

    def warm(self) -> threading.Thread:
        """Start making it in a daemon thread; a failure is left in ``state`` and ``error``."""
        thread = threading.Thread(target=self._warm, name="warm", daemon=True)
        thread.start()
        return thread

    def _load(self) -> T:
        self._state, self._error = LazyState.LOADING, None
        try:
            value = self._make()
        except FootnoteError as error:
            self._state, self._error = LazyState.FAILED, error
            raise
        except BaseException:
            # A bug, or the program is ending: leave no trace of a load that is not under way.
            self._state = LazyState.WAITING
            raise
        self._state = LazyState.READY
        return value

    def _warm(self) -> None:
        try:
            self.get()
        except FootnoteError:
            return  # kept in ``error`` by _load; whoever needs the value gets it raised
