"""A spreadsheet's value as its cell shows it, within reason: dates, percentages, thousands, currencies. Pure."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta

__all__ = ["shown"]

_NOT_SHOWN = re.compile(r"\\.|_.|\*.|\[(?!\$)[^\]]*\]")
_BRACKETS = re.compile(r"\[[^\]]*\]|[_*].")
"""The language that a date is shown in, and what only fills the cell."""
_CURRENCY = re.compile(r"\[\$([^\]-]*)[^\]]*\]|\"([^\"]*)\"|([€$£¥])")
_GROUPED = re.compile(r"[0#?],[0#?]")
_SCALED = re.compile(r"(?<=[0#?]),+(?=[^0#?]*$)")
"""Commas behind the last digit, each of which shows thousands as ones."""
_PADDED = re.compile(r"00+")
_LARGEST_WHOLE = 1e15
_DATE_PART = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|(?P<clock>h+:mm(?::ss)?(?:\s?am/pm)?)|y+|m+|d+|[hs]+|[;@].*'
)
_DATE_PARTS = {
    "yyyy": "%Y",
    "yy": "%y",
    "mmmm": "%B",
    "mmm": "%b",
    "mm": "%m",
    "dddd": "%A",
    "ddd": "%a",
    "dd": "%d",
}


def shown(value: object, number_format: str = "General") -> str:
    """The text of a cell's value; empty for an empty cell."""
    match value:
        case bool():
            return str(value).upper()
        case datetime():
            return _date(value, number_format)
        case time():
            return value.strftime("%H:%M")
        case timedelta():
            return _duration(value)
        case int() | float():
            return _number(value, number_format)
    return "" if value is None else str(value)


def _date(value: datetime, number_format: str) -> str:
    """A date with its month in words where its format says so ("March 2025"), else as ISO 8601 writes it.

    Formats with figures alone are left aside: which of them is the month depends on where the person lives.
    """
    form = _BRACKETS.sub("", number_format.split(";", maxsplit=1)[0]).lower()
    if "mmm" not in form:
        return value.strftime("%Y-%m-%d" if value.time() == time() else "%Y-%m-%d %H:%M")
    return " ".join(_DATE_PART.sub(lambda part: _date_part(value, part), form).split())


def _date_part(value: datetime, part: re.Match[str]) -> str:
    if part["quoted"] is not None or part["escaped"]:
        return part["quoted"] or part["escaped"] or ""
    if part["clock"]:
        return value.strftime("%H:%M")
    return str(value.day) if part[0] == "d" else value.strftime(_DATE_PARTS.get(part[0], ""))


def _duration(value: timedelta) -> str:
    """Hours and minutes, however many hours there are."""
    minutes, sign = divmod(abs(int(value.total_seconds())), 60)[0], "-" if value < timedelta() else ""
    return f"{sign}{minutes // 60}:{minutes % 60:02}"


def _number(value: float, number_format: str) -> str:
    """A number under the first part of its format, which is the one for positive numbers."""
    form = _NOT_SHOWN.sub("", number_format.split(";", maxsplit=1)[0])
    before, after = _words_around(form)
    digits = _CURRENCY.sub("", form)
    sign = "-" if value < 0 else ""
    if "%" in digits:
        return f"{value * 100:.{_decimals(digits)}f}%"
    if "0" in digits and "E" not in digits.upper():
        thousands = len(scaled[0]) if (scaled := _SCALED.search(digits)) else 0
        layout = f"{_width(digits)}{',' if _GROUPED.search(digits) else ''}.{_decimals(digits)}f"
        return f"{sign}{before}{abs(value) / 1_000**thousands:{layout}}{after}"
    return f"{sign if before else ''}{before}{_general(abs(value) if before else value)}{after}"


def _width(digits: str) -> str:
    """How wide a whole number is made with zeros, as postcodes and article numbers are ("00000")."""
    zeros = _PADDED.fullmatch(digits.strip())
    return f"0{len(zeros[0])}" if zeros else ""


def _general(value: float) -> str:
    if isinstance(value, int) or (value.is_integer() and abs(value) < _LARGEST_WHOLE):
        return str(int(value))
    return f"{value:.10g}"


def _decimals(digits: str) -> int:
    """How many digits the format shows after the point."""
    match = re.search(r"\.([0#?]+)", digits)
    return len(match[1]) if match else 0


def _words_around(form: str) -> tuple[str, str]:
    """What a format prints before and after the digits, such as a currency."""
    first_digit = re.search(r"[0#?]", _CURRENCY.sub(lambda match: "_" * len(match[0]), form))
    before = after = ""
    for match in _CURRENCY.finditer(form):
        word = (match[1] or match[2] or match[3] or "").strip()
        if first_digit and match.start() > first_digit.start():
            after += f" {word}" if word else ""
        else:
            before += word
    return before, after
