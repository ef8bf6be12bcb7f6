"""What nobody waits for gives way: encoding and reading do, the program itself and the drawing of pages do not."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rag.encoder import Encoder
from rag.priority import in_the_background, step_back
from rag.reading_process import ReadingProcesses
from tests.documents import LEASE, make_pdf

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a niceness for each thread")


def test_work_in_the_background_gives_way_and_nothing_else_does() -> None:
    """The thread that asked for it stays as it was."""
    before = _niceness(threading.get_native_id())
    assert in_the_background().submit(lambda: _niceness(threading.get_native_id())).result() == 10
    assert _niceness(threading.get_native_id()) == before


def test_documents_are_encoded_by_threads_that_give_way(model_cache: Path) -> None:
    """ONNX Runtime starts none of its own beside them."""
    encoder = Encoder.load(model_cache)
    seen: set[int] = set()
    session = encoder.session

    class _Seen:
        def run(self, *given: object) -> object:
            seen.add(threading.get_native_id())
            return session.run(*given)

    encoder.session = _Seen()  # type: ignore[assignment]
    before = set(_threads())
    encoder.token_states(["one of them"] * 64)
    assert {_niceness(thread) for thread in seen} == {10}
    assert set(_threads()) - before <= seen


def test_reading_gives_way_and_drawing_a_page_does_not(tmp_path: Path) -> None:
    """A picture is drawn when somebody is looking at the page."""
    path = make_pdf(tmp_path / "lease.pdf", [LEASE])
    with ReadingProcesses() as processes:
        with processes.reader() as reader:
            assert len(list(reader.read(path).pages)) == 1
            assert _niceness(reader.process.pid) == 10
        processes.render(path, 1)
        assert processes._drawer is not None
        assert _niceness(processes._drawer.pid) == _niceness(os.getpid())


def test_a_process_that_has_ended_is_no_trouble() -> None:
    """It may end at any moment, this one included."""
    step_back(2**22 - 1)


def _niceness(thread: int) -> int:
    return os.getpriority(os.PRIO_PROCESS, thread)


def _threads() -> Iterator[int]:
    return (int(task.name) for task in Path("/proc/self/task").iterdir())
