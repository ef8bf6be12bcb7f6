"""What a person reads on a terminal: events, answers and lists as plain text, as they come.

It owns the two streams (results on stdout; progress and trouble on stderr) and the wording around the values; the
sentences themselves come from ``rag/sentences.py``.
"""

from __future__ import annotations

import json
import re
import shutil
import textwrap
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TextIO

from rag.events import (
    AnswerEvent,
    Failed,
    FileFailed,
    FileFinished,
    FileProgress,
    FileSkipped,
    FileStarted,
    Finished,
    IngestEvent,
    IngestFinished,
    QuickAnswered,
    SearchedFor,
    TextDelta,
    WaitingForModel,
)
from rag.evidence import Caveat, Outcome
from rag.planning.telling import sentence_for_filters, sentence_for_what_was_searched
from rag.sentences import NOT_IN_DOCUMENTS, megabytes, sentence_for_upgrade, sentence_for_warning
from ui.json_lines import file_row, remarks, summary_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag.evidence import Answer, Evidence, QuickAnswer
    from storage.records import Collection, Document, Page
    from storage.upgrade import Upgrading

__all__ = ["Terminal"]

_EXCERPT = 300
_COMMANDS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Control characters but for the tab and the line's end (ISO 6429)."""
_OF_THE_RUN = frozenset({Caveat.NO_CROSS_ENCODER})
"""What is as true of the next answer as of this one."""
_WIDEST = 100
_INDENT = "    "
_ESCAPED = {code: f"\\u{code:04x}" for code in (*range(0x7F, 0xA0), 0x2028, 0x2029)}
"""Characters that may stand as they are in JSON, but make a terminal act, or end a line for many a program."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """Writes results to ``out`` and everything else to ``err``; with ``as_json``, results are one object a line."""

    out: TextIO
    err: TextIO
    as_json: bool = False
    _known: set[Caveat] = field(default_factory=set)
    """What need not be said again."""

    def say(self, line: str) -> None:
        """Write a line of the result."""
        self.out.write(_harmless(line) + "\n")
        self.out.flush()

    def row(self, row: dict[str, object]) -> None:
        """Write one JSON object of the result, on one line by anyone's idea of a line."""
        self.say(json.dumps(row, ensure_ascii=False).translate(_ESCAPED))

    def note(self, line: str) -> None:
        """Write a line about progress or trouble."""
        self._clear_progress()
        self.err.write(_harmless(line) + "\n")
        self.err.flush()

    def progress(self, line: str) -> None:
        """Show how far something is, in place; a stream that nobody watches is left alone."""
        if self.err.isatty():
            self.err.write(f"\r\x1b[K{_harmless(_flat(line))}")
            self.err.flush()

    def upgrading(self, upgrading: Upgrading) -> None:
        """Show how far a library of an earlier version is."""
        self.progress(sentence_for_upgrade(upgrading))

    def _clear_progress(self) -> None:
        if self.err.isatty():
            self.err.write("\r\x1b[K")

    # ingest

    def ingest_event(self, event: IngestEvent) -> None:
        """Show one event of ``add``."""
        match event:
            case FileStarted(file, position, total):
                self.progress(f"{position} of {total}: reading {file}")
            case FileProgress(file, read, total, encoded):
                pages = f"page {read} of {total}" if total else "reading"
                self.progress(f"{file}: {pages}, {encoded} passages")
            case FileFinished() | FileSkipped() | FileFailed():
                self._file(event)
            case IngestFinished():
                self._summary(event)

    def _file(self, event: FileFinished | FileSkipped | FileFailed) -> None:
        row = file_row(event)
        if self.as_json:
            self.row(row)
            return
        self._clear_progress()
        counts = f"{_count(row['chunks'], 'passage')}, " if row["chunks"] else ""
        why = f": {row['reason']}" if row["reason"] else ""
        self.say(f"{row['status']:>9}  {row['file']} ({counts}{row['seconds']:.1f} s){why}")

    def _summary(self, event: IngestFinished) -> None:
        row = summary_row(event)
        if self.as_json:
            self.row(row)
            return
        tally = [f"{count} {name}" for name, count in row["summary"].items() if name != "seconds" and count]
        self.say(f"{', '.join(tally) or 'No files found'} in {event.seconds:.1f} s.")

    # answers

    def heading(self, question: str) -> None:
        """Name the question that what follows belongs to."""
        self.say(_wrapped(question, "") + "\n")

    def answer_event(self, event: AnswerEvent) -> None:
        """Show one event of ``ask`` to a person, as it comes."""
        match event:
            case SearchedFor(plan):
                self.note(sentence_for_filters(plan) or sentence_for_what_was_searched(plan))
            case QuickAnswered(quick_answer=quick, more_quotes=others) if quick is not None:
                for each in (quick, *others):
                    self._quote(each)
            case WaitingForModel(model=model, cold=cold):
                self.progress(f"{model} is {'being loaded' if cold else 'reading the passages'} …")
            case TextDelta(text=text):
                self._clear_progress()
                self.out.write(_harmless(text))
                self.out.flush()
            case Finished(answer) | Failed(answer):
                self._ending(answer)

    def _quote(self, quick: QuickAnswer) -> None:
        if quick.found_for:
            self.say(_wrapped(quick.found_for, ""))
        self.say(f"{_wrapped(f'“{_flat(quick.text)}”', '')}\n{_INDENT}{quick.document}, {quick.place}\n")

    def _ending(self, answer: Answer) -> None:
        self._clear_progress()
        said = remarks(self._without_known(answer))
        if answer.text:
            self.say("\n" if said else "")
        for remark in said:
            self.say(_wrapped(remark, ""))
        if answer.evidence:
            self.say("\nSources" if answer.citations else "\nPassages")
        self._passages(answer, [f"[{each.marker}]" if each.used else " – " for each in answer.evidence])
        self.say("")

    def caveats(self, answer: Answer) -> None:
        """Note what went otherwise than asked; the keys of a search have no place for it."""
        for warning in self._without_known(answer).warnings:
            self.note(sentence_for_warning(warning, answer))

    def _without_known(self, answer: Answer) -> Answer:
        """Leave out what holds for the whole run and has been said."""
        fresh = tuple(warning for warning in answer.warnings if warning not in self._known)
        self._known.update(_OF_THE_RUN.intersection(fresh))
        return replace(answer, warnings=fresh)

    def found(self, answer: Answer) -> None:
        """Show what ``search`` found for a question."""
        self.heading(answer.question)
        if answer.outcome is Outcome.ABSTAINED:
            self.say(_wrapped(NOT_IN_DOCUMENTS, "") + "\n")
        self._passages(answer, [f"{rank:>2}." for rank in range(1, len(answer.evidence) + 1)])
        self.say("")

    def _passages(self, answer: Answer, marks: Sequence[str]) -> None:
        """List the passages with their scores, each behind its mark: its rank, or the answer's number for it."""
        quotes: dict[str, list[str]] = {}
        for citation in answer.citations:
            quotes.setdefault(citation.chunk_id, []).append(citation.quote)
        for mark, evidence in zip(marks, answer.evidence, strict=True):
            self.say(_passage(mark, evidence, quotes.get(evidence.chunk.id, [])))

    # lists

    def document(self, document: Document, collection: str | None = None) -> None:
        """Show one document of ``list``, with the name of the collection it is in."""
        pages = f"{_count(document.pages, document.unit)}, " if document.pages and document.unit else ""
        passages = _count(document.chunks, "passage")
        where = f", in “{collection}”" if collection else ""
        self.say(f"{document.id[:12]}  {document.name} ({pages}{passages}, {megabytes(document.size)}){where}")

    def collection(self, collection: Collection, documents: int) -> None:
        """Show one collection of ``collections list``."""
        self.say(f"{collection.name} ({_count(documents, 'document')})")

    def page(self, document: Document, page: Page) -> None:
        """Show one page of a document under a line that names it."""
        number = f", {document.unit} {page.number}" if document.unit else ""
        self.say(f"──── {document.name}{number}\n{page.text}\n")

    def exactly(self, text: str) -> None:
        """Write a text as it is, so that offsets into it hold; a screen has it harmless, with its last line ended."""
        self.out.write(_harmless(text) + "\n" if self.out.isatty() else text)
        self.out.flush()


