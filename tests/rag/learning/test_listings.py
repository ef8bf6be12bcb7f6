"""What is learned from: right passages beside wrong ones that retrieval took for right, and never beside right ones."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from rag.encoder import Encoder
from rag.learning.listings import Listing, lesson_of, lessons_of, listings_of
from rag.learning.question_sets import Question, QuestionSet
from tests.rag.passages import ALL, NOTICE, chunk

if TYPE_CHECKING:
    from pathlib import Path

FOUND = Listing(
    question="What is the rent?",
    answers=(),
    passages=("Rent: 900 francs.", "The RENT: 900 Francs!", "Rent of the garage: 80.", "Heating: 70.", "Cats."),
    log_odds=(0.4, 0.5, 0.1, -0.5, -3.0),
    relevant=(True, False, False, False, False),
    wanted=1,
    held_out=False,
)
CHANCE = random.Random(0)  # noqa: S311  (a sample, not a secret)


@pytest.fixture(scope="module")
def encoder(model_cache: Path) -> Encoder:
    return Encoder.load(model_cache)


def test_the_right_passage_comes_first_then_the_best_wrong_one() -> None:
    """One that late interaction puts above the right one may well be right too, and is left out."""
    lesson = lesson_of(FOUND, CHANCE)

    assert lesson is not None
    assert lesson.passages[:2] == (FOUND.passages[0], FOUND.passages[2])
    assert lesson.log_odds[:2] == (0.4, 0.1)
    assert lesson.passages[2] in FOUND.passages[3:]
    assert not lesson.easy


def test_where_the_answer_is_known_only_passages_that_hold_it_are_left_out() -> None:
    """Then a wrong passage above the right one is just what is to be learned from."""
    above = replace(FOUND, answers=("900 francs",), log_odds=(0.4, 0.5, 0.9, -0.5, -3.0))

    lesson = lesson_of(above, CHANCE)

    assert lesson is not None
    assert lesson.passages[1] == above.passages[2]
    assert above.passages[1] not in lesson.passages


def test_a_question_without_right_or_wrong_passages_teaches_nothing() -> None:
    assert lesson_of(replace(FOUND, relevant=(False,) * 5), CHANCE) is None
    assert lesson_of(replace(FOUND, relevant=(True, True, True, True, False)), CHANCE) is None


def test_what_is_held_out_is_not_learned_from() -> None:
    kept = replace(FOUND, question="Held out?", held_out=True)

    assert [lesson.question for lesson in lessons_of([FOUND, kept], seed=0)] == [FOUND.question]


def test_of_many_lessons_the_easy_ones_are_mostly_left_out() -> None:
    easy = replace(FOUND, log_odds=(3.0, 0.5, 0.1, -0.5, -3.0))

    few = lessons_of([FOUND, easy] * 100, seed=0)
    many = lessons_of([FOUND, easy] * 2000, seed=0)

    assert sum(lesson.easy for lesson in few) == 100
    assert sum(not lesson.easy for lesson in many) == 2000
    assert 100 < sum(lesson.easy for lesson in many) < 300


def test_listings_are_what_the_program_finds(encoder: Encoder) -> None:
    """Best first, and all questions that a passage answers are held out together or not at all."""
    passages = tuple(chunk(f"{id_}{i}", f"{text} Copy {i}.") for id_, text in ALL.items() for i in range(2))
    texts = ("How long is the notice period?", "How is notice given?")
    questions = tuple(Question(text, text, frozenset({"notice0"}), answers=("three months",)) for text in texts)

    listings = list(listings_of(QuestionSet("little", questions, (), passages, scoped=False), encoder))

    assert [listing.question for listing in listings] == list(texts)
    for listing in listings:
        assert list(listing.log_odds) == sorted(listing.log_odds, reverse=True)
        assert listing.passages[listing.relevant.index(True)] == f"{NOTICE} Copy 0."
        assert (listing.answers, listing.wanted) == (("three months",), 1)
    assert len({listing.held_out for listing in listings}) == 1
