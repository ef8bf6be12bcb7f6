"""Fit what turns evidence into probabilities, on the training sets.

    python -m rag.learning.fit_reranker --data ../shared/data/questions/train --cache CACHE

Writes ``assets/reranker.json``, and says which part of the questions each limit of ``answerable`` would refuse; run
``fit_token_vectors`` before. About five minutes on two cores, most of it encoding and searching.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rag.answerability import RIVALS, probability_of, rivalry_signs
from rag.calibration import COEFFICIENTS_PATH, Coefficients, passage_log_odds
from rag.encoder import Encoder
from rag.learning.examples import Example, examples_of
from rag.learning.question_sets import read_set, sampled
from rag.learning.unknown_language import in_an_unknown_language
from rag.precision import Precision

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from rag.learning.question_sets import QuestionSet

__all__ = ["fit", "main", "refusals"]

_LEANING = ("doc2dial-val", "policyqa-dev", "tatqa-dev")
"""Sets whose questions name no subject and are asked inside one document: elsewhere nothing can be said of them."""
_UNKNOWN = ("ares-nq", "nq", "pubmedqa")
"""Sets that are learned from in an unknown language as well, so that what is fitted holds there too."""
_PASSAGES = 600
_QUESTIONS = 150
_JUDGED = 10
"""Passages of each example that the probability is fitted on: those that would be shown."""
_LIMITS = (0.02, 0.03, 0.04, 0.05, 0.06, 0.08)
_log = logging.getLogger(__name__)


def fit(sets: Sequence[Sequence[Example]]) -> Coefficients:
    """Fit on the examples of several sets, each set counting the same.

    Neighbours of what answers may say something of it too, so passages are judged without such examples.
    """
    clear = [[each for each in examples if not each.among_neighbours] for examples in sets]
    (evidence,), bias = _fit_passages(clear)
    unfinished = Coefficients(evidence, bias, _usual_rival(clear), (), 0.0, 0.0, 0.0)
    answerable, answerable_bias = _fit_answerable(sets, unfinished)
    fair, strong = _thresholds(clear, unfinished)
    return replace(
        unfinished, answerable=answerable, answerable_bias=answerable_bias, strong_from=strong, fair_from=fair
    )


def refusals(sets: Sequence[Sequence[Example]], fitted: Coefficients, limit: float) -> tuple[float, float]:
    """Below a limit, the part refused of what can be answered and of what cannot: the mean of all sets.

    Each set has examples of both.
    """
    parts = []
    for examples in sets:
        refused = np.array([_answerable(each, fitted) < limit for each in examples])
        there = np.array([each.relevant.any() for each in examples])
        parts.append((refused[there].mean(), refused[~there].mean()))
    wrongly, rightly = np.mean(parts, axis=0)
    return float(wrongly), float(rightly)


def _usual_rival(sets: Sequence[Sequence[Example]]) -> float:
    """Mean evidence of the rivals, over the examples that have them all."""
    rivals = [each.evidence[RIVALS] for examples in sets for each in examples if len(each.evidence) >= RIVALS.stop]
    return float(np.mean(rivals))


def _fit_passages(sets: Sequence[Sequence[Example]]) -> tuple[tuple[float, ...], float]:
    """The logistic function of a passage's evidence, over those that would be shown."""
    rows = [np.concatenate([example.evidence[:_JUDGED, None] for example in examples]) for examples in sets]
    labels = [np.concatenate([example.relevant[:_JUDGED] for example in examples]) for examples in sets]
    return _logistic(rows, labels)


def _fit_answerable(sets: Sequence[Sequence[Example]], fitted: Coefficients) -> tuple[tuple[float, ...], float]:
    """The logistic function of the best passage and its rivals."""
    rows = [np.stack([_signs(example, fitted) for example in examples]) for examples in sets]
    return _logistic(rows, [np.array([example.relevant.any() for example in examples]) for examples in sets])


def _thresholds(sets: Sequence[Sequence[Example]], fitted: Coefficients) -> tuple[float, float]:
    """What the best passage reaches in one of ten, and in one of thirty, searches where the answer is absent."""
    absent = [_best(example, fitted) for examples in sets for example in examples if not example.relevant.any()]
    return float(np.quantile(absent, 1 - 1 / 10)), float(np.quantile(absent, 1 - 1 / 30))


def _logistic(
    rows: Sequence[NDArray[np.float64]], labels: Sequence[NDArray[np.bool_]]
) -> tuple[tuple[float, ...], float]:
    """Weights and bias of a logistic regression in which every set counts the same."""
    from sklearn.linear_model import LogisticRegression

    values, right = np.concatenate(rows), np.concatenate(labels)
    weight = np.concatenate([np.full(len(of_set), 1 / len(of_set)) for of_set in labels])
    mean, scale = values.mean(axis=0), values.std(axis=0)
    model = LogisticRegression(max_iter=1000).fit((values - mean) / scale, right, weight / weight.mean())
    weights = model.coef_[0] / scale
    return tuple(map(float, weights)), float(model.intercept_[0] - weights @ mean)


def _signs(example: Example, fitted: Coefficients) -> NDArray[np.float64]:
    return np.concatenate([example.signs[0], rivalry_signs(passage_log_odds(example.evidence, fitted), fitted)])


def _answerable(example: Example, fitted: Coefficients) -> float:
    """As the program says it of as many candidates."""
    return probability_of(example.signs, passage_log_odds(example.evidence, fitted), fitted)


def _best(example: Example, fitted: Coefficients) -> float:
    """The probability of an example's best passage."""
    return float(1 / (1 + np.exp(-passage_log_odds(example.evidence, fitted)[0])))


def main(arguments: Sequence[str]) -> int:
    """Read the command line, fit, and write the coefficients."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    parser = argparse.ArgumentParser(prog="python -m rag.learning.fit_reranker")
    parser.add_argument("--data", type=Path, required=True, help="folder of training sets (NAME.tar.xz)")
    parser.add_argument("--cache", type=Path, required=True, help="folder of the exported encoder")
    given = parser.parse_args(arguments)
    encoder = Encoder.load(given.cache, Precision.INT8)
    sets = [_examples(questions, encoder) for questions in _sets(given.data)]
    fitted = fit(sets)
    for limit in _LIMITS:
        wrongly, rightly = refusals(sets, fitted, limit)
        _log.info("limit %.2f: %.1f %% refused wrongly, %.1f %% rightly", limit, 100 * wrongly, 100 * rightly)
    COEFFICIENTS_PATH.write_text(json.dumps(asdict(fitted), indent=2) + "\n", encoding="utf-8")
    _log.info("wrote %s", COEFFICIENTS_PATH.name)
    return 0


def _sets(folder: Path) -> Iterator[QuestionSet]:
    """A part of every set; of some of them also as they look in an unknown language."""
    for archive in sorted(folder.glob("*.tar.xz")):
        if archive.name.startswith(_LEANING):
            continue
        questions = sampled(read_set(archive), passages=_PASSAGES, questions=_QUESTIONS)
        yield questions
        if questions.name in _UNKNOWN:
            yield in_an_unknown_language(questions)


def _examples(questions: QuestionSet, encoder: Encoder) -> list[Example]:
    examples = list(examples_of(questions, encoder))
    _log.info("%s: %d examples", questions.name, len(examples))
    return examples


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
