"""The assistant: what is going on survives a reload, a restart and a change of mind.

Everything is real but the language model, which is a double of Ollama on a real socket.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from rag.assistant import Ask, Assistant
from rag.errors import EncoderError
from rag.events import Failed, FileFinished, Finished, TextDelta
from rag.evidence import Caveat, Mode, Outcome, Span
from rag.lazy import Lazy
from rag.sentences import sentence_for
from storage.errors import DocumentNotFound, TurnNotFound
from tests.assembled import DEPOSIT, NOTICE, answer_of, assistant_on, ingested, parts_of
from tests.conftest import NOBODY_THERE
from tests.doubles.models import FakeModel
from tests.doubles.script import Done, Fail, Hang, Say, Wait

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from pathlib import Path

    from rag.events import AnswerEvent
    from rag.evidence import Answer
    from storage.records import Turn
    from tests.doubles.ollama import OllamaDouble

TEXT = "Two calendar months [1]."


@pytest.fixture
def folder(data_folder: Path, library_folder: Path) -> Path:
    """A library of the test's own."""
    shutil.copytree(library_folder, data_folder)
    return data_folder


@pytest.fixture
def assistant(folder: Path, model_cache: Path, ollama: OllamaDouble) -> Iterator[Assistant]:
    """An assistant over the test's own library, with a language model."""
    with closing(assistant_on(folder, model_cache, ollama.url)) as made:
        yield made


async def _left_alone(ollama: OllamaDouble) -> None:
    """Wait until the server has noticed that nobody listens any more; it must within a second."""
    async with asyncio.timeout(1):
        while ollama.chats[-1].hung_up is None:  # noqa: ASYNC110  (the double has a thread of its own)
            await asyncio.sleep(0.01)


def _run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(test())


async def _start(assistant: Assistant, question: str = NOTICE, conversation: str = "") -> str:
    conversation = conversation or assistant.new_conversation().id
    return await assistant.start(question, conversation_id=conversation, scope=None, mode=Mode.BALANCED)


async def _watched(assistant: Assistant, turn_id: str) -> list[AnswerEvent]:
    return [event async for event in assistant.watch(turn_id)]


async def _first_words(assistant: Assistant, turn_id: str) -> None:
    async for event in assistant.watch(turn_id):
        if isinstance(event, TextDelta):
            return


def _turn(assistant: Assistant, turn_id: str) -> Turn:
    return assistant.library.conversations.turn(turn_id)


def _same(one: Answer, other: Answer) -> bool:
    """Whether two answers say the same; evidence is compared by what is shown of it."""
    parts = [
        (each.text, each.outcome, each.citations, each.quick_answer, each.answerable, each.warnings, each.model)
        for each in (one, other)
    ]
    shown = [[(e.chunk, e.scores, e.highlights, e.marker, e.document) for e in each.evidence] for each in (one, other)]
    return parts[0] == parts[1] and shown[0] == shown[1]


# answers


def test_an_answer_is_saved_while_it_grows(assistant: Assistant, ollama: OllamaDouble) -> None:
    """What was found is on disk before a word is written, and the words within a second."""
    ollama.script(Say("Two "), Wait(0.6), Say("months "), Say("[1]"), Hang())

    async def test() -> None:
        turn_id = await _start(assistant)
        await _first_words(assistant, turn_id)
        turn = _turn(assistant, turn_id)
        assert turn.outcome is None
        assert turn.answer
        for _ in range(300):
            if (turn := _turn(assistant, turn_id)).text.startswith("Two months"):
                break
            await asyncio.sleep(0.01)
        assert turn.text.startswith("Two months")
        assert turn.outcome is None
        await assistant.stop(turn_id)
        assert _turn(assistant, turn_id).outcome == Outcome.INTERRUPTED

    _run(test)


def test_whoever_comes_back_sees_the_answer_from_its_beginning(assistant: Assistant, ollama: OllamaDouble) -> None:
    """A page that was reloaded watches again, while it is written and when it is done."""
    ollama.script(Say("Two "), Wait(0.3), Say("months "), Say("[1]."), Done())

    async def test() -> None:
        conversation = assistant.new_conversation().id
        turn_id = await _start(assistant, conversation=conversation)
        await _first_words(assistant, turn_id)
        again = await _watched(assistant, turn_id)
        await assistant.stop(turn_id)  # harmless now, and back only when all is saved
        (later,) = await _watched(assistant, turn_id)
        assert answer_of(again).text == "Two months [1]."
        assert _same(answer_of(again), answer_of([later]))

    _run(test)


def test_stop_keeps_what_was_written(assistant: Assistant, ollama: OllamaDouble) -> None:
    """Everyone watching is told, and so is whoever looks later."""
    ollama.script(Say("Two months "), Hang())

    async def test() -> None:
        turn_id = await _start(assistant)
        await _first_words(assistant, turn_id)
        watching = asyncio.create_task(_watched(assistant, turn_id))
        await asyncio.sleep(0)
        await assistant.stop(turn_id)
        last = (await watching)[-1]
        assert isinstance(last, Finished)
        assert (last.answer.outcome, last.answer.text) == (Outcome.INTERRUPTED, "Two months")
        assert _turn(assistant, turn_id).text == "Two months"
        await assistant.stop(turn_id)

    _run(test)


