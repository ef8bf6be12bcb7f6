"""What happens while a question is answered, documents are read or encoded anew: three unions of small frozen values.

Every stream ends in exactly one terminal event: ``Finished`` or ``Failed`` for an answer, ``IngestFinished`` for
reading, ``GoneOver`` or ``ReencodingFailed`` for encoding anew.
``Finished`` and ``Failed`` carry the whole ``Answer``, so a consumer that ignores everything before is still right.
The same streams feed the page, the command line and the tests; the events know nothing of any of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rag.evidence import Answer, Candidate, Evidence, QuickAnswer
    from rag.planning.plan import Plan
    from storage.records import Citation, Document

__all__ = [
    "AnswerEvent",
    "Failed",
    "FileAsks",
    "FileCancelled",
    "FileFailed",
    "FileFinished",
    "FileProgress",
    "FileSkipped",
    "FileStarted",
    "Finished",
    "GoneOver",
    "IngestEvent",
    "IngestFinished",
    "QuickAnswered",
    "Reencoded",
    "ReencodingEvent",
    "ReencodingFailed",
    "Reranked",
    "Retrieved",
    "SearchedFor",
    "Selected",
    "TextDelta",
    "Thinking",
    "WaitingForModel",
]


@dataclass(frozen=True, slots=True)
class SearchedFor:
    """What is searched for is not just the question; told again where filters are given up. The last one stands."""

    plan: Plan


@dataclass(frozen=True, slots=True, eq=False)
class Retrieved:
    """Both arms have been searched and fused; ``candidates`` are in fused order."""

    candidates: tuple[Candidate, ...]
    encode_seconds: float
    search_seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class Reranked:
    """The reranker has ordered the candidates; ``answerable`` says how likely the answer is among them."""

    candidates: tuple[Candidate, ...]
    answerable: float
    seconds: float
    answerable_parts: tuple[float, ...] = ()
    """The same of each question that was searched for; ``answerable`` is the highest."""


@dataclass(frozen=True, slots=True, eq=False)
class Selected:
    """What the answer may rest on, with what was left out."""

    evidence: tuple[Evidence, ...]
    seconds: float
    """From the question to here: the whole of finding."""


@dataclass(frozen=True, slots=True)
class QuickAnswered:
    """The best sentence, quoted; None where no passage has one worth showing."""

    quick_answer: QuickAnswer | None
    seconds: float
    """From the question to here."""
    more_quotes: tuple[QuickAnswer, ...] = ()
    """What answers the other parts of a question that has several."""


@dataclass(frozen=True, slots=True)
class WaitingForModel:
    """The prompt has been sent; nothing has come back yet."""

    model: str
    cold: bool
    """True where the model has to be loaded first, which can take a minute."""


@dataclass(frozen=True, slots=True)
class Thinking:
    """The model is reasoning in text that is not part of its answer; ``characters`` counts it so far."""

    characters: int


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The written answer grew: ``text`` is what was added, ``citations`` those that it brought.

    A citation may come after its marker, once the sentence is there that it stands for; never out of order.
    """

    text: str
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Finished:
    """The answer is complete, in whatever way its ``outcome`` says."""

    answer: Answer


@dataclass(frozen=True, slots=True, eq=False)
class Failed:
    """No answer could be given; ``answer.problem`` says why and what to do."""

    answer: Answer


AnswerEvent = (
    SearchedFor
    | Retrieved
    | Reranked
    | Selected
    | QuickAnswered
    | WaitingForModel
    | Thinking
    | TextDelta
    | Finished
    | Failed
)


@dataclass(frozen=True, slots=True)
class FileStarted:
    """Work on a file has begun; ``position`` of ``total``, from 1."""

    file: str
    position: int
    total: int
    key: str = ""
    """Which entry of the queue it is, here as in every event about a file; empty for what does not come from there."""


@dataclass(frozen=True, slots=True)
class FileProgress:
    """A file's pages read and passages encoded so far; a total not known yet is None."""

    file: str
    pages_read: int
    pages_total: int | None
    chunks_encoded: int
    key: str = ""


@dataclass(frozen=True, slots=True)
class FileFinished:
    """A file is in the library and can be asked about; ``status`` is added, replaced or unchanged."""

    file: str
    status: str
    document: Document
    seconds: float
    reason: str | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class FileSkipped:
    """A file was left alone, and ``reason`` says in a sentence why."""

    file: str
    reason: str
    seconds: float
    key: str = ""


@dataclass(frozen=True, slots=True)
class FileFailed:
    """A file could not be read, and ``reason`` says in a sentence why and what to do."""

    file: str
    reason: str
    seconds: float
    key: str = ""
    locked: bool = False
    """Whether a password would open it."""


@dataclass(frozen=True, slots=True)
class FileAsks:
    """Another document has the file's name: it is not read before the person says which of them stays."""

    file: str
    key: str


@dataclass(frozen=True, slots=True)
class FileCancelled:
    """Nothing is kept of a file and nothing need be said: a person gave it up, or it lay in another and was empty."""

    file: str
    key: str


@dataclass(frozen=True, slots=True)
class IngestFinished:
    """All files have had their event."""

    added: int
    replaced: int
    unchanged: int
    skipped: int
    failed: int
    seconds: float


IngestEvent = (
    FileStarted | FileProgress | FileFinished | FileSkipped | FileFailed | FileAsks | FileCancelled | IngestFinished
)


@dataclass(frozen=True, slots=True)
class Reencoded:
    """So many of all chunks have vectors of the model that the library is going over to; empty for the built-in one."""

    model: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class GoneOver:
    """Passages are found by this model from here on, or have been all the time."""

    model: str


@dataclass(frozen=True, slots=True)
class ReencodingFailed:
    """The library stays with the model that it has; ``reason`` is a sentence."""

    model: str
    reason: str


ReencodingEvent = Reencoded | GoneOver | ReencodingFailed
