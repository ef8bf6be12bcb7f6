"""A file that is given up at the worst moment leaves nothing behind, and takes no other with it."""

from __future__ import annotations

import asyncio
import time
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from rag.events import FileCancelled, FileFailed, FileFinished, FileStarted, IngestEvent, IngestFinished
from rag.source import Source
from tests.assembled import assistant_on
from tests.conftest import NOBODY_THERE
from tests.documents import make_slow_pdf
from tests.rag.ingest_bench import of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from storage.library import AddStatus
    from storage.records import NewDocument
    from tests.rag.ingest_bench import Bench


@pytest.mark.parametrize("step", ["keep", "holds", "path_of"])
def test_a_file_given_up_before_its_reader_has_begun_leaves_nothing(bench: Bench, step: str) -> None:
    """No copy, and no harm to another file of the same bytes."""
    part: Any = bench.library if step == "holds" else bench.library.originals
    done, events = getattr(part, step), list[IngestEvent]()
    sources = [replace(Source.on_disk(bench.write(name)), key=name) for name in ("a.txt", "b.txt")]

    async def collect(given: Sequence[Source]) -> None:
        loop = asyncio.get_running_loop()

        def give_up(*given: object) -> Any:
            loop.call_soon_threadsafe(bench.ingester.cancel, "a.txt")
            time.sleep(0.2)
            return done(*given)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(part, step, give_up)
            events.extend([event async for event in bench.ingester.ingest(given)])

    asyncio.run(collect(sources[:1]))
    assert [type(event) for event in events] == [FileStarted, FileCancelled, IngestFinished]
    assert not [path for path in (bench.library.folder / "originals").rglob("*") if path.is_file()]
    asyncio.run(collect(sources))
    assert [event.key for event in of(events, FileFinished)] == ["b.txt"]
    assert of(events, FileFailed) == []


def test_giving_up_a_second_copy_gives_up_no_other(bench: Bench) -> None:
    """The first is about to come in, and the third is told that it is there."""
    sources = [replace(Source.on_disk(bench.write(name)), key=name) for name in ("a.txt", "b.txt", "c.txt")]
    add, events = bench.library.add, list[IngestEvent]()

    async def collect() -> None:
        loop = asyncio.get_running_loop()

        def give_up(batch: Sequence[NewDocument]) -> tuple[AddStatus, ...]:
            time.sleep(0.3)
            loop.call_soon_threadsafe(bench.ingester.cancel, "b.txt")
            time.sleep(0.3)
            return add(batch)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(bench.library, "add", give_up)
            events.extend([event async for event in bench.ingester.ingest(sources)])

    asyncio.run(collect())
    assert [event.key for event in of(events, FileCancelled)] == ["b.txt"]
    assert [event.key for event in of(events, FileFinished)] == ["a.txt", "c.txt"]


def test_the_program_ends_while_a_page_is_drawn(data_folder: Path, model_cache: Path, tmp_path: Path) -> None:
    """Its thread is waited for, and so its process is ended."""
    assistant = assistant_on(data_folder, model_cache, NOBODY_THERE)
    slow = make_slow_pdf(tmp_path / "slow.pdf")

    async def leave() -> None:
        drawing = asyncio.ensure_future(assistant.page_image("0", 1, []))
        await asyncio.wait([drawing], timeout=2)
        assert not drawing.done()

    with pytest.MonkeyPatch.context() as patch, closing(assistant):
        patch.setattr(assistant, "original", lambda _: slow)
        begun = time.monotonic()
        asyncio.run(leave())
        assert time.monotonic() - begun < 5
