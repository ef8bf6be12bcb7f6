"""Every failure of the server has one meaning."""

from __future__ import annotations

import json

import httpx
import ollama
import pydantic
import pytest

from rag.errors import (
    AnswerBroke,
    AnswerNotBegun,
    ModelAbsent,
    ModelCannotChat,
    ModelCrashed,
    ModelError,
    ModelNotLocal,
    NoSpaceForModel,
    NotOllama,
    OllamaTooOld,
    PromptTooLong,
    PullFailed,
    ServerAbsent,
    ServerBusy,
    ServerSilent,
)
from rag.ollama_errors import MID_STREAM, as_model_error, as_probe_error, as_pull_error, as_reply_error

_NESTED = '{"error":{"code":400,"message":"request (7912 tokens) exceeds the available context size (4096 tokens)"}}'

REFUSALS = [
    (400, "missing request body", ModelError),
    (400, "invalid character 'x' looking for beginning of value", ModelError),
    (400, "model is required", ModelError),
    (400, "invalid model name", ModelError),
    (400, '"m" does not support chat', ModelCannotChat),
    (400, '"m" does not support thinking', ModelCannotChat),
    (400, "registry.ollama.ai/library/m:latest does not support tools", ModelCannotChat),
    (400, "the prompt is longer than the context length currently available to the model", PromptTooLong),
    (400, "the input length exceeds the context length", PromptTooLong),
    (400, _NESTED, PromptTooLong),
    (400, 'time: invalid duration "soon"', ModelError),
    (404, "model 'm' not found", ModelAbsent),
    (404, 'model "m" not found, try pulling it first', ModelAbsent),
    (404, "404 page not found", NotOllama),
    (405, "405 method not allowed", NotOllama),
    (401, "unauthorized", ModelNotLocal),
    (403, "cloud models are disabled", ModelNotLocal),
    (403, "", NotOllama),
    (500, "model runner has unexpectedly stopped, this may be due to resource limitations", ModelCrashed),
    (500, "llama-server process has terminated: signal: killed", ModelCrashed),
    (500, "model requires more system memory (5.6 GiB) than is available (3.1 GiB)", ModelCrashed),
    (500, "timed out waiting for llama-server to start - progress 0.00", ModelCrashed),
    (500, 'option "num_ctx" must be of type integer', ModelError),
    (500, "invalid format: expected object", ModelError),
    (503, "server busy, please try again.  maximum pending requests exceeded", ServerBusy),
    (502, "<html>Bad Gateway</html>", NotOllama),
    (503, "<html>Service Unavailable</html>", NotOllama),
    (504, "upstream timed out", NotOllama),
    (302, "", NotOllama),
    (MID_STREAM, "an error was encountered while running the model: unexpected EOF", ModelCrashed),
]


@pytest.mark.parametrize(("status", "text", "kind"), REFUSALS)
def test_each_refusal_of_the_protocol_note_has_its_error(status: int, text: str, kind: type[ModelError]) -> None:
    refusal = ollama.ResponseError(json.dumps({"error": text}), status)
    error = as_model_error(refusal, "http://127.0.0.1:11434", "m")
    assert type(error) is kind
    assert (error.server, error.model, error.detail) == ("http://127.0.0.1:11434", "m", text)


class _Shape(pydantic.BaseModel):
    name: str


def _invalid() -> pydantic.ValidationError:
    with pytest.raises(pydantic.ValidationError) as caught:
        _Shape.model_validate({})
    return caught.value


BREAKS = [
    (httpx.ConnectError("refused"), ServerAbsent),
    (httpx.ConnectTimeout("5 s"), ServerAbsent),
    (ConnectionError("Failed to connect to Ollama"), ServerAbsent),
    (httpx.UnsupportedProtocol("ftp"), ServerAbsent),
    (httpx.InvalidURL("no"), ServerAbsent),
    (httpx.ReadTimeout("silence"), ServerSilent),
    (httpx.ReadError("reset"), ServerSilent),
    (httpx.WriteError("reset"), ServerSilent),
    (httpx.WriteTimeout("slow"), ServerSilent),
    (httpx.PoolTimeout("full"), ServerSilent),
    (httpx.RemoteProtocolError("peer closed connection without sending complete message body"), ServerSilent),
    (httpx.RemoteProtocolError("illegal status line: bytearray(b'SSH-2.0')"), NotOllama),
    (httpx.DecodingError("not a line of JSON"), NotOllama),
    (httpx.TooManyRedirects("round"), NotOllama),
    (json.JSONDecodeError("Expecting value", "<html>", 0), NotOllama),
    (_invalid(), NotOllama),
]


@pytest.mark.parametrize(("exc", "kind"), BREAKS)
def test_each_broken_connection_has_its_error(exc: Exception, kind: type[ModelError]) -> None:
    assert type(as_model_error(exc, "server")) is kind


@pytest.mark.parametrize(("begun", "kind"), [(True, AnswerBroke), (False, AnswerNotBegun)])
def test_what_a_break_means_for_an_answer_depends_on_whether_it_had_begun(
    *, begun: bool, kind: type[ModelError]
) -> None:
    error = as_reply_error(httpx.ReadError("reset"), "server", "m", begun=begun)
    assert (type(error), error.model) == (kind, "m")
    assert type(as_reply_error(httpx.ConnectError("refused"), "server", "m", begun=begun)) is ServerAbsent


@pytest.mark.parametrize(("status", "text", "_"), REFUSALS)
def test_who_refuses_to_say_what_it_is_is_not_ollama(status: int, text: str, _: type[ModelError]) -> None:
    """There is no model yet that could be at fault, and no answer that could break."""
    error = as_probe_error(ollama.ResponseError(json.dumps({"error": text}), status), "server")
    assert type(error) is (ServerBusy if "busy" in text else NotOllama)


def test_an_error_that_is_itself_json_is_kept_as_text() -> None:
    """Ollama's package unpacks such a text into a dictionary; people and logs get text."""
    assert isinstance(as_model_error(ollama.ResponseError(_NESTED, 400), "server").detail, str)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("pull model manifest: file does not exist", PullFailed),
        ("max retries exceeded: unexpected EOF at 412 bytes", PullFailed),
        ("write /models/blobs/sha256-9f0c-partial: no space left on device", NoSpaceForModel),
        ("pull model manifest: 412: The model you are attempting to pull requires a newer version", OllamaTooOld),
    ],
)
def test_a_download_that_ends_for_a_known_reason_has_its_error(text: str, kind: type[PullFailed]) -> None:
    error = as_pull_error(ollama.ResponseError(text, MID_STREAM), "server", "m")
    assert (type(error), error.detail) == (kind, text)


def test_a_download_that_breaks_is_a_failed_download() -> None:
    assert type(as_pull_error(httpx.ReadError("reset"), "server", "m")) is PullFailed
    assert type(as_pull_error(httpx.ConnectError("refused"), "server", "m")) is ServerAbsent
