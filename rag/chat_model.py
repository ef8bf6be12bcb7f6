"""The language model that writes: LangChain's Ollama chat model, set up once, and its reply as a few plain values.

Knows how the model is built and how a reply streams; nothing of prompts' contents, passages or citations. Stopping the
task that reads a reply closes the connection, which is what stops Ollama.
"""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import httpx
from langchain.chat_models import init_chat_model

from rag.ollama_errors import SERVER_FAILURES, as_reply_error
from rag.ollama_transport import OllamaTransport
from rag.reasoning import Aloud, ReplyText, ReplyThinking

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk, BaseMessage

    from rag.settings import GenerationSettings

__all__ = ["ChatModel", "Reply", "ReplyEnd", "ReplyText", "ReplyThinking", "build_chat_model", "stream_reply"]

_SEED = 7
_CUT_OFF = "length"


@dataclass(frozen=True, slots=True)
class ReplyEnd:
    """The reply is complete."""

    done_reason: str
    """``stop``, or ``length`` where the text was cut."""
    prompt_tokens: int | None
    """How many tokens of the prompt the model saw, after any cutting; None where an old server does not say."""

    @property
    def cut_off(self) -> bool:
        """Whether the text ends where it does only because no more was allowed."""
        return self.done_reason == _CUT_OFF


Reply = ReplyText | ReplyThinking | ReplyEnd


@dataclass(frozen=True, slots=True)
class ChatModel:
    """A chat model with the names that its errors carry."""

    llm: BaseChatModel
    server: str
    name: str

    def at_most(self, tokens: int) -> ChatModel:
        """The same model for shorter replies; it stays loaded, since only the length of a reply changes."""
        return replace(self, llm=self.llm.model_copy(update={"num_predict": tokens}))


def build_chat_model(
    settings: GenerationSettings, server: str, name: str, num_ctx: int, transport: OllamaTransport | None = None
) -> ChatModel:
    """The model ``name`` on ``server`` (an address from ``normalise_address``) with a window of ``num_ctx`` tokens.

    Every request carries the same load-time settings: another window would make Ollama load the model again.
    Nothing is asked of the server here.
    """
    llm = init_chat_model(
        name,
        model_provider="ollama",
        base_url=server,
        num_ctx=num_ctx,
        num_predict=settings.num_predict,
        temperature=settings.temperature,
        seed=_SEED,
        keep_alive=settings.keep_alive,
        # True makes LangChain pass reasoning on instead of dropping it; the transport asks the server for none.
        reasoning=True,
        validate_model_on_init=False,
        client_kwargs={"trust_env": False, "follow_redirects": False},
        async_client_kwargs={"transport": transport or OllamaTransport()},
        # A call that blocks could not be stopped and would go around the transport: there is no way to make one.
        sync_client_kwargs={"transport": httpx.BaseTransport()},
    )
    return ChatModel(llm, server, name)


async def stream_reply(model: ChatModel, messages: Sequence[BaseMessage]) -> AsyncIterator[Reply]:
    """Stream the model's reply to ``messages``, ending in exactly one ``ReplyEnd``.

    Raises ``ModelError``; whatever text came before it stands.
    """
    last: dict[str, Any] = {}
    content = Aloud()
    begun = False
    try:
        async with aclosing(model.llm.astream(list(messages))) as chunks:  # type: ignore[type-var]
            async for chunk in chunks:
                last = last or _figures(chunk)
                for part in _parts(chunk, content):
                    begun = begun or isinstance(part, ReplyText)
                    yield part
    except SERVER_FAILURES as exc:
        raise as_reply_error(exc, model.server, model.name, begun=begun) from exc
    for part in content.finish():
        yield part
    yield ReplyEnd(
        done_reason=last.get("done_reason") or "stop",
        prompt_tokens=last.get("prompt_eval_count"),
    )


def _figures(chunk: AIMessageChunk) -> dict[str, Any]:
    return chunk.response_metadata if chunk.response_metadata.get("done") else {}


def _parts(chunk: AIMessageChunk, content: Aloud) -> list[ReplyText | ReplyThinking]:
    """What a chunk brings, in a field of its own or between marks in its content."""
    reasoning = chunk.additional_kwargs.get("reasoning_content")
    return [*([ReplyThinking(reasoning)] if reasoning else []), *content.feed(str(chunk.text))]
