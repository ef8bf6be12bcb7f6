"""The server beside the program, against a double that keeps models and their downloads."""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from langchain_core.messages import HumanMessage

from rag.chat_model import build_chat_model, stream_reply
from rag.errors import (
    ModelAbsent,
    ModelError,
    ModelNotLocal,
    NotOllama,
    PullFailed,
    ServerAbsent,
    ServerBusy,
    ServerSilent,
)
from rag.ollama import (
    SUGGESTED,
    InstalledModel,
    OllamaServer,
    PullProgress,
    Readiness,
    ServerState,
    choose,
)
from rag.ollama_transport import OllamaTransport, Patience
from rag.settings import GenerationSettings
from tests.doubles.models import FakeModel, PullFault
from tests.doubles.ollama import OllamaDouble
from tests.doubles.script import Close, Refuse, Reset

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.doubles.script import Action


@pytest.fixture
def double() -> Iterator[OllamaDouble]:
    with OllamaDouble() as running:
        yield running


def connect(double: OllamaDouble) -> OllamaServer:
    return OllamaServer(double.url, OllamaTransport(Patience(connect=1, first_byte=2)), probe_seconds=0.5)


def state(double: OllamaDouble, wanted: str = "") -> ServerState:
    return asyncio.run(connect(double).state(wanted))


async def _pull(server: OllamaServer, name: str, into: list[PullProgress]) -> None:
    async for progress in server.pull(name):
        into.append(progress)  # noqa: PERF401  (what came before an error is looked at too)


def pull(double: OllamaDouble, name: str = "qwen3:4b-instruct") -> list[PullProgress]:
    seen: list[PullProgress] = []
    asyncio.run(_pull(connect(double), name, seen))
    return seen


def installed(name: str, *capabilities: str) -> InstalledModel:
    return InstalledModel(name, 1, "3B", "granite", capabilities, loaded=False)


# --- is it there? ---


def test_a_server_with_a_model_is_ready(double: OllamaDouble) -> None:
    found = state(double)
    assert (found.readiness, found.version, found.chosen) == (Readiness.READY, "0.33.0", "granite4.1:3b")
    (model,) = found.models
    assert (model.size, model.parameter_size, model.family) == (2_099_521_331, "3.4B", "granite")
    assert (model.thinks, model.loaded) == (False, False)


def test_a_server_that_does_not_run_is_absent() -> None:
    double = OllamaDouble()
    with double:
        pass
    found = state(double)
    assert found.readiness is Readiness.ABSENT
    assert isinstance(found.problem, ServerAbsent)


