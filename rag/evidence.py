"""What is computed for one question: scores, candidates, the evidence laid out, and the answer.

Plain frozen values without behaviour beyond their own arithmetic. They know nothing of models, tables or the page.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rag.planning.plan import Plan
    from storage.records import Chunk, Citation, Document, EncodedChunk

__all__ = [
    "CANDIDATES",
    "Answer",
    "Candidate",
    "Caveat",
    "Evidence",
    "LeftOut",
    "Mode",
    "Outcome",
    "QuickAnswer",
    "Scores",
    "Seconds",
    "Span",
    "StageScore",
    "Strength",
]


class LeftOut(StrEnum):
    """Why a passage that was found is not one the answer may rest on."""

    DUPLICATE = "duplicate"
    """Says nearly the same as a better one."""
    NO_ROOM = "no_room"
    """Did not fit the language model's window."""
    BELOW_LIMIT = "below_limit"
    """Enough better ones were there."""
    MERGED = "merged"
    """Is read as part of a better one of the same section."""


class Mode(StrEnum):
    """How much work goes into finding: how many candidates are reranked, and by what."""

    FAST = "fast"
    BALANCED = "balanced"
    THOROUGH = "thorough"


CANDIDATES = {Mode.FAST: 30, Mode.BALANCED: 50, Mode.THOROUGH: 200}
"""How many fused candidates go to the reranker; each arm is searched as deep. On the training sets nDCG@10 is the same
from 30 to 200, and 50 take two thirds of the time that 100 do."""


class Outcome(StrEnum):
    """How an answer ended."""

    ANSWERED = "answered"
    """The language model wrote an answer to its end."""
    QUOTED = "quoted"
    """No language model was there: the quick answer and the passages are the answer."""
    ABSTAINED = "abstained"
    """The documents do not seem to hold the answer."""
    CUT_OFF = "cut_off"
    """The language model ran into its length limit."""
    INTERRUPTED = "interrupted"
    """Stopped by the person, or the stream broke after some text."""
    FAILED = "failed"
    """No answer could be given; the quick answer and the passages may still be there."""


class Strength(StrEnum):
    """The one plain word beside a passage."""

    STRONG = "strong"
    FAIR = "fair"
    WEAK = "weak"


class Caveat(StrEnum):
    """What a person should know about an answer that was given all the same."""

    PROMPT_CUT = "prompt_cut"
    """The model did not see everything it was sent."""
    PASSAGES_LEFT_OUT = "passages_left_out"
    """Passages or earlier turns were left out to fit the model's window."""
    INVENTED_MARKERS = "invented_markers"
    """The model cited passages that do not exist; the markers were dropped."""
    NO_CROSS_ENCODER = "no_cross_encoder"
    """Thorough mode was asked for, but no cross-encoder is on this machine."""
    STILL_READING = "still_reading"
    """Answered while some documents were still being read."""
    NO_MODEL = "no_model"
    """No language model was there to write an answer."""
    STREAM_BROKE = "stream_broke"
    """The language model stopped in mid-answer."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch ``[start, end)`` in code points."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class StageScore:
    """What one stage made of a chunk: its place in that stage's order (1 is best) and the value that put it there."""

    rank: int
    value: float


@dataclass(frozen=True, slots=True)
class Scores:
    """Every stage's word on one chunk; a stage that has not run yet is None."""

    dense: StageScore | None = None
    """Cosine similarity of the vectors, -1 to 1."""
    keyword: StageScore | None = None
    """BM25; 0 where no word matches."""
    fused: StageScore | None = None
    """Reciprocal rank fusion sum."""
    rerank: StageScore | None = None
    """Probability, 0 to 1."""
    merged: StageScore | None = None
    """Reciprocal rank fusion sum over the parts of a question; None where it is one question."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A chunk on its way through the stages."""

    chunk: EncodedChunk
    scores: Scores
    found_for: str = ""
    """The part of the question that its scores are for; empty where it is one question."""


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """One passage as shown beside the answer: what can be stored and drawn, without vectors."""

    chunk: Chunk
    scores: Scores
    highlights: tuple[Span, ...]
    """The words of ``chunk.text`` that answered the question's words, as offsets into that text."""
    document: Document
    strength: Strength
    marker: int | None
    """Its number in the prompt and the answer; None where it was not used."""
    left_out: LeftOut | None = None
    """Why it was not used; None where it was, and where no passage was since none answers."""
    found_for: str = ""
    """The part of the question that it stands highest for; empty where it is one question."""
    wider: Chunk | None = None
    """What the language model reads instead, under the same id: a longer stretch of the page around ``chunk``."""

    @property
    def read(self) -> Chunk:
        """What the language model reads of it, and what can be quoted."""
        return self.wider if self.wider is not None and self.used else self.chunk

    @property
    def used(self) -> bool:
        """Whether the answer may rest on it."""
        return self.marker is not None


@dataclass(frozen=True, slots=True)
class QuickAnswer:
    """Words quoted from the best passage, without a language model."""

    text: str
    """Exactly ``page.text[char_start:char_end]``."""
    chunk_id: str
    document: str
    document_id: str
    page: int | None
    place: str
    char_start: int
    char_end: int
    score: float
    """Probability that it answers the question, 0 to 1."""
    found_for: str = ""
    """The part of the question that it answers; empty where it is one question."""


@dataclass(frozen=True, slots=True)
class Seconds:
    """How long the parts of an answer took."""

    encode: float = 0.0
    search: float = 0.0
    rerank: float = 0.0
    total: float = 0.0
    """Until the passages were found (encode, search, rerank and what lies between)."""
    first_word: float | None = None
    """From the question to the first word of the written answer."""
    written: float | None = None
    """From the question to the last word of the written answer."""


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """Everything a question came to."""

    question: str
    searched_for: str
    """The question as it was searched for: the same, or a follow-up made whole, or with words of earlier ones."""
    outcome: Outcome
    text: str = ""
    """The written answer with its markers; empty unless a language model wrote."""
    quick_answer: QuickAnswer | None = None
    more_quotes: tuple[QuickAnswer, ...] = ()
    """Of a question with several parts: what answers the others."""
    citations: tuple[Citation, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    """In rank order, used and unused."""
    plan: Plan | None = None
    """What was searched for, where that was not just the question."""
    answerable: float = 0.0
    """Probability that the documents hold the answer, or one of a question's parts."""
    answerable_parts: tuple[float, ...] = ()
    """The same of each of the parts that were searched for."""
    model: str | None = None
    warnings: tuple[Caveat, ...] = ()
    seconds: Seconds = field(default_factory=Seconds)
    weighed: int = 0
    """How many passages came into question: found by either arm, fused, and put before the reranker."""
    sharing_words: int = 0
    """How many of these share a word with the question."""
    searched: int = 0
    """How many documents were searched."""
    in_library: int = 0
    """How many there were, those still being read included."""
    being_read: int = 0
    """How many of these could not be searched yet, since they were still being read."""
    problem: str | None = None
    """Where the outcome is FAILED or INTERRUPTED: the sentence that says why and what to do."""

    @property
    def parts_without_quote(self) -> tuple[str, ...]:
        """Of a question with several parts, those that no quote answers, though one answers another."""
        quoted = {each.found_for for each in (self.quick_answer, *self.more_quotes) if each is not None}
        parts = [part for part, _ in self.plan.questions] if self.plan is not None else []
        return tuple(part for part in parts if part not in quoted) if quoted & set(parts) else ()
