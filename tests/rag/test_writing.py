"""The written answer: real citations, whatever the server does, and never a model that is asked to guess.

The whole chain runs over a real library, against a double of Ollama on a real socket.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from rag.budget import estimate_tokens
from rag.chain import build_chain
from rag.draft import begin
from rag.errors import (
    AnswerNotBegun,
    EmptyAnswer,
    ModelAbsent,
    ModelNotLocal,
    NotOllama,
    PromptTooLong,
    ServerAbsent,
)
from rag.events import Finished, SearchedFor, TextDelta, Thinking, WaitingForModel
from rag.evidence import Caveat, LeftOut, Outcome
from rag.grounding import lay_out_evidence
from rag.inquiry import Exchange, Inquiry
from rag.planning.plan import Plan
from rag.running import RunningAnswer
from rag.sentences import sentence_for
from rag.settings import GenerationSettings, RetrievalSettings
from tests.assembled import NOTICE, answer_of, events_of, writing_with
from tests.conftest import NOBODY_THERE
from tests.doubles.models import FakeModel
from tests.doubles.script import CHAT_FAULTS, Action, Close, Done, Fail, Hang, Refuse, Reset, Say
from tests.doubles.window import fit

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag.chain import Stages
    from rag.events import AnswerEvent
    from rag.evidence import Answer
    from tests.doubles.ollama import OllamaDouble

MODEL = "granite4.1:3b"
WIFI = "What is the Wi-Fi password?"
TOO_LONG = Refuse.because(400, "the prompt is longer than the context length currently available")
WITHIN = 1.0
"""Seconds until the server must see that nobody listens any more."""


@pytest.fixture
def writing(stages: Stages, ollama: OllamaDouble) -> Stages:
    """The stages with the double's model to write."""
    return _writing(stages, ollama.url)


def _writing(stages: Stages, server: str, **settings: Any) -> Stages:
    return writing_with(stages, stages.encode, stages.library, GenerationSettings(server=server, **settings))


def _answer(stages: Stages, question: str = NOTICE, **how: Any) -> Answer:
    return answer_of(events_of(stages, question, **how))


def _prompt(ollama: OllamaDouble) -> str:
    """What the model was last sent, as one line."""
    return _flat("\n".join(message["content"] for message in ollama.chats[-1].body["messages"]))


def _reading(stages: Stages, passages: int) -> Stages:
    """The stages with so many passages to read, however many tokens they have."""
    settings = RetrievalSettings(passages=passages, evidence_tokens=100_000)
    return replace(stages, select=partial(lay_out_evidence, stages.library, settings=settings))


def _flat(text: str) -> str:
    return " ".join(text.split())


# answered


def test_an_answer_streams_in_with_citations_that_quote_the_page(writing: Stages, ollama: OllamaDouble) -> None:
    """Markers become citations as they come; a quote is a sentence of the passage, word for word."""
    ollama.answer = "Two calendar months [1]. It must be in writing [2]."
    events = events_of(writing)
    answer = answer_of(events)
    assert (answer.outcome, answer.text, answer.model) == (Outcome.ANSWERED, ollama.answer, MODEL)
    deltas = [event for event in events if isinstance(event, TextDelta)]
    assert len(deltas) > 1
    assert "".join(event.text for event in deltas) == answer.text
    assert tuple(citation for event in deltas for citation in event.citations) == answer.citations
    assert [citation.marker for citation in answer.citations] == [1, 2]
    for citation in answer.citations:
        (shown,) = [each for each in answer.evidence if each.marker == citation.marker]
        page = writing.library.page(citation.document_id, citation.page or 1).text
        assert citation.quote == page[citation.char_start : citation.char_end]
        assert citation.quote in shown.read.text
        assert len(citation.quote) < len(shown.read.text)


def test_a_marker_before_its_sentence_quotes_what_supports_the_sentence(writing: Stages, ollama: OllamaDouble) -> None:
    """As it does behind it; the model writes word by word."""
    sentence = "The rent is due on the first day of each month"
    quotes = []
    for ollama.answer in (f"{sentence} [1].", f"[1] {sentence}.", f"In short:\n- [1] {sentence}"):
        (citation,) = _answer(_writing_again(writing, ollama), "When is the rent due?").citations
        quotes.append(citation.quote)
    assert len(set(quotes)) == 1


def test_the_model_reads_the_numbered_passages_in_rank_order(writing: Stages, ollama: OllamaDouble) -> None:
    """Those that the answer may rest on and no others, with thinking off and a low temperature."""
    answer = _answer(_reading(writing, 6))
    prompt, body = _prompt(ollama), ollama.chats[-1].body
    places = [prompt.index(_flat(each.read.text)) for each in answer.evidence if each.used]
    assert places == sorted(places)
    read = [each.used or each.left_out is LeftOut.MERGED for each in answer.evidence]
    assert read == [_flat(each.chunk.text) in prompt for each in answer.evidence]
    assert (body["think"], body["options"]["temperature"]) == (False, GenerationSettings().temperature)


