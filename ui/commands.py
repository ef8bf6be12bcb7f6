"""The command line's commands: what each does with the assistant, and the exit code it comes to.

Flags are read in ``app.py``, words for people stand in ``ui/terminal.py``, keys for programs in ``ui/json_lines.py``;
this module is what lies between.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rag.assistant import Ask
from rag.draft import absorb, begin
from rag.errors import BadQuestions, NoneInCollection
from rag.events import GoneOver, IngestFinished, Reencoded, ReencodingFailed
from rag.evidence import Mode, Outcome
from rag.planning.plan import Plan
from rag.sentences import (
    EMPTY_COLLECTION,
    NO_DOCUMENTS,
    megabytes,
    sentence_for,
    sentence_for_reencoded,
    sentence_for_waiting,
)
from storage.errors import FootnoteError
from ui import json_lines
from ui.flags import DONE, NOT_DONE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence
    from pathlib import Path

    from rag.assistant import Assistant
    from rag.events import IngestEvent
    from rag.evidence import Answer
    from storage.records import Document
    from ui.terminal import Terminal

__all__ = [
    "Question",
    "Search",
    "add",
    "ask",
    "list_documents",
    "read_questions",
    "rebuild",
    "remove",
    "search",
    "show",
]


@dataclass(frozen=True, slots=True)
class Question:
    """One row of a file of questions, or the one question of the command line."""

    id: object
    text: str
    documents: tuple[str, ...] = ()
    """Names or ids; empty for the whole library."""


@dataclass(frozen=True, slots=True)
class Search:
    """What ``search`` and ``ask`` were told beside their questions."""

    mode: Mode
    top_k: int
    documents: tuple[str, ...] = ()
    model: str = ""
    collection: str | None = None
    """The name of the one to search; None for the whole library."""
    search_for: tuple[str, ...] = ()
    """What to search for, whatever the question would become; empty to let it become what it may."""


def read_questions(path: Path) -> Iterator[Question]:
    """Yield the questions of a file of JSON lines; raise BadQuestions at a line that is not one."""
    try:
        # A line ends at its newline only: JSON text may well hold the other characters that Python would split at.
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BadQuestions(str(path), 0, str(error)) from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _question(path, number, line)


def _question(path: Path, number: int, line: str) -> Question:
    try:
        row = json.loads(line)
        # Python also reads what is no JSON (NaN, or a number beyond all bounds); the id is to be written again.
        json.dumps(row, allow_nan=False)
    except (ValueError, RecursionError) as error:
        raise BadQuestions(str(path), number, str(error)) from error
    if not isinstance(row, dict) or not isinstance(text := row.get("question"), str) or not text.strip():
        raise BadQuestions(str(path), number, "no “question”")
    documents = row.get("documents") or []
    if not isinstance(documents, list) or not all(isinstance(name, str) for name in documents):
        raise BadQuestions(str(path), number, "“documents” is not a list of names or ids")
    return Question(row.get("id"), text, tuple(documents))


async def add(assistant: Assistant, terminal: Terminal, paths: Sequence[Path], collection: str | None = None) -> int:
    """Read files and folders into the library, and into the collection of this name where one is given."""
    brought_to = assistant.library.collections.obtain(collection).id if collection else None
    return await _followed(assistant.ingest(paths, collection=brought_to), terminal)


async def _followed(events: AsyncIterator[IngestEvent], terminal: Terminal) -> int:
    """Show what happens to each file; stopped half-way (Ctrl+C), sum up what has been said of them."""
    started, tally = time.perf_counter(), Counter[str]()
    try:
        async for event in events:
            terminal.ingest_event(event)
            tally[json_lines.status_of(event)] += 1
    except asyncio.CancelledError:
        counts = {name: tally[name] for name in ("added", "replaced", "unchanged", "skipped", "failed")}
        terminal.ingest_event(IngestFinished(**counts, seconds=time.perf_counter() - started))
        raise
    return NOT_DONE if tally["failed"] else DONE


async def search(assistant: Assistant, terminal: Terminal, questions: Sequence[Question], how: Search) -> int:
    """Find passages for each question. Raises CollectionNotFound before any is searched for."""
    code = DONE
    _require_collection(assistant, how)
    _mention_waiting(assistant, terminal)
    await _mention_embedding(assistant, terminal)
    for question in questions:
        answer = await _found(assistant, terminal, question, how)
        if answer.outcome is Outcome.FAILED:
            code = NOT_DONE
        if terminal.as_json:
            terminal.row(json_lines.search_row(question.id, answer))
        elif answer.outcome is not Outcome.FAILED:
            terminal.found(answer)
    return code


async def ask(assistant: Assistant, terminal: Terminal, questions: Sequence[Question], how: Search) -> int:
    """Answer each question. Raises CollectionNotFound before any is answered."""
    code = DONE
    _require_collection(assistant, how)
    _mention_waiting(assistant, terminal)
    await _mention_embedding(assistant, terminal)
    for question in questions:
        if len(questions) > 1 and not terminal.as_json:
            terminal.heading(question.text)
        answer = await _answered(assistant, terminal, question, how)
        if answer.outcome is Outcome.FAILED or (how.model and answer.outcome is Outcome.QUOTED):
            code = NOT_DONE  # who names a model has asked for more than quotes
        if terminal.as_json:
            terminal.row(json_lines.answer_row(question.id, answer))
    return code


async def _found(assistant: Assistant, terminal: Terminal, question: Question, how: Search) -> Answer:
    try:
        answer = await assistant.find(_ask(assistant, terminal, question, how))
    except FootnoteError as error:
        return _unanswered(terminal, question, error)
    terminal.caveats(answer)
    return answer


async def _answered(assistant: Assistant, terminal: Terminal, question: Question, how: Search) -> Answer:
    try:
        asked = _ask(assistant, terminal, question, how)
    except FootnoteError as error:
        return _unanswered(terminal, question, error)
    answer = begin(question.text)
    try:
        async for event in assistant.answer(asked):
            answer = absorb(answer, event)
            if not terminal.as_json:
                terminal.answer_event(event)
    except asyncio.CancelledError:
        _stopped(terminal, question, answer)
        raise
    return answer


def _stopped(terminal: Terminal, question: Question, answer: Answer) -> None:
    """Leave what there is of an answer that was stopped half-way (Ctrl+C); a person has read it already."""
    if terminal.as_json:
        terminal.row(json_lines.answer_row(question.id, answer))
    elif answer.text:
        terminal.say("")


def _ask(assistant: Assistant, terminal: Terminal, question: Question, how: Search) -> Ask:
    """Return what to ask. Raises DocumentNotFound, AmbiguousName and NoneInCollection."""
    scope = frozenset(assistant.library.resolve(name).id for name in question.documents or how.documents)
    if not assistant.documents():
        terminal.note(NO_DOCUMENTS)
    elif how.collection:
        scope = _within(assistant, how.collection, scope)
    plan = Plan.given(how.search_for) if how.search_for else None
    return Ask(question.text, scope or None, how.mode, how.model, how.top_k, plan)


def _within(assistant: Assistant, name: str, scope: frozenset[str]) -> frozenset[str]:
    """Return the documents of a collection, or those of ``scope`` that are in it; never none of them."""
    collection = assistant.library.collections.resolve(name)
    held = frozenset(each.id for each in assistant.documents() if each.collection == collection.id)
    if not (left := held & scope if scope else held):
        raise NoneInCollection(collection.name)
    return left


def _require_collection(assistant: Assistant, how: Search) -> None:
    if how.collection:
        assistant.library.collections.resolve(how.collection)


def _unanswered(terminal: Terminal, question: Question, error: FootnoteError) -> Answer:
    """Say why a question could not be asked, and return what there is for it: nothing."""
    problem = sentence_for(error)
    terminal.note(problem)
    return replace(_nothing(question), problem=problem)


def _nothing(question: Question) -> Answer:
    return replace(begin(question.text), outcome=Outcome.FAILED)


def _mention_waiting(assistant: Assistant, terminal: Terminal) -> None:
    """Say so where a rebuild was cut short: the documents are neither lost nor searched."""
    if waiting := len(assistant.library.unencoded()):
        terminal.note(sentence_for_waiting(waiting))


async def _mention_embedding(assistant: Assistant, terminal: Terminal) -> None:
    """Say so where passages are not found by the embedding model that the settings name, and what helps."""
    if assistant.documents() and (remark := await asyncio.to_thread(lambda: assistant.embedding().remark())):
        terminal.note(remark)


async def list_documents(assistant: Assistant, terminal: Terminal, collection: str | None = None) -> int:
    """List the documents of the library, or of the collection of this name. Raises CollectionNotFound."""
    _mention_waiting(assistant, terminal)
    documents = assistant.documents()
    if not documents:
        terminal.note(NO_DOCUMENTS)
    elif collection:
        within = assistant.library.collections.resolve(collection).id
        documents = tuple(each for each in documents if each.collection == within)
        if not documents:
            terminal.note(EMPTY_COLLECTION)
    names = {each.id: each.name for each in assistant.collections()}
    for document in documents:
        name = names.get(document.collection or "")
        if terminal.as_json:
            terminal.row(json_lines.document_row(document, name))
        else:
            terminal.document(document, name)
    return DONE


async def show(assistant: Assistant, terminal: Terminal, name: str, page: int | None) -> int:
    """Print the stored text of a document, or of one page of it."""
    document = assistant.library.resolve(name)
    pages = assistant.library.pages(document.id) if page is None else (assistant.page_text(document.id, page),)
    for each in pages:
        if terminal.as_json:
            terminal.row(json_lines.page_row(document, each))
        elif page is None:
            terminal.page(document, each)
        else:
            terminal.exactly(each.text)
    return DONE


async def remove(assistant: Assistant, terminal: Terminal, names: Sequence[str], *, keep_quotes: bool) -> int:
    """Remove documents; a name that is unknown or ambiguous leaves the others to be removed all the same."""
    code = DONE
    for name in names:
        try:
            document = assistant.library.resolve(name)
            freed = await assistant.remove(document.id, keep_quotes=keep_quotes)
        except FootnoteError as error:
            terminal.note(sentence_for(error))
            code = NOT_DONE
        else:
            _removed(terminal, document, freed)
    return code


def _removed(terminal: Terminal, document: Document, freed: int) -> None:
    if terminal.as_json:
        terminal.row(json_lines.removed_row(document, freed))
    else:
        terminal.say(f"Removed {document.name}; {megabytes(freed)} freed.")


async def rebuild(assistant: Assistant, terminal: Terminal) -> int:
    """Read documents whose vectors were given up from the library's own copies, and go over to the embedding model.

    A program is told how many were read, though it be none; that the library has gone over, by the exit code.
    """
    code = DONE
    if terminal.as_json or assistant.library.unencoded() or not assistant.documents():
        code = await _followed(assistant.rebuild(), terminal)
    return await _gone_over(assistant, terminal) or code


async def _gone_over(assistant: Assistant, terminal: Terminal) -> int:
    """Show how a library goes over to another embedding model; nothing where it need not."""
    moved = False
    async for event in assistant.reencode():
        match event:
            case Reencoded(model, done, total):
                moved = True
                terminal.progress(sentence_for_reencoded(model, done, total))
            case GoneOver(model) if moved and not terminal.as_json:
                terminal.note(f"Passages are found by {model or 'the built-in embedding model'} now.")
            case ReencodingFailed(reason=reason):
                terminal.note(reason)
                return NOT_DONE
    return DONE
