"""Sentences are found where a reader would find them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.segmentation import sentence_spans


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ('He said "no." Then he left.', ['He said "no."', "Then he left."]),
        (
            "Dr. Smith of Acme Inc. Paid 3.50 euros, e.g. for tea.",
            ["Dr. Smith of Acme Inc. Paid 3.50 euros, e.g. for tea."],
        ),
        ("the U.S. Government pays. It does.", ["the U.S. Government pays.", "It does."]),
        ("The fee is 30. It is due.", ["The fee is 30.", "It is due."]),
        ("3. Pay the rent. 4. Leave.", ["3. Pay the rent.", "4. Leave."]),
        ("see no. 5 of the list", ["see no. 5 of the list"]),
        (
            "Der Beitrag ist bis zum 31. März fällig. Danach kostet er mehr.",
            ["Der Beitrag ist bis zum 31. März fällig.", "Danach kostet er mehr."],
        ),
        ("Im 2. Stock ist Platz. Es gibt 30. Mehr nicht.", ["Im 2. Stock ist Platz.", "Es gibt 30.", "Mehr nicht."]),
        ("Die Miete beträgt 900 Euro inkl. Heizung.", ["Die Miete beträgt 900 Euro inkl. Heizung."]),
        ("A heading\n\nA paragraph", ["A heading", "A paragraph"]),
        ("You need:\n• a pen\n• paper", ["You need:", "• a pen", "• paper"]),
        ("契約は終了する。通知が要る。", ["契約は終了する。", "通知が要る。"]),
        ("a line\nthat goes on", ["a line\nthat goes on"]),
        ("  \n ", []),
    ],
)
def test_sentences_are_told_apart(text: str, sentences: list[str]) -> None:
    """Marks, blank lines and list items end a sentence; abbreviations and figures do not."""
    assert [text[start:end] for start, end in sentence_spans(text)] == sentences


@given(st.text(alphabet="aB .!?\n•-1。\t", max_size=200))
def test_no_letter_is_lost(text: str) -> None:
    """The sentences are in order, apart, without white space around them, and hold everything else."""
    spans = sentence_spans(text)
    assert all(text[start:end].strip() == text[start:end] != "" for start, end in spans)
    assert [end for _, end in spans[:-1]] <= [start for start, _ in spans[1:]]
    assert "".join("".join(text[start:end].split()) for start, end in spans) == "".join(text.split())


def test_a_stretch_is_cut_by_offsets_into_the_whole() -> None:
    """Offsets count from the beginning of the text, not of the stretch."""
    text = "Zero. One. Two. Three."
    assert [text[start:end] for start, end in sentence_spans(text, 6, 15)] == ["One.", "Two."]


def test_a_short_last_word_on_a_line_of_its_own_is_no_item_of_a_list() -> None:
    """A line that is "end." ends its sentence; "2." and "b)" begin an item."""
    wrapped = "It may ask for the carpets to be cleaned at the\nend."
    assert [wrapped[start:end] for start, end in sentence_spans(wrapped)] == [wrapped]
    listed = "Bring:\n1. a pen\nb) paper\niv. time"
    items = [listed[start:end] for start, end in sentence_spans(listed)]
    assert items == ["Bring:", "1. a pen", "b) paper", "iv. time"]
