"""What a question asks for, and where it is to be found."""

from __future__ import annotations

import pytest

from rag.answer_types import AnswerType, answer_type, holds


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How much is the rent?", AnswerType.AMOUNT),
        ("For how long may guests stay?", AnswerType.AMOUNT),
        ("Wie viele Zimmer hat die Wohnung?", AnswerType.AMOUNT),
        ("When does the lease end?", AnswerType.TIME),
        ("In what year was it built?", AnswerType.TIME),
        ("Seit wann gilt der Vertrag?", AnswerType.TIME),
        ("Who pays when a window breaks?", AnswerType.ANYTHING),
        ("How do I give notice?", AnswerType.ANYTHING),
        ("", AnswerType.ANYTHING),
    ],
)
def test_a_question_s_first_words_tell_what_it_asks_for(question: str, kind: AnswerType) -> None:
    assert answer_type(question) is kind


@pytest.mark.parametrize(
    ("sentence", "kind", "there"),
    [
        ("The rent is £950.", AnswerType.AMOUNT, True),
        ("Three months at least.", AnswerType.AMOUNT, True),
        ("Mindestens drei Monate.", AnswerType.AMOUNT, True),
        ("The rent is high.", AnswerType.AMOUNT, False),
        ("On the first Monday in May.", AnswerType.TIME, True),
        ("Three weeks later.", AnswerType.TIME, False),
        ("The rent is £950.", AnswerType.ANYTHING, False),
    ],
)
def test_a_sentence_holds_it_in_digits_or_in_words(sentence: str, kind: AnswerType, there: bool) -> None:  # noqa: FBT001
    assert holds(sentence, kind) is there
