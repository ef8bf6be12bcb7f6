"""A small library is searched in memory, and nothing that is found tells whether it was."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from storage import chunk_table
from storage import held as holding
from storage.held import Held, best_of, can_be_held
from storage.library import Library
from storage.search import Search
from tests.storage.made import MODEL, id_of, made, unit_vector

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

QUESTION = "word1 word4 word7 word40"
SCOPE = frozenset({id_of("two"), id_of("three")})


def _texts(seed: int, count: int = 40) -> list[str]:
    random = np.random.default_rng(seed)
    return [" ".join(f"word{word}" for word in random.zipf(1.3, 30) % 60) for _ in range(count)]


@pytest.fixture
def filled(library: Library) -> Library:
    """Three documents that are indexed, and one that has gone."""
    library.add([made(name, _texts(seed)) for seed, name in enumerate(("one", "two", "three", "gone"))])
    library.tidy()
    library.remove(id_of("gone"))
    return library


@pytest.fixture
def unheld(filled: Library, monkeypatch: pytest.MonkeyPatch) -> Library:
    """The same library where everything is left to LanceDB, as a large one is."""
    monkeypatch.setattr(holding, "MOST_HELD", 0)
    return Library.open(filled.folder, MODEL)


def _held(library: Library) -> bool:
    return library._table.held(library._snapshot().revision) is not None


@pytest.mark.parametrize("scope", [None, SCOPE])
def test_the_same_is_found_with_the_same_scores(filled: Library, scope: frozenset[str] | None) -> None:
    """Of both arms, within a scope and without, and of chunks that are not among the best."""
    assert _held(filled)
    dense = [filled.dense(unit_vector(seed), 30, scope) for seed in range(5)]
    words = filled.words(QUESTION, 15, scope)
    every = [chunk.id for name in ("one", "two", "three") for chunk in filled.document_chunks(id_of(name))]
    table = filled._table
    snapshot = filled._snapshot()
    where = None if scope is None else chunk_table.one_of("document_id", scope)
    for seed, found in enumerate(dense):
        _assert_alike(found, [(hit.chunk_id, hit.score) for hit in table.dense(unit_vector(seed), 30, where)])
    asked = Search(table, snapshot).keyword(QUESTION, 1000, scope, None)
    _assert_ranked(words.best, asked, 15)
    assert words.among(every) == dict(asked)
    assert words.among(["no such chunk"]) == {}


def _assert_alike(found: Sequence[tuple[str, float]], expected: Sequence[tuple[str, float]]) -> None:
    assert [chunk_id for chunk_id, _ in found] == [chunk_id for chunk_id, _ in expected]
    assert [score for _, score in found] == pytest.approx([score for _, score in expected], abs=1e-6)


def _assert_ranked(found: Sequence[tuple[str, float]], everything: Sequence[tuple[str, float]], limit: int) -> None:
    assert len(found) == limit
    assert list(found) == sorted(everything, key=lambda hit: (-hit[1], hit[0]))[:limit]


def test_a_library_too_large_for_it_gives_the_same_answers(filled: Library, unheld: Library) -> None:
    assert not _held(unheld)
    _assert_alike(unheld.dense(unit_vector(1), 30), filled.dense(unit_vector(1), 30))
    ours, theirs = filled.words(QUESTION, 200), unheld.words(QUESTION, 200)
    assert ours.best == theirs.best
    some = [chunk.id for chunk in filled.document_chunks(id_of("two"))]
    assert ours.among(some) == theirs.among(some)
    assert filled.fetch(some).keys() == unheld.fetch(some).keys() == set(some)


def test_a_search_of_nothing_finds_nothing(filled: Library) -> None:
    assert filled.dense(unit_vector(1), 5, frozenset({"no such document"})) == []
    words = filled.words(QUESTION, 5, frozenset({"no such document"}))
    assert words.best == []
    assert words.among([filled.document_chunks(id_of("one"))[0].id]) == {}
    assert filled.words("nothing has this", 5).best == []


def test_a_table_without_a_row_is_held_and_finds_nothing(library: Library) -> None:
    """As one is that was made anew where somebody had deleted the folder of vectors."""
    library.add([made("paper")])
    library._table.delete("true")
    library.warm()
    assert library.dense(unit_vector(1), 5) == library.words("paper", 5).best == []


def test_the_same_text_twice_is_equally_near_wherever_it_stands(library: Library) -> None:
    """One product over all rows would give some of them another last digit."""
    new = made("copies", ["one and the same"] * 500)
    vector = unit_vector(3)
    library.add([replace(new, chunks=[replace(chunk, vector=vector) for chunk in new.chunks])])
    found = library.dense(unit_vector(4), 100)
    assert len({score for _, score in found}) == 1
    assert [chunk_id for chunk_id, _ in found] == sorted(chunk.chunk.id for chunk in new.chunks)[:100]


def test_what_comes_in_and_goes_is_noticed_at_once(filled: Library) -> None:
    """By this handle, and by one that somebody else has open."""
    other = Library.open(filled.folder, MODEL)
    assert len(other.dense(unit_vector(1), 500)) == 120
    filled.add([made("four", _texts(9))])
    assert len(filled.dense(unit_vector(1), 500)) == len(other.dense(unit_vector(1), 500)) == 160
    filled.tidy()
    assert len(other.words(QUESTION, 500).best) == len(filled.keyword(QUESTION, 500))
    filled.remove(id_of("one"), id_of("two"), id_of("three"))
    assert {id_ for id_, _ in other.dense(unit_vector(1), 500)} == {c.id for c in filled.document_chunks(id_of("four"))}
    filled.remove(id_of("four"))
    filled.add([made("five", _texts(11, 10))])
    assert len(other.dense(unit_vector(1), 500)) == 10
    other.close()


@pytest.mark.parametrize("held", [True, False])
def test_a_chunk_is_fetched_though_compaction_has_moved_it(
    library: Library, monkeypatch: pytest.MonkeyPatch, *, held: bool
) -> None:
    """Where it stood there is nothing any more."""
    if not held:
        monkeypatch.setattr(holding, "MOST_HELD", 0)
    for number in range(6):
        library.add([made(f"part {number}", _texts(number, 20))])
    ids = [chunk_id for chunk_id, _ in library.dense(unit_vector(1), 50)]
    assert library.fetch(ids).keys() == set(ids)
    before = library._table._places_of(ids)
    Library.open(library.folder, MODEL).tidy()
    assert len(before) == len(ids)
    assert library._table._open().take_row_ids(before).select(["id"]).to_arrow().num_rows == 0
    assert library.fetch(ids).keys() == set(ids)


def test_what_stands_where_a_chunk_stood_is_not_taken_for_it(filled: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "MOST_HELD", 0)
    reader = Library.open(filled.folder, MODEL)
    first, second, *_ = (chunk_id for chunk_id, _ in reader.dense(unit_vector(1), 10))
    table = reader._table
    table._stood = {first: table._stood[second], second: 1 << 40}
    assert {id_: encoded.chunk.id for id_, encoded in reader.fetch([first, second]).items()} == {
        first: first,
        second: second,
    }


def test_where_chunks_stood_is_not_remembered_without_end(filled: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "MOST_HELD", 0)
    monkeypatch.setattr(chunk_table, "MOST_REMEMBERED", 50)
    reader = Library.open(filled.folder, MODEL)
    for seed in range(20):
        reader.dense(unit_vector(seed), 20)
    assert len(reader._table._stood) <= 50 + 20


def test_the_best_include_all_that_are_as_good_as_the_last() -> None:
    values = np.array([3.0, 1.0, 2.0, 2.0, 0.0], np.float32)
    assert best_of(values, 2).tolist() == [0, 2, 3]
    assert best_of(values, 9).tolist() == [0, 1, 2, 3, 4]
    assert best_of(values[:0], 3).tolist() == []


@pytest.fixture
def rows_read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Of how many rows vectors were read, each time that any were."""
    counts: list[int] = []
    of = Held.of

    def counting(table: pa.Table, column: str, model: str = "") -> Held:
        counts.append(table.num_rows)
        return of(table, column, model)

    monkeypatch.setattr(Held, "of", counting)
    return counts


