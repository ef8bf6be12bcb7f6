"""One writer at a time between computers, with nothing but an object that can be replaced only by who knows it."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from storage.bucket import Bucket, Outrun
from storage.errors import BucketUnreachable, LibraryLocked, TurnLost
from storage.lease import HEAD, Lease
from storage.library import Library
from storage.lock import WriterLock
from tests.storage.made import MODEL, id_of, made
from tests.storage.teammates import Teammate, all_documents

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from storage.bucket import Mark
    from tests.doubles.bucket import ObjectStore

SECONDS = 1.2


@pytest.fixture
def bucket(object_store: ObjectStore) -> Bucket:
    """An empty one."""
    return Bucket(object_store.new_bucket(), object_store.environment)


@pytest.fixture
def lease_of(bucket: Bucket, tmp_path: Path) -> Callable[[str], Lease]:
    """The lease as each person's computer sees it."""

    def lease(person: str) -> Lease:
        folder = tmp_path / person
        folder.mkdir(exist_ok=True)
        return Lease(bucket, WriterLock(folder), f"computer of {person}", person, SECONDS)

    return lease


def _die(lease: Lease) -> None:
    """Hold the lease and never be heard of again, as a computer that loses its power."""
    lease._take(time.monotonic() + 5, 5)


def test_two_are_never_inside_at_the_same_time(lease_of: Callable[[str], Lease]) -> None:
    """Four computers, five turns each; what each of them published is still there in the end."""
    inside: list[str] = []
    seen: list[int] = []

    def work(person: str) -> None:
        lease = lease_of(person)
        for _ in range(5):
            with lease.held(60) as head:
                inside.append(person)
                assert inside == [person]
                seen.append(head.number)
                lease.publish(head.origin, head.number + 1, f"by {person}")
                inside.remove(person)

    threads = [threading.Thread(target=work, args=(person,)) for person in ("alice", "bob", "carol", "dan")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == list(range(20))


def test_whoever_waits_is_told_for_whom(lease_of: Callable[[str], Lease]) -> None:
    alice, bob = lease_of("alice"), lease_of("bob")
    with alice.held():
        began = time.monotonic()
        with pytest.raises(LibraryLocked) as caught, bob.held(0.0):
            pytest.fail("two are inside")
        assert time.monotonic() - began < 1
        assert caught.value.holder == "alice"
    with bob.held(0.0):
        assert bob.is_mine
        assert not alice.is_mine


def test_a_writer_that_lives_is_not_taken_over_however_long_it_takes(lease_of: Callable[[str], Lease]) -> None:
    alice, bob = lease_of("alice"), lease_of("bob")
    with alice.held() as head:
        with pytest.raises(LibraryLocked), bob.held(2.5 * SECONDS):
            pytest.fail("two are inside")
        alice.require()
        alice.publish(head.origin, head.number + 1, "after a long while")


def test_a_writer_that_gives_no_sign_of_life_is_taken_over(lease_of: Callable[[str], Lease]) -> None:
    """Not before its time, and by the clock of the one who waits."""
    alice, bob = lease_of("alice"), lease_of("bob")
    _die(alice)
    began = time.monotonic()
    with bob.held(30) as head:
        assert time.monotonic() - began >= SECONDS
        bob.publish(head.origin, 1, "bob's")


def test_a_dead_writer_is_taken_over_also_by_one_who_waits_a_moment_at_a_time(
    lease_of: Callable[[str], Lease],
) -> None:
    """As whoever opens an old library does, to look between how far another one is."""
    alice, bob = lease_of("alice"), lease_of("bob")
    _die(alice)
    began = time.monotonic()
    while time.monotonic() - began < 5 * SECONDS:
        with suppress(LibraryLocked), bob.held(SECONDS / 10):
            assert time.monotonic() - began >= SECONDS
            return
    pytest.fail("the dead writer was waited for for ever")


def test_a_writer_that_was_taken_over_cannot_publish(lease_of: Callable[[str], Lease], bucket: Bucket) -> None:
    """Not even before the other one has, and it knows by itself that its time is over."""
    alice, bob = lease_of("alice"), lease_of("bob")
    _die(alice)
    with bob.held(30) as head:
        with pytest.raises(TurnLost):
            alice.require()
        with pytest.raises(TurnLost):
            alice.publish(head.origin, 1, "alice's")
        bob.publish(head.origin, 1, "bob's")
    with pytest.raises(TurnLost):
        alice.publish(head.origin, 1, "alice's")
    alice._leave()
    head = alice.look_again()
    assert (head.number, head.catalogue, head.writer) == (1, "bob's", "")
    assert bucket.keys("") == [HEAD]


def test_what_does_not_follow_the_present_state_is_not_published(lease_of: Callable[[str], Lease]) -> None:
    """Whatever a computer believes to have: of another library, or one that is behind or ahead."""
    alice = lease_of("alice")
    with alice.held() as head:
        for origin, number in ((head.origin, 2), (head.origin, 0), ("another", 1)):
            with pytest.raises(TurnLost):
                alice.publish(origin, number, "wrong")
        alice.publish(head.origin, 1, "right")
    assert alice.look_again().catalogue == "right"


def test_what_a_program_that_died_here_left_is_taken_up_at_once(lease_of: Callable[[str], Lease]) -> None:
    """The lock of this computer tells that it is dead: there is nothing to wait for."""
    _die(lease_of("alice"))
    began = time.monotonic()
    with lease_of("alice").held(0.0):
        assert time.monotonic() - began < SECONDS


def test_a_change_whose_answer_was_lost_is_known_for_ones_own(
    object_store: ObjectStore, lease_of: Callable[[str], Lease]
) -> None:
    """The client tries again, and finds that somebody has written meanwhile: itself."""

    class LosesAnswers(Bucket):
        def swap(self, key: str, data: bytes, known: Mark | None) -> Mark:
            mark = super().swap(key, data, known)
            if key == HEAD:
                raise Outrun
            return mark

    bucket = LosesAnswers(object_store.new_bucket(), object_store.environment)
    lease = Lease(bucket, lease_of("alice")._here, "one", "alice", SECONDS)
    with lease.held() as head:
        lease.publish(head.origin, head.number + 1, "all the same")
    found = lease.look()
    assert found is not None
    assert (found[0].catalogue, found[0].writer) == ("all the same", "")


def test_a_writer_out_of_reach_changes_nothing_and_says_so(object_store: ObjectStore, tmp_path: Path) -> None:
    """A whole library: what it wrote while it was taken over is no document, and its next attempt succeeds."""
    url = object_store.new_bucket()
    alice = Library.open(object_store.team(url, tmp_path / "alice"), MODEL)
    alice.add([made("old")])
    lease = alice._lock._lease  # type: ignore[attr-defined]
    admit = alice._admission.admit

    def too_late(arrivals: object) -> object:
        # Another one has taken over.
        head, mark = lease.look()
        bucket = Bucket(url, object_store.environment)
        bucket.swap(HEAD, bucket.get(HEAD).data.replace(head.change.encode(), b"0" * 32), mark)  # type: ignore[union-attr]
        return admit(arrivals)  # type: ignore[arg-type]

    alice._admission.admit = too_late  # type: ignore[method-assign,assignment]
    with pytest.raises(TurnLost):
        alice.add([made("lost")])
    assert all_documents(alice) == {"old"}
    alice._admission.admit = admit  # type: ignore[method-assign]
    alice.add([made("lost")])
    alice.tidy()
    bob = Library.open(object_store.team(url, tmp_path / "bob", "bob"), MODEL)
    assert all_documents(bob) == {"old", "lost"}
    assert len(bob.keyword("says", 10)) == len(bob.dense(made("x").chunks[0].vector, 10)) == 2
    for library in (alice, bob):
        library.close()


def test_a_sleeping_program_loses_its_turn_and_its_change(object_store: ObjectStore, tmp_path: Path) -> None:
    """Stopped by the system in the middle of a batch, for longer than its lease; then it goes on, and is refused."""
    url = object_store.new_bucket()
    with Teammate.at_work(object_store.team(url, tmp_path / "bob", "bob"), "sleep", "rows", "sleepy") as bob:
        bob.go()
        assert bob.hears() == "asleep"
        alice = Library.open(object_store.team(url, tmp_path / "alice"), MODEL)
        alice._lock._lease._seconds = SECONDS  # type: ignore[attr-defined]
        alice.add([made("awake")])
        bob.wakes()
        assert bob.hears() == "TurnLost"
    assert all_documents(alice) == {"awake"}
    alice.tidy()
    bucket = Bucket(url, object_store.environment)
    assert [key for key in bucket.keys("") if id_of("sleepy")[:16] in key] == []
    assert len(alice.keyword("says", 10)) == 1
    alice.close()


def test_a_bucket_that_goes_out_of_reach_ends_a_turn_in_time(bucket: Bucket, lease_of: Callable[[str], Lease]) -> None:
    """Signs of life that cannot be given are no signs: the writer stops before anybody takes over."""

    class Unplugged(Bucket):
        plugged = True

        def swap(self, key: str, data: bytes, known: Mark | None) -> Mark:
            if not self.plugged:
                raise BucketUnreachable(self.url)
            return super().swap(key, data, known)

    unplugged = Unplugged(bucket.url, {"AWS_ENDPOINT_URL": bucket.options["aws_endpoint"], **_KEYS})
    lease = Lease(unplugged, lease_of("alice")._here, "one", "alice", SECONDS)
    with lease.held() as head:
        lease.require()
        unplugged.plugged = False
        time.sleep(SECONDS)
        with pytest.raises(TurnLost):
            lease.require()
        with pytest.raises(BucketUnreachable):
            lease.publish(head.origin, 1, "never")


_KEYS = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
