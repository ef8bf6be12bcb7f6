"""What fits a language model's window: a careful estimate of tokens, and which passages and turns there is room for.

Ollama has no endpoint that counts tokens, and some of its versions cut a prompt that overflows without a word: the
instructions and the best passages go first. So the program does its own counting, on the safe side, and checks the
server's figure afterwards. Pure; it knows texts and numbers, not what is in them.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from itertools import accumulate, takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Fit", "Window", "estimate_tokens", "pack", "saw_everything"]

_LETTERS_PER_TOKEN = 3.0
_DENSE_PER_TOKEN = 1.3
_DENSE = re.compile(r"[\u0590-\u1cff\u2e80-\U0003ffff]")
"""Scripts that tokenizers know by the character or the syllable: from Hebrew to Khmer, and all of East Asia."""
_DIGIT = re.compile(r"[0-9]")
"""Some tokenizers give every digit a token of its own."""
_TEMPLATE = 60
"""What the model's own template adds around the messages."""
_SHARE_OF_HISTORY = 0.25
"""The part of the room that earlier turns may take: the passages matter more."""
_KEPT_FRONTS = (4, 5)
"""Tokens that the server keeps at the front when it cuts, without and with a token for the beginning of a text."""
_LEAST_SHARE = 0.4
"""A count below this share of the estimate means that something is missing: tokens are not that long. A larger share
would raise the alarm for prompts that were read whole: the words of contracts are long, and mostly one token each."""


@dataclass(frozen=True, slots=True)
class Window:
    """What a model reads and writes at most, in tokens; both share ``num_ctx``."""

    num_ctx: int
    num_predict: int


@dataclass(frozen=True, slots=True)
class Fit:
    """What there is room for, and how large the prompt then is."""

    passages: int
    """How many, from the best on."""
    turns: int
    """How many, from the latest back."""
    tokens: int
    """Of the prompt, estimated on the high side."""
    at_least: int
    """Of the prompt: a smaller count by the server means that it did not see everything."""


def estimate_tokens(text: str) -> int:
    """How many tokens ``text`` is at most, to be practical: three characters each, 1.3 where writing is dense."""
    dense = len(_DENSE.findall(text)) + len(_DIGIT.findall(text))
    return math.ceil(dense / _DENSE_PER_TOKEN + (len(text) - dense) / _LETTERS_PER_TOKEN)


def pack(fixed: Iterable[str], passages: Sequence[str], turns: Sequence[str], window: Window) -> Fit:
    """Fill the window: ``fixed`` goes in whole, then the latest of ``turns``, then the best of ``passages``.

    ``passages`` come best first and ``turns`` oldest first; what does not fit is left out from the worst and the oldest
    on. With no room for a single passage ``Fit.passages`` is 0.
    """
    kept = [*fixed]
    room = window.num_ctx - window.num_predict - _TEMPLATE - sum(map(estimate_tokens, kept))
    latest_first = turns[::-1]
    kept_turns = _how_many(latest_first, room * _SHARE_OF_HISTORY)
    room -= sum(map(estimate_tokens, latest_first[:kept_turns]))
    kept_passages = _how_many(passages, room)
    kept += [*latest_first[:kept_turns], *passages[:kept_passages]]
    tokens = _TEMPLATE + sum(map(estimate_tokens, kept))
    return Fit(kept_passages, kept_turns, tokens, int(_LEAST_SHARE * sum(map(_plain_estimate, kept))))


def saw_everything(prompt_tokens: int | None, num_ctx: int, at_least: int) -> bool:
    """Whether the model read the whole prompt, as far as the server's count of its tokens can tell.

    The count is made after any cutting. A cut prompt fills the window, has one of the sizes that the server cuts to, or
    is far too small. A short turn that goes missing cannot be told from long words; without a count (old servers)
    nothing can be said, and nothing is.
    """
    if prompt_tokens is None:
        return True
    cut_to = {num_ctx - max((num_ctx - front) // 2, 1) for front in _KEPT_FRONTS}
    return prompt_tokens < num_ctx - 1 and prompt_tokens not in cut_to and prompt_tokens >= at_least


def _how_many(texts: Sequence[str], room: float) -> int:
    """How many of ``texts``, from the first on, fit ``room`` tokens."""
    return sum(1 for _ in takewhile(lambda total: total <= room, accumulate(map(estimate_tokens, texts))))


def _plain_estimate(text: str) -> float:
    """The same without the extra for digits, which many tokenizers take three at a time."""
    dense = len(_DENSE.findall(text))
    return dense / _DENSE_PER_TOKEN + (len(text) - dense) / _LETTERS_PER_TOKEN
