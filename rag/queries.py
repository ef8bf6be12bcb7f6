"""Follow-up questions made whole: whether a question leans on the turns before it, and what it says without them.

A question that stands by itself is left exactly as it was asked. One that leans is rewritten by the language model
where one is at hand, and its rewriting is believed only if it looks like one. Which words lean stands in
``rag/leaning.py``, what is done without a model in ``rag/looking_back.py``; documents and searching are not known here.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

from rag.chat_model import ReplyText, stream_reply
from rag.errors import ModelError
from rag.leaning import content_words, leans
from rag.prompt import rewrite_messages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.messages import BaseMessage

    from rag.chat_model import ChatModel
    from rag.inquiry import Exchange

__all__ = ["is_credible", "make_whole", "rewrite", "said"]

_LONGEST_REWRITING = 80
"""Tokens."""
_PATIENCE = 8.0
"""Seconds; a question should not wait longer for its own wording."""
_LONGEST_QUESTION = 300
"""Characters that a rewriting may have beyond the question itself."""
_LABELS = ("rewritten question", "question", "rewritten", "q")


async def make_whole(
    question: str, history: Sequence[Exchange], model: ChatModel | None, seconds: float = _PATIENCE
) -> str:
    """The question as it would be asked without the turns before it (``history``, oldest first), if a model can say.

    Give ``model`` only where it is loaded: giving up on one that is still loading throws the loading away.
    """
    if model is None or not history or not leans(question):
        return question
    try:
        async with asyncio.timeout(seconds):
            rewritten = await rewrite(question, history, model)
    except (ModelError, TimeoutError):
        return question
    return rewritten if is_credible(question, rewritten, history) else question


async def rewrite(question: str, history: Sequence[Exchange], model: ChatModel) -> str:
    """What the model makes of it, as one line; whether it is any good is for ``is_credible`` to say."""
    return _first_line(await said(model.at_most(_LONGEST_REWRITING), rewrite_messages(question, history)))


async def said(model: ChatModel, messages: Sequence[BaseMessage]) -> str:
    """Everything that the model says to these messages. Raises ModelError."""
    written = ""
    async with aclosing(stream_reply(model, messages)) as parts:  # type: ignore[type-var]
        async for part in parts:
            if isinstance(part, ReplyText):
                written += part.text
    return written


def is_credible(question: str, rewritten: str, history: Sequence[Exchange]) -> bool:
    """Whether ``rewritten`` is the same question with words of the conversation, not an answer or an invention.

    It must keep the question's own content words and take most of the others from the turns before.
    """
    if not rewritten or len(rewritten) > len(question) + _LONGEST_QUESTION or "[" in rewritten:
        return False
    asked, made = set(content_words(question)), set(content_words(rewritten))
    said = {word for turn in history for word in content_words(f"{turn.question} {turn.answer}")}
    added = made - asked
    kept = sum(_is_among(word, made) for word in asked)
    known = sum(_is_among(word, said) for word in added)
    return 2 * kept >= len(asked) and 2 * known >= len(added) and bool(known)


def _first_line(written: str) -> str:
    line = next((line.strip() for line in written.splitlines() if line.strip()), "")
    label, colon, rest = line.partition(":")
    if colon and label.strip().lower() in _LABELS:
        line = rest.strip()
    return line.strip("\"'“”„»«* ")


def _is_among(word: str, words: set[str]) -> bool:
    """Whether a word, or one that begins the same (tenant, tenants, tenant's), is there."""
    stem = word[: max(4, len(word) - 3)]
    return word in words or any(other.startswith(stem) for other in words)
