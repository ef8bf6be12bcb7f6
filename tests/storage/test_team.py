"""A library in a bucket is one library for everybody who has it: nothing is lost, halved, or left behind."""

from __future__ import annotations

import sqlite3
import time
from typing import TYPE_CHECKING

import pytest

from storage.bucket import Bucket
from storage.catalogue_objects import OWN, SHARED, TEXTS
from storage.errors import DocumentNotFound, OtherModel
from storage.held import Held
from storage.library import AddStatus, Library
from storage.schema import rows_of
from storage.token_files import TokenFiles
from tests.doubles.bucket import bucket_keys
from tests.readable import found_below
from tests.storage.made import MODEL, id_of, keep_original, made, unit_vector
from tests.storage.teammates import LEASE, Teammate, all_documents, found_by_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from storage.foundation import Team
    from tests.doubles.bucket import ObjectStore

PAPERS = ["the otter wrote this", "and nobody read it"]


@pytest.fixture
def team(object_store: ObjectStore, tmp_path: Path) -> Callable[[str], Team]:
    """One library in a bucket, as each person opens it."""
    url = f"{object_store.new_bucket()}/papers"
    return lambda person: object_store.team(url, tmp_path / person, person)


@pytest.fixture
def opened(team: Callable[[str], Team]) -> Iterator[Callable[[str], Library]]:
    """The same, opened."""
    libraries: list[Library] = []

    def open_(person: str) -> Library:
        libraries.append(Library.open(team(person), MODEL))
        libraries[-1]._lock._lease._seconds = LEASE  # type: ignore[attr-defined]
        return libraries[-1]

    yield open_
    for library in libraries:
        library.close()


def test_what_one_adds_another_finds_who_was_there_before(
    team: Callable[[str], Team], opened: Callable[[str], Library]
) -> None:
    """Another process, which had opened the library when it was empty; its scores are those of the one who added."""
    alice = opened("alice")
    with Teammate.at_work(team("bob"), "answer", "otter", "20") as bob:
        alice.add([made("paper", PAPERS), made("other")])
        bob.go()
        assert bob.hears() == repr(found_by_words(alice, "otter"))


def test_a_new_computer_answers_the_same(opened: Callable[[str], Library], tmp_path: Path) -> None:
    """With nothing in its folder at first: documents, pages, both arms and their scores, token vectors, originals."""
    alice = opened("alice")
    paper = keep_original(alice, made("paper", PAPERS), tmp_path)
    alice.add([paper, *(made(f"other{number}") for number in range(5))])
    alice.tidy()
    carol = opened("carol")
    assert carol.documents() == alice.documents()
    assert carol.pages(paper.document.id) == alice.pages(paper.document.id)
    assert found_by_words(carol, "otter says") == found_by_words(alice, "otter says")
    assert carol.dense(unit_vector(3), 50) == alice.dense(unit_vector(3), 50)
    ids = [encoded.chunk.id for encoded in paper.chunks]
    mine, hers = alice.fetch(ids), carol.fetch(ids)
    for id_ in ids:
        assert (mine[id_].tokens.codes == hers[id_].tokens.codes).all()
        assert (mine[id_].tokens.scales == hers[id_].tokens.scales).all()
    copy = carol.originals.path_of(carol.document(paper.document.id))
    assert copy.is_relative_to(tmp_path / "carol")
    assert copy.read_text() == paper.pages[0].text
    assert "otter" in carol.vocabulary().near("ottre")


def test_two_who_add_at_the_same_time_lose_nothing(
    team: Callable[[str], Team], opened: Callable[[str], Library]
) -> None:
    """Sixteen documents by two processes, each in a change of its own."""
    names = [[f"{person}{number}" for number in range(8)] for person in ("alice", "bob")]
    with (
        Teammate.at_work(team("alice"), "add", *names[0]) as alice,
        Teammate.at_work(team("bob"), "add", *names[1]) as bob,
    ):
        alice.go()
        bob.go()
        assert (alice.hears(), bob.hears()) == ("done", "done")
    carol = opened("carol")
    assert all_documents(carol) == {*names[0], *names[1]}
    assert len(found_by_words(carol, "says")) == 16
    assert carol._table.count() == 16


