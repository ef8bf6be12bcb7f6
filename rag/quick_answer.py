"""Words quoted straight from the documents: the sentence of a passage that answers a question best.

It works on the token vectors that are stored beside each chunk: late interaction restricted to a sentence's own tokens,
each of which has seen the whole passage. So nothing is encoded, and a sentence that says "it" is still found by what
"it" stands for. The same search finds the sentence that supports a sentence of a written answer.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np

from rag.answer_types import AnswerType, answer_type, holds
from rag.calibration import log_odds_from
from rag.evidence import QuickAnswer, Span
from rag.late_interaction import similarities
from rag.segmentation import sentence_spans
from rag.token_vectors import kept, tokens_of
from rag.tokens import MiniLMTokenizer
from storage.analysis import phrase_pattern, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from rag.encoder import EncodedQuestion
    from rag.evidence import Candidate, Evidence
    from storage.records import Chunk, EncodedChunk

__all__ = ["best_sentence", "best_sentence_within", "quick_answer", "sentence_maxsim", "word_weight"]

PASSAGES = 3
"""How many of the best passages a quick answer is looked for in."""
_LINE = re.compile(r"[^\s][^\n]*(?<=\S)")
_ROW = re.compile(r" \| |\t|^[^:;\n]{1,60}: [^;\n]+; [^:;\n]{1,60}: ", re.MULTILINE)
"""A line with separated cells, or with several named ones ("Item: Rent; Amount: 950")."""
_NAMED = re.compile(r"[^\s:;]+(?: [^\s:;]+){0,3}: +\S")
"""A line of a form ("Arrival: 12 May"): a few words, and what they stand for."""
_FEWEST_NAMED = 2
_SHORT_LINE = 60
_FEWEST_SHORT_LINES = 3
_CLAUSE_END = re.compile(r";\s+")
_LONG = 400
"""Characters; a sentence longer than this is quoted clause by clause."""
_LEAST_MAXSIM = 1e-6
_NO_WEIGHT = 1e-9
_SHORT_WORD = 4
_NAME_WEIGHT = 5.0
_WORD = re.compile(r"\w+")
_HEADING_PARTS = re.compile(r" › | — |\n")
_OF_ITS_TYPE = 0.15
"""What a sentence that holds an amount or a time, where one is asked for, counts more than its MaxSim. Of 124 such
questions of four sets the sentence with the answer is picked for 91 instead of 85, and nowhere for fewer; in contracts
the amount often stands in the sentence after the one that has the question's words."""
_ROW_BY_ITS_WORDS = 0.5
"""What a row of a table counts more for all words of the question: rows are alike but for the one that names the month,
and what a row means is hardly told from its neighbours, which it has seen."""
_BETWEEN_PASSAGES = 3.0
"""What the advantage that a sentence has for its type or its words counts between passages, in log-odds. Of a table the
row that the question names may stand in a passage that the reranker puts behind a clause about the same, as it knows
only passages as wholes. Of 1,459 questions of five training sets the sentence with the answer is picked for 690 instead
of 687; of 60 for the bills of a month in the sample documents, for 54 instead of 48."""
_QUOTED_WORDS = 1.0
"""What a sentence counts more that says a phrase word for word, which is what was asked for."""
_TITLE_WORDS = 8
_WORTH_QUOTING = 0.05
"""Below this probability a sentence is about something else: no sentence is better than a wrong one in bold."""


@dataclass(frozen=True, slots=True)
class _Sentence:
    """The best sentence of one passage."""

    span: Span
    """Into the chunk's text."""
    share: float
    """How much of the passage's MaxSim this sentence has by itself, 0 to 1."""
    advantage: float
    """What it counts more than by its MaxSim."""
    says_it: bool = False
    """Whether it says a phrase word for word."""


def quick_answer(
    question: EncodedQuestion,
    evidence: Sequence[Evidence],
    candidates: Sequence[Candidate],
    *,
    phrases: Sequence[str] = (),
) -> QuickAnswer | None:
    """The best sentence of the best passages shown, or None where it is not worth quoting.

    Its score is the passage's probability times the share of the passage's MaxSim that the sentence has by itself. One
    that says one of the ``phrases`` word for word is always worth it.
    """
    vectors = {candidate.chunk.chunk.id: candidate.chunk for candidate in candidates}
    kind = answer_type(question.text)
    best = (one for one in evidence[:PASSAGES] if one.chunk.id in vectors)
    sayings = [phrase_pattern(phrase) for phrase in phrases]
    found = [(one, _find(question, vectors[one.chunk.id], kind, sayings)) for one in best]
    if not found:
        return None
    shown, sentence = max(found, key=lambda pair: _standing(*pair))
    return _quoted(shown, sentence) if sentence.says_it or _score(shown, sentence) >= _WORTH_QUOTING else None


