"""A question that stands by itself is left alone; one that leans is noticed."""

from __future__ import annotations

import pytest

from rag.leaning import content_words, leans

LEANING = [
    "And for tenants?",
    "What about the deposit?",
    "How long?",
    "Why?",
    "Which one?",
    "Who owns it?",
    "What does it say about pets?",
    "How much do they pay?",
    "Is that allowed?",
    "Why is that?",
    "When does this apply?",
    "Why is this clause important?",
    "Tell me more.",
    "What happens then?",
    "Is the same true for 2022?",
    "Und was gilt für Mieter?",
    "Wie lange ist sie gültig?",
    "Wer hat es unterschrieben?",
    "Was kostet das?",
    "Et pour les locataires ?",
    "Combien coûtent-ils ?",
    "Où habite-t-elle ?",
    "¿Y para los inquilinos?",
    "¿Cuánto cuesta eso?",
    "E per gli inquilini?",
    "Quanto costa ciò?",
    "它多少钱？",
    "それはいつですか",
]

STANDING = [
    "How long is the notice period?",
    "What is EBITDA?",
    "Deposit?",
    "Is it possible to keep pets?",
    "Is there a deposit?",
    "What is the deposit and when is it returned?",
    "What is this document about?",
    "Which documents mention that rent rises?",
    "What are the risks of E. coli?",
    "Explain the termination clause",
    "Wie lang ist die Kündigungsfrist?",
    "Gibt es eine Kaution?",
    "Können Sie mir die Miete nennen?",
    "Ist es erlaubt, Haustiere zu halten?",
    "Quel est le délai de préavis ?",
    "Y a-t-il une caution ?",
    "Est-il possible de sous-louer ?",
    "¿Cuál es el plazo de aviso?",
    "Qual è il termine di preavviso?",
    "租金是多少？",
]


@pytest.mark.parametrize("question", LEANING)
def test_a_question_that_leans_is_noticed(question: str) -> None:
    assert leans(question)


@pytest.mark.parametrize("question", STANDING)
def test_a_question_that_stands_by_itself_is_left_alone(question: str) -> None:
    assert not leans(question)


def test_content_words_are_what_a_text_is_about() -> None:
    assert content_words("How long is the notice period in the Lease? The notice?") == ["notice", "period", "lease"]


def test_a_word_in_two_is_as_small_as_its_parts() -> None:
    assert content_words("It's what tenants don't pay, isn’t it? The landlord’s part.") == [
        "tenants",
        "pay",
        "landlord's",
        "part",
    ]
