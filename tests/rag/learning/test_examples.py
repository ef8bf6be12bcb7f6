"""Examples are made by searching a real library, with and without the documents that hold the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from rag.encoder import Encoder
from rag.learning.examples import examples_of
from rag.learning.question_sets import Question, QuestionSet
from tests.rag.passages import ALL, chunk

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def encoder(model_cache: Path) -> Encoder:
    return Encoder.load(model_cache)


def test_each_question_is_put_to_libraries_with_and_without_its_answer(encoder: Encoder) -> None:
    passages = tuple(chunk(f"{id_}{i}", f"{text} Copy {i}.") for id_, text in ALL.items() for i in range(2))
    question = Question("q", "How long is the notice period?", frozenset({"notice0", "notice1"}))

    examples = list(examples_of(QuestionSet("little", (question,), (), passages, scoped=False), encoder))

    assert [int(example.relevant.sum()) for example in examples] == [2, 0, 1, 0, 0]
    assert [len(example.evidence) for example in examples[:2]] == [10, 8]
    assert [example.among_neighbours for example in examples] == [False] * 4 + [True]
    assert len(examples[4].evidence) == 8
    assert len(examples[2].evidence) == len(examples[3].evidence)
    assert all(np.all(np.diff(example.evidence) <= 0) for example in examples)
    assert examples[0].relevant[:2].all()
