"""Token vectors are kept in four bits a dimension and come back nearly as they were; older libraries are read too."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from rag.token_vectors import codes_of, joined, pack, pack_bytes, projection, unit, unpack
from storage.records import TokenVectors

DIMENSION = projection().shape[1]


def vectors(count: int, seed: int = 0) -> np.ndarray:
    return unit(np.random.default_rng(seed).standard_normal((count, DIMENSION)).astype(np.float32))


def test_a_token_takes_half_a_byte_a_dimension_and_a_scale() -> None:
    packed = pack(vectors(130))

    assert packed.codes.nbytes + packed.scales.nbytes == 130 * (DIMENSION // 2 + 2)


@settings(deadline=None)
@given(seed=some.integers(0, 1000), count=some.integers(0, 40))
def test_vectors_come_back_as_near_as_four_bits_allow(seed: int, count: int) -> None:
    """No number is off by more than half a step, and a vector points where it pointed."""
    given_ = vectors(count, seed)

    packed = pack(given_)
    back = unpack(packed)

    assert back.shape == given_.shape
    assert (np.abs(back - given_) <= 0.51 * packed.scales[:, None].astype(np.float32) + 1e-3).all()
    assert ((unit(back) * given_).sum(axis=1) > 0.98).all()


def test_whole_numbers_come_back_exactly() -> None:
    """Every number that four bits hold, in either half of a vector."""
    numbers = np.resize(np.arange(-7, 8), (15, DIMENSION)).astype(np.float32)

    assert (unpack(pack(numbers)) == numbers).all()


def test_where_each_dimension_stands_is_settled() -> None:
    """Those of the first half in the low bits, those of the second half in the high bits: libraries hold it so."""
    numbers = np.zeros((1, DIMENSION), np.float32)
    numbers[0, [0, 1, DIMENSION // 2, DIMENSION - 1]] = 7, -7, -3, 1

    codes = pack(numbers).codes[0]

    assert [codes[0], codes[1], codes[2], codes[-1]] == [0x5F, 0x81, 0x88, 0x98]


def test_what_an_earlier_version_kept_is_read() -> None:
    """Signed bytes, twice as wide."""
    given_ = vectors(20)
    old = pack_bytes(given_)

    assert old.codes.shape == (20, DIMENSION)
    assert unpack(old) == pytest.approx(given_, abs=0.003)


def test_passages_of_both_widths_are_read_together_in_their_order() -> None:
    kinds = (pack, pack_bytes, pack_bytes, pack, pack)
    passages = [kind(vectors(count, count)) for kind, count in zip(kinds, (3, 5, 0, 0, 8), strict=True)]

    together = codes_of(passages)

    assert (together == np.concatenate([codes_of([each]) for each in passages])).all()
    assert codes_of([]).shape == (0, DIMENSION)


def test_zero_stays_zero_and_nothing_stays_nothing() -> None:
    assert (unpack(pack(np.zeros((2, DIMENSION), np.float32))) == 0).all()
    empty = pack(np.zeros((0, DIMENSION), np.float32))
    assert isinstance(empty, TokenVectors)
    assert unpack(empty).shape == (0, DIMENSION)


def test_passages_can_be_joined_however_each_is_kept() -> None:
    """Those of a library of before beside new ones, too."""
    one, other = vectors(7, 1), vectors(5, 2)

    alike, mixed = joined([pack(one), pack(other)]), joined([pack_bytes(one), pack(other)])

    assert np.array_equal(unpack(alike), np.concatenate([unpack(pack(one)), unpack(pack(other))]))
    assert np.abs(unpack(mixed) - np.concatenate([one, other])).max() < 0.06
