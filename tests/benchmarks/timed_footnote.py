"""The program as one timed process: it reads files into an empty library, or answers questions from a filled one.

    python -m tests.benchmarks.timed_footnote ingest DATA FILE_OR_FOLDER...
    python -m tests.benchmarks.timed_footnote ask DATA QUESTIONS.json

Questions are a list of ``{"question", "file"}``, ``file`` being the one to search or null. Models are loaded before the
clock starts.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.assistant import Ask
from rag.events import FileFailed, FileFinished, FileSkipped
from tests.benchmarks.asking import opened
from tests.benchmarks.costs import highest, peak_megabytes, processor_seconds
from tests.benchmarks.kept_libraries import Failed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rag.assistant import Assistant

__all__ = ["main"]

_WARMING = 5
"""Questions asked before the clock starts."""


def main(arguments: Sequence[str]) -> int:
    """Do one of both and print how it was."""
    what, data, *rest = arguments
    begun = time.perf_counter()
    with opened(Path(data)) as assistant:
        assistant.warm()
        opening = time.perf_counter() - begun
        # An empty library has no use for LanceDB yet; the pipeline compared with has loaded it by now.
        import_module("lancedb")
        before = processor_seconds()
        said = asyncio.run(_ingest(assistant, rest) if what == "ingest" else _ask(assistant, _rows(Path(rest[0]))))
        megabytes = peak_megabytes()
    # Only now has the reading process ended, and can be counted.
    said |= {"opening": opening, "megabytes": megabytes, "processor": processor_seconds() - before}
    sys.stdout.write(json.dumps(said) + "\n")
    return 0


async def _ingest(assistant: Assistant, files: Sequence[str]) -> dict[str, Any]:
    """Also the most memory that the program and its readers took together, and when each file was done."""
    started, done = time.perf_counter(), []
    with highest() as peak:
        async for event in assistant.ingest([Path(file) for file in files]):
            if isinstance(event, FileFailed | FileSkipped):
                raise Failed(f"{event.file}: {event.reason}")
            if isinstance(event, FileFinished):
                done.append(time.perf_counter() - started)
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "chunks": _chunks(assistant), "together": peak.megabytes, "done": done}


def _rows(questions: Path) -> list[dict[str, Any]]:
    return list(json.loads(questions.read_text(encoding="utf-8")))


async def _ask(assistant: Assistant, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    ids = {document.name: document.id for document in assistant.documents()}
    for row in rows[:_WARMING]:
        await assistant.find(Ask(row["question"]))
    asked = [await _asked(assistant, row["question"], ids.get(row["file"])) for row in rows]
    parts = {part: [one[part] for one in asked] for part in ("encode", "search", "rerank")}
    pages = [one["pages"] for one in asked]
    return {"seconds": [one["seconds"] for one in asked], "pages": pages, "chunks": _chunks(assistant), **parts}


async def _asked(assistant: Assistant, question: str, document: str | None) -> Mapping[str, Any]:
    """One question's seconds, and the file and 1-based page of each passage shown."""
    started = time.perf_counter()
    answer = await assistant.find(Ask(question, None if document is None else frozenset({document})))
    seconds = time.perf_counter() - started
    pages = [(one.document.name, one.chunk.page) for one in answer.evidence]
    spent = answer.seconds
    return {
        "seconds": seconds, "pages": pages, "encode": spent.encode, "search": spent.search, "rerank": spent.rerank
    }  # fmt: skip


def _chunks(assistant: Assistant) -> int:
    return sum(document.chunks for document in assistant.documents())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