def test_invented_markers_are_dropped_and_said(writing: Stages, ollama: OllamaDouble) -> None:
    """What was not in the prompt cannot be cited."""
    ollama.answer = "Two calendar months [1], as everybody knows [99]."
    answer = _answer(writing)
    assert "[99]" not in answer.text
    assert [citation.marker for citation in answer.citations] == [1]
    assert Caveat.INVENTED_MARKERS in answer.warnings


def test_what_is_not_in_the_documents_never_reaches_the_model(writing: Stages, ollama: OllamaDouble) -> None:
    """The nearest passages are shown as such."""
    answer = _answer(writing, WIFI)
    assert (answer.outcome, answer.text, ollama.chats) == (Outcome.ABSTAINED, "", [])
    assert answer.evidence


def test_an_answer_that_reached_its_length_is_cut_off(writing: Stages, ollama: OllamaDouble) -> None:
    """And kept."""
    ollama.script(Say("Two months"), Done("length"))
    answer = _answer(writing)
    assert (answer.outcome, answer.text) == (Outcome.CUT_OFF, "Two months")


def test_a_loaded_model_makes_a_follow_up_whole(writing: Stages, ollama: OllamaDouble) -> None:
    """What is searched for is an event of its own; the person's words stay theirs."""
    first = _answer(writing)
    history = (Exchange(NOTICE, first.text),)
    ollama.script(Say("How much notice does the landlord have to give?"), Done())
    events = events_of(_writing_again(writing, ollama), "And the landlord?", history=history)
    assert events[0] == SearchedFor(Plan.plain("How much notice does the landlord have to give?"))
    assert answer_of(events).question == "And the landlord?"


def _writing_again(stages: Stages, ollama: OllamaDouble) -> Stages:
    """Each run has an event loop of its own, and so needs a client of its own."""
    return _writing(stages, ollama.url)


def test_without_a_model_a_follow_up_takes_the_words_of_the_question_before(stages: Stages) -> None:
    """Better than searching for a pronoun."""
    events = events_of(_writing(stages, NOBODY_THERE), "And the landlord?", history=(Exchange(NOTICE, ""),))
    (searched,) = (event for event in events if isinstance(event, SearchedFor))
    assert searched.plan.question == "And the landlord? (notice tenants end agreement)"


# quoted


def test_without_a_server_the_documents_answer(stages: Stages) -> None:
    """That is no failure."""
    answer = _answer(_writing(stages, NOBODY_THERE))
    assert (answer.outcome, answer.warnings) == (Outcome.QUOTED, (Caveat.NO_MODEL,))
    assert answer.problem == sentence_for(ServerAbsent(NOBODY_THERE))
    assert answer.quick_answer is not None


def test_without_the_model_asked_for_the_documents_answer(writing: Stages, ollama: OllamaDouble) -> None:
    """And the person reads which model is missing."""
    answer = _answer(writing, model="another:7b")
    assert (answer.outcome, answer.problem) == (Outcome.QUOTED, sentence_for(ModelAbsent(ollama.url, "another:7b")))


def test_a_model_that_has_just_been_removed_leaves_quotes(writing: Stages, ollama: OllamaDouble) -> None:
    """The list still had it; the chat answers 404."""
    ollama.script(*CHAT_FAULTS["F04 model not found"])
    answer = _answer(writing)
    assert (answer.outcome, answer.problem) == (Outcome.QUOTED, sentence_for(ModelAbsent(ollama.url, MODEL)))


PROBES = {
    "restarting": {"/api/version": (Close(),)},
    "torn down": {"/api/tags": (Reset(),)},
    "a guarded door": {"/api/version": (Refuse(401, "Unauthorized", "text/plain"),)},
    "a closed door": {"/api/version": (Refuse(403, "Forbidden", "text/plain"),)},
    "broken": {"/api/version": (Refuse(500, "Internal Server Error", "text/plain"),)},
    "busy": {"/api/tags": (Refuse.because(503, "server busy, please try again"),)},
    "a captive portal": {"/api/version": (Refuse(200, "café".encode("latin-1"), "text/html"),)},
    "no description": {"/api/show": (Refuse(200, "[1]"),)},
    "a description that breaks off": {"/api/show": (Close(),)},
    "no word on what is loaded": {"/api/ps": (Refuse.because(500, "boom"),)},
}


