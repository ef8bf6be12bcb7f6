"""The bell that wakes every open page when something has changed. It does not know what."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Bell"]


class Bell:
    """Rung by whatever changes, heard by whoever is listening; must be used inside one event loop."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Event] = set()

    @property
    def heeded(self) -> bool:
        """Whether anybody listens."""
        return bool(self._listeners)

    def ring(self) -> None:
        """Wake everyone."""
        for listener in self._listeners:
            listener.set()

    @contextmanager
    def heard(self) -> Iterator[asyncio.Event]:
        """Give an event that is set whenever the bell rings; the listener clears it."""
        listener = asyncio.Event()
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)
