"""An object store on this computer: moto's S3 server as a process of its own, and libraries in buckets of it.

Tests that take one are skipped, with the reason, where the extra for buckets or moto is not installed.
"""

from __future__ import annotations

import http.client
import importlib.util
import itertools
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self

import pytest

from storage.bucket import Bucket
from storage.foundation import Team

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["NEEDED", "ObjectStore", "between", "bucket_keys", "environment"]

NEEDED = ("obstore", "moto", "flask", "flask_cors")
_SECONDS = 60.0
_names = itertools.count()


def environment(endpoint: str) -> dict[str, str]:
    """What a person would have in the environment."""
    return {
        "AWS_ACCESS_KEY_ID": "somebody",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": "us-east-1",
    }


def bucket_keys(team: Team) -> list[str]:
    """Everything that is in the bucket of a library."""
    return Bucket(team.url, team.environment).keys("")


@dataclass(frozen=True, slots=True)
class ObjectStore:
    """A running store."""

    port: int
    process: int = 0
    """Its process id."""

    @property
    def endpoint(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What a program needs in its environment to use it."""
        return environment(self.endpoint)

    def new_bucket(self) -> str:
        """Make an empty bucket; returns its address."""
        name = f"team-{next(_names)}"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_SECONDS)
        connection.request("PUT", f"/{name}")
        assert connection.getresponse().read() is not None
        connection.close()
        return f"s3://{name}"

    def team(self, url: str, folder: Path, person: str = "Alice on desk") -> Team:
        """A library in a bucket, opened with a folder of the person's own."""
        return Team(url, folder, person, self.environment)

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Let it take requests and answer none for the length of a block."""
        os.kill(self.process, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.process, signal.SIGCONT)

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Self]:
        """Run a store; skips the test where something is missing."""
        missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
        if missing:
            pytest.skip(f"needs {', '.join(missing)}: install the extra “test”")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [sys.executable, "-m", "moto.server", "--host", "127.0.0.1", "--port", str(port)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                _wait_for(port)
                yield cls(port, process.pid)
            finally:
                process.terminate()


@contextmanager
def between(store: ObjectStore, *, refused: str = "", dropped: str = "") -> Iterator[dict[str, str]]:
    """Stand between a store and who asks it; gives the environment that leads here.

    Requests of the methods named in ``refused`` are refused, as to somebody who may only read; headers that begin with
    ``dropped`` are not passed on, as by a store that has never heard of them.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.command in refused.split():
                self._say(403, {}, b"<Error><Code>AccessDenied</Code></Error>")
                return
            passed = {name: value for name, value in self.headers.items() if not dropped or dropped not in name}
            there = http.client.HTTPConnection("127.0.0.1", store.port, timeout=_SECONDS)
            there.request(self.command, self.path, body or None, passed)
            answer = there.getresponse()
            self._say(answer.status, dict(answer.getheaders()), answer.read())
            there.close()

        def _say(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response_only(status)
            for name, value in headers.items():
                if name not in {"Content-Length", "Connection", "Transfer-Encoding"}:
                    self.send_header(name, value)
            length = headers.get("Content-Length", "0") if self.command == "HEAD" else str(len(body))
            self.send_header("Content-Length", length)
            self.end_headers()
            if self.command != "HEAD" and status not in {204, 304}:
                self.wfile.write(body)

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _pass_on  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield environment(f"http://127.0.0.1:{server.server_port}")
        finally:
            server.shutdown()
            thread.join()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the object store did not start")