@pytest.mark.parametrize("trouble", PROBES)
def test_whatever_goes_wrong_before_a_model_is_asked_leaves_quotes(
    writing: Stages, ollama: OllamaDouble, trouble: str
) -> None:
    """Said calmly: nothing had been written that could stop in its middle, and no model without a name is blamed."""
    ollama.instead = PROBES[trouble]
    answer = _answer(writing)
    assert (answer.outcome, answer.warnings) == (Outcome.QUOTED, (Caveat.NO_MODEL,))
    assert answer.quick_answer is not None
    assert answer.problem
    assert not [wrong for wrong in ("in the middle", "“”", "did not begin") if wrong in answer.problem]
    assert ollama.chats == []


def test_a_server_that_goes_between_asking_and_writing_leaves_quotes(writing: Stages, ollama: OllamaDouble) -> None:
    """It was there a moment ago, and so was its model; now a proxy answers."""
    ollama.script(*CHAT_FAULTS["F23 a proxy answers"])
    answer = _answer(writing)
    assert (answer.outcome, answer.problem) == (Outcome.QUOTED, sentence_for(NotOllama(ollama.url)))


def test_an_answer_that_never_begins_is_not_called_broken(writing: Stages, ollama: OllamaDouble) -> None:
    """There is nothing that could have been kept."""
    ollama.script(*CHAT_FAULTS["F13 reset before the first word"])
    answer = _answer(writing)
    assert (answer.outcome, answer.text) == (Outcome.FAILED, "")
    assert answer.problem == sentence_for(AnswerNotBegun(ollama.url, MODEL))
    assert answer.quick_answer is not None


def test_a_model_on_somebody_elses_computer_is_not_used(writing: Stages, ollama: OllamaDouble) -> None:
    """Even where it is asked for by name; what was found stays."""
    answer = _answer(writing, model="big:cloud")
    assert (answer.outcome, ollama.chats) == (Outcome.QUOTED, [])
    assert answer.problem == sentence_for(ModelNotLocal(ollama.url, "big:cloud"))
    assert answer.quick_answer is not None


# stopped


async def _until(events: Any, wanted: Callable[[AnswerEvent], bool]) -> None:
    async for event in events:
        if wanted(event):
            return


async def _soon(holds: Callable[[], bool]) -> None:
    """Wait for what another thread is about to see."""
    for _ in range(200):
        if holds():
            return
        await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("script", "wanted", "text"),
    [
        ((Hang(),), WaitingForModel, ""),
        ((Say("Two months "), Hang()), TextDelta, "Two months"),
        ((Say("[1] Two months"), Hang()), TextDelta, "[1] Two months"),
    ],
    ids=["before the first token", "in mid-answer", "behind a marker"],
)
def test_stop_closes_the_socket_within_a_second(
    writing: Stages, ollama: OllamaDouble, script: tuple[Action, ...], wanted: type[Any], text: str
) -> None:
    """Which is what stops Ollama; the text so far is kept, and whoever watches is told."""
    ollama.script(*script)

    events: list[AnswerEvent] = []
    moments: list[float] = []

    async def stopped() -> None:
        draft, chain = begin(NOTICE), build_chain(writing)
        running = RunningAnswer(draft, lambda emit: chain.ainvoke(Inquiry(draft, emit)))
        await _until(running.watch(), lambda event: isinstance(event, wanted))
        await _soon(lambda: bool(ollama.chats))
        moments.append(time.monotonic())
        await running.stop()
        await _soon(lambda: ollama.chats[-1].hung_up is not None)
        events.extend([event async for event in running.watch()])

    asyncio.run(stopped())
    assert isinstance(events[-1], Finished)
    assert ollama.chats[-1].hung_up is not None
    assert ollama.chats[-1].hung_up - moments[0] < WITHIN
    assert (answer_of(events).outcome, answer_of(events).text) == (Outcome.INTERRUPTED, text)
    assert len(answer_of(events).citations) == text.count("[1]")


# broken


@pytest.mark.parametrize(
    "script",
    [CHAT_FAULTS["F14 clean end without done"], CHAT_FAULTS["F12 closed in mid-line"], (Say("half"), Fail("boom"))],
    ids=["no done", "half a line", "an error line"],
)
def test_a_stream_that_breaks_keeps_what_was_written(
    writing: Stages, ollama: OllamaDouble, script: tuple[Action, ...]
) -> None:
    """Half an answer is not taken for a whole one."""
    ollama.script(*script)
    answer = _answer(writing)
    assert (answer.outcome, answer.text) == (Outcome.INTERRUPTED, "half")
    assert answer.problem
    assert Caveat.STREAM_BROKE in answer.warnings


