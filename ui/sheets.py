"""The pages of documents as they were drawn last, each drawn in a task of its own.

A page that is slow to draw, or cannot be drawn at all, must hold up neither the chat beside it nor the next repaint. It
knows neither what is drawn nor how.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ui.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Hashable
    from typing import Any

    from markupsafe import Markup

__all__ = ["Sheets"]

_KEPT = 16
"""A picture is a few hundred kilobytes."""
_SOON = 0.15
"""Seconds that a repaint waits for a page: most are there by then, and nothing flickers."""


class Sheets:
    """Must be used inside one event loop; ``run`` starts a task and sees to it that pages are painted when it ends."""

    def __init__(self, run: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]) -> None:
        self._run = run
        self._kept: Recent[Hashable, Markup] = Recent(_KEPT)
        self._drawing: dict[Hashable, asyncio.Task[None]] = {}

    @property
    def busy(self) -> bool:
        """Whether something is being drawn."""
        return bool(self._drawing)

    async def get(self, key: Hashable, draw: Callable[[], Coroutine[Any, Any, Markup]]) -> Markup | None:
        """Return what ``draw`` made under ``key``; None while it is at it."""
        if key not in self._kept and key not in self._drawing:
            self._drawing[key] = self._run(self._draw(key, draw))
            await asyncio.wait([self._drawing[key]], timeout=_SOON)
        if key not in self._kept:
            return None
        return self._kept[key]

    async def _draw(self, key: Hashable, draw: Callable[[], Coroutine[Any, Any, Markup]]) -> None:
        try:
            self._kept[key] = await draw()
        finally:
            del self._drawing[key]
