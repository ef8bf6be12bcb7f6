"""Removing a document from the whole program, as it is assembled, and looking for it in every byte afterwards."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from rag.evidence import Mode, Outcome
from rag.sentences import REMOVED_DOCUMENT, REMOVED_LINES
from tests.assembled import assistant_on, ingested
from tests.doubles.script import Done, Hang, Say
from tests.readable import found_below

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rag.assistant import Assistant
    from rag.evidence import Answer
    from tests.doubles.ollama import OllamaDouble

LETTER = "The lighthouse keeper was called Quillfeathers, and his dog was called Zanzibarish."
QUESTION = "What was the lighthouse keeper called?"
WORDS = ("Quillfeather", "quillfeath", "Zanzibarish", "Letter.txt")


@pytest.fixture
def assistant(
    data_folder: Path, library_folder: Path, model_cache: Path, ollama: OllamaDouble, tmp_path: Path
) -> Iterator[Assistant]:
    """An assistant over the samples, an inventory, and one small letter."""
    shutil.copytree(library_folder, data_folder)
    letter = tmp_path / "Letter.txt"
    letter.write_text(LETTER, encoding="utf-8")
    with closing(assistant_on(data_folder, model_cache, ollama.url)) as made:
        ingested(made, [letter])
        letter.unlink()
        yield made


def _letter(assistant: Assistant) -> str:
    return next(each.id for each in assistant.documents() if each.name == "Letter.txt")


async def _asked(assistant: Assistant, conversation: str) -> Answer:
    """Ask, wait for the end, and give what was kept."""
    turn_id = await assistant.start(QUESTION, conversation_id=conversation, scope=None, mode=Mode.BALANCED)
    async for _ in assistant.watch(turn_id):
        pass
    await assistant.stop(turn_id)
    return assistant.answer_of(assistant.library.conversations.turn(turn_id))


def test_a_document_that_was_asked_about_is_in_no_byte_once_removed(assistant: Assistant, ollama: OllamaDouble) -> None:
    """Quoted, cited and retold before; afterwards the answers say that it was a removed document."""
    ollama.script(Say("He was called Quillfeathers [1]."), Done())

    async def test() -> None:
        conversation = assistant.new_conversation().id
        before = await _asked(assistant, conversation)
        assert before.quick_answer is not None
        assert before.quick_answer.text == LETTER
        assert before.citations[0].document == "Letter.txt"
        folder = assistant.library.folder
        places = {place.partition("/")[0] for place, _ in found_below(folder, *WORDS)}
        assert places >= {"originals", "vectors"}
        assert await assistant.remove(_letter(assistant)) > 0
        assert found_below(folder, *WORDS) == set()
        (turn,) = assistant.turns(conversation)
        after = assistant.answer_of(turn)
        assert (after.question, after.outcome, after.text) == (QUESTION, Outcome.ANSWERED, REMOVED_LINES)
        assert [each.document for each in after.citations] == [REMOVED_DOCUMENT]

    asyncio.run(test())


def test_its_quotes_stay_where_the_person_wants_them(assistant: Assistant, ollama: OllamaDouble) -> None:
    ollama.script(Say("He was called Quillfeathers [1]."), Done())

    async def test() -> None:
        conversation = assistant.new_conversation().id
        before = await _asked(assistant, conversation)
        await assistant.remove(_letter(assistant), keep_quotes=True)
        (turn,) = assistant.turns(conversation)
        assert assistant.answer_of(turn).citations == before.citations
        assert {place for place, _ in found_below(assistant.library.folder, *WORDS)} <= {
            "footnote.db",
            "footnote.db-wal",
        }

    asyncio.run(test())


def test_an_answer_on_its_way_brings_nothing_of_it_back(assistant: Assistant, ollama: OllamaDouble) -> None:
    """It had found its passages before the document was removed, and is saved after."""
    ollama.script(Say("He was called Quillfeathers [1]. "), Hang())

    async def test() -> None:
        conversation = assistant.new_conversation().id
        turn_id = await assistant.start(QUESTION, conversation_id=conversation, scope=None, mode=Mode.BALANCED)
        async for event in assistant.watch(turn_id):
            if "Quillfeathers" in getattr(event, "text", ""):
                break
        await assistant.remove(_letter(assistant))
        await assistant.stop(turn_id)
        kept = assistant.library.conversations.turn(turn_id)
        assert kept.text == REMOVED_LINES
        assert found_below(assistant.library.folder, *WORDS) == set()
        assistant.recover()
        with assistant.library._database.reading() as connection:
            assert connection.execute("SELECT * FROM unquotable").fetchall() == []

    asyncio.run(test())
