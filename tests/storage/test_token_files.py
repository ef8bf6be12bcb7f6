"""Token vectors come back to the bit, and a file is there whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from storage.files import PARTIAL
from storage.records import TokenVectors
from storage.token_files import TokenFiles

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOCUMENT = "ab" * 32


def _vectors(count: int, dimension: int = 128) -> TokenVectors:
    random = np.random.default_rng(count)
    return TokenVectors(
        random.integers(-127, 128, (count, dimension)).astype(np.int8), random.random(count).astype(np.float16)
    )


def test_any_chunks_are_read_back_in_the_order_asked(tmp_path: Path) -> None:
    files = TokenFiles(tmp_path)
    written = [_vectors(count) for count in (3, 250, 1, 0, 77)]
    spans = files.write(DOCUMENT, written)
    for position, back in zip((4, 0, 3), files.read(DOCUMENT, [spans[4], spans[0], spans[3]]), strict=True):
        np.testing.assert_array_equal(back.codes, written[position].codes)
        np.testing.assert_array_equal(back.scales, written[position].scales)
        assert (back.codes.dtype, back.scales.dtype) == (np.int8, np.float16)


def test_arrays_are_written_by_their_values_whatever_their_layout(tmp_path: Path) -> None:
    files = TokenFiles(tmp_path)
    plain = _vectors(20)
    turned = TokenVectors(np.asfortranarray(plain.codes), plain.scales.astype(">f2"))
    (back,) = files.read(DOCUMENT, files.write(DOCUMENT, [turned]))
    np.testing.assert_array_equal(back.codes, plain.codes)
    np.testing.assert_array_equal(back.scales, plain.scales)


def test_an_attempt_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    files = TokenFiles(tmp_path)
    spans = files.write(DOCUMENT, [_vectors(5)])

    def failing() -> Iterator[TokenVectors]:
        yield _vectors(9)
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        files.write(DOCUMENT, failing())
    np.testing.assert_array_equal(files.read(DOCUMENT, spans)[0].codes, _vectors(5).codes)
    assert len(list(tmp_path.rglob("*.*"))) == 1


def test_what_a_dead_program_had_begun_is_swept(tmp_path: Path) -> None:
    files = TokenFiles(tmp_path)
    spans = files.write(DOCUMENT, [_vectors(5)])
    begun = tmp_path / DOCUMENT[:2] / f"tmp1234{PARTIAL}"
    begun.write_bytes(b"half")
    files.sweep()
    assert not begun.exists()
    assert len(files.read(DOCUMENT, spans)) == 1


def test_a_deleted_file_is_gone(tmp_path: Path) -> None:
    files = TokenFiles(tmp_path)
    spans = files.write(DOCUMENT, [_vectors(5)])
    files.delete(DOCUMENT)
    files.delete(DOCUMENT)
    with pytest.raises(FileNotFoundError):
        files.read(DOCUMENT, spans)
