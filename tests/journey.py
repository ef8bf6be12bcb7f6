"""The whole way of a newcomer, as a program: every command, and the page, with loopback alone in reach.

    unshare -rn python -m tests.journey DATA LOG    in a network of its own, where the kernel counts every way out
    python -m tests.journey DATA LOG                without, where only Python's own sockets are watched

It prints one JSON object: what each command said, whether the page came, what it showed to who handed over a file and
asked, and what was reached for. ``tests/watch``
writes ``LOG``. This judges nothing; ``test_privacy.py`` does.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.doubles.ollama import OllamaDouble
from tests.visitor import Visitor, until

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["main"]

REPOSITORY = Path(__file__).resolve().parents[1]
SAMPLES = REPOSITORY / "assets" / "sample"
LEASE = "Lease agreement.pdf"
OTHER_MODEL = "qwen3:4b-instruct"
QUESTION = "How much notice must the tenants give to end the agreement?"

CALLING_HOME = {
    "GRADIO_ANALYTICS_ENABLED": "True",
    "GRADIO_SHARE": "True",
    "LANGCHAIN_TRACING_V2": "true",
    "LANGSMITH_API_KEY": "none",
    "LANGSMITH_TRACING": "true",
    "LANGSMITH_TRACING_V2": "true",
}
"""What a careless environment might hold; the program has to overrule it."""
OWN_SWITCHES = (
    "DO_NOT_TRACK",
    "GRADIO_RUN_HISTORY",
    "HF_HUB_DISABLE_TELEMETRY",
    "HF_HUB_OFFLINE",
    "ORT_DISABLE_TELEMETRY",
    "TRANSFORMERS_OFFLINE",
)
"""What the tests set for themselves; the program has to bring its own."""

SET_FLAGS, FLAGS_UP_RUNNING = 0x8914, 0x1 | 0x40
"""Linux: the request that sets an interface's flags, and the two flags (netdevice(7))."""


@dataclass(frozen=True, slots=True)
class Done:
    """One command and what came of it."""

    command: str
    code: int
    rows: list[dict[str, Any]]
    errors: str


@dataclass(frozen=True, slots=True)
class Page:
    """The first reply of the page, what its server had loaded by then, and how it ended when asked to."""

    status: int
    policy: str
    torch: bool
    code: int
    errors: str


@dataclass(frozen=True, slots=True)
class Visit:
    """What the page showed to somebody who handed over a file and asked, and what its server had loaded by then."""

    listed: bool
    """Whether the document came to be listed."""
    shown: str
    """The change that brought the whole answer, as text."""
    torch: bool
    code: int
    errors: str


def main(data: Path, log: Path) -> int:
    """Travel, and print the report."""
    own_network = _only_loopback()
    if own_network:
        _raise_loopback()
    before = _attempts()
    with OllamaDouble() as ollama:
        environment = _environment(data, log, ollama.url)
        done = [_run(environment, *command) for command in _commands(_questions(data))]
        chats = len(ollama.chats)
        page, visit = _page(environment), _visit(environment)
        chats_of_visit = len(ollama.chats) - chats
    report = {
        "own_network": own_network,
        "attempts": _attempts() - before,
        "control": _attempts_of_one_call() if own_network else None,
        "done": [asdict(command) for command in done],
        "page": asdict(page),
        "visit": asdict(visit),
        "chats": chats,
        "chats_of_visit": chats_of_visit,
        "left_in_cache": sorted(path.name for path in _cache(data).glob("*")),
        "reached": sorted(set(log.read_text(encoding="utf-8").split("\n")) - {""}) if log.exists() else [],
    }
    sys.stdout.write(json.dumps(report))
    return 0


def _commands(questions: Path) -> list[list[str]]:
    return [
        ["add", *(str(path) for path in sorted(SAMPLES.iterdir()) if path.suffix != ".json")],
        ["collections", "create", "House"],
        ["collections", "move", "House", LEASE],
        ["collections", "rename", "House", "Our house"],
        ["collections"],
        ["list"],
        ["search", QUESTION],
        ["search", f"{QUESTION.rstrip('?')}, according to the lease agreement?"],
        ["ask", "--questions", str(questions)],
        ["show", LEASE, "--page", "3"],
        ["check"],
        ["models"],
        ["models", "pull", OTHER_MODEL],
        ["models", "remove", OTHER_MODEL],
        ["collections", "release", LEASE],
        ["collections", "delete", "Our house"],
        ["remove", LEASE],
    ]