def best_sentence(question: EncodedQuestion, candidate: Candidate) -> Span:
    """The sentence of the candidate's text that answers, or supports, the question best: offsets into that text."""
    return _find(question, candidate.chunk).span


def sentence_maxsim(question: EncodedQuestion, chunk: EncodedChunk) -> float:
    """The most that any one sentence of a passage has of the question by itself: MaxSim over its own tokens."""
    cosines, starts = _inside(question, chunk)
    within = ((starts >= one.start) & (starts < one.end) for one in _sentences(chunk.chunk))
    return max((_maxsim(cosines[:, inside], question.weights) for inside in within), default=0.0)


def word_weight(question: EncodedQuestion, word: re.Match[str]) -> float:
    """What a word of the question's text weighs: as much as the weightiest of its pieces."""
    pieces = zip(question.tokens.spans, question.weights, strict=True)
    return max((float(each) for (start, _), each in pieces if word.start() <= start < word.end()), default=0.0)


def best_sentence_within(question: EncodedQuestion, chunks: Iterable[EncodedChunk], read: Chunk) -> Span:
    """The same for a stretch of a page that several chunks are parts of: offsets into its text."""
    found = [
        (score, Span(start, start + len(text)))
        for encoded in chunks
        for one, text, score in _by_themselves(question, encoded)
        if 0 <= (start := encoded.chunk.char_start + one.start - read.char_start) <= len(read.text) - len(text)
    ]
    return max(found, key=itemgetter(0))[1] if found else Span(0, len(read.text))


def _by_themselves(question: EncodedQuestion, encoded: EncodedChunk) -> Iterator[tuple[Span, str, float]]:
    """The sentences of a chunk that are no titles, each with its words and what speaks for it."""
    cosines, starts = _inside(question, encoded)
    for one in _sentences(encoded.chunk):
        if not _is_title(encoded.chunk, one):
            text = encoded.chunk.text[one.start : one.end]
            own = _maxsim(cosines[:, (starts >= one.start) & (starts < one.end)], question.weights)
            yield one, text, own + _advantage(question, text, AnswerType.ANYTHING)


def _find(
    question: EncodedQuestion,
    chunk: EncodedChunk,
    kind: AnswerType = AnswerType.ANYTHING,
    sayings: Sequence[re.Pattern[str]] = (),
) -> _Sentence:
    """Late interaction between the question and each sentence's tokens; ``kind`` is what the sentence had better hold.

    A title repeats the question's words and answers nothing: it is taken only where there is nothing else, for nothing.
    """
    text = chunk.chunk.text
    sentences = _sentences(chunk.chunk)
    cosines, starts = _inside(question, chunk)
    whole = _maxsim(cosines, question.weights)
    scores = [_maxsim(cosines[:, (starts >= one.start) & (starts < one.end)], question.weights) for one in sentences]
    titles = {place for place, one in enumerate(sentences) if _is_title(chunk.chunk, one)}
    open_to = [place for place in range(len(sentences)) if place not in titles] or [0]
    said = {place: text[sentences[place].start : sentences[place].end] for place in open_to}
    says_it = {place: any(each.search(plain(sentence)) for each in sayings) for place, sentence in said.items()}
    advantages = {
        place: _advantage(question, sentence, kind) + _QUOTED_WORDS * says_it[place] for place, sentence in said.items()
    }
    best = max(open_to, key=lambda place: scores[place] + advantages[place])
    share = 0.0 if best in titles else min(1.0, max(0.0, scores[best]) / max(whole, _LEAST_MAXSIM))
    return _Sentence(sentences[best], share, advantages[best], best not in titles and says_it[best])


def _advantage(question: EncodedQuestion, sentence: str, kind: AnswerType) -> float:
    """What a sentence counts more than by its MaxSim."""
    by_type = _OF_ITS_TYPE if holds(sentence, kind) else 0.0
    return by_type + (_ROW_BY_ITS_WORDS * _share_of_words(question, sentence) if _ROW.search(sentence) else 0.0)


def _share_of_words(question: EncodedQuestion, sentence: str) -> float:
    """How much of the question's weight stands in the sentence word for word, 0 to 1."""
    there = set(map(_stem, _WORD.findall(sentence)))
    words = [(_stem(match[0]), _weight(question, match)) for match in _WORD.finditer(question.text)]
    return sum(weight for word, weight in words if word in there) / max(sum(weight for _, weight in words), _NO_WEIGHT)


def _weight(question: EncodedQuestion, word: re.Match[str]) -> float:
    """What a word of the question weighs; as a name the month of May weighs more than what may be."""
    weight = word_weight(question, word)
    return max(weight, _NAME_WEIGHT) if word.start() and word[0][0].isupper() else weight


