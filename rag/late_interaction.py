"""Late interaction: how well a passage's tokens answer a question's tokens, and which of its words did.

Khattab and Zaharia, "ColBERT: Efficient and Effective Passage Search via Contextualized Late Interaction over BERT",
SIGIR 2020: every token of the question is given the most similar token of the passage (MaxSim). Here each question
token counts by its inverse document frequency. Arithmetic on vectors that are there already; it knows nothing of
models, tables or probabilities.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rag.background import weights_of
from rag.evidence import Span
from rag.token_vectors import codes_of, kept, tokens_of, unpack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from rag.encoder import EncodedQuestion
    from rag.tokens import Tokens
    from storage.records import EncodedChunk, TokenVectors

__all__ = ["best_similarities", "coverage", "highlights", "maxsim", "similarities"]

COVERED_FROM = 0.7
"""The cosine at which a question's token counts as half covered: what the same word in like context reaches."""
_COVERAGE_WIDTH = 0.05
HIGHLIGHT_FROM = 0.65
"""A word of the passage is shown as an answer to a word of the question from this cosine on. In right passages 99 % of
the words that stand in both reach it; in wrong ones 5 % of the question's words find one that does."""
CONTENT_FROM = 2.5
"""Words of a lower inverse document frequency ("the", "of", "what") are not worth showing."""
_NO_WEIGHT = 1e-9


def similarities(question: EncodedQuestion, tokens: TokenVectors) -> NDArray[np.float32]:
    """Cosines between a question's tokens and a passage's kept tokens, shape (question tokens, passage tokens)."""
    return question.token_vectors @ unpack(tokens).T


def best_similarities(question: EncodedQuestion, passages: Sequence[TokenVectors]) -> NDArray[np.float32]:
    """The best cosine that each passage has for each question token, shape (passages, question tokens).

    A passage without tokens has nothing to say: 0 throughout.
    """
    best = np.zeros((len(passages), len(question.tokens)), np.float32)
    filled = [i for i, tokens in enumerate(passages) if len(tokens.scales)]
    if not filled or not len(question.tokens):
        return best
    codes = codes_of([passages[i] for i in filled])
    scales = np.concatenate([passages[i].scales for i in filled]).astype(np.float32)
    starts = np.cumsum([0, *(len(passages[i].scales) for i in filled[:-1])])
    # One product for all passages. The scale of a token multiplies its whole column, so it is applied to the product.
    products = (question.token_vectors @ codes.T) * scales
    best[filled] = np.maximum.reduceat(products, starts, axis=1).T
    return best


def maxsim(best: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Weighted mean of the best cosines over the question's tokens, shape (passages,)."""
    return best @ (weights / max(float(weights.sum()), _NO_WEIGHT))


def coverage(best: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """The share of the question's weight that finds its counterpart in the passage, 0 to 1, shape (passages,)."""
    return maxsim(1 / (1 + np.exp((COVERED_FROM - best) / _COVERAGE_WIDTH)), weights)


def highlights(question: EncodedQuestion, chunk: EncodedChunk, tokens: Tokens) -> tuple[Span, ...]:
    """The words of ``chunk.chunk.text`` that best answered the question's content words, in reading order.

    ``tokens`` are those of ``chunk.chunk.indexed_text``, of which the stored vectors are the kept ones.
    """
    offset = len(chunk.chunk.indexed_text) - len(chunk.chunk.text)
    stored = np.flatnonzero(kept(tokens))
    starts = np.array(tokens.spans, np.int64).reshape(-1, 2)[stored, 0]
    inside = (starts >= offset) & (weights_of(tokens.ids)[stored] >= CONTENT_FROM)
    asking = question.weights >= CONTENT_FROM
    if not inside.any() or not asking.any():
        return ()
    cosines = similarities(question, tokens_of(chunk))[asking][:, inside]
    answering = stored[inside][cosines.argmax(axis=1)][cosines.max(axis=1) >= HIGHLIGHT_FROM]
    words = {tokens.word_at(int(token)) for token in answering}
    return tuple(Span(start - offset, end - offset) for start, end in sorted(words))
