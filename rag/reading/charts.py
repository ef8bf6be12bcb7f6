"""A chart of an Office file as the table it is drawn from: a row for each label, a column for each series.

The XML is read rather than the library's view of it, which knows flat charts only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rag.reading.values import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["chart_rows", "chart_title"]

_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_WORDS = "{http://schemas.openxmlformats.org/drawingml/2006/main}t"
_LABELS, _FIGURES = ("cat", "xVal"), ("val", "yVal")


def chart_title(chart: Any) -> str:  # noqa: ANN401  (lxml ships no types)
    """What stands above the chart; empty where nothing does."""
    title = chart.find(f"{_C}chart/{_C}title")
    return "" if title is None else "".join(text.text or "" for text in title.iter(_WORDS))


def chart_rows(chart: Any) -> list[list[str]]:  # noqa: ANN401
    """The header and the rows; empty where no figures were saved with the chart."""
    series = list(chart.iter(f"{_C}ser"))
    labels = {at: label for one in reversed(series) for at, label in _points(one, _LABELS)}
    columns = [dict(_points(one, _FIGURES)) for one in series]
    places = sorted({*labels, *(at for column in columns for at in column)})
    names = ["", *(_name(one) for one in series)]
    return (
        [names, *([labels.get(at, ""), *(column.get(at, "") for column in columns)] for at in places)] if places else []
    )


def _name(series: Any) -> str:  # noqa: ANN401
    return series.findtext(f"{_C}tx//{_C}v") or ""


def _points(series: Any, parts: tuple[str, ...]) -> Iterator[tuple[int, str]]:  # noqa: ANN401
    """The saved points of one part of a series, as they are shown."""
    for part in parts:
        for point in series.iterfind(f"{_C}{part}//{_C}pt"):
            text, at = point.findtext(f"{_C}v") or "", point.get("idx", "")
            code = point.get("formatCode") or point.getparent().findtext(f"{_C}formatCode")
            if at.isdecimal():
                yield int(at), _shown(text, code)


def _shown(text: str, code: str | None) -> str:
    """A figure under its number format; a label as it is."""
    if code is None:
        return text
    try:
        return shown(float(text), code)
    except ValueError:
        return text
