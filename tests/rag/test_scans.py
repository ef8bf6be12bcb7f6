"""A scan on its whole way: into the library, found by a question, marked on its picture, and gone when removed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from rag.assistant import Ask
from rag.errors import ReaderDied
from rag.events import FileFailed, FileFinished, FileProgress
from rag.ingest import Ingester
from rag.reading_process import ReadingProcesses
from rag.settings import IngestSettings
from rag.word_marks import marks_on
from storage.records import WordBox
from tests.assembled import assistant_on, encoder_of, ingested
from tests.conftest import NOBODY_THERE
from tests.documents import LEASE, make_pdf
from tests.rag.ingest_bench import of, read
from tests.scans import LEFT, RIGHT, covers, draw_lines, needs_engine, nobody_reads_pictures, save_scan

if TYPE_CHECKING:
    from pathlib import Path

    from rag.assistant import Assistant
    from rag.evidence import Answer
    from tests.rag.ingest_bench import Bench

__all__ = ["nobody_reads_pictures"]


@needs_engine
@pytest.mark.parametrize("name", ["Rules.pdf", "Rules.tiff", "Rules.jpg"])
def test_a_question_finds_a_scan_and_the_answer_is_marked_on_it(
    name: str, data_folder: Path, model_cache: Path, tmp_path: Path
) -> None:
    """The quoted words and the drawn boxes are the same place of the page; a removal takes the boxes along."""
    drawings = [draw_lines(RIGHT), draw_lines(LEFT)][1 if name.endswith("jpg") else 0 :]
    path = save_scan(tmp_path / name, [drawing.picture for drawing in drawings])
    assistant = assistant_on(data_folder, model_cache, NOBODY_THERE)
    try:
        (finished,) = of(ingested(assistant, [path]), FileFinished)
        assert (finished.status, finished.reason) == ("added", None)
        answer = asyncio.run(assistant.find(Ask("Who hands over the keys?")))
        assert "caretaker" in answer.evidence[0].chunk.text
        _assert_marked(assistant, answer, "Keys are handed over by the caretaker", drawings[-1].of)
        asyncio.run(assistant.remove(finished.document.id))
        assert assistant.library.word_boxes(finished.document.id, len(drawings)) == ()
    finally:
        assistant.close()


def _assert_marked(assistant: Assistant, answer: Answer, quote: str, drawn: object) -> None:
    """The boxes of the quote lie on it in the picture that the page shows."""
    from rag.evidence import Span

    chunk = answer.evidence[0].chunk
    start = chunk.char_start + chunk.text.replace("\n", " ").index(quote)
    spans = [Span(start, start + len(quote))]
    image = asyncio.run(assistant.page_image(chunk.document_id, chunk.page or 0, spans))
    assert image.png.startswith(b"\x89PNG")
    assert covers(image.boxes, drawn(quote), image.width / 1654)  # type: ignore[operator]


@needs_engine
def test_progress_is_seen_page_by_page(bench: Bench) -> None:
    """A page takes a second: a person watching a book of scans sees it move."""
    path = save_scan(bench.folder / "book.tiff", [draw_lines(RIGHT, size=(1000, 800)).picture] * 3)
    seen = [(event.pages_read, event.pages_total) for event in of(bench.read(path), FileProgress)]
    assert {(1, 3), (2, 3), (3, 3)} <= set(seen)


@needs_engine
def test_a_book_of_scans_is_not_given_up_for_its_length(bench: Bench, model_cache: Path) -> None:
    """Each page that is read from its picture adds to the time that the file may take."""
    path = save_scan(bench.folder / "book.tiff", [draw_lines(RIGHT, size=(1000, 800)).picture] * 3)
    settings = IngestSettings(seconds_per_file=0)
    with ReadingProcesses() as processes:
        ingester = Ingester(bench.library, encoder_of(model_cache), processes, settings)
        (failed,) = of(read_paths(ingester, make_pdf(bench.folder / "text.pdf", [LEASE])), FileFailed)
        assert "took too long" in failed.reason
        assert of(read_paths(ingester, path), FileFinished)


def read_paths(ingester: Ingester, *paths: Path) -> list[object]:
    """Every event of reading these."""
    from rag.source import Source

    return list(read(ingester, [Source.on_disk(path) for path in paths]))


@needs_engine
def test_a_page_on_which_an_engine_takes_too_long_costs_its_file_only(tmp_path: Path) -> None:
    """The engine's program ends with the process that started it."""
    scan = save_scan(tmp_path / "scan.png", [draw_lines(LEFT + RIGHT).picture])
    with ReadingProcesses(seconds=0.3) as hasty, hasty.reader() as reader, pytest.raises(ReaderDied):
        list(reader.read(scan).pages)


@pytest.mark.usefixtures("nobody_reads_pictures")
def test_without_an_engine_the_library_says_which_pages_need_one(bench: Bench, model_cache: Path) -> None:
    """The pages with text are in the library, and it stays known which are not."""
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter()
    writer.append(PdfReader(make_pdf(bench.folder / "text.pdf", [LEASE])))
    writer.append(
        PdfReader(save_scan(bench.folder / "scan.pdf", [draw_lines(LEFT).picture, draw_lines(RIGHT).picture]))
    )
    path = bench.folder / "mixed.pdf"
    writer.write(path)
    with ReadingProcesses() as processes:  # started where nothing reads pictures
        ingester = Ingester(bench.library, encoder_of(model_cache), processes, IngestSettings())
        (finished,) = of(read_paths(ingester, path), FileFinished)
        (failed,) = of(read_paths(ingester, bench.folder / "scan.pdf"), FileFailed)
    assert finished.status == "added"
    assert finished.reason.startswith("Pages 2–3 are pictures")
    assert "sudo apt install tesseract-ocr" in finished.reason
    assert "sudo apt install tesseract-ocr" in failed.reason
    assert bench.library.documents()[0].unread == (2, 3)


def test_a_mark_runs_along_its_line_and_stops_at_its_end() -> None:
    """Words beside each other share a rectangle; the next line has its own; what is not asked for has none."""
    words = [
        WordBox(0, 4, 0.1, 0.1, 0.2, 0.12),
        WordBox(5, 9, 0.21, 0.1, 0.3, 0.12),
        WordBox(10, 14, 0.1, 0.14, 0.2, 0.16),
        WordBox(15, 19, 0.21, 0.14, 0.3, 0.16),
    ]
    boxes = marks_on(1000, 1000, words, [(0, 12), (15, 19)])
    assert [(box.span, round(box.left), round(box.top), round(box.right)) for box in boxes] == [
        (0, 100, 100, 300),
        (0, 100, 140, 200),
        (1, 210, 140, 300),
    ]
