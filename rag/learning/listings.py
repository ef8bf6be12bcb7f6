"""What a cross-encoder learns from: a question, a passage that answers it, and wrong ones that look right.

A *listing* is what the program finds for a question, as late interaction orders it. A *lesson* is what of it is learned
from. A passage that answers the question too, without anybody having said so, must not be learned as wrong: where the
answer is known in a few words, every passage that holds them is left out; where not, every one that late interaction
puts above the right one, or close below it. Which model learns, and how, is not known here.
"""

from __future__ import annotations

import hashlib
import random
import re
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from rag.calibration import coefficients, evidence_of, passage_log_odds
from rag.learning.examples import filled_library, searched

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rag.encoder import Encoder
    from rag.evidence import Candidate
    from rag.learning.question_sets import Question, QuestionSet

__all__ = ["Lesson", "Listing", "lesson_of", "lessons_of", "listings_of"]

_LISTED = 40
_FRONT = 8
"""Wrong passages are taken from so many at the top: those that will have to be told apart."""
_FEWEST_WRONG = 2
_CLEARLY_BELOW = 0.1
"""How far below the right passage, in log-odds, one must lie to be taken for wrong where the answer is not known."""
_WELL_BELOW = 1.5
"""Where every wrong passage lies so far below, late interaction needs no help: such lessons teach little."""
_EASY_KEPT = 0.1
_FEW = 2000
"""With no more lessons than that, every one counts."""
_SHORT_ANSWER = 10
"""Words of an answer that another passage may well hold in the same order."""
_HELD_OUT, _HELD_OUT_OF_FEW = 16, 5
"""One of so many questions is kept for measuring."""
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Listing:
    """What was found for a question, best first."""

    question: str
    answers: tuple[str, ...]
    passages: tuple[str, ...]
    """As they are indexed."""
    log_odds: tuple[float, ...]
    """Of late interaction."""
    relevant: tuple[bool, ...]
    wanted: int
    """Passages that answer the question, found or not."""
    held_out: bool
    """Whether it is kept for measuring."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A question, the passage that answers it, and after it two that do not."""

    question: str
    passages: tuple[str, ...]
    log_odds: tuple[float, ...]
    """Of late interaction."""

    @property
    def easy(self) -> bool:
        """Whether late interaction tells the right one well without any help."""
        return max(self.log_odds[1:]) < self.log_odds[0] - _WELL_BELOW


def listings_of(questions: QuestionSet, encoder: Encoder) -> Iterator[Listing]:
    """Search for every question of a set, in a library of the set's passages."""
    one_in = _HELD_OUT if len(questions.questions) > _FEW else _HELD_OUT_OF_FEW
    with TemporaryDirectory() as folder:
        library = filled_library(Path(folder), questions, encoder)
        for question in questions.questions:
            if found := searched(library, encoder, question):
                yield _listing(encoder, question, found, held_out=_is_held_out(question, one_in))
        library.close()


def lessons_of(listings: Iterable[Listing], seed: int) -> list[Lesson]:
    """The lessons of all that is not held out, in an order of no meaning; of many, those that teach something."""
    chance = random.Random(seed)  # noqa: S311  (a sample, not a secret)
    made = (lesson_of(each, chance) for each in listings if not each.held_out)
    lessons = [lesson for lesson in made if lesson is not None]
    if len(lessons) > _FEW:
        lessons = [lesson for lesson in lessons if not lesson.easy or chance.random() < _EASY_KEPT]
    chance.shuffle(lessons)
    return lessons


def lesson_of(listing: Listing, chance: random.Random) -> Lesson | None:
    """The best right passage, the best wrong one and another; None where there is no right one, or no two wrong."""
    if not any(listing.relevant):
        return None
    right = listing.relevant.index(True)
    wrong = _surely_wrong(listing, right)[:_FRONT]
    if len(wrong) < _FEWEST_WRONG:
        return None
    chosen = (right, wrong[0], chance.choice(wrong[1:]))
    return Lesson(
        listing.question, tuple(listing.passages[i] for i in chosen), tuple(listing.log_odds[i] for i in chosen)
    )


def _surely_wrong(listing: Listing, right: int) -> list[int]:
    """Places of passages that do not answer the question, as far as can be told."""
    wrong = [i for i, relevant in enumerate(listing.relevant) if not relevant]
    answers = [answer for answer in map(_words, listing.answers) if 0 < len(answer.split()) <= _SHORT_ANSWER]
    if not answers:
        return [i for i in wrong if listing.log_odds[i] < listing.log_odds[right] - _CLEARLY_BELOW]
    return [i for i in wrong if not any(answer in _words(listing.passages[i]) for answer in answers)]


def _words(text: str) -> str:
    """Its words in lower case, each between blanks."""
    return f" {' '.join(_WORD.findall(text.lower()))} "


def _is_held_out(question: Question, one_in: int) -> bool:
    """The same in every run, and the same for all questions that a passage answers: none of them is learned from."""
    return any(int(hashlib.sha256(id_.encode()).hexdigest(), 16) % one_in == 0 for id_ in question.relevant)


def _listing(encoder: Encoder, question: Question, found: Sequence[Candidate], *, held_out: bool) -> Listing:
    log_odds = passage_log_odds(evidence_of(encoder.encode_question(question.text), found), coefficients())
    order = np.argsort(-log_odds, kind="stable")[:_LISTED]
    chunks = [found[i].chunk.chunk for i in order]
    return Listing(
        question=question.text,
        answers=question.answers,
        passages=tuple(chunk.indexed_text for chunk in chunks),
        log_odds=tuple(float(log_odds[i]) for i in order),
        relevant=tuple(chunk.id in question.relevant for chunk in chunks),
        wanted=len(question.relevant),
        held_out=held_out,
    )
