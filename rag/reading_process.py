"""The child processes that open files, seen from the program: some read documents, one draws pages.

A file is read in a process that reads nothing else meanwhile, under limits of time and memory: one that crashes, hangs
or eats memory costs that file and nothing else. Pages are drawn in another, so that a picture never waits for a long
file. It knows nothing of formats or chunks.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from rag.errors import READ_ERRORS, ReaderDied, ReadError
from rag.passwords import Passwords
from rag.priority import step_back
from rag.reading.archives import unlocked_copy
from rag.reading.blocks import Attachment, Reading
from rag.reading_messages import Box, PageImage, page_from, read_message, write_message
from storage.files import delete
from storage.records import PageUnit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rag.reading.blocks import ReadPage

__all__ = ["Reader", "ReadingProcesses"]

_CHECKOUT = Path(__file__).resolve().parent.parent


class ReadingProcesses:
    """Opens files in processes of their own, started when they are needed; safe to use from several threads."""

    def __init__(self, *, seconds: float = 120.0, megabytes: int = 2_000) -> None:
        """``seconds``: what one page, or a file without pages, may take; ``megabytes``: of memory."""
        self.passwords = Passwords()
        self._seconds = seconds
        self._megabytes = megabytes
        self._idle: list[_Process] = []
        self._drawing = threading.Lock()
        self._drawer: _Process | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def reader(self) -> Iterator[Reader]:
        """A process that reads nothing else meanwhile; it ends with a file that is left half read."""
        reader = Reader(self._living(self._idle.pop() if self._idle else None))
        step_back(reader.process.pid)
        try:
            yield reader
        finally:
            if reader.fit_for_more:
                self._idle.append(reader.process)
            else:
                reader.process.stop()
            reader.clear_up()

    def render(
        self,
        path: Path,
        page: int,
        *,
        scale: float = 2.0,
        spans: Sequence[tuple[int, int]] = (),
        password: str | None = None,
    ) -> PageImage:
        """Page ``page`` (from 1) as an image of ``scale`` pixels per point, with the boxes of ``spans``.

        Spans are code point offsets into the stored text of the page; a very large page is drawn smaller than asked.
        Raises PasswordNeeded, DamagedFile or ReaderDied.
        """
        request = {"do": "image", "page": page, "scale": scale, "spans": list(spans), "password": password}
        with self._drawing:
            self._drawer = self._living(self._drawer)
            reply, png = self._drawer.ask(request, path, path.name)
        return PageImage(png, reply["width"], reply["height"], tuple(Box(**box) for box in reply["boxes"]))

    def forget(self, path: Path) -> None:
        """Let go of the file, so that it can be deleted on every system."""
        with self._drawing:
            if self._drawer is not None and self._drawer.alive:
                self._drawer.ask({"do": "forget"}, path, path.name)

    def close(self) -> None:
        """End the processes that nobody is using, and the one that draws."""
        while self._idle:
            self._idle.pop().stop()
        self.stop_drawing()

    def stop_drawing(self) -> None:
        """End the process that draws, without waiting for its page; whoever does wait is told that it has died."""
        if (drawer := self._drawer) is not None:
            drawer.stop()

    def _living(self, process: _Process | None) -> _Process:
        """The process, or a new one where there is none or it has died meanwhile."""
        if process is not None and process.alive:
            return process
        if process is not None:
            process.stop()
        return _Process(seconds=self._seconds, megabytes=self._megabytes)


class Reader:
    """One reading process, as long as it is somebody's."""

    def __init__(self, process: _Process) -> None:
        self.process = process
        self._half_read = False
        self._unlocked: Path | None = None

    @property
    def fit_for_more(self) -> bool:
        """Whether another file may be read in the same process."""
        return self.process.alive and not self.process.asked and not self._half_read and not self.process.large

    def read(self, path: Path, *, name: str = "", password: str | None = None) -> Reading:
        """Open a file to be read; its pages, and then the files inside it, come as they are asked for.

        This and both iterators raise any ReadError, for ``name`` or else the path's own.
        """
        name = name or path.name
        if password is not None:
            self._unlocked = unlocked_copy(path.resolve(), self.process.pid)
        facts, _ = self.process.ask({"do": "open", "password": password}, path, name)
        self._half_read = True
        unit = PageUnit(facts["unit"]) if facts["unit"] else None
        return Reading(facts["title"], unit, facts["pages"], self._pages(path, name), self._attachments(path, name))

    def clear_up(self) -> None:
        """Delete what a password has opened, where the process that read it was ended before it could."""
        if self._unlocked is not None:
            delete(self._unlocked)

    def _pages(self, path: Path, name: str) -> Iterator[ReadPage]:
        while messages := self._more(path, name):
            for message in messages:
                yield page_from(message)
        self._half_read = False

    def _more(self, path: Path, name: str) -> list[dict[str, Any]]:
        try:
            pages: list[dict[str, Any]] = self.process.ask({"do": "more"}, path, name)[0]["pages"]
        except ReadError:
            self._half_read = False  # nobody reads on in it, and the process has let go of it
            raise
        return pages

    def _attachments(self, path: Path, name: str) -> Iterator[Attachment]:
        while True:
            reply, data = self.process.ask({"do": "attachment"}, path, name)
            if reply["attachment"] is None:
                return
            yield Attachment(reply["attachment"], data)


