"""What each failure of a language model's server means: statuses, error texts and broken connections as ``ModelError``.

One table, read from Ollama's own sources. It knows nothing of streams or of LangChain, and has no sentences for people.
"""

from __future__ import annotations

import json
from http import HTTPStatus

import httpx
import ollama
import pydantic

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

__all__ = ["MID_STREAM", "SERVER_FAILURES", "as_model_error", "as_probe_error", "as_pull_error", "as_reply_error"]

SERVER_FAILURES = (
    httpx.HTTPError,
    httpx.InvalidURL,
    ollama.ResponseError,
    ConnectionError,
    json.JSONDecodeError,
    pydantic.ValidationError,
)
"""Everything that talking to the server can raise through httpx and the ``ollama`` package."""

MID_STREAM = -1
"""The status of an error that came as a line of a reply that had begun well."""

_OVERFLOW = ("exceed", "longer", "too large", "too long")
_OUR_MISTAKE = ("must be of type", "invalid format", "invalid duration", "no user query found")
_PULL_FAILURES = {"no space left on device": NoSpaceForModel, "pull model manifest: 412": OllamaTooOld}
"""Texts with which a download ends that a person can do something about; the second begins with the registry's word."""
_GATEWAY = (HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT)
_LONGEST_DETAIL = 2000


def as_model_error(exc: Exception, server: str, model: str = "") -> ModelError:
    """What ``exc``, one of ``SERVER_FAILURES``, says about the server or the model."""
    match exc:
        case ollama.ResponseError():
            detail = str(exc.error).strip()[:_LONGEST_DETAIL]
            return _refused(exc.status_code, detail)(server, model, detail)
        case httpx.ConnectError() | httpx.ConnectTimeout() | httpx.InvalidURL() | httpx.UnsupportedProtocol():
            return ServerAbsent(server, model, str(exc))
        case httpx.DecodingError() | httpx.TooManyRedirects() | json.JSONDecodeError() | pydantic.ValidationError():
            return NotOllama(server, model, str(exc)[:_LONGEST_DETAIL])
        case httpx.RemoteProtocolError() if "illegal" in str(exc):
            return NotOllama(server, model, str(exc))
        case httpx.HTTPError():
            return ServerSilent(server, model, f"{type(exc).__name__}: {exc}")
    # The ollama package's own word for a server that does not answer is the built-in ConnectionError.
    return ServerAbsent(server, model, str(exc))


def as_probe_error(exc: Exception, server: str) -> ModelError:
    """The same for what every Ollama says of itself when it is asked: whatever refuses to is none."""
    error = as_model_error(exc, server)
    unanswered = isinstance(error, ServerAbsent | ServerSilent | ServerBusy)
    return error if unanswered else NotOllama(server, detail=error.detail)


def as_reply_error(exc: Exception, server: str, model: str, *, begun: bool) -> ModelError:
    """The same for a reply of the model, of which a word had come where it had ``begun``."""
    error = as_model_error(exc, server, model)
    if not isinstance(error, ServerSilent):
        return error
    return (AnswerBroke if begun else AnswerNotBegun)(server, model, error.detail)


def as_pull_error(exc: Exception, server: str, model: str) -> ModelError:
    """The same for a download, where a text that Ollama sent means that the download failed, and so does a break."""
    error = as_model_error(exc, server, model)
    if isinstance(error, ServerAbsent | NotOllama):
        return error
    kind = next((kind for text, kind in _PULL_FAILURES.items() if text in error.detail), PullFailed)
    return kind(server, model, error.detail)


def _refused(status: int, detail: str) -> type[ModelError]:
    """The kind of error behind a status and its text."""
    text = detail.lower()
    if status == MID_STREAM:
        return ModelCrashed
    if status < HTTPStatus.BAD_REQUEST or not text or text.startswith("<"):
        return NotOllama
    if status in _GATEWAY:
        return ServerBusy if "busy" in text else NotOllama
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return ModelError if any(word in text for word in _OUR_MISTAKE) else ModelCrashed
    return _client_error(status, text)


def _client_error(status: int, text: str) -> type[ModelError]:
    """The same for 4xx."""
    if status == HTTPStatus.BAD_REQUEST:
        if "context" in text and any(word in text for word in _OVERFLOW):
            return PromptTooLong
        return ModelCannotChat if "does not support" in text else ModelError
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return ModelNotLocal
    if status == HTTPStatus.NOT_FOUND and "model" in text:
        return ModelAbsent
    return NotOllama
