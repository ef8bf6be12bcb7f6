"""Something expensive that is made at most once, when it is first used.

It knows nothing of what it makes; models are its usual load.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Lazy"]

T = TypeVar("T")


class Lazy(Generic[T]):
    """Makes its value when it is first asked for; everyone who asks meanwhile waits for the same one."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._made: list[T] = []

    def get(self) -> T:
        """The value, made now if need be; raises what making it raised. A failure is tried again by the next caller."""
        with self._lock:
            if not self._made:
                self._made.append(self._make())
            return self._made[0]