def test_a_server_that_accepts_and_never_answers_is_absent_soon() -> None:
    """F02: the page must not wait for a probe."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = OllamaServer(f"127.0.0.1:{silent.getsockname()[1]}", probe_seconds=0.2)
        began = time.monotonic()
        assert asyncio.run(server.state()).readiness is Readiness.ABSENT
        assert time.monotonic() - began < 1


def test_another_program_at_the_address_is_not_taken_for_ollama(double: OllamaDouble) -> None:
    double.version = ""
    server = OllamaServer(double.url + "/elsewhere", probe_seconds=0.5)
    assert asyncio.run(server.state()).readiness is Readiness.NOT_OLLAMA


PROBES = [
    ("/api/version", (Close(),), ServerSilent),
    ("/api/version", (Reset(),), ServerSilent),
    ("/api/version", (Refuse(401, "Unauthorized", "text/plain"),), NotOllama),
    ("/api/version", (Refuse(403, "Forbidden", "text/plain"),), NotOllama),
    ("/api/version", (Refuse(500, "Internal Server Error", "text/plain"),), NotOllama),
    ("/api/version", (Refuse.because(503, "server busy, please try again"),), ServerBusy),
    ("/api/version", (Refuse(200, "<html>Bienvenue au café</html>".encode("latin-1"), "text/html"),), NotOllama),
    ("/api/version", (Refuse(200, "[1]"),), NotOllama),
    ("/api/tags", (Refuse(200, '{"models": ["granite4.1:3b"]}'),), NotOllama),
    ("/api/tags", (Refuse(200, '{"models": "none"}'),), NotOllama),
    ("/api/tags", (Close(),), ServerSilent),
    ("/api/ps", (Refuse.because(500, "boom"),), NotOllama),
]


@pytest.mark.parametrize(("path", "script", "kind"), PROBES)
def test_whatever_a_question_about_the_server_meets_is_part_of_the_state(
    double: OllamaDouble, path: str, script: tuple[Action, ...], kind: type[ModelError]
) -> None:
    """At once, and without blaming a model that nobody has named."""
    double.instead[path] = script
    began = time.monotonic()
    found = state(double)
    assert (type(found.problem), found.chosen) == (kind, "")
    assert time.monotonic() - began < 1


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        ((Refuse(200, "[1]"),), NotOllama),
        ((Refuse(200, "café".encode("latin-1")),), NotOllama),
        ((Close(),), ServerSilent),
        ((Refuse.because(404, "model 'granite4.1:3b' not found"),), ModelAbsent),
    ],
)
def test_a_description_of_a_model_that_cannot_be_read_is_one_error(
    double: OllamaDouble, script: tuple[Action, ...], kind: type[ModelError]
) -> None:
    double.instead["/api/show"] = script
    with pytest.raises(kind):
        asyncio.run(connect(double).window("granite4.1:3b", 8192))


def test_a_server_without_models_says_so(double: OllamaDouble) -> None:
    """F33."""
    double.models = []
    found = state(double)
    assert (found.readiness, found.models, found.chosen) == (Readiness.NO_MODELS, (), "")


def test_models_of_the_cloud_and_for_embedding_are_hidden(double: OllamaDouble) -> None:
    """F32: a stub of a cloud model would send the person's documents away."""
    double.models = [
        FakeModel("gpt-oss:120b-cloud"),
        FakeModel("kimi:cloud"),
        FakeModel("ours", remote_host="https://ollama.com:443"),
        FakeModel("all-minilm", capabilities=("embedding",)),
        FakeModel("nomic-embed-text", family="nomic-bert", capabilities=None),
        FakeModel("llama3.2:3b", capabilities=None),
    ]
    assert [model.name for model in state(double).models] == ["llama3.2:3b"]


def test_a_model_asked_for_and_not_there_is_named(double: OllamaDouble) -> None:
    found = state(double, "llama3.2:3b")
    assert found.readiness is Readiness.MODEL_ABSENT
    assert isinstance(found.problem, ModelAbsent)
    assert found.problem.model == "llama3.2:3b"


def test_a_loaded_model_is_known_with_its_window(double: OllamaDouble) -> None:
    async def ask() -> list[bool]:
        server = connect(double)
        before = await server.is_loaded("granite4.1:3b", 8192)
        model = build_chat_model(GenerationSettings(), server.address, "granite4.1:3b", 8192, server.transport)
        async for _ in stream_reply(model, [HumanMessage("Hello")]):
            pass
        after = [await server.is_loaded("Granite4.1:3b", window) for window in (8192, 4096)]
        return [before, *after, (await server.models())[0].loaded]

    assert asyncio.run(ask()) == [False, True, False, True]


def test_the_window_is_clamped_to_what_the_model_was_trained_for(double: OllamaDouble) -> None:
    double.models = [FakeModel("small", trained_window=2048)]
    assert asyncio.run(connect(double).window("small", 8192)) == 2048
    assert asyncio.run(connect(double).window("small", 1024)) == 1024
    with pytest.raises(ModelAbsent):
        asyncio.run(connect(double).window("none", 8192))


# --- which model? ---


def test_a_wish_is_met_whatever_its_case_and_with_the_tag_implied() -> None:
    models = [installed("granite4.1:3b"), installed("Mistral:latest")]
    assert choose(models, "mistral") == "Mistral:latest"
    assert choose(models, "GRANITE4.1:3B") == "granite4.1:3b"


def test_without_a_wish_a_suggested_model_comes_first_and_a_reasoning_one_last() -> None:
    reasoning, plain = installed("qwen3.5:4b", "completion", "thinking"), installed("llama3.2:3b", "completion")
    assert choose([reasoning, plain, installed("granite4.1:3b")], "") == "granite4.1:3b"
    assert choose([reasoning, plain], "") == "llama3.2:3b"
    assert choose([reasoning], "") == "qwen3.5:4b"


