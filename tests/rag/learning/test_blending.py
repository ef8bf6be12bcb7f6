"""How much a cross-encoder counts is what held-out questions say: all where it knows, nothing where it does not."""

from __future__ import annotations

import numpy as np
import pytest

from rag.learning.blending import Reading, best_share, blend_of, figures_of, gained

pytest.importorskip("sklearn", reason="fitting needs scikit-learn, which the test extra brings")

CHANCE = np.random.default_rng(0)


def readings(*, knows: bool, count: int = 60) -> list[Reading]:
    """Late interaction is often right; the cross-encoder sees what it misses, or says anything."""
    made = []
    for _ in range(count):
        relevant = np.zeros(20, np.bool_)
        relevant[CHANCE.integers(20)] = True
        late = CHANCE.normal(0, 1, 20) + 2 * relevant
        word = CHANCE.normal(0, 1, 20) + 3 * relevant * knows
        made.append(Reading(late, word, relevant, wanted=1))
    return made


def test_one_that_knows_gets_a_share_and_orders_better() -> None:
    asked = readings(knows=True)

    share = best_share(asked)
    change, error = gained(share, asked)

    assert share >= 0.5
    assert change > 3 * error > 0


def test_one_that_says_anything_gets_next_to_none() -> None:
    """The few questions that chance is kind to cannot buy a large share."""
    assert best_share(readings(knows=False, count=400)) <= 0.1


def test_probabilities_are_as_often_right_as_they_say() -> None:
    asked = readings(knows=True, count=400)

    blend = blend_of(1.0, asked)

    before = [1 / (1 + np.exp(-each.late_interaction)) for each in asked]
    said = np.concatenate(
        [blend.probabilities(odds, each.cross_encoder) for odds, each in zip(before, asked, strict=True)]
    )
    right = np.concatenate([each.relevant for each in asked])
    likely = said > 0.5
    assert right[likely].mean() == pytest.approx(said[likely].mean(), abs=0.08)
    order = np.argsort(-blend.probabilities(before[0], asked[0].cross_encoder))
    assert list(order) == list(np.argsort(-asked[0].blended(1.0)))


def test_figures_are_the_textbook_s() -> None:
    """The right one of two wanted comes second: 1/log2(3) of 1 + 1/log2(3), and a reciprocal rank of a half."""
    reading = Reading(np.array([3.0, 2.0, 1.0]), np.zeros(3), np.array([False, True, False]), wanted=2)

    figures = figures_of([reading.late_interaction], [reading])

    assert figures.ndcg == pytest.approx(0.38685, abs=1e-4)
    assert figures.mrr == 0.5
