"""A large library gets a vector index; whatever becomes of it, questions find what they are to find."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import lancedb
import pytest

from storage import chunk_table, held, lance, search
from storage.library import Library
from storage.vector_index import groups_looked_into
from tests.storage.made import MODEL, id_of, made, unit_vector

if TYPE_CHECKING:
    from pathlib import Path

MOST = 200
PER_DOCUMENT = 60


@pytest.fixture
def large(library: Library, monkeypatch: pytest.MonkeyPatch) -> Library:
    """A library that counts as large, tidied."""
    monkeypatch.setattr(held, "MOST_HELD", MOST * 384 * 4)
    monkeypatch.setattr(search, "MOST_SCANNED", 0)
    _add(library, "one", "two", "three", "four", "five")
    library.tidy()
    return library


def _add(library: Library, *names: str) -> None:
    library.add([made(name, [f"{name} says {number}" for number in range(PER_DOCUMENT)]) for name in names])


def _indexes(library: Library) -> list[str]:
    table = lancedb.connect(library.folder / "vectors").open_table(library._catalogue.chunk_table())
    return [index.name for index in table.list_indices() if index.columns == ["vector"]]


def _index_folders(library: Library) -> set[Path]:
    """Where any index of words, ids or vectors is kept."""
    return set((library.folder / "vectors").glob("*.lance/_indices/*"))


def _lose_index(library: Library) -> None:
    """Its files are gone, as after a disk's failure, and nothing of it is in memory."""
    table = lancedb.connect(library.folder / "vectors").open_table("chunks")
    (uuid,) = (index.index_uuid for index in table.list_indices() if index.columns == ["vector"])
    shutil.rmtree(library.folder / "vectors" / "chunks.lance" / "_indices" / str(uuid))
    lance._session.cache_clear()


def _share_found(library: Library) -> float:
    """Of the ten truly nearest, over some questions."""
    found = 0
    for seed in range(20):
        exact = {id_ for id_, _ in library.dense(unit_vector(seed), 10, exact=True)}
        found += len(exact & {id_ for id_, _ in library.dense(unit_vector(seed), 10)})
    return found / 200


def test_a_small_library_has_none(library: Library) -> None:
    _add(library, "one", "two")
    library.tidy()
    assert _indexes(library) == []
    assert not library._table.wants_vector_index()


def test_a_large_one_has_one_when_it_is_tidied(large: Library) -> None:
    assert _indexes(large) == ["vectors_of_300"]
    assert _share_found(large) >= 0.99


def test_scores_are_true_cosines_with_the_index_too(large: Library) -> None:
    found = dict(large.dense(unit_vector(1), 20))
    chunks = large.fetch(found)
    for chunk_id, cosine in found.items():
        assert cosine == pytest.approx(float(chunks[chunk_id].vector @ unit_vector(1)), abs=1e-5)


def test_exact_means_every_vector(large: Library, caplog: pytest.LogCaptureFixture) -> None:
    """It is right, and does not so much as look at the index, which cannot be read."""
    chunks = [c for name in ("one", "two", "three", "four", "five") for c in large.document_chunks(id_of(name))]
    vectors = large.fetch(chunk.id for chunk in chunks)
    true = sorted(vectors, key=lambda id_: -float(vectors[id_].vector @ unit_vector(7)))[:10]
    _lose_index(large)
    again = Library.open(large.folder, MODEL)
    assert [id_ for id_, _ in again.dense(unit_vector(7), 10, exact=True)] == true
    assert caplog.records == []
    assert [id_ for id_, _ in again.dense(unit_vector(7), 10)] == true
    assert "without it" in caplog.text
    again.close()


@pytest.mark.parametrize("scanned", [0, 1000])
def test_scope_is_applied_before_the_index_is_asked(
    large: Library, monkeypatch: pytest.MonkeyPatch, scanned: int
) -> None:
    """However much is in scope: one document of five, and all but one."""
    monkeypatch.setattr(search, "MOST_SCANNED", scanned)
    for names in (["two"], ["one", "two", "three", "five"]):
        scope = frozenset(map(id_of, names))
        found = large.dense(unit_vector(1), 40, scope)
        assert len(found) == 40
        assert {chunk.chunk.document_id for chunk in large.fetch(id_ for id_, _ in found).values()} <= scope


