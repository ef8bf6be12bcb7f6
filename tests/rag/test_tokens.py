"""The tokenizer reads the whole text, and every piece knows where it stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.tokens import MODEL_LIMIT, MiniLMTokenizer


@pytest.fixture(scope="module")
def tokenizer() -> MiniLMTokenizer:
    return MiniLMTokenizer.load()


def test_long_text_is_not_cut_by_the_packaged_settings(tokenizer: MiniLMTokenizer) -> None:
    """The packaged file asks for truncation to 128 and padding to 128; neither happens."""
    assert len(tokenizer.spans("word " * 1000)) == 1000
    assert len(tokenizer.spans("word")) == 1


def test_what_the_model_is_given_never_exceeds_its_limit(tokenizer: MiniLMTokenizer) -> None:
    """[CLS] and [SEP] are counted in."""
    ids = tokenizer.ids(tokenizer.tokenize("word " * 1000))

    assert len(ids) == MODEL_LIMIT
    assert ids[0] == 101
    assert ids[-1] == 102


def test_pieces_stand_where_their_spans_say(tokenizer: MiniLMTokenizer) -> None:
    """Offsets count code points, also behind accents, emoji and non-Latin letters."""
    text = "Café 😀 naïve Übermaß — 東京 §4.2"

    tokens = tokenizer.tokenize(text)

    assert [text[start:end] for start, end in tokens.spans][:3] == ["Café", "😀", "naïve"]
    assert text[slice(*tokens.spans[-1])] == "2"


@given(st.text(max_size=200))
def test_spans_are_in_order_and_inside_any_text(text: str) -> None:
    spans = _SHARED.spans(text)

    assert all(0 <= start <= end <= len(text) for start, end in spans)
    assert spans == sorted(spans)


def test_every_piece_knows_its_whole_word(tokenizer: MiniLMTokenizer) -> None:
    text = "an unbelievably good chrysanthemum"

    tokens = tokenizer.tokenize(text)

    assert len(tokens) > 4
    assert [text[slice(*tokens.word_at(i))] for i in range(len(tokens))] == [
        next(word for word in text.split() if text.index(word) <= start < text.index(word) + len(word))
        for start, _ in tokens.spans
    ]


def test_words_of_a_language_that_the_model_does_not_know_fall_to_pieces(tokenizer: MiniLMTokenizer) -> None:
    """Numbers and codes, which fall to pieces in every language, are no words."""
    assert tokenizer.tokenize("How much notice does the tenant give?").pieces_per_word == 1.0
    assert tokenizer.tokenize("Wann muss der Mieter kündigen?").pieces_per_word > 1.8
    assert tokenizer.tokenize("Rent in 2024-11-25: 1,250.75").pieces_per_word == 1.0
    assert tokenizer.tokenize("2024?").pieces_per_word == 0.0


def test_many_texts_are_tokenized_as_one_by_one(tokenizer: MiniLMTokenizer) -> None:
    texts = ["one", "two words", "", "x " * 300]

    assert tokenizer.tokenize_all(texts) == [tokenizer.tokenize(text) for text in texts]


_SHARED = MiniLMTokenizer.load()


def test_a_text_asked_for_a_moment_ago_is_not_tokenized_again(tokenizer: MiniLMTokenizer) -> None:
    text = "The tenant pays the rent."
    assert tokenizer.tokenize(text) is tokenizer.tokenize(text)
