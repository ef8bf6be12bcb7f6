"""What a chunk is said to belong to: its prefix for the models, its place for people."""

from __future__ import annotations

import pytest

from rag.labels import PREFIX_LIMIT, Prefixes, Prefixing, is_nameless, place_between, place_of
from rag.tokens import MiniLMTokenizer
from storage.records import Page, PageUnit


@pytest.fixture(scope="module")
def tokenizer() -> MiniLMTokenizer:
    """The model's own."""
    return MiniLMTokenizer.load()


@pytest.mark.parametrize(
    ("name", "nameless"),
    [
        ("1a12ef3f11a64e92eeca39e493a17d2860c014a6", True),
        ("2023-04-17", True),
        ("12", True),
        ("550e8400-e29b-41d4-a716-446655440000", True),
        ("", True),
        ("Facade", False),
        ("Report 2023", False),
        ("3.1 Rent", False),
        ("契約", False),
    ],
)
def test_hashes_and_numbers_are_no_names(name: str, nameless: bool) -> None:  # noqa: FBT001  (a table's column)
    """Only what has words in it tells anything."""
    assert is_nameless(name) is nameless


@pytest.mark.parametrize(
    ("title", "headings", "prefix"),
    [
        ("Lease", ("Rent", "Due date"), "Lease › Rent › Due date"),
        ("0f3a9c8e7d6b5a41", ("Rent",), "Rent"),
        ("0f3a9c8e7d6b5a41", (), ""),
        ("Lease", ("Lease", "Rent"), "Lease › Rent"),
        ("Lease", ("7", "Rent"), "Lease › Rent"),
        ("annual_report_2022_final_00417", (), "annual report 2022 final"),
    ],
)
def test_the_prefix_is_title_and_headings(
    title: str, headings: tuple[str, ...], prefix: str, tokenizer: MiniLMTokenizer
) -> None:
    """In this order, without repetition and without what tells nothing."""
    assert Prefixes(title, tokenizer).of(headings) == prefix


@pytest.mark.parametrize(
    ("prefixing", "prefix"),
    [
        (Prefixing.NONE, ""),
        (Prefixing.TITLE, "Lease"),
        (Prefixing.HEADINGS, "Rent › Due date"),
        (Prefixing.BOTH, "Lease › Rent › Due date"),
    ],
)
def test_a_setting_leaves_out_parts_of_the_prefix(
    prefixing: Prefixing, prefix: str, tokenizer: MiniLMTokenizer
) -> None:
    assert Prefixes("Lease", tokenizer, prefixing).of(("Rent", "Due date")) == prefix


@pytest.mark.parametrize(
    ("first", "last", "between"),
    [
        ("p. 6", "p. 6", "p. 6"),
        ("Sheet Costs, rows 4–12", "Sheet Costs, row 13", "Sheet Costs, rows 4–13"),
        ("line 1", "lines 7–9", "lines 1–9"),
        ("§ Rent", "§ Rent", "§ Rent"),
    ],
)
def test_a_stretch_stands_from_its_first_place_to_its_last(first: str, last: str, between: str) -> None:
    assert place_between(first, last) == between


def test_a_long_prefix_is_cut_from_the_outside_in(tokenizer: MiniLMTokenizer) -> None:
    """The title and the innermost heading stay as long as anything does."""
    headings = tuple(f"A rather long heading with number {word}" for word in ("one", "two", "three", "four"))
    prefix = Prefixes("Lease of 12 Mill Lane", tokenizer).of((*headings, "Notice"))
    assert prefix.startswith("Lease of 12 Mill Lane › ")
    assert prefix.endswith(" › Notice")
    assert len(tokenizer.spans(prefix)) <= PREFIX_LIMIT


@pytest.mark.parametrize("title", ["word " * 500, "x" * 5_000, "." * 400 + "a", "漢" * 300])
def test_no_title_is_too_long(title: str, tokenizer: MiniLMTokenizer) -> None:
    """Whatever a document calls itself, its prefix keeps to its limit."""
    prefixes = Prefixes(title, tokenizer)
    assert len(tokenizer.spans(prefixes.of(()))) <= PREFIX_LIMIT
    assert len(tokenizer.spans(prefixes.of((title + " b", "Rent")))) <= PREFIX_LIMIT


@pytest.mark.parametrize(
    ("page", "unit", "headings", "lines", "rows", "place"),
    [
        (Page(6, "", ""), PageUnit.PAGE, ("Rent",), (3, 5), (), "p. 6"),
        (Page(6, "iv", ""), PageUnit.PAGE, (), (3, 5), (), "p. iv"),
        (Page(3, "Budget", ""), PageUnit.SLIDE, (), (3, 5), (), "Slide 3"),
        (Page(1, "Costs", ""), PageUnit.SHEET, (), (3, 5), (4, 5, 12), "Sheet Costs, rows 4–12"),
        (Page(1, "Costs", ""), PageUnit.SHEET, (), (3, 5), (4,), "Sheet Costs, row 4"),
        (Page(1, "", ""), None, ("Lease", "Termination"), (3, 5), (), "§ Termination"),
        (Page(1, "", ""), None, ("§ 4 Beitrag",), (3, 5), (), "§ 4 Beitrag"),
        (Page(1, "", ""), None, (), (3, 5), (2, 3), "rows 2–3"),
        (Page(1, "", ""), None, ("House", "Costs"), (3, 5), (2, 3), "§ Costs, rows 2–3"),
        (Page(1, "", ""), None, (), (3, 3), (), "line 3"),
        (Page(1, "", ""), None, (), (12, 30), (), "lines 12–30"),
    ],
)
def test_the_place_is_what_a_person_says(  # noqa: PLR0913, PLR0917  (a table's columns)
    page: Page,
    unit: PageUnit | None,
    headings: tuple[str, ...],
    lines: tuple[int, int],
    rows: tuple[int, ...],
    place: str,
) -> None:
    """Pages, slides, sheets and rows, and in what has none of them the section or the line."""
    assert place_of(page, unit, headings, lines, rows) == place
