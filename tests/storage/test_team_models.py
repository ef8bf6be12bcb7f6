"""A team goes over to another embedding model: all find by it, and what was made for it follows its documents."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from storage.library import Library
from tests.storage.made import MODEL, id_of, made, unit_vector
from tests.storage.teammates import LEASE, all_documents, found_by_words
from tests.storage.test_changeover import NEW, TEXTS, encode, encoded_by, go_over, lies_below, nearest, vector_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from storage.foundation import Team
    from tests.doubles.bucket import ObjectStore


@pytest.fixture
def opened(object_store: ObjectStore, tmp_path: Path) -> Iterator[Callable[..., Library]]:
    """One library in a bucket, opened by each person."""
    url = f"{object_store.new_bucket()}/papers"
    libraries: list[Library] = []

    def open_(person: str, way: Callable[[Team, str], Library] = Library.open) -> Library:
        libraries.append(way(object_store.team(url, tmp_path / person, person), MODEL))
        libraries[-1]._lock._lease._seconds = LEASE  # type: ignore[attr-defined]
        return libraries[-1]

    yield open_
    for library in libraries:
        library.close()


def test_everybody_finds_by_what_one_of_them_went_over_to(opened: Callable[..., Library]) -> None:
    """Whose table was open meanwhile too; and token vectors that are not kept are missed by nobody."""
    alice, bob = opened("alice"), opened("bob")
    bare = made("garden", ["roses"])
    alice.add([made("house", TEXTS), replace(bare, chunks=[replace(each, tokens=None) for each in bare.chunks])])
    assert len(all_documents(bob)) == 2
    assert len(bob.dense(unit_vector(1), 10)) == 4
    go_over(bob)
    assert len(all_documents(alice)) == 2
    assert alice.changeover.present() == NEW
    assert nearest(alice, TEXTS[1]) == nearest(opened("carol"), TEXTS[1]) == TEXTS[1]
    assert [each.tokens for each in alice.fetch([bare.chunks[0].chunk.id]).values()] == [None]
    alice.add([encoded_by(NEW, made("cellar", ["a rat"]))])
    alice.remove(id_of("house"))
    assert all_documents(bob) == {"garden", "cellar"}
    assert nearest(bob, "a rat") == "a rat"
    assert len(found_by_words(bob, "rat roses")) == 2


def test_what_was_made_for_a_document_goes_when_somebody_else_removes_it(opened: Callable[..., Library]) -> None:
    alice, bob = opened("alice"), opened("bob")
    alice.add([made("house", TEXTS), made("garden", ["roses"])])
    assert len(all_documents(bob)) == 2
    encode(bob)
    assert lies_below(bob.folder, vector_of(TEXTS[0]))
    alice.remove(id_of("house"))
    assert all_documents(bob) == {"garden"}
    assert not lies_below(bob.folder, vector_of(TEXTS[0]))
    assert bob.changeover.complete(NEW)
    assert nearest(bob, "roses") == "roses"


def test_what_was_made_of_passages_is_not_kept_for_those_that_follow_them(opened: Callable[..., Library]) -> None:
    """Somebody else has made the library anew meanwhile, and cut the same documents otherwise."""
    alice, bob = opened("alice"), opened("bob")
    alice.add([made("house", TEXTS)])
    assert len(all_documents(bob)) == 1
    encode(bob)
    alice.close()
    rebuilt = opened("alice", Library.rebuild)
    rebuilt.add([made("house", TEXTS[::-1])])
    assert len(all_documents(bob)) == 1
    go_over(bob)
    assert [nearest(bob, text) for text in TEXTS] == TEXTS
