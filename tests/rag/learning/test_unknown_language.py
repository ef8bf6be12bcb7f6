"""A set spelled anew looks like a language that the model does not know, and asks the same."""

from __future__ import annotations

import re

from rag.learning.question_sets import Question, QuestionSet
from rag.learning.unknown_language import in_an_unknown_language, spelled_anew
from rag.tokens import MiniLMTokenizer
from tests.rag.passages import chunk

TEXT = "The tenant pays a deposit of 1,250 euros before moving in; Anna Lindgren keeps the receipt for three years."


def test_a_word_is_always_spelled_in_the_same_way() -> None:
    """So what question and passage share, they share afterwards."""
    assert spelled_anew(TEXT) == spelled_anew(TEXT)
    anew = {word: spelled_anew(word) for word in ("house", "notice", "letter", "garden", "window", "candle")}
    assert {spelled_anew(word.capitalize()) for word in anew} <= {
        *(word.capitalize() for word in anew),
        *(other.capitalize() for other in anew.values()),
    }
    assert all(spelled_anew(word) in spelled_anew(TEXT) for word in ("tenant", "deposit", "receipt"))


def test_numbers_punctuation_and_lengths_stay() -> None:
    anew = spelled_anew(TEXT)

    assert anew != TEXT
    assert len(anew) == len(TEXT)
    assert re.findall(r"[\d\W]+", anew) == re.findall(r"[\d\W]+", TEXT)


def test_the_model_finds_it_as_strange_as_another_language() -> None:
    """Its words fall into more pieces, as those of German or Swedish do."""
    tokenizer = MiniLMTokenizer.load()

    assert tokenizer.tokenize(TEXT).pieces_per_word < 1.3
    assert tokenizer.tokenize(spelled_anew(TEXT)).pieces_per_word > 1.8


def test_which_passage_answers_which_question_stays() -> None:
    question = Question("q", "Who keeps the receipt?", frozenset({"p"}))
    passage = chunk("p", TEXT)
    questions = QuestionSet("leases", (question,), (), (passage,), scoped=False)

    anew = in_an_unknown_language(questions)

    assert anew.questions[0].relevant == {"p"}
    assert anew.passages[0].id == "p"
    assert anew.passages[0].text == spelled_anew(TEXT)
    assert anew.questions[0].text == spelled_anew("Who keeps the receipt?")
    assert anew.name != questions.name