def _questions(data: Path) -> Path:
    """Write the samples' questions in the form that ``--questions`` reads, and say where."""
    suggested = json.loads((SAMPLES.parent / "sample_questions.json").read_text(encoding="utf-8"))
    rows = [{"id": number, "question": row["question"]} for number, row in enumerate(suggested)]
    path = data.with_name("questions.jsonl")
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def _environment(data: Path, log: Path, server: str) -> dict[str, str]:
    kept = {name: text for name, text in os.environ.items() if name not in OWN_SWITCHES}
    ours = {"FOOTNOTE_DATA": str(data), "FOOTNOTE_SERVER": server, "WATCH_LOG": str(log)}
    ours["XDG_CACHE_HOME"] = str(_cache(data))
    return kept | CALLING_HOME | ours | {"PYTHONPATH": str(REPOSITORY / "tests" / "watch")}


def _cache(data: Path) -> Path:
    """Where libraries would leave identifiers and unsent events; the program is told of another place."""
    return data.with_name("cache")


def _run(environment: dict[str, str], *command: str) -> Done:
    done = subprocess.run(
        [sys.executable, "app.py", command[0], "--json", *command[1:]],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return Done(" ".join(command), done.returncode, rows, done.stderr)


def _page(environment: dict[str, str]) -> Page:
    """Fetch the page once, and stop it while models are still being loaded."""
    with _serving(environment) as (server, address):
        status, policy = _first_reply(address, time.monotonic() + 90)
        torch = _has_torch(server.pid)
        server.send_signal(signal.SIGINT)
        errors = server.communicate(timeout=30)[1]
    return Page(status, policy, torch, server.returncode, errors)


def _visit(environment: dict[str, str]) -> Visit:
    """Hand over the lease, which has been removed, and ask for what it says."""
    with _serving(environment) as (server, address):
        _first_reply(address, time.monotonic() + 90)
        with Visitor.at(address) as visitor:
            visitor.hand_over(SAMPLES / LEASE)
            with visitor.watching() as painted:
                listed = bool(until(painted, f"Search {LEASE}"))
                visitor.act(action="ask", question=QUESTION)
                shown = until(painted, "calendar months", "data-marker")
        torch = _has_torch(server.pid)
        server.send_signal(signal.SIGINT)
        errors = server.communicate(timeout=30)[1]
    return Visit(listed, shown, torch, server.returncode, errors)


@contextmanager
def _serving(environment: dict[str, str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Serve the page; give its process and its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "app.py", "serve", "--no-browser", "--port", str(port)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=REPOSITORY, env=environment, stdout=pipe, stderr=pipe, text=True) as server:
        try:
            yield server, f"http://127.0.0.1:{port}/"
        finally:
            server.terminate()  # harmless where it has ended


def _first_reply(address: str, deadline: float) -> tuple[int, str]:
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=30) as reply:  # noqa: S310  (our own server)
                return reply.status, reply.headers.get("Content-Security-Policy", "")
        except urllib.error.URLError:
            time.sleep(0.1)
    return 0, ""


def _has_torch(process: int) -> bool:
    """Whether torch's libraries are in a process, where the system shows what is."""
    maps = Path(f"/proc/{process}/maps")
    return maps.exists() and "libtorch" in maps.read_text(encoding="utf-8", errors="replace")


def _only_loopback() -> bool:
    return [name for _, name in socket.if_nameindex()] == ["lo"]


def _raise_loopback() -> None:
    """What ``ip link set lo up`` does, on machines without that program."""
    import fcntl  # no such module on Windows, where there is no network of one's own either

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SET_FLAGS, struct.pack("16sH14x", b"lo", FLAGS_UP_RUNNING))


def _attempts() -> int:
    """How often anything in this network asked the kernel for a way that does not exist, natively or from Python."""
    return _counter(Path("/proc/net/snmp"), "Ip") + _counter6(Path("/proc/net/snmp6"))


def _counter(table: Path, protocol: str) -> int:
    if not table.exists():
        return 0
    names, values = (line.split() for line in table.read_text().splitlines() if line.startswith(f"{protocol}:"))
    return int(values[names.index("OutNoRoutes")])


def _counter6(table: Path) -> int:
    found = re.search(r"^Ip6OutNoRoutes\s+(\d+)", table.read_text() if table.exists() else "", re.MULTILINE)
    return int(found[1]) if found else 0


def _attempts_of_one_call() -> int:
    """What the counter makes of a call that certainly leaves, to an address that belongs to nobody (RFC 5737)."""
    before = _attempts()
    with socket.socket() as sock:
        sock.connect_ex(("192.0.2.1", 80))
    return _attempts() - before


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
