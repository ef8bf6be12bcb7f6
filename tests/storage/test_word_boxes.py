"""Where words stand on their page is kept for as long as the document, and to a fraction of a pixel."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.library import Library
from storage.records import Page, WordBox
from storage.word_boxes import pack, unpack
from tests.storage.made import MODEL, made

if TYPE_CHECKING:
    from pathlib import Path

_fractions = st.floats(0, 1)
_words = st.builds(
    WordBox, st.integers(0, 2**31), st.integers(0, 2**31), _fractions, _fractions, _fractions, _fractions
)


@given(st.lists(_words, max_size=20))
def test_words_come_back_where_they_were(words: list[WordBox]) -> None:
    """Offsets exactly, edges to a forty-thousandth of the page."""
    back = unpack(pack(words))
    assert [(each.start, each.end) for each in back] == [(each.start, each.end) for each in words]
    for one, other in zip(back, words, strict=True):
        for edge in ("left", "top", "right", "bottom"):
            assert getattr(one, edge) == pytest.approx(getattr(other, edge), abs=1 / 40_000)


def test_what_an_engine_puts_beyond_the_edge_is_kept_at_it() -> None:
    """Engines may count a pixel too many."""
    assert unpack(pack([WordBox(0, 1, -0.1, 0.0, 1.1, 1.0)])) == (WordBox(0, 1, 0.0, 0.0, 1.0, 1.0),)


def test_boxes_and_unread_pages_are_kept_with_the_document(data_folder: Path) -> None:
    """They are there in another run, and go with it."""
    new = made("scan", ["words"])
    word = WordBox(0, 5, 0.0, 0.0, 1.0, 1.0)
    pages = [Page(1, "", "words", pack([word])), Page(2, "", "printed"), Page(11, "", "", unread=True)]
    library = Library.open(data_folder, MODEL)
    library.add([replace(new, pages=[*pages, Page(9, "", "", unread=True)])])
    library.close()
    library = Library.open(data_folder, MODEL)
    assert library.word_boxes(new.document.id, 1) == (word,)
    assert library.word_boxes(new.document.id, 2) == library.word_boxes(new.document.id, 9) == ()
    assert library.documents()[0].unread == library.document(new.document.id).unread == (9, 11)
    library.remove(new.document.id)
    assert library.word_boxes(new.document.id, 1) == ()
    library.close()
