"""Late interaction is the paper's MaxSim with weights, whichever way it is computed, and it can point at words."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
import pytest

from rag.encoder import EncodedQuestion, Encoder
from rag.late_interaction import best_similarities, coverage, highlights, maxsim
from rag.token_vectors import pack, unit, unpack
from rag.tokens import Tokens
from tests.rag.passages import NOTICE, chunk

if TYPE_CHECKING:
    from pathlib import Path

    from storage.records import TokenVectors

DIMENSION = 64


@pytest.fixture(scope="module")
def encoder(model_cache: Path) -> Encoder:
    return Encoder.load(model_cache)


def random_question(tokens: int, seed: int = 0) -> EncodedQuestion:
    chance = np.random.default_rng(seed)
    vectors = unit(chance.standard_normal((tokens, DIMENSION)).astype(np.float32))
    weights = chance.uniform(0, 9, tokens).astype(np.float32)
    named = Tokens(tuple(range(tokens)), ("word",) * tokens, ((0, 1),) * tokens)
    return EncodedQuestion("", np.zeros(384, np.float32), named, vectors, weights)


def random_passages(lengths: list[int], seed: int = 1) -> list[TokenVectors]:
    chance = np.random.default_rng(seed)
    return [pack(unit(chance.standard_normal((n, DIMENSION)).astype(np.float32))) for n in lengths]


def words(encoder: Encoder, question: str, text: str, prefix: str = "") -> list[str]:
    """What is highlighted."""
    [encoded] = encoder.encode_chunks([chunk("c", text, prefix=prefix)])
    tokens = encoder.tokenizer.tokenize(encoded.chunk.indexed_text)
    found = highlights(encoder.encode_question(question), encoded, tokens)
    assert list(found) == sorted(set(found))
    return [text[span.start : span.end] for span in found]


def test_one_product_for_all_passages_equals_the_definition() -> None:
    """For each question token the best cosine in each passage, worked out one by one."""
    question, passages = random_question(7), random_passages([3, 1, 40, 12])

    best = best_similarities(question, passages)

    expected = [[max(token @ other for other in unpack(one)) for token in question.token_vectors] for one in passages]
    assert best == pytest.approx(np.array(expected), abs=1e-5)


def test_maxsim_is_the_mean_weighted_by_inverse_document_frequency() -> None:
    best, weights = np.array([[1.0, 0.5], [0.0, 0.5]], np.float32), np.array([3.0, 1.0], np.float32)

    assert maxsim(best, weights) == pytest.approx([3.5 / 4, 0.5 / 4])


def test_coverage_counts_the_weight_that_found_its_counterpart() -> None:
    """A cosine well above 0.7 counts fully, one well below not at all, 0.7 itself half."""
    best, weights = np.array([[0.95, 0.3, 0.7]], np.float32), np.array([4.0, 4.0, 2.0], np.float32)

    assert coverage(best, weights) == pytest.approx([0.5], abs=0.01)


def test_passages_and_questions_without_tokens_score_nothing() -> None:
    empty = pack(np.zeros((0, DIMENSION), np.float32))
    full = random_passages([5])[0]

    assert best_similarities(random_question(2), [empty, full, empty])[[0, 2]].max() == 0.0
    assert maxsim(best_similarities(random_question(0), [full]), np.zeros(0, np.float32)) == pytest.approx([0.0])
    assert best_similarities(random_question(2), []).shape == (0, 2)


def test_a_hundred_candidates_take_milliseconds() -> None:
    """Where a cross-encoder takes most of a second; the bound is generous, since machines under test are busy."""
    question, passages = random_question(15), random_passages([180] * 100)
    best_similarities(question, passages)

    started = perf_counter()
    for _ in range(5):
        best_similarities(question, passages)

    assert (perf_counter() - started) / 5 < 0.1


def test_highlights_land_on_the_words_that_answer(encoder: Encoder) -> None:
    found = words(encoder, "How long is the notice period of the lease?", NOTICE)

    assert {"notice", "period", "lease"} <= set(found)
    assert not {"The", "the", "is", "of", "to"} & set(found)


def test_highlights_are_whole_words_also_where_the_model_cuts_them(encoder: Encoder) -> None:
    """A rare word is several pieces; it is marked once, whole."""
    text = "The chrysanthemums of Kyoto bloom in November."

    assert "chrysanthemums" in words(encoder, "When do chrysanthemums bloom?", text)


def test_highlights_point_into_the_text_and_never_into_the_prefix(encoder: Encoder) -> None:
    """The prefix is encoded before the text; offsets count from the text's own beginning."""
    prefix = "Lease of the boathouse › Termination"

    assert words(encoder, "notice period", NOTICE, prefix) == words(encoder, "notice period", NOTICE)


def test_a_word_of_the_question_that_only_the_prefix_has_is_not_highlighted(encoder: Encoder) -> None:
    text = "It is three months, and has to be given in writing."
    assert words(encoder, "notice period of the boathouse", text, "The boathouse › Notice period") == []


def test_a_passage_about_something_else_has_no_highlights(encoder: Encoder) -> None:
    assert words(encoder, "What is the boiling point of tungsten?", NOTICE) == []


def test_offsets_count_code_points(encoder: Encoder) -> None:
    text = "😀😀 Übergabe: the déposit of 4.200 € is due."

    assert "déposit" in words(encoder, "How much is the deposit?", text)
