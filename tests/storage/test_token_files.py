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


def _vectors(count: int, width: int = 32) -> TokenVectors:
    random = np.random.default_rng(count)
    codes = random.integers(0, 256, (count, width)).astype(np.uint8)
    return TokenVectors(codes, random.random(count).astype(np.float16))


def _assert_same(back: TokenVectors | None, written: TokenVectors) -> None:
    assert back is not None
    np.testing.assert_array_equal(back.codes, written.codes)
    np.testing.assert_array_equal(back.scales, written.scales)
    assert (back.codes.dtype, back.scales.dtype) == (np.uint8, np.float16)


def test_any_chunks_are_read_back_in_the_order_asked(tmp_path: Path) -> None:
    files = TokenFiles(tmp_path)
    written = [_vectors(count) for count in (3, 250, 1, 0, 77)]
    spans = files.write(DOCUMENT, written)
    for position, back in zip((4, 0, 3), files.read(DOCUMENT, [spans[4], spans[0], spans[3]]), strict=True):
        _assert_same(back, written[position])


def test_arrays_are_written_by_their_values_whatever_their_layout(tmp_path: Path) -> None:
    files = TokenFiles(tmp_path)
    plain = _vectors(20)
    turned = TokenVectors(np.asfortranarray(plain.codes), plain.scales.astype(">f2"))
    (back,) = files.read(DOCUMENT, files.write(DOCUMENT, [turned]))
    _assert_same(back, plain)


def test_vectors_of_any_width_can_stand_in_a_file_and_so_can_none(tmp_path: Path) -> None:
    """An earlier version of the program kept them twice as wide; those that are not kept take no room."""
    files = TokenFiles(tmp_path)
    spans = files.write(DOCUMENT, [_vectors(7, 64), None, _vectors(5), None])
    wide, none, narrow, last = files.read(DOCUMENT, spans)
    _assert_same(wide, _vectors(7, 64))
    _assert_same(narrow, _vectors(5))
    assert none is last is None
    (file,) = tmp_path.rglob("*.tokens")
    assert file.stat().st_size == 7 * 66 + 5 * 34


@pytest.mark.parametrize("missing", [1, 34 * 5, 34 * 5 + 1, 34 * 14])
def test_of_a_file_that_is_cut_off_everything_is_read_that_is_whole(tmp_path: Path, missing: int) -> None:
    files = TokenFiles(tmp_path)
    spans = files.write(DOCUMENT, [_vectors(9), _vectors(5)])
    (file,) = tmp_path.rglob("*.tokens")
    file.write_bytes(file.read_bytes()[:-missing])
    first, second = files.read(DOCUMENT, spans)
    assert second is None
    if missing <= 34 * 5:
        _assert_same(first, _vectors(9))
    else:
        assert first is None


def test_an_attempt_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    files = TokenFiles(tmp_path)
    spans = files.write(DOCUMENT, [_vectors(5)])

    def failing() -> Iterator[TokenVectors]:
        yield _vectors(9)
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        files.write(DOCUMENT, failing())
    _assert_same(files.read(DOCUMENT, spans)[0], _vectors(5))
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
