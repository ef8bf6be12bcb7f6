"""Questions that are suggested: about what the documents hold, the person's own first."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from rag.suggestions import SAMPLE_FOLDER, about, sample_files, suggested
from storage.records import Chunk, Document
from tests.assembled import NOTICE, assistant_on
from tests.conftest import NOBODY_THERE

if TYPE_CHECKING:
    from pathlib import Path

HANDBOOK = Document("a" * 64, "handbook.txt", "Handbook", "text/plain", 9, None, None, 2, "2026-01-01T00:00:00Z")
SAMPLES = [
    Document(f"{number:064d}", path.name, path.stem, "", 9, None, None, 1, "2026-01-01T00:00:00Z")
    for number, path in enumerate(sample_files())
]
RESTING = "Annual leave is granted on request. Unused annual leave lapses in March; annual leave is paid."


def chunk(text: str, heading: str = "") -> Chunk:
    return Chunk("c", HANDBOOK.id, 0, None, "text", heading, "", text, 0, len(text))


def test_a_document_is_asked_about_by_its_headings() -> None:
    """Without their numbers; one that is its title, too long or hardly a word is left out."""
    chunks = [chunk("…", "Handbook"), chunk("…", "Staff › 4. Sick pay"), chunk("…", "§ 1"), chunk("…", "x" * 61)]
    assert about(HANDBOOK, chunks) == ("What does “Handbook” say about “Sick pay”?",)


@pytest.mark.parametrize(
    "heading", ["{ed,rei}@adobe.com", "Von: John Schember", "Inhaltsverzeichnis", "See http://example.org", "Contents"]
)
def test_what_is_no_subject_is_not_asked_about(heading: str) -> None:
    assert about(HANDBOOK, [chunk("…", heading), chunk("…", "By-laws"), chunk("…", "Contents of the flat")]) == (
        "What does “Handbook” say about “By-laws”?",
        "What does “Handbook” say about “Contents of the flat”?",
    )


def test_a_document_without_headings_is_asked_about_by_what_it_comes_back_to() -> None:
    """Two telling words side by side, three times or more."""
    assert about(HANDBOOK, [chunk(RESTING)]) == ("What does “Handbook” say about “annual leave”?",)
    assert about(HANDBOOK, [chunk("Annual leave is granted. Of the annual leave, the rest lapses.")]) == ()


def test_words_on_either_side_of_a_stop_are_no_phrase() -> None:
    assert about(HANDBOOK, [chunk("Invoice 2024 total. " * 4)]) == ()
    assert about(HANDBOOK, [chunk("Große Räume. " * 4)]) == ("What does “Handbook” say about “große räume”?",)
    apart = "They leave. Annual reports. They leave. Annual sums. They leave. Annual fees."
    assert about(HANDBOOK, [chunk(apart)]) == ()


def test_the_samples_bring_their_own_five() -> None:
    questions = suggested(SAMPLES, lambda _: [chunk("…", "Rent")])
    assert len(questions) == 5
    assert all(
        question in (SAMPLE_FOLDER.parent / "sample_questions.json").read_text(encoding="utf-8")
        for question in questions
    )


def test_a_persons_own_documents_are_asked_about_before_the_samples() -> None:
    """And never more than six questions stand there."""
    questions = suggested([HANDBOOK, *SAMPLES], lambda _: [chunk(RESTING, "Sick pay")])
    assert questions[:2] == (
        "What does “Handbook” say about “Sick pay”?",
        "What does “Handbook” say about “annual leave”?",
    )
    assert len(questions) == 6


def test_the_samples_questions_go_when_one_of_the_samples_does() -> None:
    assert suggested(SAMPLES[1:], lambda _: []) == ()


def test_the_assistant_suggests_what_its_library_can_be_asked(library_folder: Path, model_cache: Path) -> None:
    """There is a document of the person's own in it, beside the samples."""
    with closing(assistant_on(library_folder, model_cache, NOBODY_THERE)) as assistant:
        questions = assistant.suggestions()
    assert NOTICE in questions
    assert questions[0].startswith("What does “")
