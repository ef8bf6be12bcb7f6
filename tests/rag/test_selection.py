"""What an answer may rest on, and what is only shown."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from rag.evidence import Candidate, LeftOut, Scores
from rag.selection import lay_out, select
from storage.records import Chunk, EncodedChunk, TokenVectors

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NO_TOKENS = TokenVectors(np.zeros((0, 32), np.uint8), np.zeros(0, np.float16))


def direction(*parts: float) -> NDArray[np.float32]:
    vector = np.zeros(384, np.float32)
    vector[: len(parts)] = parts
    return vector / np.linalg.norm(vector)


QUESTION = direction(1)


def candidate(name: str, text: str, vector: NDArray[np.float32]) -> Candidate:
    chunk = Chunk(name, "d", 0, 1, "p. 1", "", "", text, 0, len(text))
    return Candidate(EncodedChunk(chunk, vector, _NO_TOKENS), Scores())


def several(count: int) -> list[Candidate]:
    """Passages that have nothing to do with each other."""
    return [
        candidate(f"p{n}", f"text {'abcdefghijklmnopqrstuvwxyz'[n] * 3}", direction(1, *[0] * n, 1))
        for n in range(count)
    ]


def names(candidates: tuple[Candidate, ...]) -> list[str]:
    return [each.chunk.chunk.id for each in candidates]


def test_few_passages_are_all_kept_in_rank_order() -> None:
    selection = select(several(4), QUESTION, passages=6, shown=10)
    assert names(selection.kept) == ["p0", "p1", "p2", "p3"]
    assert selection.left_out == ()


def test_the_rest_is_shown_with_the_reason() -> None:
    selection = select(several(20), QUESTION, passages=6, shown=10)
    assert len(selection.kept) == 6
    assert len(selection.left_out) == 4
    assert {reason for _, reason in selection.left_out} == {LeftOut.BELOW_LIMIT}


def test_a_passage_that_says_the_same_again_is_left_out() -> None:
    same = "The notice period is sixty days and must be given in writing to the other party."
    first, *others = several(8)
    twice = [candidate("a", same, first.chunk.vector), candidate("b", same + " Yes.", first.chunk.vector)]
    selection = select([*twice, *others], QUESTION, passages=6, shown=10)
    assert "a" in names(selection.kept)
    assert [(each.chunk.chunk.id, reason) for each, reason in selection.left_out if reason is LeftOut.DUPLICATE] == [
        ("b", LeftOut.DUPLICATE)
    ]


def test_rows_of_a_table_that_differ_in_a_figure_only_are_not_the_same() -> None:
    rows = [candidate(f"r{n}", f"Rent for March 202{n}: 1,{n}50 euros, paid in time", QUESTION) for n in range(3)]
    assert names(select(rows, QUESTION, passages=6, shown=10).kept) == ["r0", "r1", "r2"]


def test_the_best_are_kept_whatever_they_repeat_and_the_last_places_go_to_what_adds() -> None:
    """Five passages about one thing and a sixth about another: the sixth is heard, the best three stay."""
    alike = [candidate(f"a{n}", f"words {'abcdef'[n] * 4}", direction(1, 0.5, 0.01 * n)) for n in range(5)]
    other = candidate("other", "something else", direction(1, -0.6))
    kept = names(select([*alike, other], QUESTION, passages=4, shown=10).kept)
    assert kept[:3] == ["a0", "a1", "a2"]
    assert kept[-1] == "other"
    assert len(kept) == 4


def test_kept_passages_are_in_rank_order() -> None:
    kept = names(select(several(20), QUESTION, passages=6, shown=10).kept)
    assert kept == sorted(kept, key=lambda name: int(name[1:]))


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_or_next_to_nothing_found_is_no_trouble(count: int) -> None:
    assert len(select(several(count), QUESTION, passages=6, shown=10).kept) == count


def test_a_short_prompt_lays_its_passages_out_in_rank_order() -> None:
    assert list(lay_out(range(1, 10))) == list(range(1, 10))


def test_a_long_prompt_has_its_best_passages_at_both_ends() -> None:
    row = list(lay_out(range(1, 13)))
    assert sorted(row) == list(range(1, 13))
    assert {row[0], row[-1]} == {1, 2}
    assert {11, 12} <= set(row[4:8])


def test_the_retired_library_is_loaded_only_when_needed_and_without_a_warning() -> None:
    program = "import sys, rag.selection as s; assert 'langchain_community' not in sys.modules; s.lay_out(range(12))"
    repository = Path(__file__).resolve().parents[2]
    subprocess.run([sys.executable, "-W", "error", "-c", program], cwd=repository, check=True)