def test_what_came_in_since_is_found_before_the_index_knows_it(large: Library) -> None:
    _add(large, "six")
    wanted = large.document_chunks(id_of("six"))[3]
    vector = large.fetch([wanted.id])[wanted.id].vector
    assert large.dense(vector, 1)[0][0] == wanted.id
    large.tidy()
    assert large.dense(vector, 1)[0][0] == wanted.id


def test_one_that_the_library_has_outgrown_is_made_anew(large: Library) -> None:
    _add(large, *(f"more {number}" for number in range(6)))
    large.tidy()
    assert _indexes(large) == ["vectors_of_660"]
    assert _share_found(large) >= 0.99


def test_one_that_is_missing_is_made_by_the_next_start(large: Library) -> None:
    lancedb.connect(large.folder / "vectors").open_table("chunks").drop_index("vectors_of_300")
    assert _share_found(large) == 1
    again = Library.open(large.folder, MODEL)
    again.warm()
    assert _indexes(again) == ["vectors_of_300"]
    again.close()


def test_one_that_cannot_be_read_costs_no_answer_and_is_made_anew(large: Library) -> None:
    _lose_index(large)
    again = Library.open(large.folder, MODEL)
    assert again.dense(unit_vector(1), 10) == again.dense(unit_vector(1), 10, exact=True)
    again.warm()
    assert not again._table.wants_vector_index()
    assert _share_found(again) >= 0.99
    again.close()


def test_while_somebody_else_writes_the_start_does_not_wait_for_it(large: Library) -> None:
    lancedb.connect(large.folder / "vectors").open_table("chunks").drop_index("vectors_of_300")
    again = Library.open(large.folder, MODEL)
    with large._lock.held():
        again.warm()
    assert _indexes(again) == []
    again.close()


def test_nothing_is_left_of_one_that_was_half_made(large: Library) -> None:
    """As a program leaves it that dies while it makes one: no version of the table knows its files."""
    orphan = large.folder / "vectors" / "chunks.lance" / "_indices" / "0badf00d-aaaa-4bbb-8ccc-0123456789ab"
    orphan.mkdir()
    (orphan / "index.idx").write_bytes(b"half of it")
    large.remove(id_of("one"))
    assert not orphan.exists()
    assert _indexes(large) == ["vectors_of_240"]


def test_what_is_removed_is_in_no_index(large: Library) -> None:
    before = _index_folders(large)
    large.remove(id_of("one"))
    assert before.isdisjoint(_index_folders(large))
    assert not any(path.exists() for path in before)
    assert {id_.partition("-")[0] for id_, _ in large.dense(unit_vector(1), 300)}.isdisjoint({id_of("one")[:16]})


def test_a_library_that_has_become_small_has_none(large: Library) -> None:
    large.remove(id_of("one"), id_of("two"))
    assert _indexes(large) == []
    assert len(large.dense(unit_vector(1), 300)) == 3 * PER_DOCUMENT


@pytest.mark.parametrize(("dimension", "groups"), [(384, 190), (768, 95), (1024, 71), (4096, 50)])
def test_as_many_groups_are_looked_into_as_memory_holds(dimension: int, groups: int) -> None:
    """A million vectors of the built-in model are in 122; of very long ones, some are read from the disk."""
    assert groups_looked_into(dimension) == groups


def test_of_a_large_one_more_may_stand_in_memory(large: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be read in parts for each question; also of a library that has grown since it was opened."""
    monkeypatch.setattr(lance, "_LARGE", 6 * PER_DOCUMENT * 384)
    sizes = []
    monkeypatch.setattr(
        chunk_table, "connect", lambda folder, size=0: sizes.append(size) or lance.connect(folder, size)
    )
    reader = Library.open(large.folder, MODEL)
    reader.dense(unit_vector(1), 5)
    assert max(sizes) == 0
    _add(reader, *(f"more {number}" for number in range(6)))
    reader.tidy()
    assert _share_found(reader) >= 0.99
    assert lance.session(max(sizes)) is not lance.session()
