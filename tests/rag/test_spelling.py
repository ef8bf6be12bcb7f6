"""A slip of the finger is put right where the documents know the word; what they do not know is left alone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from rag.draft import begin
from rag.inquiry import Inquiry
from rag.planning.planner import Planner
from rag.settings import PlanningSettings, Switch
from rag.slips import Slip, slip_between
from rag.spelling import Spelling
from rag.tokens import MiniLMTokenizer
from tests.storage.made import id_of, made

if TYPE_CHECKING:
    from storage.library import Library

TEXTS = [
    "The government of Quillhaven renovated the lighthouse.",
    "Renovation of the lighthouse was paid by the parliament.",
    "Invoice ABCDE-1234 was sent to quillhaven@example.com.",
    "The Café Münchhausen",
    "The gardener of the marina",
]


@pytest.fixture
def filled(library: Library) -> Library:
    library.add([made("story", TEXTS)])
    return library


def _corrected(library: Library, question: str) -> str:
    return Spelling(library, MiniLMTokenizer.load().words()).corrected(question)


@pytest.mark.parametrize(
    ("question", "searched_for"),
    [
        ("Who renovated Quilhaven?", "Who renovated Quillhaven?"),
        ("the goverment, the paliament", "the government, the parliament"),
        ("the govermnent of QUILLHAVNE", "the government of QUILLHAVEN"),
        ("the lihgthouse", "the lighthouse"),
        ("the lightxhouse", "the lighthouse"),
        ("münchausen", "münchhausen"),
    ],
)
def test_a_slip_is_put_right(filled: Library, question: str, searched_for: str) -> None:
    assert _corrected(filled, question) == searched_for


@pytest.mark.parametrize(
    "question",
    [
        "Who renovates the lighthouses?",
        "Is the renovating over?",
        "munchhausen",
        "Who is Zygmunt Przybylski?",
        "When did Roberto Gardenier live?",
        "Is Dario Marino known?",
        "Wann wurde der Turm von Quillhavem gebaut und von wem?",
        "¿Cuándo se renovó el parliamento de la ciudad?",
        "Who sent ABCDF-1234 to quillhavem@example.com?",
        "What does “goverment” mean?",
        "Where does “the goverment, or (paliament)” stand?",
        "What was the tower?",
        "",
        "?!",
    ],
)
def test_everything_else_is_left_alone(filled: Library, question: str) -> None:
    """Other forms of a known word, names and numbers that are not there, words in quotes, and real words."""
    assert _corrected(filled, question) == question


@pytest.mark.parametrize(
    ("written", "meant", "slip"),
    [
        ("lihgthouse", "lighthouse", Slip.SWAPPED),
        ("lightouse", "lighthouse", Slip.LEFT_OUT),
        ("lighthous", "lighthouse", Slip.LEFT_OUT),
        ("lighthhouse", "lighthouse", Slip.PUT_IN),
        ("lighthousee", "lighthouse", Slip.PUT_IN),
        ("ligjthouse", "lighthouse", Slip.NEIGHBOUR),
        ("lighthause", "lighthouse", Slip.NEIGHBOUR),
        ("lightpouse", "lighthouse", Slip.OTHER),
        ("lihthousee", "lighthouse", Slip.OTHER),
    ],
)
def test_it_is_told_what_parts_two_words(written: str, meant: str, slip: Slip) -> None:
    assert slip_between(written, meant) is slip


def test_for_words_that_anybody_knows_the_documents_are_not_asked(
    filled: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To count the words of ten thousand documents takes ten seconds."""
    asked: list[int] = []
    vocabulary = filled.vocabulary()
    monkeypatch.setattr(filled, "vocabulary", lambda: asked.append(1) or vocabulary)
    assert (
        _corrected(filled, "Who paid for the lighthouse in the summer?") == "Who paid for the lighthouse in the summer?"
    )
    assert not asked
    assert _corrected(filled, "the lihgthouse") == "the lighthouse"
    assert asked


def test_what_was_removed_is_no_longer_suggested(filled: Library) -> None:
    filled.add([made("other", ["nothing of the kind"])])
    assert _corrected(filled, "Quilhaven") == "Quillhaven"
    filled.remove(id_of("story"))
    assert _corrected(filled, "Quilhaven") == "Quilhaven"


def test_an_empty_library_knows_nothing(library: Library) -> None:
    assert _corrected(library, "Quilhaven") == "Quilhaven"


@pytest.mark.parametrize("switch", Switch)
def test_a_setting_leaves_every_word_as_it_is_written(filled: Library, switch: Switch) -> None:
    async def never(_: Inquiry) -> str:
        raise AssertionError

    spell = Spelling(filled, MiniLMTokenizer.load().words()).corrected
    planner = Planner(filled, never, settings=PlanningSettings(spelling=switch), spell=spell)
    plan = asyncio.run(planner.plan(Inquiry(begin("Who is in the paliament?"), lambda _: None)))
    assert plan.respelled is (switch is Switch.ON)
    assert plan.question == f"Who is in the {'parliament' if plan.respelled else 'paliament'}?"