def test_only_vectors_that_were_not_there_before_are_read(filled: Library, rows_read: list[int]) -> None:
    """Nothing where no passage has come or gone; and what is held is what reading everything would hold."""
    filled.warm()
    rows_read.clear()
    filled.collections.create("a name")
    filled.warm()
    assert rows_read == []
    filled.add([made("four", _texts(9, 25))])
    filled.warm()
    assert rows_read == [25]
    filled._table.delete(chunk_table.one_of("document_id", [id_of("one")]))
    filled.warm()
    assert rows_read == [25]
    ours = filled._table.held(filled._snapshot().revision)
    other = Library.open(filled.folder, MODEL)
    theirs = other._table.held(other._snapshot().revision)
    assert rows_read == [25, 105]
    other.close()
    assert ours is not None
    assert theirs is not None
    assert (ours.ids, ours.places) == (theirs.ids, theirs.places)
    assert [ours.names[at] for at in ours.documents] == [theirs.names[at] for at in theirs.documents]
    assert set(ours.names) == {id_of("two"), id_of("three"), id_of("four")}
    assert (ours.rows == theirs.rows).all()
    assert (ours.vectors == theirs.vectors).all()


def test_a_table_in_the_place_of_another_is_read_whole(filled: Library, rows_read: list[int]) -> None:
    """Though it has its name, and row ids that mean others."""
    filled.warm()
    other = Library.open(filled.folder, MODEL)
    other._table.drop()
    other._table.prepare()
    assert other._table.next_name() != filled._table._open().name
    other.close()
    rows_read.clear()
    filled.add([made("five", _texts(3, 10))])
    filled.warm()
    assert rows_read == [10]
    assert [id_ for id_, _ in filled.dense(unit_vector(1), 3, frozenset({id_of("five")}))]


def test_what_is_held_is_told_by_its_bytes() -> None:
    assert can_be_held(50_000, 384)
    assert not can_be_held(50_001, 384)
    assert not can_be_held(50_000, 1024)
    assert can_be_held(18_750, 1024)
