"""Everything that can be read below a folder by somebody who has the files and knows how they are made.

Each file counts with its bytes as they are. LanceDB packs text, so its files are decoded as well, and the dictionaries
of its full-text index spelled out word by word. Knows nothing of the library: any word in any file counts.
"""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING

import pyarrow as pa

from tests.automata import words_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["found_below"]

_DICTIONARY = "_token_fst_bytes"


def found_below(folder: Path, *words: str) -> set[tuple[str, str]]:
    """Which of these words can be read in which files, whatever their case."""
    wanted = [word.lower().encode() for word in words]
    return {
        (path.relative_to(folder).as_posix(), word.decode())
        for path in folder.rglob("*")
        if path.is_file()
        for text in _readings(path)
        for word in wanted
        if word in text
    }


def _readings(path: Path) -> Iterator[bytes]:
    """The file in every form in which it can be read, in small letters."""
    whole = path.read_bytes()
    yield whole.lower()
    if path.suffix == ".lance":
        yield from (text.lower() for text in _decoded(path))
    elif path.suffix == ".arrow":
        yield from (
            text.lower()
            for batch in pa.ipc.open_file(io.BytesIO(whole)).read_all().to_batches()
            for text in _texts(batch)
        )


def _decoded(path: Path) -> Iterator[bytes]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it says of other libraries is no concern of a reader
        from lance.file import LanceFileReader
    for batch in LanceFileReader(str(path)).read_all().to_batches():
        yield from _texts(batch)
        if _DICTIONARY in batch.schema.names:
            for automaton in batch.column(_DICTIONARY).to_pylist():
                yield b"\n".join(words_of(automaton))


def _texts(batch: pa.RecordBatch) -> Iterator[bytes]:
    """The memory of every column: whatever is in it, text stands there as it is."""
    for column in batch.columns:
        values = column.dictionary if pa.types.is_dictionary(column.type) else column
        yield b"\n".join(buffer.to_pybytes() for buffer in values.buffers() if buffer is not None)
