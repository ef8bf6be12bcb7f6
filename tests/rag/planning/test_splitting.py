"""Several questions in one are taken apart, and one question is left alone."""

from __future__ import annotations

import pytest

from rag.planning.splitting import parts_of

APART = {
    "What is the rent and when is it due?": ("What is the rent?", "When is it due? (rent)"),
    "What is the rent? And when is it due?": ("What is the rent?", "When is it due? (rent)"),
    "Who pays for repairs, and how much notice do the tenants have to give?": (
        "Who pays for repairs?",
        "How much notice do the tenants have to give?",
    ),
    "Do we pay a deposit and when is it returned and who keeps the keys?": (
        "Do we pay a deposit?",
        "When is it returned? (pay deposit)",
        "Who keeps the keys?",
    ),
    "Wie hoch ist die Miete und wann ist sie fällig?": ("Wie hoch ist die Miete?", "Wann ist sie fällig? (hoch miete)"),
    "Quel est le loyer et quand doit le locataire payer?": ("Quel est le loyer?", "Quand doit le locataire payer?"),
    "¿Cuál es la renta y cuándo es el pago?": ("¿Cuál es la renta?", "Cuándo es el pago?"),
    "Quanto costa il gas e quando è la lettura?": ("Quanto costa il gas?", "Quando è la lettura?"),
}
WHOLE = [
    "What is the rent?",
    "What are the terms and conditions?",
    "When and where was the lease signed?",
    "Who paid for the paint and who for the brushes that were used and when?",
    "What happens if the rent is late and when the tenant leaves?",
    "Who is the tenant who lived upstairs and who signed the lease?",
    "Explain what the deposit is and what it covers.",
    "I moved in last May. What is the notice period?",
    "What is the notice period? Thanks!",
    "Do you collect my data? If yes, what type of data is collected?",
    "Which rooms are painted in black and white?",
    "Was steht im Vertrag, wenn die Miete zu spät kommt und wann sie fällig ist?",
    "What is A? What is B? What is C? What is D? What is E?",
    "What is in Where's Wally? series?",
    "And why?",
    "",
]


@pytest.mark.parametrize("question", APART)
def test_each_question_of_several_stands_by_itself(question: str) -> None:
    """In the order asked; what leans on an earlier one has its words behind it, which weigh less."""
    assert parts_of(question) == APART[question]


@pytest.mark.parametrize("question", WHOLE)
def test_one_question_stays_as_it_is(question: str) -> None:
    """To the letter, whatever conjunctions, clauses and remarks it has."""
    assert parts_of(question) == (question,)


def test_the_same_question_twice_is_one() -> None:
    assert parts_of("What is the rent? What is the rent?") == ("What is the rent? What is the rent?",)


@pytest.mark.timeout(10)
def test_white_space_without_end_costs_no_more_than_it_is_long() -> None:
    """Somebody may paste a page of it."""
    question = f"What is the rent{' ' * 20_000}and when is it due?"
    assert parts_of(question) == ("What is the rent?", "When is it due? (rent)")
    assert len(parts_of(f"Why?{' ' * 20_000}x")) == 1
