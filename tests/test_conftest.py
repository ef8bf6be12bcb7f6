"""The promises of ``conftest.py`` hold: the guard sees and refuses every way off this computer, and nothing else."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

from tests.conftest import SWITCHES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

UNROUTABLE = "192.0.2.1"
"""Set aside for documentation by RFC 5737, so that a broken guard would still reach nobody."""


def _connect() -> None:
    with socket.socket() as sock:
        sock.connect((UNROUTABLE, 80))


def _connect_without_raising() -> None:
    with socket.socket() as sock:
        sock.connect_ex((UNROUTABLE, 80))


def _send_a_datagram() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.sendto(b"", (UNROUTABLE, 53))


def _look_up_a_name() -> None:
    socket.getaddrinfo("footnote.invalid", 80)


def _look_up_a_name_the_old_way() -> None:
    socket.gethostbyname("footnote.invalid")


WAYS_OUT = (
    _connect,
    _connect_without_raising,
    _send_a_datagram,
    _look_up_a_name,
    _look_up_a_name_the_old_way,
)


@pytest.mark.parametrize("leave", WAYS_OUT)
def test_every_way_off_this_computer_is_refused_and_noted(leave: Callable[[], None], outgoing_calls: list[str]) -> None:
    """Connections, datagrams and questions to a name server are all calls to another computer."""
    with pytest.raises(OSError, match="tests may not reach"):
        leave()
    assert len(outgoing_calls) == 1
    outgoing_calls.clear()


def test_loopback_is_open() -> None:
    """Servers of the test's own can be reached by name and by number."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        for host in ("127.0.0.1", "localhost"):
            socket.create_connection((host, port), timeout=5).close()


def test_nothing_personal_is_in_the_environment(data_folder: Path) -> None:
    """What a developer has set for the program, its server or a proxy reaches no test."""
    ours = [name for name in os.environ if name.startswith(("FOOTNOTE_", "OLLAMA_", "LANGCHAIN_")) or "PROXY" in name]
    assert sorted(set(ours) - set(SWITCHES)) == ["FOOTNOTE_CACHE", "FOOTNOTE_DATA", "FOOTNOTE_SERVER"]
    assert os.environ["LANGSMITH_TRACING"] == "false"
    assert os.environ["FOOTNOTE_DATA"] == str(data_folder)
    assert not data_folder.exists()
