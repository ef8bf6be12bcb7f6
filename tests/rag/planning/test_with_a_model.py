"""What a language model makes of a question is used only where it looks like what was asked for, and only if wanted.

The model's lines are scripted: this proves that they reach the search, not that any model writes good ones.
"""

from __future__ import annotations

from dataclasses import fields
from functools import lru_cache
from typing import TYPE_CHECKING

import pytest

from rag.evidence import Outcome
from rag.planning import decomposition, expansion, imagining, routing, stepping_back, structuring
from rag.planning.plan import Filter, FilterKind, Plan, Search, SearchKind
from rag.planning.tasks import lines_in
from rag.settings import GenerationSettings, PlanningSettings, Switch
from storage.records import Collection, Document
from tests.assembled import NOTICE, answer_of, encoder_of, events_of, opened, writing_with
from tests.conftest import NOBODY_THERE
from tests.doubles.ollama import OllamaDouble
from tests.doubles.script import Refuse, say_words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rag.evidence import Answer

MODEL = "granite4.1:3b"
RENT = "What is the rent in 2023?"
DOCUMENTS = (
    Document("l", "Lease.pdf", "Lease", "application/pdf", 1, None, None, 1, "2026", collection="h"),
    Document("c", "Costs 2023.txt", "Costs", "text/plain", 1, None, None, 1, "2026"),
    Document("d", "Costs 2022.txt", "Costs", "text/plain", 1, None, None, 1, "2026"),
)
HOUSE = Collection("h", "House move", "2026")
EMPTY = Collection("e", "Empty", "2026")


def test_the_ways_models_dress_lines_come_off() -> None:
    assert lines_in('1. "What?"\n\n- Why?\n* Question 2: Who?\n(3) Why?') == ("What?", "Why?", "Who?")


def test_parts_are_believed_only_if_each_is_about_what_was_asked() -> None:
    asked = "Compare the rent of the flat and the house."
    parts = ("What is the rent of the flat?", "What is the rent of the house?")
    assert decomposition.parts_in(asked, "\n".join(parts)) == parts
    for other in (asked, "", parts[0], f"{parts[0]}\nWho won the war?", f"{parts[0]}\nAnd the house?", "A\n" * 9):
        assert decomposition.parts_in(asked, other) == (asked,)


def test_no_more_phrasings_than_three_and_never_the_question_again() -> None:
    found = expansion.phrasings_in("Rent?", "rent?\nHow much is due?\nSee [1].\nWhat is paid?\nCost?\nPrice?")
    assert found == tuple(Search(text, SearchKind.REPHRASED) for text in ("How much is due?", "What is paid?", "Cost?"))


def test_only_the_first_line_steps_back() -> None:
    assert stepping_back.general_in("May I keep a cat?", "What are the rules on pets?\nBecause …") == (
        Search("What are the rules on pets?", SearchKind.STEP_BACK),
    )
    assert stepping_back.general_in("Why?", "why?") == ()


def test_an_imagined_passage_is_one_line_and_not_endless() -> None:
    (search,) = imagining.passage_in("The rent is 900.\nIt is due monthly. " + "So it is. " * 200)
    assert search.kind is SearchKind.IMAGINED
    assert search.text.startswith("The rent is 900. It is due")
    assert len(search.text) <= 600
    assert imagining.passage_in(" ") == ()


def test_only_a_collection_that_there_is_and_that_holds_something_is_searched_alone() -> None:
    house = (Filter(FilterKind.COLLECTION, "House move", ("l",)),)
    assert routing.collection_in("house move.", (HOUSE, EMPTY), DOCUMENTS) == house
    for other in ("none", "", "Taxes", "Empty"):
        assert routing.collection_in(other, (HOUSE, EMPTY), DOCUMENTS) == ()