class _Process:
    """One child process: a request goes in, its reply comes out, within the time allowed."""

    def __init__(self, *, seconds: float, megabytes: int) -> None:
        self._seconds = seconds
        self.asked = False
        """Whether a reply is being waited for."""
        self.large = False
        """Whether it has grown so much that the next file had better have another."""
        self._child = subprocess.Popen(  # noqa: S603  (this program itself, and a number)
            [sys.executable, "-m", "rag.reading_worker", str(megabytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what libraries remark about odd files is of no use to the person
            cwd=_CHECKOUT,
            start_new_session=True,  # so that what it has started ends with it
        )

    @property
    def alive(self) -> bool:
        return self._child.poll() is None

    @property
    def pid(self) -> int:
        return self._child.pid

    def ask(self, request: dict[str, Any], path: Path, name: str) -> tuple[dict[str, Any], bytes]:
        """One request about a file and its reply; raises the ReadError that came of it, or ReaderDied."""
        begun = time.monotonic()
        self.asked = True
        try:
            with self._time_limit():
                reply, blob = self._exchange({**request, "path": str(path.resolve()), "name": name})
        except (EOFError, OSError, ValueError) as gone:  # ValueError: its pipes were closed meanwhile
            self.stop()
            seconds = time.monotonic() - begun
            raise ReaderDied(name, f"ended with status {self._child.returncode} after {seconds:.1f} s") from gone
        self.asked = False
        self.large = reply["large"]
        if "error" in reply:
            raise READ_ERRORS[reply["error"]](name, reply["detail"])
        return reply, blob

    def stop(self) -> None:
        """End the process, whatever it is doing."""
        self._kill()
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    def _kill(self) -> None:
        """End it and what it has started; a process that has ended is left alone, as another may have its number."""
        if sys.platform == "win32":
            self._child.kill()
        elif self._child.poll() is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._child.pid, signal.SIGKILL)

    def _exchange(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        if self._child.stdin is None or self._child.stdout is None:  # impossible: both were asked for as pipes
            raise EOFError
        write_message(self._child.stdin, request)
        return read_message(self._child.stdout)

    @contextmanager
    def _time_limit(self) -> Iterator[None]:
        """Kill the process when the time is up, which ends the wait for its reply."""
        watchdog = threading.Timer(self._seconds, self._kill)
        watchdog.start()
        try:
            yield
        finally:
            watchdog.cancel()
