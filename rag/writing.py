"""The written answer: the prompt goes to the language model, its reply comes back with real citations, as it grows.

The last stage of the chain. All that the chain asks of a language model is asked here, follow-ups made whole included.
Without a server or a model, the quick answer and the passages are the answer, and nothing is amiss. What the prompt
says, how a marker becomes a citation and what an error of the server means stand in the modules this one calls.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from rag.budget import Window, saw_everything
from rag.chat_model import ReplyEnd, ReplyText, ReplyThinking, build_chat_model, stream_reply
from rag.citations import CitationStream
from rag.errors import EmptyAnswer, ModelAbsent, ModelError, NotOllama, PromptTooLong, ServerAbsent
from rag.events import Selected, TextDelta, Thinking, WaitingForModel
from rag.evidence import Caveat, LeftOut, Outcome
from rag.leaning import leans
from rag.prompt import NumberedPassage, answer_prompt, task_messages
from rag.queries import make_whole, said
from rag.selection import lay_out
from rag.sentences import sentence_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag.chat_model import ChatModel, Reply
    from rag.evidence import Candidate, Evidence, Span
    from rag.inquiry import Inquiry
    from rag.models import Models
    from rag.planning.tasks import Task
    from rag.prompt import Prompt

__all__ = ["Writer"]

_NOBODY_TO_WRITE = (ServerAbsent, NotOllama, ModelAbsent)
"""Found out only when the model was to write: it was there a moment ago."""
_PATIENCE, _PATIENCE_WITH_LOADING = 8.0, 120.0
"""Seconds that a small task may take: who has switched it on waits for the model to be loaded, as its answer would."""
_SHORTER = 0.6
"""How much of the window is used once the server has found a prompt too long: the estimate was off for this model."""


@dataclass(frozen=True, slots=True, eq=False)
class _Pen:
    """A model that is ready to write, with what is known of its window."""

    model: ChatModel
    window: Window
    warm: bool


class Writer:
    """Writes answers with whichever model is chosen at that moment."""

    def __init__(self, models: Models, supporting_words: Callable[[str, Evidence, Candidate], Span]) -> None:
        """``supporting_words`` finds what supports a citing sentence best in what was read of a passage."""
        self._models = models
        self._supporting_words = supporting_words

    async def rewrite(self, inquiry: Inquiry) -> str:
        """Make a follow-up whole by the model, where one is loaded."""
        if not leans(inquiry.draft.question):
            return inquiry.draft.question
        try:
            pen = await self._open(inquiry)
        except ModelError:
            pen = None
        model = pen.model if pen is not None and pen.warm else None
        return await make_whole(inquiry.draft.question, inquiry.history, model)

    async def consult(self, inquiry: Inquiry, task: Task, text: str) -> str:
        """Give the model a small task about a text; nothing comes back where there is none, or it takes too long."""
        try:
            pen = await self._open(inquiry)
            async with asyncio.timeout(_PATIENCE if pen.warm else _PATIENCE_WITH_LOADING):
                return await said(pen.model.at_most(task.tokens), task_messages(task, text))
        except (ModelError, TimeoutError):
            return ""

    async def write(self, inquiry: Inquiry) -> Inquiry:
        """Write the answer, telling it as it grows; whatever goes wrong is the answer's outcome."""
        try:
            pen = await self._open(inquiry)
        except ModelError as error:
            return _left_to_quotes(inquiry, error)
        try:
            return await self._write_with(inquiry, pen, pen.window)
        except PromptTooLong:
            return await self._write_shorter(inquiry, pen)

    async def _write_shorter(self, inquiry: Inquiry, pen: _Pen) -> Inquiry:
        """Try once more with a smaller prompt; nothing has been written yet."""
        shorter = replace(pen.window, num_ctx=int(pen.window.num_ctx * _SHORTER))
        try:
            return await self._write_with(inquiry, pen, shorter)
        except PromptTooLong as error:
            return inquiry.settle(Outcome.FAILED, problem=sentence_for(error))

    async def _write_with(self, inquiry: Inquiry, pen: _Pen, window: Window) -> Inquiry:
        """Raise PromptTooLong, and no other error."""
        prompt = answer_prompt(
            inquiry.draft.question, _numbered(inquiry.draft.evidence), inquiry.history, window, lay_out
        )
        inquiry = _without_room(inquiry, prompt).tell(WaitingForModel(pen.model.name, cold=not pen.warm))
        return await _Page(inquiry, prompt, pen, self._quoting(inquiry)).fill()

    def _quoting(self, inquiry: Inquiry) -> Callable[[str, Evidence], Span]:
        """Quote from the candidates, whose token vectors the shown evidence no longer has."""
        candidates = {candidate.chunk.chunk.id: candidate for candidate in inquiry.candidates}
        return lambda sentence, evidence: self._supporting_words(sentence, evidence, candidates[evidence.chunk.id])

    async def _open(self, inquiry: Inquiry) -> _Pen:
        """Find the model to write with. Raises ModelError."""
        models = self._models
        state = await models.state(inquiry.model)
        if state.problem is not None:
            raise state.problem
        num_ctx = await models.server.window(state.chosen, models.settings.num_ctx)
        return _Pen(
            build_chat_model(models.settings, models.server.address, state.chosen, num_ctx, models.server.transport),
            Window(num_ctx, models.settings.num_predict),
            warm=await models.server.is_loaded(state.chosen, num_ctx),
        )


