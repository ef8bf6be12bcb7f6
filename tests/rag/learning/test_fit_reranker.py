"""What is fitted makes probabilities of evidence: rising with it, and close to how often it is right."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest

from rag.calibration import COEFFICIENTS_PATH, Coefficients, coefficients, passage_log_odds
from rag.learning.examples import Example
from rag.learning.fit_reranker import fit, refusals

pytest.importorskip("sklearn", reason="fitting needs scikit-learn, which the test extra brings")


def made_up_examples(seed: int, count: int = 300) -> list[Example]:
    """Half of the searches hold one right passage, which stands out by about 0.4; the others have rivals only."""
    chance = np.random.default_rng(seed)
    examples = []
    for i in range(count):
        evidence = np.sort(chance.normal(0.7, 0.08, 30))[::-1]
        relevant = np.zeros(30, np.bool_)
        if i % 2:
            evidence[0] = chance.normal(1.15, 0.12)
            order = np.argsort(-evidence)
            relevant[int(np.flatnonzero(order == 0)[0])] = True
            evidence = evidence[order]
        signs = np.array([evidence[0] * 0.6, evidence[0] * 0.5, evidence[0] * 0.4]) + chance.normal(0, 0.02, 3)
        examples.append(Example(evidence, relevant, signs[None]))
    return examples


@pytest.fixture(scope="module")
def fitted() -> Coefficients:
    return fit([made_up_examples(0), made_up_examples(1)])


def test_the_same_evidence_is_the_same_probability_whatever_else_there_is(fitted: Coefficients) -> None:
    """And more of it is more probable."""
    alone, among = np.array([0.9]), np.array([1.2, 0.9, 0.3])
    assert passage_log_odds(alone, fitted)[0] == passage_log_odds(among, fitted)[1]
    assert np.all(np.diff(passage_log_odds(among, fitted)) < 0)


def test_probabilities_are_as_often_right_as_they_say(fitted: Coefficients) -> None:
    """On examples that were not fitted on, in two groups."""
    held_out = made_up_examples(2)
    probability = np.concatenate(
        [1 / (1 + np.exp(-passage_log_odds(example.evidence, fitted)[:10])) for example in held_out]
    )
    right = np.concatenate([example.relevant[:10] for example in held_out])

    for group in (probability < 0.5, probability >= 0.5):
        assert right[group].mean() == pytest.approx(probability[group].mean(), abs=0.08)


def test_words_for_strength_come_from_searches_without_the_answer(fitted: Coefficients) -> None:
    assert 0 < fitted.fair_from < fitted.strong_from < 1


def test_a_higher_limit_refuses_more_of_what_is_not_there_and_more_of_what_is(fitted: Coefficients) -> None:
    held_out = [made_up_examples(2), made_up_examples(3)]
    parts = [refusals(held_out, fitted, limit) for limit in (0.0, 0.5, 1.0)]
    assert parts[0] == (0, 0)
    assert parts[2] == (1, 1)
    wrongly, rightly = parts[1]
    assert wrongly < 0.1
    assert rightly > 0.9


def test_fitting_again_gives_the_same(fitted: Coefficients) -> None:
    assert fit([made_up_examples(0), made_up_examples(1)]) == fitted


def test_the_coefficients_in_assets_are_of_this_form() -> None:
    stored = json.loads(COEFFICIENTS_PATH.read_text(encoding="utf-8"))

    assert json.loads(json.dumps(asdict(coefficients()))) == stored
    assert len(coefficients().answerable) == 6
    assert coefficients().evidence > 0
