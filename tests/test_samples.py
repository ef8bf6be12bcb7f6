"""The sample documents are what their maker writes, small, readable with nothing but their formats' own libraries."""

from __future__ import annotations

import json
from io import BytesIO
from typing import TYPE_CHECKING

import pypdfium2
import pytest
from docx import Document
from openpyxl import load_workbook

from tests.samples.make import QUESTIONS_FILE, make

if TYPE_CHECKING:
    from pathlib import Path

LARGEST = 150_000
"""Bytes, all of them together."""


def _pdf_pages(content: bytes) -> list[object]:
    with pypdfium2.PdfDocument(content) as document:
        titles = [entry.get_title() for entry in document.get_toc()]
        return [*titles, *(page.get_textpage().get_text_range() for page in document)]


def _docx_body(content: bytes) -> list[object]:
    return [Document(BytesIO(content)).element.xml]


def _xlsx_cells(content: bytes) -> list[object]:
    workbook = load_workbook(BytesIO(content))
    return [(sheet.title, list(sheet.values)) for sheet in workbook.worksheets]


def _json_value(content: bytes) -> list[object]:
    return list(json.loads(content))


READERS = {".pdf": _pdf_pages, ".docx": _docx_body, ".xlsx": _xlsx_cells, ".json": _json_value}


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    """Write all of them once, in memory."""
    return make()


def test_the_committed_files_are_what_the_maker_writes(made: dict[str, bytes], samples: Path) -> None:
    """Compared by content: another version of a library may write other bytes for the same words."""
    assert {path.name for path in samples.iterdir()} == set(made) - {QUESTIONS_FILE}
    for name, content in made.items():
        read = READERS[name[name.rindex(".") :]]
        assert read((samples / name).read_bytes()) == read(content), name


def test_they_are_the_same_bytes_every_time(made: dict[str, bytes]) -> None:
    """No clock, no machine and no random identifier is in them."""
    assert make() == made


def test_they_cost_a_clone_next_to_nothing(samples: Path) -> None:
    """Three documents and their questions."""
    assert sum(path.stat().st_size for path in samples.iterdir()) < LARGEST


def test_the_pdf_has_a_title_and_bookmarks(samples: Path) -> None:
    """What a reader of headings can be shown with."""
    with pypdfium2.PdfDocument(samples / "Lease agreement.pdf") as document:
        assert document.get_metadata_value("Title") == "Lease agreement, Flat 3, 12 Quarry Lane"
        assert len(list(document.get_toc())) == 11
        assert len(document) == 3
        last = document[2].get_textpage().get_text_range()
    assert last.rstrip().endswith("3 / 3")


def test_five_questions_need_every_document_and_one_needs_another(samples: Path) -> None:
    """The one without a document shows what the program says when the answer is not there."""
    questions = json.loads((samples.parent / "sample_questions.json").read_text(encoding="utf-8"))
    named = {name for row in questions for name in row["documents"]}
    assert len(questions) == 5
    assert named == {path.name for path in samples.iterdir()}
    assert [row["question"] for row in questions if not row["documents"]] == ["What is the Wi-Fi password?"]
