"""The word beside a passage: a library that holds the answer has a passage that is no weak one, any other has none."""

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from rag.assistant import Ask, Assistant
from rag.evidence import Strength
from tests.assembled import assistant_on
from tests.conftest import NOBODY_THERE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rag.evidence import Answer


@pytest.fixture(scope="module")
def assistant(library_folder: Path, model_cache: Path) -> Iterator[Assistant]:
    """An assistant over the three sample documents: a lease, an inventory and the household's costs."""
    with closing(assistant_on(library_folder, model_cache, NOBODY_THERE)) as made:
        yield made


def found(assistant: Assistant, question: str) -> Answer:
    return asyncio.run(assistant.find(Ask(question)))


@pytest.mark.parametrize(
    "question",
    [
        "Who invented the washing machine?",
        "How is a worktop manufactured?",
        "How do I clean a fish tank?",
        "What is the key signature of G major?",
        "How is oak wood dried?",
        "Which planets have rings?",
        "What is the rent seeking theory in economics?",
        "What is the deposit of calcium in arteries called?",
        "What is the agreement signed in Paris in 2015 about?",
        "How many rooms does Buckingham Palace have?",
        "What does a plumber earn?",
        "What is the kitchen cabinet in politics?",
    ],
)
def test_every_passage_is_weak_for_a_question_about_something_else(assistant: Assistant, question: str) -> None:
    """Though it shares words with them: what one passage stands out by from the others is no evidence by itself."""
    assert {each.strength for each in found(assistant, question).evidence} == {Strength.WEAK}


@pytest.mark.parametrize(
    "question",
    [
        "How much notice must the tenants give to end the agreement?",
        "How soon must the landlord repair the heating?",
        "May the landlord enter without notice?",
        "What does a missing key cost?",
        "What condition was the sofa in?",
        "How is a notice under the agreement given?",
    ],
)
def test_the_passage_that_answers_is_strong(assistant: Assistant, question: str) -> None:
    assert found(assistant, question).evidence[0].strength is Strength.STRONG
