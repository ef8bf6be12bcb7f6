"""One painter at a time for each tab: the latest to come in, and an earlier one leaves when it is called.

Two streams of updates to the same panels could arrive in either order, and the browser would be left with the older.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["Turnstile"]


class Turnstile:
    """Must be used inside one event loop."""

    def __init__(self) -> None:
        self._inside = asyncio.Lock()
        self._call = asyncio.Event()

    @asynccontextmanager
    async def entered(self) -> AsyncIterator[asyncio.Event]:
        """Wait until whoever is inside has left; give the event that tells to leave in turn."""
        self._call.set()
        self._call = call = asyncio.Event()
        async with self._inside:
            yield call
