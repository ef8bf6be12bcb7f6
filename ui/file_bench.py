"""Files on their way into the library, as every page sees them: what is waiting, being read, asked about or in trouble.

One task reads on its own, whatever becomes of the pages; what has not been read when the program ends is read when it
starts again. What is remembered of the queue is the assistant's.
"""

from __future__ import annotations

import time
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.events import FileFinished
from rag.sentences import UNEXPECTED, sentence_for
from storage.errors import FootnoteError
from ui.file_rows import after_event, given_up, queued

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Coroutine, Sequence
    from pathlib import Path
    from typing import Any

    from ui.backend import Backend
    from ui.file_rows import Rows

__all__ = ["FileBench"]

_REST = 20
"""Times as long as looking at the documents took; in a library of thousands that is every second or so."""


class FileBench:
    """The queue of one assistant; must be used inside one event loop."""

    def __init__(
        self,
        assistant: Backend,
        run: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        changed: Callable[[], None],
        arrived: Callable[[], None],
    ) -> None:
        """``run`` lets work go on by itself; ``changed`` is called when a row has, ``arrived`` when a document came."""
        self.rows: Rows = {}
        self.seconds: dict[str, float] = {}
        """How long each document took that came in this run, by id."""
        self._assistant = assistant
        self._run = run
        self._changed = changed
        self._arrived = arrived
        self._reading: asyncio.Task[None] | None = None
        self._unsaid = False
        """Whether a document has come that was not said to have."""
        self._say_from = 0.0

    @property
    def busy(self) -> bool:
        """Whether files are being read."""
        return self._reading is not None and not self._reading.done()

    def resume(self) -> None:
        """Take up what others put into the queue: an earlier run of the program, or a folder in which a file changed.

        A file of a folder that waits for the person no longer does when it has changed meanwhile.
        """
        waiting = {file.key: file for file in self._assistant.waiting()}
        rows = {key: row for key, row in self.rows.items() if row.state not in {"asking", "locked"} or key in waiting}
        self.rows = queued(rows, (file for key, file in waiting.items() if key not in rows))
        self._read_on()

    async def hand_over(self, files: Sequence[tuple[Path, str, str]], *, collection: str | None = None) -> None:
        """Have files read: where each lies, its name, and its folder inside what was handed over."""
        self.rows = queued(self.rows, await self._assistant.hand_over(files, collection=collection))
        self._read_on()

    async def cancel(self, *keys: str) -> None:
        """Give files up, or take away what was said of them; all in one go, as there may be thousands."""
        await self._assistant.cancel_reading(*keys)
        gone = frozenset(keys)
        self.rows = {key: row for key, row in self.rows.items() if key not in gone}

    async def cancel_all(self) -> None:
        """Give up every file that is waiting or being read."""
        await self.cancel(*(row.key for row in self.rows.values() if row.busy))

    async def cancel_folder(self, folder_id: str) -> None:
        """Give up what waits of a folder of this computer; the file that is being read is read to its end."""
        keys = [file.key for file in self._assistant.waiting() if file.from_folder == folder_id]
        await self.cancel(*(key for key in keys if key in self.rows and self.rows[key].state != "reading"))

    async def dismiss_all(self) -> None:
        """Take away what was said of files that nothing more comes of."""
        await self.cancel(*(row.key for row in self.rows.values() if row.state in {"unchanged", "skipped", "failed"}))

    async def decide(self, key: str, decision: str) -> None:
        """Say whether a file is to "replace" the document that has its name, or both are to "keep"."""
        await self._assistant.decide(key, decision)
        self._wait_again(key)

    async def unlock(self, key: str, password: str) -> None:
        """Try a password on a locked file."""
        await self._assistant.unlock(key, password)
        self._wait_again(key, tried=True)

    def _wait_again(self, key: str, *, tried: bool = False) -> None:
        if key in self.rows:
            self.rows = {**self.rows, key: replace(self.rows[key], state="waiting", reason="", tried=tried)}
        self._read_on()

    def _read_on(self) -> None:
        """See to it that what waits is being read."""
        if not self.busy and any(row.busy for row in self.rows.values()):
            self._reading = self._run(self._read())
            self._reading.add_done_callback(self._ended)

    async def _read(self) -> None:
        try:
            async with aclosing(self._assistant.read_waiting()) as events:
                async for event in events:
                    self.rows = after_event(self.rows, event)
                    if isinstance(event, FileFinished):
                        self.seconds[event.document.id] = event.seconds
                        self._unsaid = True
                    self._say_arrived()
                    self._changed()
        except FootnoteError as error:
            self.rows = given_up(self.rows, sentence_for(error))

    def _say_arrived(self) -> None:
        """Say that documents have come, unless most of the time would go by with it: then with a later event."""
        if self._unsaid and (begun := time.monotonic()) >= self._say_from:
            self._unsaid = False
            self._arrived()
            self._say_from = begun + _REST * (time.monotonic() - begun)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """No row may go on turning when nobody is reading its file any more; one that came just now is read."""
        if not task.cancelled() and task.exception() is not None:
            self.rows = given_up(self.rows, UNEXPECTED)
        waiting = {file.key for file in self._assistant.waiting()}
        self.rows = {key: row for key, row in self.rows.items() if not row.busy or key in waiting}
        self._unsaid = False
        self._arrived()
        self._read_on()