def test_a_model_of_the_cloud_is_refused_by_name() -> None:
    with pytest.raises(ModelNotLocal):
        choose([installed("granite4.1:3b")], "gpt-oss:120b-cloud")


def test_a_suggested_model_fits_the_memory_that_is_named_for_it() -> None:
    assert all(model.download < model.memory for model in SUGGESTED)


# --- fetching and removing ---


def test_a_download_tells_how_far_it_is_and_installs(double: OllamaDouble) -> None:
    seen = pull(double)
    assert seen[-1].status == "success"
    assert seen[-1].completed == seen[-1].total == 2_099_521_331 + 11_000
    assert [p.completed for p in seen] == sorted(p.completed for p in seen)
    assert "qwen3:4b-instruct" in [model.name for model in state(double).models]


def test_progress_does_not_go_back_where_a_part_is_fetched_again(double: OllamaDouble) -> None:
    """F26: and totals may be missing."""
    double.pull_fault = PullFault.BACKWARDS
    seen = pull(double)
    assert [p.completed for p in seen] == sorted(p.completed for p in seen)
    assert all(p.completed <= p.total for p in seen)


FAILING = [
    (PullFault.NOT_FOUND, "file does not exist"),
    (PullFault.OFFLINE, "no such host"),
    (PullFault.TOO_OLD, "newer version"),
    (PullFault.DISK_FULL, "no space left on device"),
    (PullFault.DIES, ""),
    (PullFault.NO_SUCCESS, "before its last line"),
]


@pytest.mark.parametrize(("fault", "told"), FAILING)
def test_a_download_that_fails_says_why_and_installs_nothing(double: OllamaDouble, fault: PullFault, told: str) -> None:
    """F24, F25, F27, F28: most failures come inside a reply that began well."""
    double.pull_fault = fault
    with pytest.raises(PullFailed) as caught:
        pull(double)
    assert told in caught.value.detail
    assert [model.name for model in double.models] == ["granite4.1:3b"]


def test_a_broken_download_goes_on_where_it_stopped(double: OllamaDouble) -> None:
    """F27."""
    double.pull_fault = PullFault.DIES
    seen: list[PullProgress] = []
    with pytest.raises(PullFailed):
        asyncio.run(_pull(connect(double), "qwen3:4b-instruct", seen))
    again = pull(double)
    assert next(p.completed for p in again if p.total) >= seen[-1].completed > 0


def test_cancelling_a_download_closes_the_connection(double: OllamaDouble) -> None:
    double.pull_step_seconds = 5

    async def stop() -> float:
        task = asyncio.create_task(_pull(connect(double), "qwen3:4b-instruct", []))
        await asyncio.sleep(0.2)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        stopped = time.monotonic()
        await asyncio.sleep(0.2)
        return stopped

    stopped = asyncio.run(stop())
    hung_up = double.received[-1].hung_up
    assert hung_up is not None
    assert hung_up - stopped < 1


@pytest.mark.parametrize(("name", "kind"), [("two words", PullFailed), ("kimi:cloud", ModelNotLocal)])
def test_a_name_that_cannot_be_fetched_is_refused(double: OllamaDouble, name: str, kind: type[ModelError]) -> None:
    with pytest.raises(kind):
        pull(double, name)


def test_fetching_from_a_server_that_is_gone_says_that_it_is_gone() -> None:
    double = OllamaDouble()
    with double:
        pass
    with pytest.raises(ServerAbsent):
        pull(double)


def test_a_model_can_be_removed_once(double: OllamaDouble) -> None:
    server = connect(double)
    asyncio.run(server.remove("granite4.1:3b"))
    assert double.models == []
    with pytest.raises(ModelAbsent):
        asyncio.run(server.remove("granite4.1:3b"))


def test_a_page_of_a_proxy_is_not_ollama(double: OllamaDouble) -> None:
    with pytest.raises(NotOllama):
        asyncio.run(OllamaServer(double.url + "/proxy").remove("granite4.1:3b"))
