"""The process that opens files: it answers one request after another until the program that started it is gone.

Started as ``python -m rag.reading_worker MEGABYTES`` by ``rag/reading_process.py``, which says how much memory it may
take. Whatever a stranger's file does, it does here: no library, no model and no page live in this process.
"""

from __future__ import annotations

import os
import queue
import re
import signal
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from rag.errors import LIBRARY_TROUBLE, DamagedFile, FileTooLarge, ReadError
from rag.pdf_file import PdfFile
from rag.picture_file import PictureFile
from rag.reading import open_document
from rag.reading.archives import unlocked_copy
from rag.reading.signatures import picture_suffix
from rag.reading_messages import page_to, read_message, write_message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rag.reading.blocks import Attachment, Reading, ReadPage

__all__ = ["serve"]

_STEP_SECONDS = 0.5
_STEP_PAGES = 16
_STEP_CHARACTERS = 1_000_000
"""One reply holds no more pages than this, so that progress is seen and a slow page is told from a long file."""
_MEGABYTE = 1_000_000
_SNIFFED = 16
_LARGE = 500
"""Megabytes from which on the process had better make room for another."""

_Reply = tuple[dict[str, Any], bytes]


class _Worker:
    """The one document that is being read, the one that is being drawn, and what can be asked about them."""

    def __init__(self, megabytes: int) -> None:
        self._megabytes = megabytes
        self._pages: Iterator[ReadPage] = iter(())
        self._attachments: Iterator[Attachment] = iter(())
        self._drawn: tuple[str, PdfFile] | None = None
        self._does: dict[str, Callable[[dict[str, Any]], _Reply]] = {
            "open": self._open,
            "more": self._more,
            "attachment": self._attachment,
            "image": self._image,
            "forget": self._forget,
        }

    def answer(self, request: dict[str, Any]) -> _Reply:
        """Do what is asked; say what came of it, and whether this process has grown large."""
        reply, blob = self._answer(request)
        return {**reply, "large": _peak_megabytes() > _LARGE}, blob

    def _answer(self, request: dict[str, Any]) -> _Reply:
        name = request["name"]
        try:
            return self._does[request["do"]](request)
        except ReadError as error:
            return _refusal(error)
        except MemoryError:
            return _refusal(FileTooLarge(name, f"it needs more than {self._megabytes:,} MB of memory"))
        except LIBRARY_TROUBLE as error:
            return _refusal(DamagedFile(name, f"{type(error).__name__}: {error}"))

    def _open(self, request: dict[str, Any]) -> _Reply:
        """Begin to read a file; its pages are asked for with "more"."""
        reading: Reading = open_document(Path(request["path"]), name=request["name"], password=request["password"])
        self._pages, self._attachments = reading.pages, iter(reading.attachments)
        return {"title": reading.title, "unit": reading.unit, "pages": reading.page_count}, b""

    def _more(self, _: dict[str, Any]) -> _Reply:
        """The next pages, as many as come in a moment; none where there are no more."""
        begun, characters = time.monotonic(), 0
        pages: list[dict[str, Any]] = []
        for page in self._pages:
            pages.append(page_to(page))
            characters += len(page.page.text)
            full = len(pages) == _STEP_PAGES or characters > _STEP_CHARACTERS
            if full or time.monotonic() - begun > _STEP_SECONDS:
                break
        return {"pages": pages}, b""

    def _attachment(self, _: dict[str, Any]) -> _Reply:
        """The next file inside the file; a name of None where there are no more."""
        attachment = next(self._attachments, None)
        return ({"attachment": attachment.name}, attachment.data) if attachment else ({"attachment": None}, b"")

    def _image(self, request: dict[str, Any]) -> _Reply:
        path = Path(request["path"])
        if _is_picture(path):
            image = PictureFile(path, request["name"]).image(request["page"], request["scale"])
        else:
            image = self._pdf(request).image(request["page"], request["scale"], request["spans"])
        boxes = [asdict(box) for box in image.boxes]
        return {"width": image.width, "height": image.height, "boxes": boxes}, image.png

    def _pdf(self, request: dict[str, Any]) -> PdfFile:
        """The document to be drawn, kept open for the next request."""
        path = request["path"]
        if self._drawn is None or self._drawn[0] != path:
            self._let_go()
            self._drawn = path, PdfFile(Path(path), request["name"], request["password"])
        return self._drawn[1]

    def _forget(self, request: dict[str, Any]) -> _Reply:
        if self._drawn is not None and self._drawn[0] == request["path"]:
            self._let_go()
        return {}, b""

    def _let_go(self) -> None:
        if self._drawn is not None:
            self._drawn[1].close()
            self._drawn = None


def _is_picture(path: Path) -> bool:
    with path.open("rb") as file:
        return bool(picture_suffix(file.read(_SNIFFED)))


def _refusal(error: ReadError) -> _Reply:
    return {"error": type(error).__name__, "detail": error.detail}, b""


def _peak_megabytes() -> float:
    """The most memory that this process has had; 0 where the system does not tell (Windows)."""
    status_file = Path("/proc/self/status")
    if status_file.exists():
        # Not getrusage, which counts what the program that started this one had, too.
        status = status_file.read_text(encoding="ascii", errors="replace")
        found = re.search(r"VmHWM:\s*(\d+) kB", status)
        return int(found[1]) / 1_000 if found else 0.0
    if sys.platform == "win32":
        return 0.0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MEGABYTE  # in bytes, on macOS


def _limit_memory(megabytes: int) -> None:
    """Let the process have no more memory than this, where the system can be told so (Linux)."""
    if sys.platform != "linux":
        return
    import resource

    limit = megabytes * _MEGABYTE
    # What is mapped from files (libraries, fonts) does not count.
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def _listen(stream: IO[bytes], requests: queue.SimpleQueue[dict[str, Any]]) -> None:
    """Pass requests on; when the program is gone, end at once, even in the middle of a page."""
    last: dict[str, Any] = {}
    while True:
        try:
            requests.put(last := read_message(stream)[0])
        except EOFError:
            with suppress(OSError, LookupError):
                unlocked_copy(Path(last["path"]), os.getpid()).unlink(missing_ok=True)
            os._exit(0)


def serve(megabytes: int) -> None:
    """Answer requests from standard input on standard output, which is kept clear of anything a library prints."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the program's to handle
    _limit_memory(megabytes)
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    requests: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, requests), daemon=True).start()
    worker = _Worker(megabytes)
    while True:
        write_message(replies, *worker.answer(requests.get()))


if __name__ == "__main__":
    serve(int(sys.argv[1]))