def _stem(word: str) -> str:
    """Return a word without the ending of its plural, as nearly as matters here."""
    folded = word.casefold()
    return folded.removesuffix("s") if len(folded) > _SHORT_WORD else folded


def _is_title(chunk: Chunk, span: Span) -> bool:
    """Whether these words are a heading of the passage, or stand at its head like one."""
    said = chunk.text[span.start : span.end].strip(" #*_\n")
    if said.casefold() in {
        part.strip().casefold() for part in _HEADING_PARTS.split(f"{chunk.prefix} › {chunk.heading}")
    }:
        return True
    short = len(said.split()) <= _TITLE_WORDS and not any(map(str.isdigit, said))
    at_head = not chunk.text[: span.start].strip(" #*_\n") and span.end < len(chunk.text.rstrip())
    return at_head and short and said[-1:].isalnum() and "\n" not in said


def _inside(question: EncodedQuestion, chunk: EncodedChunk) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Cosines of the tokens inside the text (not its prefix), and where in the text these tokens start."""
    tokens = MiniLMTokenizer.load().tokenize(chunk.chunk.indexed_text)
    offset = len(chunk.chunk.indexed_text) - len(chunk.chunk.text)
    starts = np.array([start for start, _ in tokens.spans], np.int64)[kept(tokens)] - offset
    return similarities(question, tokens_of(chunk))[:, starts >= 0], starts[starts >= 0]


def _maxsim(cosines: NDArray[np.float32], weights: NDArray[np.float32]) -> float:
    """Weighted MaxSim over these tokens; 0 where there are none."""
    if not cosines.shape[1] or not weights.any():
        return 0.0
    return float(np.average(cosines.max(axis=1), weights=weights))


def _sentences(chunk: Chunk) -> list[Span]:
    """The sentences of a chunk's text; a row of a table or a form is one, and so is a clause of an endless sentence."""
    text = chunk.text
    parts = [part for start, end in sentence_spans(text) for part in _parts(text, start, end)]
    return parts or [Span(0, len(text))]


def _parts(text: str, start: int, end: int) -> list[Span]:
    """A sentence as its lines where each stands for itself; lines of running text are wrapped, and stay together."""
    lines = [Span(match.start(), match.end()) for match in _LINE.finditer(text, start, end)]
    if len(lines) > 1 and _stand_alone([text[line.start : line.end] for line in lines]):
        return lines
    return _clauses(text, start, end) if end - start > _LONG else [Span(start, end)]


def _stand_alone(lines: Sequence[str]) -> bool:
    """Whether lines are rows of a table, entries of a form, or a list as of addresses: never wrapped running text."""
    if any(map(_ROW.search, lines)):
        return True
    named = sum(bool(_NAMED.match(line)) and not line[0].islower() for line in lines)
    if named >= _FEWEST_NAMED and named >= len(lines) - 1:  # there may be a heading
        return True
    return len(lines) >= _FEWEST_SHORT_LINES and all(map(_is_entry, lines))


def _is_entry(line: str) -> bool:
    """Whether a line is short, begins with a capital letter and ends in a figure, as wrapped text hardly ever does."""
    return len(line) <= _SHORT_LINE and line[0].isupper() and line[-1].isdigit()


def _clauses(text: str, start: int, end: int) -> list[Span]:
    ends = [match.start() + 1 for match in _CLAUSE_END.finditer(text, start, end)]
    begins = [start, *(match.end() for match in _CLAUSE_END.finditer(text, start, end))]
    return [Span(*clause) for clause in zip(begins, [*ends, end], strict=True) if clause[0] < clause[1]]


def _standing(shown: Evidence, sentence: _Sentence) -> float:
    """What speaks for a sentence among those of other passages."""
    log_odds = float(log_odds_from(np.array([shown.scores.rerank.value if shown.scores.rerank else 0.0]))[0])
    return log_odds + math.log(max(sentence.share, _LEAST_MAXSIM)) + _BETWEEN_PASSAGES * sentence.advantage


def _score(shown: Evidence, sentence: _Sentence) -> float:
    """The probability that this sentence answers the question."""
    rerank = shown.scores.rerank
    return rerank.value * sentence.share if rerank else 0.0


def _quoted(shown: Evidence, sentence: _Sentence) -> QuickAnswer:
    chunk = shown.chunk
    return QuickAnswer(
        text=chunk.text[sentence.span.start : sentence.span.end],
        chunk_id=chunk.id,
        document=shown.document.name,
        document_id=chunk.document_id,
        page=chunk.page,
        place=chunk.place,
        char_start=chunk.char_start + sentence.span.start,
        char_end=chunk.char_start + sentence.span.end,
        score=_score(shown, sentence),
    )
