"""A spreadsheet's dates read as its cells show them where that is certain, and as ISO 8601 writes them elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rag.reading.values import shown

DAY = datetime(2025, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("number_format", "text"),
    [
        ("mmmm yyyy", "March 2025"),
        ("mmm-yy", "Mar-25"),
        ("d mmm yyyy", "1 Mar 2025"),
        ("[$-809]d mmmm yyyy;@", "1 March 2025"),
        ("dddd, mmmm dd, yyyy", "Saturday, March 01, 2025"),
        ("dd/mm/yyyy", "2025-03-01"),
        ("mm-dd-yy", "2025-03-01"),
        ("General", "2025-03-01"),
    ],
)
def test_a_date_is_worded_as_its_format_words_it(number_format: str, text: str) -> None:
    """A month in words is what people search for; a month in figures is ambiguous, and written one way."""
    assert shown(DAY, number_format) == text