class _Page:
    """One reply as it is written down."""

    def __init__(self, inquiry: Inquiry, prompt: Prompt, pen: _Pen, quote_of: Callable[[str, Evidence], Span]) -> None:
        self._inquiry = inquiry
        self._prompt = prompt
        self._pen = pen
        cited = {each.marker: each for each in inquiry.draft.evidence if each.marker is not None}
        self._citations = CitationStream(cited, quote_of)
        self._thought = 0

    async def fill(self) -> Inquiry:
        """Take the whole reply down. Raises PromptTooLong where the server refused the prompt."""
        try:
            async with aclosing(stream_reply(self._pen.model, self._prompt.messages)) as parts:  # type: ignore[type-var]
                async for part in parts:
                    await self._take(part)
        except PromptTooLong:
            raise
        except ModelError as error:
            return await self._broken(error)
        except asyncio.CancelledError:
            # A marker may still be waiting for the end of its sentence.
            await self._write_down(self._citations.finish)
            raise
        return self._inquiry

    async def _take(self, part: Reply) -> None:
        match part:
            case ReplyText(text):
                await self._write_down(partial(self._citations.feed, text))
            case ReplyThinking(text):
                self._thought += len(text)
                self._inquiry = self._inquiry.tell(Thinking(self._thought))
            case ReplyEnd():
                await self._write_down(self._citations.finish)
                self._inquiry = self._ended(part)

    async def _write_down(self, cited: Callable[[], TextDelta]) -> None:
        """Write what comes of it, whoever stops the answer meanwhile: to cite, passages may have to be fetched."""
        coming = asyncio.ensure_future(asyncio.to_thread(cited))
        try:
            self._write(await asyncio.shield(coming))
        except asyncio.CancelledError:
            self._write(await coming)
            raise

    def _write(self, delta: TextDelta) -> None:
        if not delta.text and not delta.citations:
            return
        now, draft = self._inquiry.elapsed, self._inquiry.draft
        first = now if draft.seconds.first_word is None else draft.seconds.first_word
        seconds = replace(draft.seconds, first_word=first, written=now)
        self._inquiry = replace(self._inquiry, draft=replace(draft, seconds=seconds)).tell(delta)

    def _ended(self, end: ReplyEnd) -> Inquiry:
        """Decide how the answer ended, and what a person should know about it."""
        warnings = [
            warning
            for warning, holds in (
                (Caveat.PROMPT_CUT, not self._was_read_whole(end)),
                (Caveat.PASSAGES_LEFT_OUT, self._prompt.left_out),
                (Caveat.INVENTED_MARKERS, self._citations.invented > 0),
            )
            if holds
        ]
        if not self._inquiry.draft.text.strip():
            error = EmptyAnswer(self._pen.model.server, self._pen.model.name)
            return self._inquiry.settle(Outcome.FAILED, *warnings, problem=sentence_for(error))
        outcome = Outcome.CUT_OFF if end.cut_off else Outcome.ANSWERED
        return self._inquiry.settle(outcome, *warnings)

    def _was_read_whole(self, end: ReplyEnd) -> bool:
        return saw_everything(end.prompt_tokens, self._pen.window.num_ctx, self._prompt.at_least)

    async def _broken(self, error: ModelError) -> Inquiry:
        """Keep what was written before the reply broke off."""
        await self._write_down(self._citations.finish)
        if self._inquiry.draft.text:
            return self._inquiry.settle(Outcome.INTERRUPTED, Caveat.STREAM_BROKE, problem=sentence_for(error))
        if isinstance(error, _NOBODY_TO_WRITE):
            return _left_to_quotes(self._inquiry, error)
        return self._inquiry.settle(Outcome.FAILED, problem=sentence_for(error))


def _left_to_quotes(inquiry: Inquiry, error: ModelError) -> Inquiry:
    """Let the quick answer and the passages be the answer."""
    return inquiry.settle(Outcome.QUOTED, Caveat.NO_MODEL, problem=sentence_for(error))


def _numbered(evidence: tuple[Evidence, ...]) -> list[NumberedPassage]:
    """The passages that the answer may rest on, as the prompt takes them."""
    return [
        NumberedPassage(each.marker, f"{each.document.title}, {each.read.place}", each.read.text)
        for each in evidence
        if each.marker is not None
    ]


def _without_room(inquiry: Inquiry, prompt: Prompt) -> Inquiry:
    """Say which passages the prompt had no room for."""
    kept = {passage.number for passage in prompt.passages}
    evidence = tuple(
        each if each.marker is None or each.marker in kept else replace(each, marker=None, left_out=LeftOut.NO_ROOM)
        for each in inquiry.draft.evidence
    )
    if evidence == inquiry.draft.evidence:
        return inquiry
    return inquiry.tell(Selected(evidence, inquiry.draft.seconds.total))