@pytest.mark.parametrize("moment", ["publish", "rows", "admit"])
def test_what_a_killed_writer_began_is_seen_by_nobody_and_cleared_by_the_next(
    team: Callable[[str], Team], opened: Callable[[str], Library], moment: str
) -> None:
    """Killed before anything is published, before its passages are written, and before its document exists."""
    alice = opened("alice")
    alice.add([made("paper", PAPERS)])
    with Teammate.at_work(team("bob"), "die", moment, "half") as bob:
        bob.go()
        assert bob.hears() == ""
    assert all_documents(alice) == {"paper"}
    assert found_by_words(alice, "half says") == []
    alice.add([made("next")])
    alice.tidy()
    assert all_documents(alice) == {"paper", "next"}
    assert [key for key in bucket_keys(team("alice")) if id_of("half")[:16] in key] == []
    assert alice._table.count() == 3
    bob_again = opened("bob")
    bob_again.add([made("half")])
    assert all_documents(alice) == {"paper", "next", "half"}


def test_a_removed_document_leaves_no_object_and_no_file(
    team: Callable[[str], Team], opened: Callable[[str], Library], tmp_path: Path
) -> None:
    """Neither in the bucket, whose every object is read, nor on the computers that had used it."""
    alice, bob = opened("alice"), opened("bob")
    secret = keep_original(alice, made("secret", ["quillfeathers are blue", "say nothing of it"]), tmp_path)
    alice.add([secret, *(made(f"book{number}") for number in range(20))])
    alice.tidy()
    id_ = secret.document.id
    bob._database.look(now=True)  # type: ignore[attr-defined]
    assert len(found_by_words(bob, "quillfeathers")) == 1
    bob.originals.path_of(bob.document(id_))
    assert alice.remove(id_) > 0
    bucket = Bucket(team("alice").url, team("alice").environment)
    for key in bucket.keys(""):
        stored = bucket.get(key)
        assert stored is not None
        assert b"uillfeather" not in stored.data
        assert id_[:16].encode() not in key.encode() + stored.data
    assert all_documents(bob) == {f"book{number}" for number in range(20)}
    assert found_by_words(bob, "quillfeathers") == []
    assert [path for person in ("alice", "bob") for path in (tmp_path / person).rglob(f"*{id_}*")] == []
    for person in ("alice", "bob"):
        assert found_below(tmp_path / person, "quillfeathers", "secret.txt", id_[:16]) == set()
    assert len(found_by_words(bob, "says")) == 20
    with pytest.raises(DocumentNotFound):
        bob.remove(id_)


def test_whoever_asks_while_a_document_goes_is_answered_from_the_rest(opened: Callable[[str], Library]) -> None:
    """The chunk table is written anew under another name, and the old one swept away, between two questions."""
    alice, bob = opened("alice"), opened("bob")
    alice.add([made(f"book{number}", source=f"/{number}") for number in range(6)])
    assert len(all_documents(bob)) == 6
    assert len(found_by_words(bob, "says")) == 6
    for number in range(3):
        alice.remove(id_of(f"book{number}"))
        found = bob.keyword("says", 100)
        assert len(found) >= 5 - number
        bob.fetch(chunk_id for chunk_id, _ in found)
    assert len(all_documents(bob)) == 3
    assert len(found_by_words(bob, "says")) == 3


