"""A slip of the finger is put right where the documents know the word; what they do not know is left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rag.spelling import corrected
from rag.tokens import MiniLMTokenizer
from tests.storage.made import id_of, made

if TYPE_CHECKING:
    from storage.library import Library

TEXTS = [
    "The government of Quillhaven renovated the lighthouse.",
    "Renovation of the lighthouse was paid by the parliament.",
    "Invoice ABCDE-1234 was sent to quillhaven@example.com.",
    "The Café Münchhausen",
]


@pytest.fixture
def filled(library: Library) -> Library:
    library.add([made("story", TEXTS)])
    return library


def _corrected(library: Library, question: str) -> str:
    return corrected(question, library, MiniLMTokenizer.load().is_word)


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
