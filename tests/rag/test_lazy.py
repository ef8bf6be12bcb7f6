"""An expensive thing is made once, for everyone, and a failure is not for ever."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from rag.lazy import Lazy


def test_it_is_made_when_first_used_and_once_for_all() -> None:
    """Whoever asks while it is made waits for the same one."""
    made: list[int] = []
    together = threading.Barrier(4)
    lazy = Lazy(lambda: made.append(1) or object())

    def ask() -> object:
        together.wait()
        return lazy.get()

    assert made == []
    with ThreadPoolExecutor(4) as threads:
        asked = [threads.submit(ask) for _ in range(4)]
    assert len({id(each.result()) for each in asked}) == 1
    assert made == [1]


def test_a_failure_is_raised_and_tried_again() -> None:
    """The next caller may have more luck."""
    outcomes = iter([ZeroDivisionError(), None])

    def make() -> str:
        if error := next(outcomes):
            raise error
        return "made"

    lazy = Lazy(make)
    with pytest.raises(ZeroDivisionError):
        lazy.get()
    assert lazy.get() == "made"
