"""A lazily made thing is made once, for everyone, and says how far it is."""

from __future__ import annotations

import threading

import pytest

from rag.errors import EncoderError
from rag.lazy import Lazy, LazyState


def test_nothing_is_made_before_it_is_asked_for() -> None:
    made: list[int] = []
    lazy = Lazy(lambda: made.append(1))

    assert lazy.state is LazyState.WAITING
    assert made == []


def test_everyone_who_asks_at_once_gets_the_same_thing() -> None:
    together = threading.Barrier(8)
    lazy = Lazy(object)
    got: list[object] = []

    def ask() -> None:
        together.wait()
        got.append(lazy.get())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(got) == 8
    assert len(set(map(id, got))) == 1


def test_state_can_be_read_while_it_is_being_made() -> None:
    """The page asks for the state; it must not wait for the model."""
    release = threading.Event()
    lazy = Lazy(lambda: release.wait(10))

    thread = lazy.warm()
    while lazy.state is LazyState.WAITING:
        pass
    seen = lazy.state
    release.set()
    thread.join()

    assert seen is LazyState.LOADING
    assert lazy.state is LazyState.READY
    assert lazy.get() is True


def test_a_failure_is_kept_with_its_reason_and_raised_to_whoever_needs_the_thing() -> None:
    lazy = Lazy(_fail)

    lazy.warm().join()

    assert lazy.state is LazyState.FAILED
    assert str(lazy.error) == "no weights"
    with pytest.raises(EncoderError):
        lazy.get()


def test_a_failure_is_not_final() -> None:
    """What was missing may have been put in place meanwhile."""
    weights: list[str] = []
    lazy = Lazy(lambda: weights[0] if weights else _fail())

    with pytest.raises(EncoderError):
        lazy.get()
    weights.append("made")

    assert lazy.get() == "made"
    assert lazy.error is None


def _fail() -> str:
    raise EncoderError("no weights")
