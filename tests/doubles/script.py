"""What a test tells the double to do with one request: a sequence of small actions, and named faults made of them.

The actions are values; the double plays them. Nothing is sent, not even the status line, before the first action that
has something to send: a real server is silent while it loads a model and reads a prompt.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "CHAT_FAULTS",
    "Action",
    "Close",
    "CloseMidLine",
    "Done",
    "Drip",
    "Fail",
    "Hang",
    "Line",
    "Raw",
    "Refuse",
    "Reset",
    "Say",
    "Think",
    "Wait",
    "say_words",
]


@dataclass(frozen=True, slots=True)
class Wait:
    """Silence."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Hang:
    """Silence until the client goes."""


@dataclass(frozen=True, slots=True)
class Say:
    """One chunk of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Think:
    """One chunk of reasoning."""

    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """Any JSON line."""

    value: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Raw:
    """Bytes as they are, in one write: half a line, a blank one, half a character."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Drip:
    """One chunk of the answer, a byte at a time."""

    text: str
    seconds: float = 0.1


@dataclass(frozen=True, slots=True)
class Fail:
    """An error line inside a reply that had begun well."""

    error: str


@dataclass(frozen=True, slots=True)
class Done:
    """The last line; ``eval_count`` None counts what was said, and ``omit`` names keys an old server lacks."""

    reason: str = "stop"
    text: str = ""
    eval_count: int | None = None
    omit: tuple[str, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refuse:
    """A whole reply that is not a stream."""

    status: int
    body: str | bytes
    content_type: str = "application/json; charset=utf-8"

    @classmethod
    def because(cls, status: int, error: str) -> Refuse:
        """Refuse as Ollama does, with a JSON object that holds one string."""
        return cls(status, json.dumps({"error": error}))


@dataclass(frozen=True, slots=True)
class Close:
    """The connection is closed in order, as by a server that is just being restarted."""


@dataclass(frozen=True, slots=True)
class CloseMidLine:
    """Half a line, then the connection is closed in order."""


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is torn down."""


Action = Wait | Hang | Say | Think | Line | Raw | Drip | Fail | Done | Refuse | Close | CloseMidLine | Reset


def say_words(text: str, seconds: float = 0.0) -> tuple[Action, ...]:
    """The text word by word and the end of the answer."""
    words = [word + " " for word in text.split(" ")]
    words[-1] = words[-1].rstrip(" ")
    spoken: list[Action] = []
    for word in words:
        spoken += [Wait(seconds), Say(word)] if seconds else [Say(word)]
    return (*spoken, Done())


_CRASH = (
    "model runner has unexpectedly stopped, this may be due to resource limitations or an internal error, "
    "check ollama server logs for details"
)
_NESTED = json.dumps(
    {
        "error": {
            "code": 400,
            "message": "request (7912 tokens) exceeds the available context size (4096 tokens), try increasing it",
            "type": "exceed_context_size_error",
            "n_prompt_tokens": 7912,
            "n_ctx": 4096,
        }
    }
)
_ODD_LINE = (
    '{"message":{"role":"assistant","content":"a\x85b\u2028c é"},"done":false}\r\n\r\n\n'.encode(),
    b'{"message":{"role":"assistant","content":"' + b"x" * 1_000_000 + b'"},"done":false}\n',
    b'{"message":{"role":"assistant","content":"\xc3',
    b'\xa9nd"},"done":false}\n',
)

CHAT_FAULTS: dict[str, tuple[Action, ...]] = {
    "F02 accepts and never answers": (Hang(),),
    "F03 long silence, then the answer": (Wait(0.6), Say("late"), Done()),
    "F04 model not found": (Refuse.because(404, "model 'granite4.1:3b' not found"),),
    "F05 queue full": (Refuse.because(503, "server busy, please try again.  maximum pending requests exceeded"),),
    "F06 load failure": (Refuse.because(500, "llama-server process has terminated: signal: killed"),),
    "F07 overflow, plain": (Refuse.because(400, "the prompt is longer than the context length currently available"),),
    "F08 overflow, nested": (Refuse.because(400, _NESTED),),
    "F11 error line after five chunks": (*(Say(f"{n} ") for n in range(5)), Fail(_CRASH)),
    "F12 closed in mid-line": (Say("half"), CloseMidLine()),
    "F13 reset in mid-stream": (Say("half"), Wait(0.05), Reset()),
    "F13 reset before the first word": (Wait(0.05), Reset()),
    "F14 clean end without done": (Say("half"),),
    "F15 text in the last line": (Say("nearly "), Done(text="there")),
    "F16 empty answer": (Done(eval_count=1),),
    "F17 length": (Say("cut"), Done("length")),
    "F18 only thinking, then length": (Think("Hm. "), Think("Well."), Done("length")),
    "F19 thinking, then content": (Think("Hm."), Say("Yes."), Done()),
    "F19 thinking in the answer": (*map(Say, ("<th", "ink>Hm. ", "Well.<", "/think>\n", "\nYes [1", "].")), Done()),
    "F20 odd lines": (*(Raw(data) for data in _ODD_LINE), Done()),
    "F21 an old server": (
        Say("old"),
        Done(omit=("done_reason", "prompt_eval_count", "eval_count", "load_duration", "prompt_eval_duration")),
    ),
    "F22 unknown fields": (
        Line({"message": {"role": "assistant", "content": "new", "mood": "fine"}, "done": False, "phase": {"n": 1}}),
        Done(extra={"energy_joules": 3, "done_reason_detail": "eos"}),
    ),
    "F23 a proxy answers": (Refuse(502, "<html><h1>502 Bad Gateway</h1></html>", "text/html"),),
    "F35 slow drip": (Drip("drop", 0.005), Done()),
    "F36 marker in two chunks": (Say("Sixty days ["), Say("1"), Say("]."), Done()),
}
"""One script per fault of a single reply; the others (F01, F09, F10, F24 to F34) are states of the double."""
