"""Document names, quoted phrases and years become filters where the question means them as such."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest

from rag.planning import naming
from rag.planning.naming import documents_named, documents_of_year
from rag.planning.plan import Filter, FilterKind
from rag.planning.wording import phrases_of, year_of
from storage.records import Document


def _document(name: str, title: str = "") -> Document:
    return Document(name, name, title or name, "text/plain", 1, None, None, 1, "2026-01-01")


LIBRARY = tuple(
    map(_document, ("Lease agreement.pdf", "Lease agreement 2024.pdf", "Rules.txt", "Household_costs-2023.xlsx"))
)


def _named(question: str) -> list[str]:
    found = documents_named(question, LIBRARY)
    return sorted(found.documents) if found else []


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("What does the lease agreement say about pets?", ["Lease agreement.pdf"]),
        ("How much is the rent in the Lease Agreement 2024?", ["Lease agreement 2024.pdf"]),
        ("According to our lease agreement, who paints?", ["Lease agreement.pdf"]),
        ("What does household costs 2023 say of gas?", ["Household_costs-2023.xlsx"]),
        ("What did gas cost according to household costs 2023?", ["Household_costs-2023.xlsx"]),
        ("Who may park, by rules.txt?", ["Rules.txt"]),
        ("Who may park, as “Rules” has it?", ["Rules.txt"]),
        ("Who may park? See the rules document.", ["Rules.txt"]),
        ("In Rules.txt and in lease agreement.pdf, who may park?", ["Lease agreement.pdf", "Rules.txt"]),
    ],
)
def test_a_document_that_is_looked_into_is_searched_alone(question: str, names: list[str]) -> None:
    """However its file spells its name; of two names the longer one that fits."""
    assert _named(question) == names


def test_a_page_that_is_pasted_as_a_question_takes_no_room_to_speak_of() -> None:
    pasted = " ".join(f"word{number}" for number in range(1000))
    tracemalloc.start()
    try:
        names = _named(f"{pasted} according to the lease agreement {pasted}")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert names == ["Lease agreement.pdf"]
    assert peak < 20_000_000


@pytest.mark.parametrize(
    "question",
    [
        "When was the lease agreement signed?",
        "What are the rules about pets?",
        "Who sets the rules in the lease?",
        "What is the agreement about the lease?",
        "What did gas cost in household costs 2023?",
        "What did gas cost per month?",
        "What did the household pay?",
        "",
    ],
)
def test_words_that_are_only_like_a_name_filter_nothing(question: str) -> None:
    """What a question is about may be called like a document, and stand in another."""
    assert _named(question) == []


def test_naming_every_document_filters_nothing() -> None:
    assert documents_named("What does the lease agreement say?", LIBRARY[:1]) is None


def test_a_title_is_a_name_too() -> None:
    named = documents_named("What does the Treaty of Oaks say?", (_document("x1.pdf", "Treaty of Oaks"), *LIBRARY))
    assert named == Filter(FilterKind.DOCUMENT, "x1.pdf", ("x1.pdf",))


@pytest.mark.parametrize(
    ("question", "phrases"),
    [
        ('Where does it say "as soon as possible"?', ("as soon as possible",)),
        ("Wo steht „ohne schuldhaftes Zögern“?", ("ohne schuldhaftes Zögern",)),
        ("Qui dit « dès que  possible » ?", ("dès que possible",)),
        ("Who said “yes, of course.”?", ("yes, of course",)),
        ("Who wrote “Imagine”?", ()),
        ('What is 5" of rain?', ()),
        (f"Where is “{'very ' * 30}long”?", ()),
    ],
)
def test_a_quoted_phrase_is_what_passages_have_to_say(question: str, phrases: tuple[str, ...]) -> None:
    """Of one word it is more often a name."""
    assert phrases_of(question) == phrases


@pytest.mark.parametrize(
    ("question", "year"),
    [
        ("What did gas cost in 2023?", "2023"),
        ("What was the rent for the year 1998?", "1998"),
        ("Was kostete Gas im Jahr 2023?", "2023"),
        ("What did gas cost in 2022 and in 2023?", ""),
        ("Who bought 2023 bricks?", ""),
        ("What happened after 2020?", ""),
        ("What cost 2,000 euros in 2000.50?", ""),
    ],
)
def test_a_year_is_one_that_something_is_placed_in(question: str, year: str) -> None:
    """A number that is none, and one of several years, leave everything as it is."""
    assert year_of(question) == year


def test_of_two_libraries_asked_in_turns_each_has_its_own_names() -> None:
    other = (_document("Minutes of June.pdf"), _document("Lease agreement 2019.pdf"))
    question = "What does the lease agreement 2024 say, and what do the minutes of June say?"
    for _ in range(2):
        assert _named(question) == ["Lease agreement 2024.pdf"]
        found = documents_named(question, other)
        assert found is not None
        assert found.documents == ("Minutes of June.pdf",)


def test_a_question_asked_of_another_library_meanwhile_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    other = (_document("Minutes of June.pdf"), _document("Lease agreement 2019.pdf"))

    class Shared(list[naming._Names]):
        """What both questions remember names in: as soon as one has, the other does."""

        def __setitem__(self, place: Any, names: Any) -> None:
            super().__setitem__(place, names)
            if names.documents is LIBRARY:
                documents_named("What do the minutes of June say?", other)

    monkeypatch.setattr(naming, "_latest", Shared(naming._latest))
    assert _named("What does the lease agreement 2024 say?") == ["Lease agreement 2024.pdf"]


def test_a_document_that_came_since_is_known_by_its_name() -> None:
    question = "What do the minutes of June say?"
    assert documents_named(question, LIBRARY) is None
    found = documents_named(question, (*LIBRARY, _document("Minutes of June.pdf")))
    assert found is not None
    assert found.documents == ("Minutes of June.pdf",)


def test_a_year_leaves_out_the_documents_named_for_others() -> None:
    """Those without a year in their names stay: nobody knows what they are about."""
    found = documents_of_year("2023", LIBRARY)
    assert found is not None
    assert found.documents == ("Lease agreement.pdf", "Rules.txt", "Household_costs-2023.xlsx")


@pytest.mark.parametrize("year", ["2019", ""])
def test_a_year_that_no_document_is_named_for_leaves_nothing_out(year: str) -> None:
    assert documents_of_year(year, LIBRARY) is None
