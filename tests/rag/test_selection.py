"""What an answer may rest on, and what is only shown."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from rag.evidence import Candidate, LeftOut, Scores
from rag.selection import lay_out, select
from rag.settings import RetrievalSettings, Switch
from rag.widening import alone
from storage.records import Chunk, EncodedChunk, TokenVectors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rag.selection import Selection

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


def chosen(candidates: list[Candidate], text: str = "", **settings: Any) -> Selection:
    """What is chosen of candidates none of which are merged; all stand on one page."""
    return select(alone(candidates), QUESTION, RetrievalSettings(**settings), lambda _: text)


def names(selection: Selection) -> list[str]:
    return [candidate.chunk.chunk.id for candidate, _ in selection.kept]


def test_few_passages_are_all_kept_in_rank_order() -> None:
    selection = chosen(several(4), passages=6)
    assert names(selection) == ["p0", "p1", "p2", "p3"]
    assert selection.left_out == ()


def test_the_rest_is_shown_with_the_reason() -> None:
    selection = chosen(several(10), passages=6)
    assert len(selection.kept) == 6
    assert len(selection.left_out) == 4
    assert {reason for _, reason in selection.left_out} == {LeftOut.BELOW_LIMIT}


def test_a_passage_that_says_the_same_again_is_left_out() -> None:
    same = "The notice period is sixty days and must be given in writing to the other party."
    first, *others = several(8)
    twice = [candidate("a", same, first.chunk.vector), candidate("b", same + " Yes.", first.chunk.vector)]
    selection = chosen([*twice, *others], passages=6)
    assert "a" in names(selection)
    assert [(each.chunk.chunk.id, reason) for each, reason in selection.left_out if reason is LeftOut.DUPLICATE] == [
        ("b", LeftOut.DUPLICATE)
    ]


def test_rows_of_a_table_that_differ_in_a_figure_only_are_not_the_same() -> None:
    rows = [candidate(f"r{n}", f"Rent for March 202{n}: 1,{n}50 euros, paid in time", QUESTION) for n in range(3)]
    assert names(chosen(rows, passages=6)) == ["r0", "r1", "r2"]


def test_repeats_are_kept_where_a_setting_says_so() -> None:
    same = [candidate(name, "The notice period is sixty days.", QUESTION) for name in "ab"]
    assert names(chosen(same)) == ["a"]
    assert names(chosen(same, drop_duplicates=Switch.OFF)) == ["a", "b"]


def test_the_best_are_kept_whatever_they_repeat_and_the_last_places_go_to_what_adds() -> None:
    """Five passages about one thing and a sixth about another: with a lambda the sixth is heard."""
    alike = [candidate(f"a{n}", f"words {'abcdef'[n] * 4}", direction(1, 0.5, 0.01 * n)) for n in range(5)]
    other = candidate("other", "something else", direction(1, -0.6))
    assert names(chosen([*alike, other], passages=4, mmr=0.7)) == ["a0", "a1", "a2", "other"]
    assert names(chosen([*alike, other], passages=4)) == ["a0", "a1", "a2", "a3"]


def test_passages_are_taken_as_long_as_there_are_tokens_for_them() -> None:
    """The best one comes in however long it is."""
    long = [candidate(f"l{n}", f"{'abc'[n]} " * 300, direction(1, *[0] * n, 1)) for n in range(3)]
    assert names(chosen(long, evidence_tokens=450)) == ["l0", "l1"]
    assert names(chosen(long, evidence_tokens=200)) == ["l0"]


def test_a_window_reads_whole_sentences_around_a_passage_and_none_twice() -> None:
    page = "Rent is due monthly. It is 950 euros. Pets are allowed. Keys are two. Heating is extra."
    spans = {"rent": (21, 37), "keys": (56, 69)}
    found = [Candidate(_part(page, name, *span), Scores()) for name, span in spans.items()]
    read = {one.chunk.chunk.id: chunk.text for one, chunk in chosen(found, page, window=22).kept}
    assert read == {
        "rent": "Rent is due monthly. It is 950 euros. Pets are allowed.",
        "keys": "Keys are two. Heating is extra.",
    }
    for _, chunk in chosen(found, page, window=22).kept:
        assert chunk.text == page[chunk.char_start : chunk.char_end]


def _part(page: str, name: str, start: int, end: int) -> EncodedChunk:
    chunk = Chunk(name, "d", 0, 1, "p. 1", "", "", page[start:end], start, end)
    return EncodedChunk(chunk, direction(1, *[0] * start, 1), _NO_TOKENS)


def test_kept_passages_are_in_rank_order() -> None:
    kept = names(chosen(several(20), passages=6))
    assert kept == sorted(kept, key=lambda name: int(name[1:]))


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_or_next_to_nothing_found_is_no_trouble(count: int) -> None:
    assert len(chosen(several(count), passages=6).kept) == count


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