def _passage(mark: str, evidence: Evidence, quotes: Sequence[str]) -> str:
    """One passage: where it stands, what each stage made of it, and its words, or those that were quoted of it."""
    chunk, scores = evidence.chunk, evidence.scores
    stages = (
        ("meaning", scores.dense),
        ("keywords", scores.keyword),
        ("combined", scores.fused),
        ("reranker", scores.rerank),
    )
    figures = [f"{name} {stage.value:.3g}" for name, stage in stages if stage is not None]
    words = " … ".join(f"“{_flat(quote)}”" for quote in dict.fromkeys(quotes)) or _excerpt(_flat(chunk.text))
    return "\n".join(
        (
            f"{mark} {evidence.document.name}, {chunk.place}",
            f"{_INDENT}{' · '.join((evidence.strength, *figures))}",
            _wrapped(words, _INDENT),
        )
    )


def _excerpt(text: str) -> str:
    return text if len(text) <= _EXCERPT else text[:_EXCERPT].rsplit(" ", 1)[0] + " …"


def _flat(text: str) -> str:
    """Return a text of a page as one line."""
    return " ".join(text.split())


def _wrapped(text: str, indent: str) -> str:
    width = min(_WIDEST, shutil.get_terminal_size((_WIDEST, 0)).columns)
    return textwrap.fill(text, width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _harmless(line: str) -> str:
    """The line without what would make a terminal act: a file's name or a model's words may hold its commands."""
    return _COMMANDS.sub("", line)