def test_rows_of_a_writer_that_had_lost_its_turn_are_never_seen(opened: Callable[[str], Library]) -> None:
    """It was stopped between its last look at the lease and the step: what it wrote is of no document, now or later."""
    alice, bob = opened("alice"), opened("bob")
    alice.add([made("paper", PAPERS)])
    stray = made("stray")
    spans = TokenFiles(bob.folder / "elsewhere").write("any", (each.tokens for each in stray.chunks))
    bob._lock._lease.require = lambda: None  # type: ignore[attr-defined]
    bob._table.add(rows_of(stray, spans, ["stray says"]))
    for library in (alice, bob):
        assert len(all_documents(library)) == 1
        library._table._latest = -1  # type: ignore[attr-defined]
        found = [id_ for id_, _ in library.dense(unit_vector(1), 10) + library.keyword("stray", 10)]
        assert set(library.fetch(found)) == {encoded.chunk.id for encoded in made("paper", PAPERS).chunks}
    alice.add([stray])
    assert len(found_by_words(alice, "stray")) == 1
    assert alice._table.count() == 3


def test_conversations_paths_and_choices_stay_on_ones_own_computer(
    team: Callable[[str], Team], opened: Callable[[str], Library]
) -> None:
    alice, bob = opened("alice"), opened("bob")
    alice.preferences.set("model", "mine-alone")
    alice.conversations.create("What nobody may know")
    alice.add([made("paper", PAPERS, "/home-of-alice/paper.txt")])
    assert all_documents(bob) == {"paper"}
    assert bob.conversations.list() == ()
    assert bob.preferences.get("model", "") == ""
    assert [document.source for document in bob.documents()] == [None]
    assert [document.source for document in alice.documents()] == ["/home-of-alice/paper.txt"]
    bucket = Bucket(team("alice").url, team("alice").environment)
    stored = [found.data for key in bucket.keys("") if (found := bucket.get(key))]
    assert not any(b"home-of-alice" in data or b"nobody may know" in data for data in stored)


def test_a_document_of_two_people_is_not_replaced_by_what_one_of_them_has_now(opened: Callable[[str], Library]) -> None:
    """A file that changes replaces its earlier self, unless that came from somebody else's computer as well."""
    alice, bob = opened("alice"), opened("bob")
    alice.add([made("both", source="/a"), made("hers", source="/b")])
    assert bob.add([made("both", source="/c")]) == (AddStatus.UNCHANGED,)
    assert alice.add([made("both, changed", source="/a")]) == (AddStatus.ADDED,)
    assert alice.add([made("hers, changed", source="/b")]) == (AddStatus.REPLACED,)
    assert all_documents(bob) == {"both", "both, changed", "hers, changed"}


def test_collections_are_everybodys(opened: Callable[[str], Library]) -> None:
    """Made, filled, renamed crosswise and deleted by one, and seen so by the other."""
    alice, bob = opened("alice"), opened("bob")
    alice.add([made("paper", PAPERS)])
    old, new = alice.collections.create("Old"), alice.collections.create("New")
    bob._database.look(now=True)  # type: ignore[attr-defined]
    bob.collections.move([id_of("paper")], old.id)
    alice._database.look(now=True)  # type: ignore[attr-defined]
    assert alice.document(id_of("paper")).collection == old.id
    alice.collections.rename(old.id, "Other")
    alice.collections.rename(new.id, "Old")
    alice.collections.rename(old.id, "New")
    bob._database.look(now=True)  # type: ignore[attr-defined]
    assert {(each.id, each.name) for each in bob.collections.list()} == {(old.id, "New"), (new.id, "Old")}
    bob.collections.delete(old.id)
    alice._database.look(now=True)  # type: ignore[attr-defined]
    assert [each.id for each in alice.collections.list()] == [new.id]
    assert alice.document(id_of("paper")).collection is None


def test_a_library_that_was_begun_anew_is_not_mixed_with_the_old_one(
    team: Callable[[str], Team], opened: Callable[[str], Library]
) -> None:
    """Somebody has emptied the bucket: what this computer remembers of it is no document of the next library."""
    alice = opened("alice")
    alice.add([made("old", PAPERS)])
    alice.close()
    bucket = Bucket(team("alice").url, team("alice").environment)
    bucket.delete(bucket.keys(""))
    bob = opened("bob")
    bob.add([made("new")])
    again = opened("alice")
    assert all_documents(again) == {"new"}
    again.add([made("newer")])
    assert all_documents(bob) == {"new", "newer"}


