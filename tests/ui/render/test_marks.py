"""Marked text: the same words, escaped, with the right stretches marked."""

from __future__ import annotations

import html
import re

from hypothesis import given
from hypothesis import strategies as st

from rag.evidence import Span
from ui.render.marks import excerpt, joined, marked, shifted, within

spans = st.lists(
    st.tuples(st.integers(-5, 60), st.integers(-5, 60)).map(lambda pair: Span(min(pair), max(pair))), max_size=6
)


@given(st.text(max_size=50), spans, spans)
def test_marking_changes_no_word(text: str, strong: list[Span], soft: list[Span]) -> None:
    """Take the marks away and the text is the text, whatever it holds."""
    shown = str(marked(text, strong, soft))
    assert html.unescape(re.sub(r"</?mark(?: class=\"soft\")?>", "", shown)) == text


def test_elements_in_a_text_are_words() -> None:
    shown = marked("a <b>bold</b> & <script>", (Span(2, 6),))
    assert shown == "a <mark>&lt;b&gt;b</mark>old&lt;/b&gt; &amp; &lt;script&gt;"


def test_strong_marks_cover_soft_ones() -> None:
    assert marked("abcdef", (Span(1, 3),), (Span(2, 5),)) == 'a<mark>bc</mark><mark class="soft">de</mark>f'


def test_neighbouring_words_are_marked_as_one() -> None:
    assert joined((Span(4, 8), Span(0, 3), Span(20, 22))) == (Span(0, 8), Span(20, 22))


def test_spans_are_counted_from_the_start_of_a_window() -> None:
    assert within((Span(0, 5), Span(8, 12), Span(30, 40)), Span(3, 10)) == (Span(0, 2), Span(5, 7))
    assert shifted((Span(1, 2),), 10) == (Span(11, 12),)


@given(st.text(alphabet="ab \n", max_size=900), st.integers(0, 899))
def test_an_excerpt_is_short_and_holds_the_first_mark(text: str, at: int) -> None:
    at = min(at, max(0, len(text) - 1))
    window = excerpt(text, (Span(at, at + 1),))
    assert 0 <= window.start <= window.end <= len(text)
    assert window.end - window.start <= 300
    assert window.start <= at