def test_an_answer_comes_back_whole_after_a_restart(
    assistant: Assistant, ollama: OllamaDouble, folder: Path, model_cache: Path
) -> None:
    """Text, citations, evidence, scores and marks; nothing is computed again."""
    ollama.answer = TEXT
    given: list[Answer] = []

    async def test() -> None:
        turn_id = await _start(assistant)
        given.append(answer_of(await _watched(assistant, turn_id)))

    _run(test)
    assistant.close()
    with closing(assistant_on(folder, model_cache, NOBODY_THERE)) as later:
        (conversation,) = later.conversations()
        (turn,) = later.turns(conversation.id)
        assert conversation.title == NOTICE
        assert _same(later.answer_of(turn), given[0])
        assert later.answer_of(turn).citations


def test_an_answer_that_a_crash_cut_short_is_ended_by_the_next_start(assistant: Assistant) -> None:
    """What had been saved is kept, and nobody waits for the rest."""
    conversation = assistant.new_conversation()
    turn = assistant.library.conversations.add_turn(conversation.id, NOTICE)
    assistant.library.conversations.save_turn(turn.id, text="Two mon")
    assistant.recover()
    answer = assistant.answer_of(_turn(assistant, turn.id))
    assert (_turn(assistant, turn.id).outcome, answer.outcome) == (Outcome.INTERRUPTED, Outcome.INTERRUPTED)
    assert answer.text == "Two mon"


def test_deleting_a_conversation_ends_its_answer(assistant: Assistant, ollama: OllamaDouble) -> None:
    """Whoever still watches is let go, and nothing of it comes back."""
    ollama.script(Say("Two months "), Hang())

    async def test() -> None:
        conversation = assistant.new_conversation().id
        turn_id = await _start(assistant, conversation=conversation)
        await _first_words(assistant, turn_id)
        watching = asyncio.create_task(_watched(assistant, turn_id))
        await asyncio.sleep(0)
        await assistant.delete_conversation(conversation)
        events = await asyncio.wait_for(watching, 5)
        assert isinstance(events[-1], Finished)
        assert assistant.conversations() == ()
        with pytest.raises(TurnNotFound):
            await _watched(assistant, turn_id)
        await _left_alone(ollama)

    _run(test)


def test_a_failed_answer_is_remembered_as_failed(assistant: Assistant, ollama: OllamaDouble) -> None:
    """With the reason; what was found is still there."""
    ollama.script(Fail("out of memory"))

    async def test() -> None:
        turn_id = await _start(assistant)
        first = answer_of(await _watched(assistant, turn_id))
        await assistant.stop(turn_id)
        (again,) = await _watched(assistant, turn_id)
        assert isinstance(again, Failed)
        assert again.answer.problem == first.problem
        assert again.answer.evidence

    _run(test)


def test_a_follow_up_is_searched_for_with_the_words_of_its_conversation(assistant: Assistant) -> None:
    """And only of its own."""

    async def test() -> None:
        conversation = assistant.new_conversation().id
        await _watched(assistant, await _start(assistant, conversation=conversation))
        leaning = await _start(assistant, "And the landlord?", conversation)
        alone = await _start(assistant, "And the landlord?")
        searched = [answer_of(await _watched(assistant, turn_id)).searched_for for turn_id in (leaning, alone)]
        assert "notice" in searched[0].lower()
        assert searched[1] == "And the landlord?"

    _run(test)


def test_two_answers_can_be_under_way_at_once(assistant: Assistant, ollama: OllamaDouble) -> None:
    """In two conversations; each is its own."""
    ollama.answer = TEXT

    async def test() -> None:
        turns = [await _start(assistant), await _start(assistant, DEPOSIT)]
        answers = [answer_of(events) for events in await asyncio.gather(*(_watched(assistant, turn) for turn in turns))]
        assert [answer.outcome for answer in answers] == [Outcome.ANSWERED] * 2
        assert answers[0].quick_answer != answers[1].quick_answer

    _run(test)


def test_a_question_beside_any_conversation_stops_with_its_reader(assistant: Assistant, ollama: OllamaDouble) -> None:
    """The command line asks so; closing the iterator closes the connection."""
    ollama.script(Say("Two months "), Hang())

    async def test() -> None:
        events = assistant.answer(Ask(NOTICE))
        async for event in events:
            if isinstance(event, TextDelta):
                break
        await events.aclose()
        await _left_alone(ollama)

    _run(test)


# documents


