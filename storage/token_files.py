"""The token vectors of each document, in one file per document: what the late-interaction reranker reads.

They are 4 kB a chunk, half of all that is stored, read by place and never searched. In the chunk table they
would be rewritten by every compaction (12,000 chunks: 3.6 s and 1.7 GB of old versions instead of 1.3 s and 150 MB)
and slow to fetch; here a removed document's bytes are gone with its file. Owns the file format, and knows no table:
where in its file a chunk's vectors stand is kept with the chunk. It does not know what the bytes of a vector mean.

The format is one record per chunk, back to back: ``count`` float16 scales, little-endian, then ``count`` times
``width`` bytes. A chunk whose vectors are not kept has no record.
"""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from storage.files import PARTIAL, delete, write_atomically
from storage.records import TokenVectors

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

__all__ = ["SUFFIX", "TokenFiles", "TokenSpan"]

_log = logging.getLogger(__name__)

SCALE_BYTES = 2
SUFFIX = ".tokens"


@dataclass(frozen=True, slots=True)
class TokenSpan:
    """Where in its document's file a chunk's token vectors stand."""

    start: int
    """In bytes."""
    count: int
    """How many tokens."""
    width: int
    """Bytes of each vector; 0 where they are not kept."""

    @property
    def size(self) -> int:
        """In bytes."""
        return self.count * (SCALE_BYTES + self.width) if self.width else 0


class TokenFiles:
    """One folder of such files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, document_id: str, tokens: Iterable[TokenVectors | None]) -> tuple[TokenSpan, ...]:
        """Write a document's file, whole and on disk on return; the spans are in the order of ``tokens``."""
        spans: list[TokenSpan] = []
        with write_atomically(self._path(document_id)) as file:
            for vectors in tokens:
                if vectors is None:
                    spans.append(TokenSpan(file.tell(), 0, 0))
                    continue
                spans.append(TokenSpan(file.tell(), *vectors.codes.shape))
                file.write(np.ascontiguousarray(vectors.scales, "<f2").data)
                file.write(np.ascontiguousarray(vectors.codes, np.uint8).data)
        return tuple(spans)

    def expect(self, document_ids: Collection[str]) -> None:
        """Prepare for reading of these documents: nothing is to be done where all files are here."""

    def read(self, document_id: str, spans: Sequence[TokenSpan]) -> tuple[TokenVectors | None, ...]:
        """Read some chunks' vectors; None for one whose vectors are not kept, or of which a part is missing.

        Raises FileNotFoundError where the document has no file.
        """
        records = []
        # A question reads a hundred chunks from nearly as many files: all but the reading itself is kept short.
        with open(self._name(document_id), "rb", buffering=0) as file:  # noqa: PTH123
            for span in spans:
                file.seek(span.start)
                records.append(file.read(span.size))
        if any(len(record) < span.size for record, span in zip(records, spans, strict=True)):
            _log.warning("the token vectors of %s are cut off", document_id)
        return tuple(map(_parse, records, spans))

    def delete(self, document_id: str) -> bool:
        """Delete a document's file, if it has one; False where that cannot be now."""
        return delete(self._path(document_id))

    def sweep(self) -> None:
        """Delete what a program left that died while it wrote; call it under the writer's lock."""
        for partial in self._folder.glob(f"*/*{PARTIAL}"):
            delete(partial)

    def _path(self, document_id: str) -> Path:
        return Path(self._name(document_id))

    def _name(self, document_id: str) -> str:
        """Spread over 256 folders, so that none grows unwieldy."""
        return f"{self._folder}{os.sep}{document_id[:2]}{os.sep}{document_id}{SUFFIX}"


def _parse(record: bytes, span: TokenSpan) -> TokenVectors | None:
    """Read-only views of the bytes."""
    if not span.width or len(record) < span.size:
        return None
    scales = np.frombuffer(record, "<f2", span.count)
    codes = np.frombuffer(record, np.uint8, span.count * span.width, offset=span.count * SCALE_BYTES)
    return TokenVectors(codes.reshape(span.count, span.width), scales)
