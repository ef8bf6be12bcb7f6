"""A spreadsheet's dates read as its cells show them where that is certain, and as ISO 8601 writes them elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

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
        ("[$-409]dddd\\,\\ mmmm\\ d\\,\\ yyyy", "Saturday, March 1, 2025"),
        ("[$-407]d\\.\\ mmmm\\ yyyy;@", "1. March 2025"),
        ('d" de "mmmm" de "yyyy', "1 de March de 2025"),
        ("General", "2025-03-01"),
    ],
)
def test_a_date_is_worded_as_its_format_words_it(number_format: str, text: str) -> None:
    """A month in words is what people search for; a month in figures is ambiguous, and written one way."""
    assert shown(DAY, number_format) == text


def test_the_time_of_day_is_not_taken_for_a_month() -> None:
    """Minutes and months have one letter in formats."""
    assert shown(DAY.replace(hour=14, minute=5), "d mmm yyyy h:mm AM/PM") == "1 Mar 2025 14:05"


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (950, "00000", "00950"),
        (-950, '"$"#,##0.00_);[Red]\\("$"#,##0.00\\)', "-$950.00"),
        (-5.5, "[$€-407]#,##0.00", "-€5.50"),
        (-5, "General", "-5"),
        (1_234_567, "#,##0,", "1,235"),
        (2_500_000, '0.0,,"M"', "2.5 M"),
        (1_000_000, "#,##0\\ [$€-407]", "1,000,000 €"),
        (timedelta(hours=25, minutes=30), "[h]:mm", "25:30"),
        (timedelta(minutes=-90), "[h]:mm", "-1:30"),
    ],
)
def test_a_figure_reads_as_its_cell_shows_it(value: object, number_format: str, text: str) -> None:
    """Leading zeros of postcodes, the sign before the currency, thousands, and hours beyond a day."""
    assert shown(value, number_format) == text
