"""The MiniLM encoder: text to one sentence vector and its token vectors, from a single pass of ONNX Runtime.

It owns the batches; where the ONNX file comes from is the affair of ``rag/encoder_files.py``. It imports no torch, and
it knows nothing of tables, scores or how chunks come about.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from rag import token_vectors
from rag.background import weights_of
from rag.encoder_export import INPUTS, OUTPUT, WEIGHTS_SHA256
from rag.encoder_files import open_or_export
from rag.errors import EncoderError
from rag.leaning import aside_of
from rag.precision import Precision
from rag.priority import in_the_background, in_the_foreground
from rag.tokens import MiniLMTokenizer
from storage.records import EncodedChunk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import ThreadPoolExecutor
    from pathlib import Path

    import onnxruntime
    from numpy.typing import NDArray

    from rag.tokens import Tokens
    from storage.records import Chunk, TokenVectors

__all__ = [
    "CHUNKS_PER_CALL",
    "EncodedQuestion",
    "Encoder",
    "model_fingerprint",
    "run_batch",
    "sentence_vector",
]

_Made = TypeVar("_Made")

CHUNKS_PER_CALL = 96
"""Chunks that two cores encode in one to two seconds: who wants to stop in between hands over no more at a time.

Fewer would be sorted by length less well: of 48 at a time 18 % of the work is padding, of 96 11 %.
"""
_BATCH = 16
_FAMILIAR_UP_TO, _UNFAMILIAR_FROM = 1.3, 2.3
"""Pieces a word of a question. Of the training sets' English questions nine of ten have at most 1.3 (in medicine 1.8);
in an unknown language (``rag/learning/unknown_language.py``) the median of a set is 1.8 to 2.6."""
_ASIDE_WEIGHT = 0.3
"""Of words in brackets behind a question, as those of an earlier one are: enough to say what is talked about, too
little to have the earlier question answered again."""


@dataclass(frozen=True, slots=True, eq=False)
class EncodedQuestion:
    """A question with everything the encoder made of it."""

    text: str
    vector: NDArray[np.float32]
    """Shape (384,), unit length."""
    tokens: Tokens
    token_vectors: NDArray[np.float32]
    """Shape (tokens, dimension), unit length; [CLS] and [SEP] left out."""
    weights: NDArray[np.float32]
    """Shape (tokens,): inverse document frequency, less for what stands in brackets at the end, 0 for punctuation."""

    @property
    def unfamiliar(self) -> float:
        """How little the model knows of the language that is asked in, 0 to 1, by how its words fall to pieces."""
        beyond = self.tokens.pieces_per_word - _FAMILIAR_UP_TO
        return min(max(beyond / (_UNFAMILIAR_FROM - _FAMILIAR_UP_TO), 0.0), 1.0)


class Encoder:
    """all-MiniLM-L6-v2; safe to share between threads."""

    def __init__(self, session: onnxruntime.InferenceSession, tokenizer: MiniLMTokenizer) -> None:
        self.session = session
        self.tokenizer = tokenizer

    @classmethod
    def load(cls, cache: Path, precision: Precision = Precision.INT8) -> Encoder:
        """Open the exported encoder in ``cache``, exporting it first where it is missing or damaged.

        Raises EncoderError where the packaged weights are missing, changed or cannot be exported.
        """
        return cls(open_or_export(cache, precision), MiniLMTokenizer.load())

    def encode_question(self, text: str) -> EncodedQuestion:
        """Encode one question; an empty one has a vector but no tokens."""
        tokens = self.tokenizer.tokenize(text)
        states = run_batch(self.session, [self.tokenizer.ids(tokens)])[0]
        weights = np.where(token_vectors.kept(tokens), weights_of(tokens.ids), 0.0).astype(np.float32)
        aside = aside_of(text)
        weights *= np.array([1.0 if start < aside else _ASIDE_WEIGHT for start, _ in tokens.spans], np.float32)
        return EncodedQuestion(text, sentence_vector(states), tokens, token_vectors.project(states[1:-1]), weights)

    def encode_chunks(self, chunks: Sequence[Chunk]) -> list[EncodedChunk]:
        """Encode chunks, in the order given; the work is done in batches of like length, one on each core."""
        tokens = self.tokenizer.tokenize_all([chunk.indexed_text for chunk in chunks])

        def encode(at: int, states: NDArray[np.float32]) -> EncodedChunk:
            return _encoded(chunks[at], tokens[at], states)

        return self._made(tokens, encode)

    def with_token_vectors(self, chunks: Sequence[EncodedChunk]) -> list[EncodedChunk]:
        """Chunks without token vectors to the same with those that ``encode_chunks`` would have made: 30 ms each."""
        tokens = self.tokenizer.tokenize_all([each.chunk.indexed_text for each in chunks])

        def complete(at: int, states: NDArray[np.float32]) -> EncodedChunk:
            return replace(chunks[at], tokens=_token_vectors(tokens[at], states))

        return self._made(tokens, complete, in_the_foreground())

    def encode_anew(self, chunks: Sequence[EncodedChunk]) -> list[EncodedChunk]:
        """The same chunks: what this model makes of them never changes."""
        return list(chunks)

    def token_states(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """The model's last hidden states of each text's tokens, before any projection: shape (tokens, 384)."""
        return self._made(self.tokenizer.tokenize_all(texts), lambda _, states: states[1:-1])

    def _made(
        self,
        tokens: Sequence[Tokens],
        make: Callable[[int, NDArray[np.float32]], _Made],
        threads: ThreadPoolExecutor | None = None,
    ) -> list[_Made]:
        """What ``make`` makes of each text's position and last hidden states, [CLS] and [SEP] included, in order."""

        def run(batch: Sequence[int]) -> list[tuple[int, _Made]]:
            states = run_batch(self.session, [self.tokenizer.ids(tokens[at]) for at in batch])
            return [(at, make(at, own)) for at, own in zip(batch, states, strict=True)]

        done = (threads or in_the_background()).map(run, _by_length([len(one) for one in tokens]))
        made = dict(chain.from_iterable(done))
        return [made[at] for at in range(len(tokens))]


