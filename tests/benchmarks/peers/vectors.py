"""The vectors that every peer searches by: all-MiniLM-L6-v2 in single precision, each text encoded once and kept.

That is the model of the program's own *Meaning* without the rounding to bytes, so no peer pays for our economies. ONNX
Runtime runs it, which gives what sentence-transformers gives in half the time.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from typing import TYPE_CHECKING

import numpy as np

from app import _cache_folder
from rag.encoder import CHUNKS_PER_CALL, Encoder
from rag.precision import Precision
from storage.records import Chunk
from tests.benchmarks.kept_libraries import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["SharedVectors"]

_SAYING = 20
"""Calls of the encoder between two words of how far it is."""


class SharedVectors:
    """Texts to vectors, remembered in a file."""

    def __init__(self, cache: Path) -> None:
        cache.mkdir(parents=True, exist_ok=True)
        self._kept = sqlite3.connect(cache / "peers.sqlite")
        self._kept.execute("CREATE TABLE IF NOT EXISTS vectors (text BLOB PRIMARY KEY, vector BLOB)")
        self._encoder = Encoder.load(_cache_folder(os.environ), Precision.FP32)

    def of(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, shape (texts, 384)."""
        digests = [hashlib.sha256(text.encode()).digest() for text in texts]
        missing = {digest: text for digest, text in zip(digests, texts, strict=True) if self._of(digest) is None}
        waiting = sorted(missing, key=lambda digest: len(missing[digest]))
        for start in range(0, len(waiting), CHUNKS_PER_CALL):
            self._encode({digest: missing[digest] for digest in waiting[start : start + CHUNKS_PER_CALL]})
            if start // CHUNKS_PER_CALL % _SAYING == _SAYING - 1:
                say(f"peers: {start} of {len(waiting)} texts encoded")
        found = [np.frombuffer(self._of(digest) or b"", np.float32) for digest in digests]
        return np.array(found, np.float32).reshape(len(texts), -1)

    def of_one(self, text: str) -> list[float]:
        """The vector of a question."""
        return [float(value) for value in self.of([text])[0]]

    def _of(self, digest: bytes) -> bytes | None:
        row = self._kept.execute("SELECT vector FROM vectors WHERE text = ?", (digest,)).fetchone()
        return None if row is None else bytes(row[0])

    def _encode(self, texts: dict[bytes, str]) -> None:
        chunks = [Chunk(digest.hex(), "", 0, None, "", "", "", text, 0, len(text)) for digest, text in texts.items()]
        made = self._encoder.encode_chunks(chunks)
        rows = [(digest, each.vector.astype(np.float32).tobytes()) for digest, each in zip(texts, made, strict=True)]
        with self._kept:
            self._kept.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