def test_a_bucket_that_was_put_back_is_what_counts(
    team: Callable[[str], Team], opened: Callable[[str], Library]
) -> None:
    """Its owner has restored what it held yesterday: what this computer saw since is no document, and work goes on."""
    alice = opened("alice")
    alice.add([made("yesterday", PAPERS)])
    bucket = Bucket(team("alice").url, team("alice").environment)
    before = {key: found.data for key in bucket.keys("") if (found := bucket.get(key))}
    alice.add([made("today")])
    alice.add([made("later today")])
    bucket.delete(bucket.keys(""))
    for key, data in before.items():
        bucket.put(key, data)
    again = opened("alice")
    assert all_documents(again) == {"yesterday"}
    assert len(found_by_words(again, "otter")) == 1
    again.add([made("tomorrow")])
    assert all_documents(opened("bob")) == {"yesterday", "tomorrow"}


def test_another_model_is_refused_and_a_rebuild_is_seen_by_all(
    team: Callable[[str], Team], opened: Callable[[str], Library]
) -> None:
    alice = opened("alice")
    alice.add([made("paper", PAPERS)])
    with pytest.raises(OtherModel) as caught:
        Library.open(team("bob"), "another model")
    assert "s3://" in str(caught.value.folder)
    rebuilt = Library.rebuild(team("bob"), "another model")
    assert [document.title for document in rebuilt.unencoded()] == ["paper"]
    rebuilt.add([made("paper", PAPERS)])
    rebuilt.tidy()
    assert len(found_by_words(rebuilt, "otter")) == 1
    rebuilt.close()
    alice._database.look(now=True)  # type: ignore[attr-defined]
    with pytest.raises(OtherModel):
        alice.keyword("otter", 10)
    carol = Library.open(team("carol"), "another model")
    assert len(found_by_words(carol, "otter")) == 1
    carol.close()


def test_an_unreachable_bucket_holds_no_reader_up_and_is_found_again(
    object_store: ObjectStore, opened: Callable[[str], Library]
) -> None:
    """The list of documents is there after two seconds at most, as it was known; later it is the present one."""
    alice, bob = opened("alice"), opened("bob")
    alice.add([made("paper", PAPERS)])
    assert all_documents(bob) == {"paper"}
    time.sleep(1.1)
    with object_store.silent():
        began = time.monotonic()
        assert [document.title for document in bob.documents()] == ["paper"]
        assert time.monotonic() - began < 4
        assert [document.title for document in bob.documents()] == ["paper"]
        assert time.monotonic() - began < 4
    alice.add([made("next")])
    assert all_documents(bob) == {"paper", "next"}


def test_every_table_is_either_everybodys_or_ones_own(opened: Callable[[str], Library]) -> None:
    """A new table has to be put on one side or the other, or nobody else would see what stands in it."""
    alice = opened("alice")
    with sqlite3.connect(alice.folder / "footnote.db") as connection:
        rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    connection.close()
    names = {name for (name,) in rows if not name.startswith("sqlite_")}
    assert names == {*SHARED, *TEXTS, *OWN, "replica", "replica_documents"}


def test_what_another_adds_is_all_that_is_read_of_the_vectors(
    opened: Callable[[str], Library], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing where a change was about something else."""
    alice, bob = opened("alice"), opened("bob")
    alice.add([made(f"paper {number}", PAPERS) for number in range(10)])
    bob._database.look(now=True)  # type: ignore[attr-defined]
    bob.warm()
    read: list[int] = []
    of = Held.of
    monkeypatch.setattr(Held, "of", lambda table, *how: read.append(table.num_rows) or of(table, *how))
    alice.collections.create("a name")
    bob._database.look(now=True)  # type: ignore[attr-defined]
    bob.warm()
    assert read == []
    alice.add([made("other", PAPERS)])
    bob._database.look(now=True)  # type: ignore[attr-defined]
    assert len(bob.dense(unit_vector(1), 50)) == 22
    assert read == [2]
