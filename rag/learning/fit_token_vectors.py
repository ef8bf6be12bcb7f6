"""Fit what token vectors are brought down by, and count how telling each word piece is.

    python -m rag.learning.fit_token_vectors --data ../shared/data/questions/train --cache CACHE

Writes ``assets/projection.npy`` (the leading principal directions of unit-length token vectors, not centred, so that
dot products survive) and ``assets/idf.npy``. Only passages of the training sets are read. About a minute on two cores.
``fit_reranker`` must be run afterwards, in a process of its own.
"""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rag.background import IDF_PATH, inverse_document_frequencies
from rag.encoder import Encoder
from rag.learning.question_sets import QuestionSet, read_set, sampled
from rag.precision import Precision
from rag.token_vectors import PROJECTION_PATH, unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from rag.tokens import MiniLMTokenizer

__all__ = ["DIMENSION", "counted", "main", "principal_directions"]

DIMENSION = 64
"""With 128, 96 and 64 reranking is equally good on the development sets (nDCG@10 within 0.002); 48 is worse."""
_log = logging.getLogger(__name__)
_COUNTED = 3000
"""Passages, and questions, of each set that word pieces are counted in."""
_PROJECTED = 200
"""Passages of each set that the directions are found from."""


def principal_directions(states: Iterable[NDArray[np.float32]], dimension: int) -> NDArray[np.float32]:
    """The leading eigenvectors of the second moment of unit-length vectors, shape (384, dimension)."""
    moment = sum(vectors.T.astype(np.float64) @ vectors for vectors in map(unit, states))
    _, directions = np.linalg.eigh(np.asarray(moment))
    return directions[:, ::-1][:, :dimension].astype(np.float32)


def counted(tokenizer: MiniLMTokenizer, texts: Sequence[str]) -> NDArray[np.int64]:
    """In how many texts each word piece occurs, shape (vocabulary,)."""
    counts = np.zeros(tokenizer.vocabulary_size, np.int64)
    for tokens in tokenizer.tokenize_all(texts):
        counts[list(set(tokens.ids))] += 1
    return counts


def main(arguments: Sequence[str]) -> int:
    """Read the command line and write both files."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    parser = argparse.ArgumentParser(prog="python -m rag.learning.fit_token_vectors")
    parser.add_argument("--data", type=Path, required=True, help="folder of training sets (NAME.tar.xz)")
    parser.add_argument("--cache", type=Path, required=True, help="folder of the exported encoder")
    given = parser.parse_args(arguments)
    encoder = Encoder.load(given.cache, Precision.FP32)
    sets = [sampled(read_set(archive), passages=_COUNTED, questions=_COUNTED) for archive in _archives(given.data)]
    np.save(IDF_PATH, _frequencies(encoder.tokenizer, sets).astype(np.float16))
    states = (one for of_set in sets for one in encoder.token_states(_passages(of_set)[:_PROJECTED]))
    np.save(PROJECTION_PATH, principal_directions(states, DIMENSION).astype(np.float16))
    _log.info("wrote %s and %s", IDF_PATH.name, PROJECTION_PATH.name)
    return 0


def _archives(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.tar.xz"))


def _frequencies(tokenizer: MiniLMTokenizer, sets: Sequence[QuestionSet]) -> NDArray[np.float32]:
    """Inverse document frequencies among passages or among questions, whichever are lower, shape (vocabulary,)."""
    passages = [text for of_set in sets for text in _passages(of_set)]
    questions = [question.text for of_set in sets for question in of_set.questions]
    return np.minimum(
        *(inverse_document_frequencies(counted(tokenizer, texts), len(texts)) for texts in (passages, questions))
    )


def _passages(of_set: QuestionSet) -> list[str]:
    """The passages as they are indexed."""
    return [passage.indexed_text for passage in of_set.passages]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
