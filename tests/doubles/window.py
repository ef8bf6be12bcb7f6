"""How the double fits a prompt into a model's window: a toy tokenizer and the two ways of overflowing.

Knows nothing of sockets. ``rendered`` is the path where the server lays out the prompt itself and cuts tokens; on the
other the engine does, and refuses instead. A client cannot tell which it talks to.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

__all__ = ["Fitted", "Overflow", "count_tokens", "fit"]

_PER_MESSAGE = 4
_KEPT_AT_THE_FRONT = 4
_LONGER = (
    "the prompt is longer than the context length currently available to the model; shorten the prompt, adjust the "
    "context length in settings, or use a model with a longer context length"
)


class Overflow(Exception):
    """The server refuses the prompt; ``str()`` is the text of its error."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """What is left of a prompt: its tokens after any cutting, and the text the model still sees."""

    tokens: int
    text: str


def count_tokens(text: str) -> int:
    """Words and marks: a toy, but a counting one."""
    return len(_pieces(text))


def _pieces(text: str) -> list[str]:
    return re.findall(r"\w+|[^\w\s]", text)


def _size(messages: list[dict[str, Any]]) -> int:
    return sum(count_tokens(message["content"]) + _PER_MESSAGE for message in messages)


def _drop_oldest(messages: list[dict[str, Any]], num_ctx: int) -> list[dict[str, Any]]:
    """Step 1: whole messages go from the front; system messages and the last message stay."""
    kept = list(messages)
    while _size(kept) > num_ctx:
        droppable = [m for m in kept[:-1] if m["role"] != "system"]
        if not droppable:
            break
        kept.remove(droppable[0])
    return kept


def _refusal(tokens: int, num_ctx: int) -> Overflow:
    message = f"request ({tokens} tokens) exceeds the available context size ({num_ctx} tokens), try increasing it"
    error = {"code": 400, "message": message, "type": "exceed_context_size_error"}
    return Overflow(json.dumps({"error": error | {"n_prompt_tokens": tokens, "n_ctx": num_ctx}}))


def fit(messages: list[dict[str, Any]], num_ctx: int, *, rendered: bool, truncate: bool, shift: bool) -> Fitted:
    """What the model gets to see of ``messages``; raises ``Overflow`` where the server would answer 400."""
    kept = _drop_oldest(messages, num_ctx) if truncate else messages
    text, tokens = "\n".join(message["content"] for message in kept), _size(kept)
    if not truncate or not rendered:
        if tokens >= num_ctx:
            raise _refusal(tokens, num_ctx)
        return Fitted(tokens, text)
    if tokens <= num_ctx - 1:
        return Fitted(tokens, text)
    if not shift:
        raise Overflow(_LONGER)
    left = num_ctx - max((num_ctx - _KEPT_AT_THE_FRONT) // 2, 1)
    pieces = _pieces(text)
    return Fitted(left, " ".join(pieces[:_KEPT_AT_THE_FRONT] + pieces[_KEPT_AT_THE_FRONT - left :]))