def model_fingerprint() -> str:
    """Name the weights and the projection, without loading either: vectors of another name cannot be compared."""
    return f"all-MiniLM-L6-v2/{WEIGHTS_SHA256[:12]}/{token_vectors.projection_id()}"


def run_batch(session: onnxruntime.InferenceSession, ids: Sequence[Sequence[int]]) -> list[NDArray[np.float32]]:
    """Last hidden states of each text, [CLS] and [SEP] included: shape (its tokens, 384).

    Raises EncoderError where ONNX Runtime gives up, for lack of memory as a rule: its errors have no type in common.
    """
    from onnxruntime.capi import onnxruntime_pybind11_state as ort

    shape = (len(ids), max(map(len, ids)))
    input_ids, mask = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    for row, one in enumerate(ids):
        input_ids[row, : len(one)] = one
        mask[row, : len(one)] = 1
    try:
        (states,) = session.run([OUTPUT], dict(zip(INPUTS, (input_ids, mask), strict=True)))
    except (ort.Fail, ort.InvalidArgument, ort.RuntimeException) as error:
        raise EncoderError(str(error)) from error
    return [states[row, : len(one)] for row, one in enumerate(ids)]


def sentence_vector(states: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean over all tokens, at length 1: shape (384,)."""
    return token_vectors.unit(states.mean(axis=0, dtype=np.float32))


def _encoded(chunk: Chunk, tokens: Tokens, states: NDArray[np.float32]) -> EncodedChunk:
    """A chunk with both kinds of vector, from its hidden states."""
    return EncodedChunk(chunk, sentence_vector(states), _token_vectors(tokens, states))


def _token_vectors(tokens: Tokens, states: NDArray[np.float32]) -> TokenVectors:
    """What is kept of a text's tokens, from its hidden states."""
    return token_vectors.pack(token_vectors.project(states[1:-1][token_vectors.kept(tokens)]))


def _by_length(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Positions in batches, longest first: padding a short text to a long one's length costs as much as reading it."""
    order = sorted(range(len(lengths)), key=lambda i: -lengths[i])
    return (order[at : at + _BATCH] for at in range(0, len(order), _BATCH))
