"""The pages of documents as they were drawn last, drawn one at a time beside everything else.

A page that is slow to draw, or cannot be drawn at all, must hold up neither the chat beside it nor the next repaint. It
knows neither what is drawn nor how.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup

from rag.sentences import UNEXPECTED
from ui.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Hashable
    from typing import Any

__all__ = ["Drawn", "Sheets"]

_log = logging.getLogger(__name__)

_KEPT = 8
"""A picture is some hundred kilobytes, one of a photograph some thousand."""
_WAITING = 4
"""More than this many pages asked for at once are of somebody who turns them quickly: the earlier ones are left."""
_SOON = 0.15
"""Seconds that a repaint waits for a page: most are there by then, and nothing flickers."""


class Drawn(NamedTuple):
    """A page as it is shown."""

    whole: Markup
    detail: Markup = Markup("")
    """The part of it that stands in a passage's card."""
    lasting: bool = True
    """False for a sentence that says why there is no page: another time there may be one."""


class Sheets:
    """Must be used inside one event loop; ``run`` starts a task, ``changed`` is called when there is more to show."""

    def __init__(
        self, run: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]], changed: Callable[[], None]
    ) -> None:
        self._run = run
        self._changed = changed
        self._kept: Recent[Hashable, Drawn] = Recent(_KEPT)
        self._passing: dict[Hashable, Drawn] = {}
        self._waiting: dict[Hashable, Callable[[], Coroutine[Any, Any, Drawn]]] = {}
        self._drawing: Hashable | None = None
        self._work: asyncio.Task[None] | None = None

    @property
    def busy(self) -> bool:
        """Whether something is being drawn."""
        return self._drawing is not None or bool(self._waiting)

    async def get(self, key: Hashable, draw: Callable[[], Coroutine[Any, Any, Drawn]]) -> Drawn | None:
        """Return what ``draw`` made under ``key``; None while it is at it."""
        if (there := self._there(key)) is not None:
            return there
        if key != self._drawing:
            self._ask(key, draw)
        if self._work is None or self._work.done():
            self._work = self._run(self._draw_all())
        await asyncio.wait([self._work], timeout=_SOON)
        return self._there(key)

    def forget_failures(self) -> None:
        """Try again what could not be drawn, when it is next looked at."""
        self._passing.clear()

    def forget(self) -> None:
        """Keep nothing: a document may be gone, and its pages with it."""
        self._passing.clear()
        self._kept = Recent(_KEPT)

    def _there(self, key: Hashable) -> Drawn | None:
        if key in self._kept:
            return self._kept[key]
        return self._passing.get(key)

    def _ask(self, key: Hashable, draw: Callable[[], Coroutine[Any, Any, Drawn]]) -> None:
        self._waiting.pop(key, None)
        self._waiting[key] = draw
        while len(self._waiting) > _WAITING:
            del self._waiting[next(iter(self._waiting))]

    async def _draw_all(self) -> None:
        """The page asked for last comes first: somebody is looking at that one."""
        while self._waiting:
            self._drawing, draw = self._waiting.popitem()
            drawing = asyncio.ensure_future(draw())
            await asyncio.wait([drawing])
            self._keep(self._drawing, drawing)
            self._drawing = None
            self._changed()

    def _keep(self, key: Hashable, drawing: asyncio.Future[Drawn]) -> None:
        if (error := drawing.exception()) is not None:
            _log.error("a page could not be drawn", exc_info=error)
        drawn = drawing.result() if error is None else Drawn(Markup("<p>{}</p>").format(UNEXPECTED), lasting=False)
        if drawn.lasting:
            self._kept[key] = drawn
        else:
            self._passing[key] = drawn
