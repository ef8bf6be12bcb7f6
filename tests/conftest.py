"""What every test may rely on: a data folder of its own, a scrubbed environment, and no network but loopback.

The guard is an audit hook, so it sees every socket of this process whichever library opened it. What children do is the
business of ``test_privacy.py``. This file knows nothing of the program but the names of its environment variables.
"""

from __future__ import annotations

import ipaddress
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs
import pytest

from tests.doubles.ollama import OllamaDouble

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.doubles.bucket import ObjectStore

REPOSITORY = Path(__file__).resolve().parents[1]

SCRUBBED_PREFIXES = ("AWS_", "FOOTNOTE_", "GRADIO_", "HF_", "LANGCHAIN_", "LANGSMITH_", "OLLAMA_")
SCRUBBED_NAMES = frozenset({"ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "TRANSFORMERS_CACHE"})
SWITCHES = {
    "DO_NOT_TRACK": "1",
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000000",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_RUN_HISTORY": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "LANGCHAIN_TRACING_V2": "false",
    "LANGSMITH_TRACING": "false",
    "LANGSMITH_TRACING_V2": "false",
    "ORT_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "TRANSFORMERS_OFFLINE": "1",
}

NOBODY_THERE = "http://127.0.0.1:9"
"""The port set aside for discarding (RFC 863), on which no Ollama listens."""

_outgoing_calls: list[str] = []
"""What the running test reached for outside this computer."""


class NetworkUsed(OSError):
    """A test reached for another computer; it looks like a refused connection to the library that tried."""


def pytest_configure() -> None:
    """Scrub the environment and raise the guard before any test module, and so any library, is imported."""
    for name in list(os.environ):
        if name.upper().startswith(SCRUBBED_PREFIXES) or name.upper() in SCRUBBED_NAMES:
            del os.environ[name]
    os.environ.update(SWITCHES)
    sys.addaudithook(_refuse_network)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # Shells start what goes to the background deaf to Ctrl+C, and the programs under test would inherit that.
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def outgoing_calls() -> Iterator[list[str]]:
    """Fail the test that reached for another computer, even where the library swallowed the refusal."""
    _outgoing_calls.clear()
    yield _outgoing_calls
    assert not _outgoing_calls, f"reached for {', '.join(_outgoing_calls)}"


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, model_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test a data folder of its own, not yet made; children find it through the environment.

    A real Ollama on this machine is out of reach: a test that wants one takes ``ollama``.
    """
    folder = tmp_path / "data"
    monkeypatch.setenv("FOOTNOTE_DATA", str(folder))
    monkeypatch.setenv("FOOTNOTE_CACHE", str(model_cache))
    monkeypatch.setenv("FOOTNOTE_SERVER", NOBODY_THERE)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
    return folder


@pytest.fixture
def ollama(monkeypatch: pytest.MonkeyPatch) -> Iterator[OllamaDouble]:
    """Run an Ollama of the test's own; children find it through the environment."""
    with OllamaDouble() as server:
        monkeypatch.setenv("FOOTNOTE_SERVER", server.url)
        yield server


@pytest.fixture(scope="session")
def object_store() -> Iterator[ObjectStore]:
    """Run an object store on this computer, for every test that puts a library into a bucket."""
    from tests.doubles.bucket import ObjectStore

    with ObjectStore.running() as store:
        yield store


@pytest.fixture(scope="session")
def model_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the exported encoder is kept: the program's own cache, so that one export serves every run.

    Exporting takes some ten seconds. Where the cache cannot be written, each run has one of its own.
    """
    folder = platformdirs.user_cache_path("footnote", appauthor=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return tmp_path_factory.mktemp("models")
    return folder if os.access(folder, os.W_OK) else tmp_path_factory.mktemp("models")


@pytest.fixture(scope="session")
def journey(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> dict[str, Any]:
    """Run the whole way of a newcomer once, in a network of its own where the system allows one: ``journey.py``."""
    folder = tmp_path_factory.mktemp("journey")
    alone = ["unshare", "-rn"]
    allowed = shutil.which("unshare") and subprocess.run([*alone, "true"], capture_output=True, check=False)
    command = [sys.executable, "-m", "tests.journey", str(folder / "data"), str(folder / "reached")]
    done = subprocess.run(
        [*(alone if allowed and not allowed.returncode else []), *command],
        cwd=REPOSITORY,
        env=os.environ | {"FOOTNOTE_CACHE": str(model_cache)},
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.fixture(scope="session")
def repository() -> Path:
    """Name the checkout that the tests belong to."""
    return REPOSITORY


@pytest.fixture(scope="session")
def samples(repository: Path) -> Path:
    """Name the folder of the three sample documents."""
    return repository / "assets" / "sample"


@pytest.fixture(scope="session")
def shared_data(repository: Path) -> Path:
    """Real documents and question sets beside the checkout, where there are any."""
    folder = repository.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("needs the test data beside the checkout, in ../shared/data")
    return folder


def _refuse_network(event: str, args: tuple[object, ...]) -> None:
    """Audit hook: note and refuse whatever leaves this computer."""
    if event in {"socket.connect", "socket.sendto"}:
        sock, address = args
        if isinstance(sock, socket.socket) and isinstance(address, tuple) and _is_internet(sock):
            _require_loopback(str(address[0]))
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        _require_no_lookup(args[0])


def _is_internet(sock: socket.socket) -> bool:
    return sock.family in {socket.AF_INET, socket.AF_INET6}


def _require_loopback(host: str) -> None:
    if host not in {"", "localhost"} and not _is_loopback(host):
        _refuse(host)


def _require_no_lookup(host: object) -> None:
    """Asking a name server is a call to another computer too; a numeric address asks nobody."""
    name = host.decode("idna") if isinstance(host, bytes) else host
    if name is not None and name not in {"", "localhost", socket.gethostname()} and not _is_numeric(str(name)):
        _refuse(f"the name {name}")


def _is_loopback(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _is_numeric(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _refuse(what: str) -> None:
    _outgoing_calls.append(what)
    raise NetworkUsed(f"tests may not reach {what}")
