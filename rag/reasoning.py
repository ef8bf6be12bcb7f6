"""Reasoning that a model writes into its answer, between ``<think>`` and ``</think>``, told from the answer itself.

Some models reason there although they were asked not to reason at all. Only what opens a reply counts: further on, such
marks are part of the text. Pure; it knows pieces of text and nothing of where they come from.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Aloud", "ReplyText", "ReplyThinking"]

_OPEN = "<think>"
_CLOSE = "</think>"


@dataclass(frozen=True, slots=True)
class ReplyText:
    """The answer grew by ``text``, which may be half a word."""

    text: str


@dataclass(frozen=True, slots=True)
class ReplyThinking:
    """The model reasons, in ``text`` that is no part of its answer, although it was asked not to."""

    text: str


class Aloud:
    """The content of one reply as it comes in, parted; a mark may come in any pieces."""

    def __init__(self) -> None:
        self._held = ""
        self._read = self._opening

    def feed(self, text: str) -> list[ReplyText | ReplyThinking]:
        """Take in what came next and return what is certain now."""
        self._held += text
        return self._read()

    def finish(self) -> list[ReplyText | ReplyThinking]:
        """Return what is left when the reply has ended; reasoning that was never closed stays reasoning."""
        left, self._held = self._held, ""
        if not left:
            return []
        return [ReplyThinking(left) if self._read == self._thinking else ReplyText(left)]

    def _opening(self) -> list[ReplyText | ReplyThinking]:
        """Before anything is certain: hold what may become the mark, with the white space before it."""
        begun = self._held.lstrip()
        if begun.startswith(_OPEN):
            self._held = begun.removeprefix(_OPEN)
            self._read = self._thinking
            return self._read()
        if _OPEN.startswith(begun):
            return []
        self._read = self._answering
        return self._read()

    def _thinking(self) -> list[ReplyText | ReplyThinking]:
        thought, closed, rest = self._held.partition(_CLOSE)
        if closed:
            self._held, self._read = rest, self._turning
            return [*_thoughts(thought), *self._read()]
        end = len(thought) - _begun(thought)
        self._held = thought[end:]
        return _thoughts(thought[:end])

    def _turning(self) -> list[ReplyText | ReplyThinking]:
        """Between reasoning and answer: the white space there belongs to neither."""
        self._held = self._held.lstrip()
        if not self._held:
            return []
        self._read = self._answering
        return self._read()

    def _answering(self) -> list[ReplyText | ReplyThinking]:
        text, self._held = self._held, ""
        return [ReplyText(text)] if text else []


def _thoughts(text: str) -> list[ReplyText | ReplyThinking]:
    return [ReplyThinking(text)] if text else []


def _begun(text: str) -> int:
    """How many characters at the end of ``text`` may be the beginning of the closing mark."""
    return next((length for length in range(len(_CLOSE) - 1, 0, -1) if text.endswith(_CLOSE[:length])), 0)
