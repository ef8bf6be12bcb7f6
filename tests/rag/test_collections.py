"""Collections as the assistant has them: what is read goes into one, and a question keeps to one."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import aclosing, closing
from typing import TYPE_CHECKING, Any

import pytest

from rag.assistant import Ask, Assistant
from rag.events import FileFinished, Finished
from rag.evidence import Caveat
from rag.sentences import ALREADY_THERE, BROUGHT_INTO
from tests.assembled import DEPOSIT, assistant_on
from tests.conftest import NOBODY_THERE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rag.evidence import Answer
    from storage.records import Document

LEASE, COSTS = "Lease agreement.pdf", "Household costs.xlsx"


@pytest.fixture
def assistant(data_folder: Path, library_folder: Path, model_cache: Path) -> Iterator[Assistant]:
    """An assistant over the samples and an inventory, in a library of the test's own."""
    shutil.copytree(library_folder, data_folder)
    with closing(assistant_on(data_folder, model_cache, NOBODY_THERE)) as made:
        yield made


def _named(assistant: Assistant, name: str) -> Document:
    return assistant.library.resolve(name)


def _answer(assistant: Assistant, scope: frozenset[str] | None) -> Answer:
    async def ask() -> Answer:
        events = [event async for event in assistant.answer(Ask(DEPOSIT, scope))]
        assert isinstance(events[-1], Finished)
        return events[-1].answer

    return asyncio.run(ask())


def _read(assistant: Assistant, *paths: Path, **how: Any) -> list[FileFinished]:
    async def read() -> list[FileFinished]:
        return [event async for event in assistant.ingest(paths, **how) if isinstance(event, FileFinished)]

    return asyncio.run(read())


def _ids_in(assistant: Assistant, collection_id: str) -> frozenset[str]:
    return frozenset(each.id for each in assistant.documents() if each.collection == collection_id)


def test_a_question_searches_the_documents_of_a_collection_and_no_other(assistant: Assistant) -> None:
    """The lease holds the answer; where it is not in the collection, nothing of it is shown."""
    house = asyncio.run(assistant.create_collection("House"))
    asyncio.run(assistant.move([_named(assistant, COSTS).id], house.id))
    without = _answer(assistant, _ids_in(assistant, house.id))
    assert {evidence.document.name for evidence in without.evidence} == {COSTS}
    asyncio.run(assistant.move([_named(assistant, LEASE).id], house.id))
    within = _answer(assistant, _ids_in(assistant, house.id))
    assert within.quick_answer is not None
    assert within.quick_answer.document == LEASE
    assert (without.searched, within.searched, within.in_library) == (1, 2, 4)


def test_a_document_removed_since_it_was_ticked_is_not_counted_as_searched(assistant: Assistant) -> None:
    ticked = frozenset({_named(assistant, LEASE).id, _named(assistant, COSTS).id})
    asyncio.run(assistant.remove(_named(assistant, COSTS).id))
    answer = _answer(assistant, ticked)
    assert (answer.searched, answer.in_library) == (1, 3)


def test_an_empty_collection_is_not_the_whole_library(assistant: Assistant) -> None:
    answer = _answer(assistant, frozenset())
    assert (answer.searched, answer.evidence, answer.quick_answer) == (0, (), None)


def test_files_are_read_into_a_collection(assistant: Assistant, tmp_path: Path) -> None:
    """From the person's own folders, and handed over by a browser."""
    house = asyncio.run(assistant.create_collection("House"))
    (tmp_path / "Gates.txt").write_text("The gate is locked at nine.", encoding="utf-8")
    (finished,) = _read(assistant, tmp_path / "Gates.txt", collection=house.id)
    assert finished.document.collection == house.id
    (tmp_path / "Doors.txt").write_text("The door is green.", encoding="utf-8")

    async def hand_over() -> None:
        await assistant.hand_over([(tmp_path / "Doors.txt", "Doors.txt", "")], collection=house.id)
        async for _ in assistant.read_waiting():
            pass

    asyncio.run(hand_over())
    assert [_named(assistant, name).collection for name in ("Gates.txt", "Doors.txt")] == [house.id] * 2


def test_a_known_file_comes_into_the_collection_and_says_so(assistant: Assistant, samples: Path) -> None:
    """Once; added again it is left alone, and named no collection it stays."""
    house = asyncio.run(assistant.create_collection("House"))
    for how, reason in (
        ({"collection": house.id}, BROUGHT_INTO),
        ({"collection": house.id}, ALREADY_THERE),
        ({}, ALREADY_THERE),
    ):
        (finished,) = _read(assistant, samples / LEASE, **how)
        assert (finished.status, finished.reason, finished.document.collection) == ("unchanged", reason, house.id)


def test_a_deleted_collection_takes_no_document_with_it(assistant: Assistant) -> None:
    house = asyncio.run(assistant.create_collection("House"))
    asyncio.run(assistant.move([_named(assistant, LEASE).id], house.id))
    assert asyncio.run(assistant.rename_collection(house.id, "Home")).name == "Home"
    assert [each.name for each in assistant.collections()] == ["Home"]
    asyncio.run(assistant.delete_collection(house.id))
    assert assistant.collections() == ()
    assert _named(assistant, LEASE).collection is None


def test_who_asks_one_collection_hears_only_of_files_on_their_way_into_it(assistant: Assistant, tmp_path: Path) -> None:
    """Not of those that are read for another, or for none."""
    house, taxes = (assistant.library.collections.create(name).id for name in ("House", "Taxes"))
    lease, costs = (_named(assistant, name).id for name in (LEASE, COSTS))
    assistant.library.collections.move([lease], house)
    assistant.library.collections.move([costs], taxes)
    long = tmp_path / "Long.md"
    long.write_text("\n\n".join(f"# Part {n}\n\nWords about part {n}." for n in range(400)), encoding="utf-8")

    async def warned(scope: frozenset[str] | None) -> bool:
        events = [event async for event in assistant.answer(Ask(DEPOSIT, scope))]
        assert isinstance(events[-1], Finished)
        return Caveat.STILL_READING in events[-1].answer.warnings

    async def test() -> None:
        await assistant.hand_over([(long, long.name, "")], collection=house)
        async with aclosing(assistant.read_waiting()) as events:
            async for _ in events:
                break
            assert await warned(None)
            assert await warned(frozenset({lease}))
            assert not await warned(frozenset({costs}))

    asyncio.run(test())