def test_asking_while_files_are_read_says_how_many_were_searched(assistant: Assistant, tmp_path: Path) -> None:
    """And a later answer no longer does."""
    slow = tmp_path / "Long.md"
    slow.write_text("\n\n".join(f"# Part {n}\n\nWords about part {n}." for n in range(400)), encoding="utf-8")

    async def test() -> None:
        async for _ in (events := assistant.ingest([slow])):
            break
        reading = [each.file for each in assistant.reading]
        during = answer_of([event async for event in assistant.answer(Ask(NOTICE))])
        rest = [event async for event in events]
        after = answer_of([event async for event in assistant.answer(Ask(NOTICE))])
        assert reading == [str(slow)]
        assert Caveat.STILL_READING in during.warnings
        assert (during.searched, during.in_library) == (4, 5)
        assert any(isinstance(event, FileFinished) for event in rest)
        assert assistant.reading == ()
        assert Caveat.STILL_READING not in after.warnings
        assert (after.searched, after.in_library) == (5, 5)

    _run(test)


def test_reading_that_cannot_begin_does_not_go_on_for_ever(folder: Path, model_cache: Path, tmp_path: Path) -> None:
    """Nothing is "being read" when the encoder cannot be loaded."""

    def fail() -> Any:
        raise EncoderError("weights changed")

    parts = parts_of(folder, model_cache, NOBODY_THERE)
    with closing(Assistant(parts.library, Lazy(fail), parts.processes, parts.models, parts.retrieval)) as broken:
        with pytest.raises(EncoderError):
            ingested(broken, [tmp_path])
        file = tmp_path / "a.txt"
        file.write_text("some words")
        with pytest.raises(EncoderError):
            ingested(broken, [file])
        assert broken.reading == ()


def test_an_encoder_that_cannot_be_loaded_is_an_answer_that_failed(folder: Path, model_cache: Path) -> None:
    """With the sentence for it."""
    error = EncoderError("weights changed")

    def fail() -> Any:
        raise error

    parts = parts_of(folder, model_cache, NOBODY_THERE)
    with closing(Assistant(parts.library, Lazy(fail), parts.processes, parts.models, parts.retrieval)) as broken:

        async def test() -> None:
            answer = answer_of([event async for event in broken.answer(Ask(NOTICE))])
            assert (answer.outcome, answer.problem) == (Outcome.FAILED, sentence_for(error))

        _run(test)


def test_a_removed_document_is_gone_from_answers(assistant: Assistant) -> None:
    """From the next question on; the disk gets its room back."""

    async def test() -> None:
        (lease,) = [each for each in assistant.documents() if each.name == "Lease agreement.pdf"]
        assert await assistant.remove(lease.id) > 0
        answer = await assistant.find(Ask(NOTICE))
        assert lease.id not in {each.document.id for each in answer.evidence}
        with pytest.raises(DocumentNotFound):
            assistant.original(lease.id)

    _run(test)


def test_a_passage_is_marked_on_the_picture_of_its_page(assistant: Assistant) -> None:
    """Offsets into the stored text become boxes on the page."""

    async def test() -> None:
        answer = await assistant.find(Ask(NOTICE))
        chunk = answer.evidence[0].chunk
        span = Span(chunk.char_start, chunk.char_end)
        image = await assistant.page_image(chunk.document_id, chunk.page or 1, [span])
        assert image.boxes
        assert image.png.startswith(b"\x89PNG")

    _run(test)


def test_another_writer_holds_up_nobody_but_the_one_who_asks(assistant: Assistant, folder: Path) -> None:
    """A question waits its turn at the store; the page goes on meanwhile."""

    async def test() -> None:
        conversation = assistant.new_conversation().id
        with closing(sqlite3.connect(folder / "footnote.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            asking = asyncio.create_task(_start(assistant, conversation=conversation))
            await asyncio.wait_for(asyncio.sleep(0.2), 10)
            assert not asking.done()
            other.execute("ROLLBACK")
        await assistant.stop(await asking)

    _run(test)


# language models


def test_the_chosen_model_writes_until_it_is_removed(assistant: Assistant, ollama: OllamaDouble) -> None:
    """The choice is remembered; where it is gone, another that is there serves."""
    ollama.models.append(FakeModel("qwen3:4b-instruct"))
    assistant.choose_model("qwen3:4b-instruct")

    async def test() -> None:
        models = []
        for _ in range(2):
            models.append(answer_of([event async for event in assistant.answer(Ask(NOTICE))]).model)
            if len(ollama.models) > 1:
                await assistant.remove_model("qwen3:4b-instruct")
        assert models == ["qwen3:4b-instruct", "granite4.1:3b"]
        assert (await assistant.server_state()).chosen == "granite4.1:3b"

    _run(test)


def test_a_pulled_model_is_chosen(assistant: Assistant, ollama: OllamaDouble) -> None:
    """Whoever installs one wants it."""

    async def test() -> None:
        progress = [each async for each in assistant.pull("qwen3:4b-instruct")]
        assert progress[-1].completed == progress[-1].total
        assert (await assistant.server_state()).chosen == "qwen3:4b-instruct"

    _run(test)
    assert len(ollama.models) == 2
