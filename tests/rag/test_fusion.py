"""Reciprocal rank fusion is the paper's formula and nothing else."""

from __future__ import annotations

import pytest

from rag.fusion import DEFAULT_K, fuse


def test_sums_are_those_worked_out_by_hand() -> None:
    """With k = 10: a is 1st and 3rd, b 2nd and 1st, c only 3rd, d only 2nd."""
    dense = [("a", 0.9), ("b", 0.8), ("c", 0.1)]
    keyword = [("b", 12.0), ("d", 7.5), ("a", 1.0)]

    fused = fuse(dense, keyword)

    assert [id_ for id_, _ in fused] == ["b", "a", "d", "c"]
    assert dict(fused) == pytest.approx({"b": 1 / 12 + 1 / 11, "a": 1 / 11 + 1 / 13, "d": 1 / 12, "c": 1 / 13})


def test_values_do_not_matter_only_places() -> None:
    """Scaling one arm's values changes nothing."""
    ids = ["a", "b", "c"]

    assert fuse([(i, 1000.0) for i in ids], [("c", 0.0)]) == fuse([(i, 0.001) for i in ids], [("c", 9.0)])


def test_both_arms_beat_a_single_first_place() -> None:
    """With the usual constant, second and third place together outweigh one first place."""
    assert fuse([("single", 1.0), ("both", 0.9)], [("x", 1.0), ("y", 0.9), ("both", 0.8)])[0][0] == "both"


def test_a_small_constant_favours_first_places() -> None:
    """The constant decides: with k = 0 one first place outweighs a second and a third."""
    lists = [("single", 1.0), ("both", 0.9)], [("x", 1.0), ("y", 0.9), ("both", 0.8)]

    assert fuse(*lists, k=0)[0][0] == "single"
    assert fuse(*lists, k=DEFAULT_K) == fuse(*lists)


def test_a_list_that_counts_for_less_moves_less() -> None:
    """Who leads the heavier list comes first."""
    lists = [("a", 1.0), ("b", 0.9)], [("b", 1.0), ("a", 0.9)]

    assert [id_ for id_, _ in fuse(*lists, weights=[1.0, 0.5])] == ["a", "b"]
    assert [id_ for id_, _ in fuse(*lists, weights=[0.5, 1.0])] == ["b", "a"]
    assert dict(fuse(*lists, weights=[0.5, 1.0])) == pytest.approx({"a": 0.5 / 11 + 1 / 12, "b": 0.5 / 12 + 1 / 11})


def test_ties_keep_the_order_in_which_they_were_met() -> None:
    """The order is the same on every run."""
    assert [id_ for id_, _ in fuse([("a", 1.0)], [("b", 1.0)])] == ["a", "b"]


def test_an_empty_arm_leaves_the_other_as_it_is() -> None:
    """No keyword matches: the order is the dense one."""
    assert [id_ for id_, _ in fuse([("a", 0.5), ("b", 0.4)], [])] == ["a", "b"]
    assert fuse([], []) == []
