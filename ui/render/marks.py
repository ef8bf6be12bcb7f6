"""Text with stretches of it marked, and the part of a long text that is worth showing.

Two kinds of marks: strong ones (the quoted words) and soft ones (words that answered words of the question). It knows
spans and text, not where either came from.
"""

from __future__ import annotations

from itertools import groupby, pairwise
from operator import itemgetter
from typing import TYPE_CHECKING

from markupsafe import Markup

from rag.evidence import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["excerpt", "joined", "marked", "shifted", "within"]

_STRONG = Markup("<mark>{}</mark>")
_PLAIN = Markup("{}")
_SOFT = Markup('<mark class="soft">{}</mark>')


def joined(spans: Iterable[Span], *, gap: int = 1) -> tuple[Span, ...]:
    """Return the spans in order, those merged that overlap or lie at most ``gap`` characters apart."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end + gap:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return tuple(merged)


def shifted(spans: Iterable[Span], offset: int) -> tuple[Span, ...]:
    """Return the spans moved by ``offset``."""
    return tuple(Span(span.start + offset, span.end + offset) for span in spans)


def within(spans: Iterable[Span], window: Span) -> tuple[Span, ...]:
    """Return what of the spans lies inside ``window``, counted from its start."""
    clipped = (Span(max(s.start, window.start) - window.start, min(s.end, window.end) - window.start) for s in spans)
    return tuple(span for span in clipped if span.start < span.end)


def marked(text: str, strong: Sequence[Span] = (), soft: Sequence[Span] = ()) -> Markup:
    """Return ``text``, escaped, with its marks; where both kinds overlap the strong one shows."""
    strong, soft = joined(within(strong, Span(0, len(text)))), joined(within(soft, Span(0, len(text))))
    cuts = sorted({0, len(text), *(edge for span in (*strong, *soft) for edge in (span.start, span.end))})
    pieces = ((_kind(start, strong, soft), text[start:end]) for start, end in pairwise(cuts))
    runs = groupby(pieces, key=itemgetter(0))
    return Markup("").join(kind.format("".join(words for _, words in run)) for kind, run in runs)


def _kind(position: int, strong: Sequence[Span], soft: Sequence[Span]) -> Markup:
    if _covers(strong, position):
        return _STRONG
    return _SOFT if _covers(soft, position) else _PLAIN


def _covers(spans: Sequence[Span], position: int) -> bool:
    return any(span.start <= position < span.end for span in spans)


def excerpt(text: str, spans: Sequence[Span], *, length: int = 300, lead: int = 90) -> Span:
    """Return the stretch of at most about ``length`` characters that begins shortly before the first mark."""
    if len(text) <= length:
        return Span(0, len(text))
    first = min((span.start for span in spans), default=0)
    start = max(0, min(first - lead, len(text) - length))
    return Span(_word_start(text, start), _word_end(text, min(len(text), start + length)))


def _word_start(text: str, position: int) -> int:
    if position == 0:
        return 0
    space = text.find(" ", position)
    return space + 1 if 0 <= space < position + 30 else position


def _word_end(text: str, position: int) -> int:
    if position >= len(text):
        return len(text)
    space = text.rfind(" ", 0, position)
    return space if space > position - 30 else position
