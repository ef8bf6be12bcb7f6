"""The one child process that opens PDFs, seen from the program: for reading and for page images.

Requests are small (a few pages), so that an image can be drawn while a long file is being read. A process that dies
or takes too long costs the file it was working on; the next request starts another. It knows nothing of headings or
chunks.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from rag.errors import DamagedFile, PasswordNeeded, ReaderDied
from rag.pdfium_messages import Box, OutlineEntry, PageImage, PdfFacts, PdfLine, PdfPage, read_message, write_message

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["PAGES_AT_ONCE", "PdfiumProcess"]

PAGES_AT_ONCE = 16
_CHECKOUT = Path(__file__).resolve().parent.parent


class PdfiumProcess:
    """Opens PDFs in a process of its own, started at the first request; safe to use from several threads."""

    def __init__(self, *, timeout: float = 60.0) -> None:
        """``timeout``: seconds that one request may take."""
        self._timeout = timeout
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def facts(self, path: Path, *, name: str = "") -> PdfFacts:
        """Title, page count and outline.

        Every request raises PasswordNeeded, DamagedFile or ReaderDied, for ``name`` or else the path's own.
        """
        reply, _ = self._request(path, name, do="facts")
        return PdfFacts(reply["title"], reply["pages"], tuple(OutlineEntry(**entry) for entry in reply["outline"]))

    def pages(self, path: Path, first: int, last: int, *, name: str = "") -> tuple[PdfPage, ...]:
        """The text of pages ``first`` to ``last``, counted from 1; ask for at most ``PAGES_AT_ONCE``."""
        reply, _ = self._request(path, name, do="pages", first=first, last=last)
        return tuple(_page(**page) for page in reply["pages"])

    def notes(self, path: Path, numbers: Sequence[int], *, name: str = "") -> dict[int, tuple[str, ...]]:
        """Filled-in form fields and comments of these pages; a file in which they cannot be read has none."""
        try:
            reply, _ = self._request(path, name, do="notes", numbers=list(numbers))
        except DamagedFile:
            return {}
        return {number: tuple(notes) for number, notes in reply["notes"]}

    def render(
        self, path: Path, page: int, *, scale: float = 2.0, spans: Sequence[tuple[int, int]] = (), name: str = ""
    ) -> PageImage:
        """Page ``page`` (from 1) as an image of ``scale`` pixels per point, with the boxes of ``spans``.

        Spans are code point offsets into the stored text of the page; a very large page is drawn smaller than asked.
        """
        reply, png = self._request(path, name, do="image", page=page, scale=scale, spans=list(spans))
        return PageImage(png, reply["width"], reply["height"], tuple(Box(**box) for box in reply["boxes"]))

    def forget(self, path: Path) -> None:
        """Let go of the file, so that it can be deleted on every system."""
        with self._turn:
            if self._process is not None and self._process.poll() is None:
                self._exchange(self._process, path, str(path), {"do": "forget"})

    def close(self) -> None:
        """End the process."""
        with self._turn:
            self._stop()

    def _request(self, path: Path, name: str, **request: Any) -> tuple[dict[str, Any], bytes]:  # noqa: ANN401  (JSON)
        name = name or path.name
        with self._turn:
            reply, blob = self._exchange(self._running(), path, name, request)
        match reply.get("refused"):
            case None:
                return reply, blob
            case "password":
                raise PasswordNeeded(name, reply["detail"])
            case _:
                raise DamagedFile(name, reply["detail"])

    def _exchange(
        self, process: subprocess.Popen[bytes], path: Path, name: str, request: dict[str, Any]
    ) -> tuple[dict[str, Any], bytes]:
        """One request and its reply, or ReaderDied."""
        if process.stdin is None or process.stdout is None:  # impossible: both were asked for as pipes
            raise ReaderDied(name, "no pipes")
        begun = time.monotonic()
        try:
            with self._time_limit(process):
                write_message(process.stdin, {**request, "path": str(path.resolve())})
                return read_message(process.stdout)
        except (EOFError, OSError) as gone:
            self._stop()
            seconds = time.monotonic() - begun
            raise ReaderDied(name, f"ended with status {process.returncode} after {seconds:.1f} s") from gone

    @contextmanager
    def _time_limit(self, process: subprocess.Popen[bytes]) -> Iterator[None]:
        """Kill the process when the time is up, which ends the wait for its reply."""
        watchdog = threading.Timer(self._timeout, process.kill)
        watchdog.start()
        try:
            yield
        finally:
            watchdog.cancel()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._stop()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "rag.pdfium_worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                cwd=_CHECKOUT,
            )
        return self._process

    def _stop(self) -> None:
        if self._process is None:
            return
        self._process.kill()
        self._process.communicate()
        self._process = None


def _page(*, lines: list[dict[str, Any]], **rest: Any) -> PdfPage:  # noqa: ANN401  (JSON)
    return PdfPage(lines=tuple(PdfLine(**line) for line in lines), **rest)