def test_fields_become_filters_where_there_is_something_behind_them() -> None:
    written = "Document: lease\nyear: 2023\nkind: PDF"
    assert [(each.kind, each.documents) for each in structuring.filters_in(RENT, written, DOCUMENTS)] == [
        (FilterKind.DOCUMENT, ("l",)),
        (FilterKind.YEAR, ("l", "c")),
        (FilterKind.FORMAT, ("l",)),
    ]


@pytest.mark.parametrize("written", ["none", "", "year: 2022", "document: Nobody.pdf", "kind: Books", "mood: fine"])
def test_fields_that_the_question_or_the_library_do_not_know_are_dropped(written: str) -> None:
    assert structuring.filters_in(RENT, written, DOCUMENTS) == ()


# through the chain


@pytest.fixture
def ollama() -> Iterator[OllamaDouble]:
    with OllamaDouble() as double:
        yield double


def _asked(folder: Path, models: Path, server: str, question: str = NOTICE, **switched: Switch) -> Answer:
    there = opened(folder, models, NOBODY_THERE)
    encode = lru_cache(encoder_of(models).get().encode_question)
    settings = GenerationSettings(server=server, model=MODEL)
    try:
        stages = writing_with(there.stages, encode, there.library, settings, PlanningSettings(**switched))
        return answer_of(events_of(stages, question))
    finally:
        there.library.close()


SCRIPTS = {
    "decompose": ("What notice must the tenants give?\nWho may end the agreement?", SearchKind.PART),
    "rephrase": ("What is the notice period?", SearchKind.REPHRASED),
    "step_back": ("How can the agreement be ended?", SearchKind.STEP_BACK),
    "hyde": ("The Tenants may end it by giving two months' notice.", SearchKind.IMAGINED),
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_what_the_model_writes_is_searched_for_and_told(
    name: str, library_folder: Path, model_cache: Path, ollama: OllamaDouble
) -> None:
    """As part of the plan; the written answer is asked for after that, with the person's own question."""
    written, kind = SCRIPTS[name]
    ollama.script(*say_words(written))
    ollama.script(*say_words("Two months [1]."))
    answer = _asked(library_folder, model_cache, ollama.url, **{name: Switch.ON})
    assert answer.plan is not None
    assert [each.text for each in answer.plan.searches if each.kind is kind] == written.splitlines()
    assert answer.text == "Two months [1]."
    assert NOTICE in ollama.chats[-1].body["messages"][-1]["content"]


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_model_in_trouble_leaves_the_question_as_it_was(
    name: str, library_folder: Path, model_cache: Path, ollama: OllamaDouble
) -> None:
    ollama.script(Refuse.because(500, "llama-server process has terminated: signal: killed"))
    ollama.script(*say_words("Two months [1]."))
    answer = _asked(library_folder, model_cache, ollama.url, **{name: Switch.ON})
    assert (answer.plan, answer.text) == (None, "Two months [1].")


def test_without_a_server_everything_goes_on_as_without_a_model(library_folder: Path, model_cache: Path) -> None:
    every = {each.name: Switch.ON for each in fields(PlanningSettings)}
    answer = _asked(library_folder, model_cache, NOBODY_THERE, **every)
    assert (answer.plan, answer.outcome) == (None, Outcome.QUOTED)


def test_unless_they_are_switched_on_no_model_is_asked(
    library_folder: Path, model_cache: Path, ollama: OllamaDouble
) -> None:
    """One conversation with it: the answer."""
    ollama.script(*say_words("Two months [1]."))
    _asked(library_folder, model_cache, ollama.url)
    assert len(ollama.chats) == 1


def test_rules_can_be_switched_off(library_folder: Path, model_cache: Path) -> None:
    question = "What is the rent and when is it due?"
    on = _asked(library_folder, model_cache, NOBODY_THERE, question)
    off = _asked(library_folder, model_cache, NOBODY_THERE, question, rules=Switch.OFF)
    assert isinstance(on.plan, Plan)
    assert off.plan is None
