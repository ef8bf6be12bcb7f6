"""Tables in PDFs come row by row, each row whole and under the names of its columns; what is prose stays prose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table

from rag.chunking import chunk_pages
from rag.reading import open_document
from rag.reading.blocks import BlockKind
from rag.tokens import MiniLMTokenizer
from storage.records import PageUnit
from tests.documents import make_two_column_pdf

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rag.reading.blocks import ReadPage
    from rag.reading_process import ReadingProcesses

COSTS = (
    ("Item", "Amount", "Due"),
    ("Rent", "950", "3rd of the month"),
    ("Heating", "120", "quarterly"),
    ("Cleaning of the stairs", "35", "monthly"),
)
FIGURES = (
    ("", "2023", "2022"),
    ("Revenue", "$ 1,250", "$ 1,100"),
    ("Cost of sales", "(430)", "(390)"),
    ("Gross profit", "820", "710"),
)
LONG = "The tenant pays for repairs of up to 100 euros in each case, and for no more than 300 euros in any one year."


def test_an_aligned_table_is_read_row_by_row_however_it_was_drawn(tmp_path: Path) -> None:
    """Drawn column by column and without a line, each row still is one line of text with its cells in order."""
    (read,) = _pages(_aligned(tmp_path / "a.pdf", FIGURES))
    assert _rows(read) == [
        "2023\t2022",
        "Revenue\t$ 1,250\t$ 1,100",
        "Cost of sales\t(430)\t(390)",
        "Gross profit\t820\t710",
    ]
    assert [block.row for block in read.blocks if block.kind is BlockKind.ROW] == [1, 2, 3, 4]


def test_rows_stand_under_the_names_of_their_columns(tmp_path: Path) -> None:
    """The head of the table is the innermost heading of every row, and of the caption just above it."""
    (read,) = _pages(_aligned(tmp_path / "a.pdf", FIGURES))
    assert {block.headings[-1] for block in read.blocks} == {"2023 | 2022"}


def test_a_ruled_table_keeps_a_wrapped_cell_together(tmp_path: Path) -> None:
    """Between two rules stands one row, in however many lines its cells are printed."""
    rows = [[*COSTS[0]], ["Repairs", "300", Paragraph(LONG, getSampleStyleSheet()["Normal"])], *map(list, COSTS[1:])]
    (read,) = _pages(_ruled(tmp_path / "r.pdf", rows))
    assert _rows(read)[:3] == ["Item\tAmount\tDue", f"Repairs\t300\t{LONG}", "Rent\t950\t3rd of the month"]
    assert {block.headings for block in read.blocks if block.kind is BlockKind.ROW} == {("Item | Amount | Due",)}


def test_columns_of_prose_are_no_table(tmp_path: Path) -> None:
    """Two columns are read one after the other, as the file says them, and no line of one meets the other's."""
    (read,) = _pages(make_two_column_pdf(tmp_path / "two.pdf"))
    assert _rows(read) == []
    (read,) = _pages(_two_long_columns(tmp_path / "long.pdf"))
    assert _rows(read) == []
    assert read.page.text.replace("\n", " ").count(LONG) == 2


@pytest.mark.parametrize("turns", [0, 90, 180, 270])
def test_a_turned_table_is_read_as_well(turns: int, tmp_path: Path) -> None:
    """A table set sideways on the page has the same rows."""
    (read,) = _pages(_aligned(tmp_path / "a.pdf", FIGURES, turns=turns))
    assert _rows(read)[1:] == ["Revenue\t$ 1,250\t$ 1,100", "Cost of sales\t(430)\t(390)", "Gross profit\t820\t710"]


def test_the_box_of_a_row_is_where_the_row_stands(processes: ReadingProcesses, tmp_path: Path) -> None:
    """The cells of a marked row are marked, all at one height, and nothing of another row."""
    path = _aligned(tmp_path / "a.pdf", FIGURES)
    (read,) = _pages(path)
    block = read.blocks[3]
    boxes = processes.render(path, 1, scale=1.0, spans=[(block.start, block.end)]).boxes
    assert [round(box.left) for box in boxes] == pytest.approx([72, 272, 372], abs=3)
    assert all(A4[1] - 660 - 4 < (box.top + box.bottom) / 2 < A4[1] - 660 + 4 - 3 for box in boxes)


def test_no_row_is_cut_and_every_chunk_says_the_columns(tmp_path: Path) -> None:
    """A table over many chunks parts between rows only, and the words of its head go with each of them."""
    rows = [("Station", "Rain", "Wind"), *((f"Station {n}", f"{n}.5", f"{n * 3}") for n in range(1, 46))]
    (read,) = _pages(_aligned(tmp_path / "a.pdf", rows, step=14))
    tokenizer = MiniLMTokenizer.load()
    chunks = list(chunk_pages([read], document_id="d" * 64, title="Weather", unit=PageUnit.PAGE, tokenizer=tokenizer))
    assert len(chunks) > 1
    assert all(chunk.prefix.endswith("Station | Rain | Wind") for chunk in chunks)
    ends = {block.end for block in read.blocks}
    assert all(chunk.char_end in ends for chunk in chunks)


def _pages(path: Path) -> list[ReadPage]:
    return list(open_document(path, name=path.name).pages)


def _rows(read: ReadPage) -> list[str]:
    return [read.page.text[block.start : block.end] for block in read.blocks if block.kind is BlockKind.ROW]


def _aligned(path: Path, rows: Sequence[Sequence[str]], *, turns: int = 0, step: float = 20) -> Path:
    """A caption and the rows below it, drawn one column after the other."""
    canvas = Canvas(str(path), pagesize=A4, invariant=True)
    canvas.setFont("Helvetica", 10)
    canvas.translate(*{0: (0, 0), 90: (A4[0] + 200, 0), 180: A4, 270: (-200, A4[1])}[turns])
    canvas.rotate(turns)
    canvas.drawString(72, 740, "All amounts are in thousands.")
    for column, left in enumerate((72, 272, 372)):
        for number, row in enumerate(rows):
            canvas.drawString(left, 700 - step * number, row[column])
    canvas.save()
    return path


def _ruled(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    table = Table(
        rows,
        colWidths=[120, 60, 200],
        style=[("GRID", (0, 0), (-1, -1), 0.5, "black"), ("VALIGN", (0, 0), (-1, -1), "TOP")],
    )
    SimpleDocTemplate(str(path), pagesize=A4, invariant=True).build([table])
    return path


def _two_long_columns(path: Path) -> Path:
    canvas = Canvas(str(path), pagesize=A4, invariant=True)
    canvas.setFont("Helvetica", 10)
    words = LONG.split()
    for left in (72, 320):
        for number, start in enumerate(range(0, len(words), 6)):
            canvas.drawString(left, 700 - 12 * number, " ".join(words[start : start + 6]))
    canvas.save()
    return path