def test_a_model_that_only_thinks_is_explained(writing: Stages, ollama: OllamaDouble) -> None:
    """It used its length up; the thinking is counted and not shown."""
    ollama.script(*CHAT_FAULTS["F18 only thinking, then length"])
    events = events_of(writing)
    answer = answer_of(events)
    assert [event.characters for event in events if isinstance(event, Thinking)] == [4, 9]
    assert (answer.outcome, answer.text) == (Outcome.FAILED, "")
    assert answer.problem == sentence_for(EmptyAnswer(ollama.url, MODEL))


def test_reasoning_in_the_answer_is_counted_and_not_shown(writing: Stages, ollama: OllamaDouble) -> None:
    """Its markers cite nothing, either; where only reasoning comes, that is explained."""
    ollama.script(Say("<think>Is it [1] or [2]"), Say("?</think>\nTwo months [1]."), Done())
    ollama.script(Say("<think>Is it [1] or [2]? "), Say("I wonder."), Done("length"))
    events = events_of(writing)
    answer = answer_of(events)
    assert [event.characters for event in events if isinstance(event, Thinking)] == [16, 17]
    assert (answer.outcome, answer.text) == (Outcome.ANSWERED, "Two months [1].")
    assert [citation.marker for citation in answer.citations] == [1]
    never = _answer(_writing_again(writing, ollama))
    assert (never.outcome, never.problem) == (Outcome.FAILED, sentence_for(EmptyAnswer(ollama.url, MODEL)))


# too long


def test_passages_that_do_not_fit_are_left_out_and_named(stages: Stages, ollama: OllamaDouble) -> None:
    """The prompt fits the window with room for the answer; the best passage stays."""
    answer = _answer(_writing(_reading(stages, 20), ollama.url, num_ctx=2048), top_k=20)
    assert Caveat.PASSAGES_LEFT_OUT in answer.warnings
    assert [each.left_out for each in answer.evidence if each.left_out is LeftOut.NO_ROOM]
    assert answer.evidence[0].marker == 1
    assert all((_flat(each.chunk.text) in _prompt(ollama)) == each.used for each in answer.evidence)
    assert estimate_tokens(_prompt(ollama)) + GenerationSettings().num_predict <= 2048


def test_a_prompt_that_the_server_finds_too_long_is_sent_again_shorter(writing: Stages, ollama: OllamaDouble) -> None:
    """The estimate can be off for a model; nothing had been written yet."""
    ollama.script(TOO_LONG)
    answer = _answer(_reading(writing, 60), top_k=60)
    first, second = ollama.chats
    assert answer.outcome is Outcome.ANSWERED
    assert len(str(second.body["messages"])) < len(str(first.body["messages"]))
    assert second.body["options"]["num_ctx"] == first.body["options"]["num_ctx"]


def test_a_prompt_that_is_too_long_twice_is_given_up(writing: Stages, ollama: OllamaDouble) -> None:
    """With what the person can do about it."""
    ollama.script(TOO_LONG)
    ollama.script(TOO_LONG)
    answer = _answer(writing)
    assert (answer.outcome, answer.problem) == (Outcome.FAILED, sentence_for(PromptTooLong(ollama.url, MODEL)))
    assert len(ollama.chats) == 2


def _asked_of_an_old_server(ollama: OllamaDouble, stages: Stages, window: int, *history: Exchange) -> Answer:
    """Cutting cannot be forbidden there, and it does not say that the model has a smaller window than asked for."""
    ollama.knows_truncate = False
    ollama.models = [FakeModel(MODEL, trained_window=window, capabilities=None)]
    ollama.restart()
    return _answer(_writing(stages, ollama.url), history=history)


def test_a_prompt_that_was_cut_in_silence_is_noticed(stages: Stages, ollama: OllamaDouble) -> None:
    """F09: the rules and the best passages are gone, and the answer looks like any other."""
    assert _asked_of_an_old_server(ollama, stages, 8192).warnings == ()
    answer = _asked_of_an_old_server(ollama, stages, 512)
    assert (answer.outcome, answer.warnings) == (Outcome.ANSWERED, (Caveat.PROMPT_CUT,))


def test_turns_that_were_dropped_in_silence_are_noticed(stages: Stages, ollama: OllamaDouble) -> None:
    """F10: all is there but what was said before, which can be told where it was long beside the passages."""
    stages = _reading(stages, 6)
    turns = (Exchange("What does the agreement say?", "It says a good deal about the deposit and the rent. " * 40),) * 2
    assert _asked_of_an_old_server(ollama, stages, 8192, *turns).warnings == ()
    rules, *_, question = ollama.chats[-1].body["messages"]
    without = fit([rules, question], 8192, rendered=True, truncate=True, shift=True).tokens
    answer = _asked_of_an_old_server(ollama, stages, without + 1, *turns)
    assert (answer.outcome, answer.warnings) == (Outcome.ANSWERED, (Caveat.PROMPT_CUT,))
