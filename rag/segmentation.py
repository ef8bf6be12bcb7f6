"""Where sentences begin and end: a pure function of the text, in any language that ends its sentences with a mark.

Used wherever text is cut or quoted, so that chunks, quotes and quick answers agree on what a sentence is. It knows
nothing of tokens, chunks or models.
"""

from __future__ import annotations

import re

__all__ = ["sentence_spans"]

_END = re.compile(
    r"""
    (?P<mark>[.!?…]+["'”’»)\]]*)\s+(?=[^\sa-zß-öø-ÿ])   # a mark, then anything but a small letter
    | [。！？]["”’」』）]*\s*                              # marks that need no space
    | \n\s*\n\s*                                          # a blank line
    | \n\s*(?=[•●▪◦‣·*–-]\s|\(?(?:\d{1,3}|[^\W\d_]|[ivx]{1,4})[.)]\s)   # the next item of a list
    """,
    re.VERBOSE,
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:[A-Za-z]|[A-Za-z](?:\.[A-Za-z])+|Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|No|Nos|Nr|Inc|Ltd|Co|Corp|Art|Sec|Fig|Eq|"
    r"Vol|cf|vs|al|etc|approx|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|bzw|ca|Abs|Str|Tel|inkl|einschl|exkl|[Gg]gf|"
    r"Mio|Mrd|Hr|Fr|Hausnr|[Mm]ax|[Mm]in|Sra?|Mme|Mlle|Gen|Rev|Sect|Nr|usw|z\.B|d\.h|u\.a|vgl|gem|zzgl|Ziff|Kap)\.$"
)
_GERMAN_ORDINAL = re.compile(r"(?:^|[\s(])\d{1,2}\.$")
_AFTER_ORDINAL = re.compile(
    r"\s+(?:Jan|Feb|Mär|Apr|Mai\b|Jun|Jul|Aug|Sep|Okt|Nov|Dez|Stock|Etage|Obergeschoss|Jahrhundert|Kapitel|Auflage|Tag|Monat)"
)
_BEFORE_FIGURES = re.compile(r"(?:^|[\s(])(?:nos?|pp?|arts?|secs?|figs?|ch|para)\.$", re.IGNORECASE)
_ENUMERATOR = re.compile(r"\s*\(?\d{1,3}(?:\.\d{1,3})*\.")
_LONGEST_ABBREVIATION = 12


def sentence_spans(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """The sentences of ``text[start:end]`` as offsets into ``text``, without the white space around them."""
    end = len(text) if end is None else end
    spans: list[tuple[int, int]] = []
    begun = start
    for match in _END.finditer(text, start, end):
        if match["mark"] and _is_abbreviation(text, begun, match.end("mark")):
            continue
        _append(spans, text, begun, match.end())
        begun = match.end()
    _append(spans, text, begun, end)
    return spans


def _is_abbreviation(text: str, start: int, end: int) -> bool:
    """Whether what ends at ``end`` is "Inc.", the "3." of a list or of "3. Oktober", or "no." before a figure."""
    tail = text[max(start, end - _LONGEST_ABBREVIATION) : end]
    if _ABBREVIATION.search(tail) or _ENUMERATOR.fullmatch(text, start, end):
        return True
    if _GERMAN_ORDINAL.search(tail) and _AFTER_ORDINAL.match(text, end):
        return True
    return _BEFORE_FIGURES.search(tail) is not None and text[end : end + _LONGEST_ABBREVIATION].lstrip()[:1].isdigit()


def _append(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    stretch = text[start:end]
    start += len(stretch) - len(stretch.lstrip())
    end -= len(stretch) - len(stretch.rstrip())
    if start < end:
        spans.append((start, end))
