"""What a person reads on a terminal: events, answers and lists as plain text, as they come.

It owns the two streams (results on stdout; progress and trouble on stderr) and the wording around the values; the
sentences themselves come from ``rag/sentences.py``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
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
    Rewritten,
    TextDelta,
    WaitingForModel,
)
from rag.sentences import megabytes
from ui.json_lines import file_row, remarks, summary_row

if TYPE_CHECKING:
    from rag.evidence import Answer, Evidence
    from storage.records import Document, Page

__all__ = ["Terminal"]

_EXCERPT = 300


@dataclass(frozen=True, slots=True)
class Terminal:
    """Writes results to ``out`` and everything else to ``err``; with ``as_json``, results are one object a line."""

    out: TextIO
    err: TextIO
    as_json: bool = False

    def say(self, line: str) -> None:
        """Write a line of the result."""
        self.out.write(line + "\n")
        self.out.flush()

    def row(self, row: dict[str, object]) -> None:
        """Write one JSON object of the result."""
        self.say(json.dumps(row, ensure_ascii=False))

    def note(self, line: str) -> None:
        """Write a line about progress or trouble."""
        self._clear_progress()
        self.err.write(line + "\n")
        self.err.flush()

    def progress(self, line: str) -> None:
        """Show how far something is, in place; a stream that nobody watches is left alone."""
        if self.err.isatty():
            self.err.write(f"\r\x1b[K{line}")
            self.err.flush()

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
        counts = f"{row['chunks']} passages, " if row["chunks"] else ""
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

    def answer_event(self, event: AnswerEvent) -> None:
        """Show one event of ``ask`` to a person, as it comes."""
        match event:
            case Rewritten(searched_for=searched_for):
                self.note(f"Searching for: {searched_for}")
            case QuickAnswered(quick_answer=quick) if quick is not None:
                self.say(f"“{quick.text}”\n    {quick.document}, {quick.place}\n")
            case WaitingForModel(model=model, cold=cold):
                self.progress(f"{model} is {'being loaded' if cold else 'reading the passages'} …")
            case TextDelta(text=text):
                self._clear_progress()
                self.out.write(text)
                self.out.flush()
            case Finished(answer) | Failed(answer):
                self._ending(answer)

    def _ending(self, answer: Answer) -> None:
        self._clear_progress()
        if answer.text:
            self.say("\n")
        for remark in remarks(answer):
            self.say(remark)
        self.passages(answer)

    def passages(self, answer: Answer) -> None:
        """List the passages with their scores, those that the answer may rest on first numbered."""
        for rank, evidence in enumerate(answer.evidence, start=1):
            self.say(_passage(rank, evidence))

    # lists

    def document(self, document: Document) -> None:
        """Show one document of ``list``."""
        pages = f"{document.pages} {document.unit}s, " if document.pages and document.unit else ""
        self.say(f"{document.id[:12]}  {document.name} ({pages}{document.chunks} passages, {megabytes(document.size)})")

    def page(self, document: Document, page: Page) -> None:
        """Show one page of a document under a line that names it."""
        number = f", {document.unit} {page.number}" if document.unit else ""
        self.say(f"──── {document.name}{number}\n{page.text}\n")

    def exactly(self, text: str) -> None:
        """Write a text as it is, so that offsets into it hold; only on a screen is its last line ended."""
        self.out.write(text + "\n" if self.out.isatty() else text)
        self.out.flush()


def _passage(rank: int, evidence: Evidence) -> str:
    chunk, scores = evidence.chunk, evidence.scores
    mark = f"[{evidence.marker}]" if evidence.marker else f" {rank}."
    figures = ", ".join(
        f"{name} {stage.value:.3g}"
        for name, stage in (
            ("meaning", scores.dense),
            ("keywords", scores.keyword),
            ("combined", scores.fused),
            ("reranker", scores.rerank),
        )
        if stage is not None
    )
    text = " ".join(chunk.text.split())
    excerpt = text if len(text) <= _EXCERPT else text[:_EXCERPT].rsplit(" ", 1)[0] + " …"
    return f"{mark} {evidence.document.name}, {chunk.place} ({evidence.strength}: {figures})\n    {excerpt}"
