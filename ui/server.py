"""Serves the page: one ASGI application of guard, originals and Gradio, on the first free port, until told to stop.

What the page shows, and who made the assistant behind it, is not known here.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import socket
import sys
import threading
import webbrowser
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import gradio as gr
import uvicorn
from fastapi import FastAPI

from rag.sentences import CLOSED, NOT_COPIED
from ui.desk import Desk
from ui.originals import originals_route
from ui.page import build_page
from ui.security import Guard, is_loopback

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Iterator
    from types import FrameType

    from starlette.types import ASGIApp

    from ui.backend import Backend

__all__ = ["NoFreePort", "Uploads", "build_app", "serve", "served"]

_ASSETS = Path(__file__).resolve().parents[1] / "assets"
_PORTS_TRIED = 50
_BETWEEN_LOOKS = 0.02
"""Seconds; nobody notices an answer that begins so much later."""


class NoFreePort(OSError):
    """Neither the port asked for nor any of those after it can be used."""


@dataclass(frozen=True, slots=True)
class Uploads:
    """Where the copies that browsers hand over lie until they are read, and how large one may be."""

    folder: Path
    """For this page alone. Gradio must have been told of it, in GRADIO_TEMP_DIR, before it was first imported."""
    largest: int
    """Bytes of one file."""

    def sweep(self, keep: Collection[Path] = ()) -> None:
        """Delete what a page that ended in the middle has left behind, but for the files that are still to be read."""
        self.folder.mkdir(parents=True, exist_ok=True)
        kept = {path.parent for path in keep}
        for entry in self.folder.iterdir():
            if entry.is_dir() and entry not in kept:
                shutil.rmtree(entry, ignore_errors=True)
            elif entry.is_file():
                entry.unlink(missing_ok=True)


def serve(  # noqa: PLR0913  (what the composition root decides, each under its name)
    assistant: Backend,
    host: str,
    port: int,
    *,
    open_browser: bool,
    password: str | None = None,
    uploads: Uploads | None = None,
    ready: Callable[[str], None] = lambda _: None,
    warm: Callable[[], None] = lambda: None,
    leaving: Callable[[], None] = lambda: None,
) -> None:
    """Serve the page until the program is told to stop.

    ``ready`` gets its address, ``warm`` runs in the background, ``leaving`` is called at every Ctrl+C.
    """
    warming = threading.Thread(target=warm, name="warm", daemon=True)

    def started(address: str) -> None:
        ready(address)
        warming.start()
        if open_browser:
            webbrowser.open(address)

    listener = _listen(host, port)
    try:
        with contextlib.closing(listener):
            server = _Server(lambda: build_app(assistant, host, password, uploads), listener, started, leaving)
            server.run(sockets=[listener])
    finally:
        # Models still being loaded when the interpreter ends would abort it.
        if warming.is_alive():
            warming.join()


@contextlib.contextmanager
def served(
    assistant: Backend,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    password: str | None = None,
    uploads: Uploads | None = None,
) -> Iterator[str]:
    """Serve the page in a thread for as long as the block lasts; give its address."""
    up = threading.Event()
    listener = _listen(host, port)
    server = _Server(lambda: build_app(assistant, host, password, uploads), listener, lambda _: up.set())

    def run() -> None:
        try:
            server.run(sockets=[listener])
        finally:
            up.set()

    thread = threading.Thread(target=run, name="page")
    thread.start()
    try:
        up.wait()
        yield _address(listener)
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def build_app(assistant: Backend, host: str, password: str | None = None, uploads: Uploads | None = None) -> ASGIApp:
    """Return the whole application, guarded; without ``uploads`` Gradio keeps copies where it likes, of any size."""
    if uploads is not None:
        uploads.sweep([Path(file.path) for file in assistant.waiting()])
    desk = Desk(assistant, local=is_loopback(host))

    @contextlib.asynccontextmanager
    async def at_work(_: FastAPI) -> AsyncIterator[None]:
        desk.files.resume()  # whether or not anybody opens the page
        desk.folders.resume()
        desk.embedding.resume()
        yield

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=at_work)
    app.routes.append(originals_route(assistant))
    page = build_page(desk)
    gr.mount_gradio_app(
        app,
        page,
        path="/",
        server_name=host,
        footer_links=[],
        run_history=False,
        app_kwargs={"docs_url": None, "redoc_url": None, "openapi_url": None},
        favicon_path=str(_ASSETS / "favicon.svg"),
        show_error=False,
        max_file_size=uploads.largest if uploads is not None else None,
        enable_monitoring=False,
        pwa=False,
        ssr_mode=False,
        mcp_server=False,
        theme=gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]),
        head=_head(),
    )
    _calm(page)
    return Guard(app, host=host, password=password)


def _calm(page: gr.Blocks) -> None:
    """Let Gradio look less often than a thousand times a second whether there is anything to do: it costs battery."""
    queue = page._queue  # noqa: SLF001  (there is no other way to say so)
    queue.sleep_when_free = _BETWEEN_LOOKS
    queue.progress_update_sleep_when_free = 5 * _BETWEEN_LOOKS  # it has no progress of ours to show


def _head() -> str:
    """Styles, words and script stand in the page itself: nothing has to be waited for, nothing flashes."""
    style = (_ASSETS / "page.css").read_text(encoding="utf-8")
    script = "\n".join((_ASSETS / name).read_text(encoding="utf-8") for name in ("morph.js", "page.js"))
    words = json.dumps({"closed": CLOSED, "notCopied": NOT_COPIED})
    return f"<style>{style}</style><script>window.footnoteWords = {words};</script><script>{script}</script>"


class _Server(uvicorn.Server):
    """Tells when it listens.

    The application is made inside the event loop that will serve it: outside one, Gradio's queue would make a loop of
    its own that nobody closes.
    """

    def __init__(
        self,
        make_app: Callable[[], ASGIApp],
        listener: socket.socket,
        started: Callable[[str], None],
        leaving: Callable[[], None] = lambda: None,
    ) -> None:
        config = uvicorn.Config(
            make_app,
            factory=True,
            log_config=None,  # what it has to say goes where everything is logged, not on the terminal
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        super().__init__(config)
        self._listener = listener
        self._tell = started
        self._leaving = leaving

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop serving; uvicorn would raise Ctrl+C once more at the end, for whom it was never meant."""
        if sig == signal.SIGINT:
            self._leaving()
            self.should_exit = True
        else:
            super().handle_exit(sig, frame)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._tell(_address(self._listener))


def _listen(host: str, port: int) -> socket.socket:
    """Return a socket on ``port`` or the first free one after it; it is held from here on, so nobody else takes it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for candidate in range(port, min(port + _PORTS_TRIED, 65536)) if port else (0,):
        listener = socket.socket(family, socket.SOCK_STREAM)
        if sys.platform != "win32":  # there it would let two programs share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host.strip("[]"), candidate))
            listener.listen()
        except OSError:
            listener.close()
        else:
            return listener
    raise NoFreePort(f"no free port on {host} from {port}")


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    if is_loopback(host) or host in {"0.0.0.0", "::"}:  # noqa: S104  (compared, not bound)
        host = "127.0.0.1" if ":" not in host else "[::1]"
    return f"http://{host}:{port}/"
