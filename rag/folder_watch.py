"""A folder kept in sight: looked through when it is there, when something in it changes, and when it is back again.

It owns when to look, and what of a look can be relied on because nobody is writing it any more. What has changed since
an earlier run of the program, and what is to become of a file, is not known here.
"""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import aclosing
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import FolderError
from rag.folder_look import look_through, settled
from rag.source import is_hidden

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping

    from watchfiles import Change

    from storage.records import FileMark

__all__ = ["Sight", "sights"]

_TOGETHER = 1_600
"""Milliseconds within which changes are one batch."""
_STILL = 400
"""Milliseconds without a change that end a batch early."""
_ASK_AGAIN = 3_000
"""Milliseconds after which is asked whether the folder is still the same one."""
_SETTLES = 1.0
"""Seconds between two looks at files that are being written."""
_IS_IT_BACK = 3.0
_WITHOUT_NEWS = 600.0
"""Seconds after which a folder is looked through in any case: disks of other computers do not tell what changes."""
_BY_LOOKING = 10
"""How often is asked whether it is still the same one between two looks, where the system cannot tell of changes."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What can be said of a folder at one moment."""

    files: Mapping[str, FileMark] = field(default_factory=dict)
    """Those that can be read and are whole, by their paths below it."""
    not_read: int = 0
    """How many others there are, of kinds that no reader knows."""
    closed: tuple[str, ...] = ()
    """The folders in it that may not be looked into."""
    missing: bool = False
    """Whether it cannot be found, or not be looked into."""
    unsettled: bool = False
    """Whether more is to come of itself: some files are being written."""


async def sights(folder: Path, *, but: Path, watched: bool) -> AsyncGenerator[Sight, None]:
    """Yield a sight of a folder whenever something in it may have changed; one that is not ``watched`` only once."""
    while True:
        try:
            async with aclosing(_present(folder, but, watched=watched)) as present:
                async for sight in present:
                    yield sight
        except FolderError:
            yield Sight(missing=True)
            if watched:
                await asyncio.sleep(_IS_IT_BACK)
        if not watched:
            return


async def _present(folder: Path, but: Path, *, watched: bool) -> AsyncGenerator[Sight, None]:
    """Yield sights as long as the folder is the one that it is now."""
    before = None
    async with aclosing(_wakes(folder, but)) as wakes:
        while True:
            began = time.monotonic()
            look = await asyncio.to_thread(look_through, folder, but=but)
            whole = settled(look, before)
            unsettled = len(whole) < len(look.files)
            yield Sight(whole, look.not_read, look.closed, unsettled=unsettled)
            before = look
            if unsettled:
                await asyncio.sleep(max(_SETTLES, 2 * (time.monotonic() - began)))
            elif not watched or not await anext(wakes, False):
                return


async def _wakes(folder: Path, but: Path) -> AsyncGenerator[bool, None]:
    """Yield True whenever something may have changed, and end when the folder has become another or is gone.

    The first time comes without a change: one may have been made before this began to listen.
    """
    same, last = _identity(folder), float("-inf")
    async with aclosing(_news(folder, _seen_by_people(folder, but))) as news:
        async for changed in news:
            if _identity(folder) != same:
                return
            if changed or time.monotonic() - last > _WITHOUT_NEWS:
                yield True
                last = time.monotonic()


async def _news(folder: Path, wanted: Callable[[Change, str], bool]) -> AsyncGenerator[bool, None]:
    """Yield every few seconds whether something has changed."""
    from watchfiles import awatch

    batches = awatch(
        folder,
        watch_filter=wanted,
        debounce=_TOGETHER,
        step=_STILL,
        rust_timeout=_ASK_AGAIN,
        yield_on_timeout=True,
        ignore_permission_denied=True,
    )
    try:
        async with aclosing(batches):
            async for batch in batches:
                yield bool(batch)
    except (OSError, RuntimeError):  # too many folders for the system to tell about, or one that it cannot
        for number in count(1):
            await asyncio.sleep(_ASK_AGAIN / 1000)
            yield number % _BY_LOOKING == 0


def _seen_by_people(folder: Path, but: Path) -> Callable[[Change, str], bool]:
    def wanted(_: Change, path: str) -> bool:
        # Not Path.relative_to, to which a path outside is an error.
        return not Path(path).is_relative_to(but) and not is_hidden(Path(os.path.relpath(path, folder)))

    return wanted


def _identity(folder: Path) -> tuple[int, int] | None:
    """What tells a folder from another at its path; None where there is none."""
    try:
        found = os.stat(folder)  # noqa: PTH116
    except OSError:
        return None
    return found.st_dev, found.st_ino
