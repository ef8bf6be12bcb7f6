"""The benchmarks run, on slices small enough for every test run, and their figures are what they say they are."""

from __future__ import annotations

import io
import json
import math
import shutil
import subprocess
import sys
import tarfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from rag.errors import EmptyFile
from rag.evidence import Evidence, Scores, Strength
from rag.sentences import sentence_for
from storage.records import Chunk, Document
from tests.benchmarks.answer_spans import Place
from tests.benchmarks.metrics import Figures, area_under_roc, calibration_error, figures_of, mean
from tests.benchmarks.peers import seam
from tests.benchmarks.selection import judged
from tests.documents import make_contract_pdf, make_handbook_pdf

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

PASSAGES = {
    "rent": "The rent is 950 euros a month and is due on the third working day.",
    "pets": "Cats and small dogs are allowed with the landlord's written consent.",
    "keys": "Lost keys are replaced at the tenant's expense, cylinders included.",
    "heat": "Heating costs are settled once a year by consumption.",
}
QUESTIONS = {"When is the rent due?": "rent", "May I keep a cat?": "pets", "Who pays for lost keys?": "keys"}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like that of the test data: one packed set and two PDFs, with a question each."""
    top = tmp_path_factory.mktemp("shared")
    (top / "questions" / "dev").mkdir(parents=True)
    _pack(top / "questions" / "dev" / "tenancy.tar.xz")
    (top / "pdfqa" / "pdfs").mkdir(parents=True)
    make_contract_pdf(top / "pdfqa" / "pdfs" / "cuad__lease.pdf")
    make_handbook_pdf(top / "pdfqa" / "pdfs" / "northwind__handbook.pdf", pages=3)
    about = (
        ("cuad", "cuad__lease.pdf", "What is the rent?"),
        ("northwind", "northwind__handbook.pdf", "Who may park?"),
    )
    rows = [{"set": set_, "pdf": pdf, "question": text, "evidence_pages": [0]} for set_, pdf, text in about]
    (top / "pdfqa" / "questions.jsonl").write_text(_lines(rows), encoding="utf-8")
    return top


def test_retrieval_judges_every_stage_and_whether_the_answer_is_there(data: Path, tmp_path: Path) -> None:
    """Every mode beside another project, and a table of its own for ``answerable``; libraries are filled once."""
    printed = _run("retrieval", "--data", data, "--cache", tmp_path, "--peers", "langchain")
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in printed.splitlines() if line.startswith("|")]
    assert [row[0] for row in cells if row[3:4] == ["dense"]] == ["tenancy", "cuad", "northwind"]
    orders = ["dense", "keyword", "fused", "fast", "balanced", "thorough", "langchain"]
    assert [row[3] for row in cells[2:9]] == orders
    assert [row[4:9] for row in cells[5:9]] == [["1.000"] * 5] * 4
    assert [bool(row[9]) for row in cells[2:9]] == [False, False, False, True, True, True, False]
    assert cells[-1][:3] == ["tenancy", "3", "1"]
    assert "read as one count as one: tenancy 1.000, cuad 1.000, northwind 1.000." in printed
    assert "Asked inside their own document: cuad and sets" in printed
    inside = _run("retrieval", "--sets", "northwind", "--inside", "--data", data, "--cache", tmp_path, "--peers")
    assert "Asked inside their own document: cuad, erc, northwind and sets" in inside
    filled = {path: path.stat().st_mtime_ns for path in tmp_path.glob("*/vectors")}
    assert _run("retrieval", "--sets", "tenancy", "--data", data, "--cache", tmp_path, "--peers")
    assert {path: path.stat().st_mtime_ns for path in tmp_path.glob("*/vectors")} == filled


def test_scale_measures_a_library_that_grows(data: Path, tmp_path: Path) -> None:
    """Every line has a figure for each size, and says how many of the passages are real: of both kinds of sets."""
    train = data / "questions" / "train"
    train.mkdir()
    shutil.copy(data / "questions" / "dev" / "tenancy.tar.xz", train)
    rows = _rows(_run("scale", "--quick", "--data", data, "--cache", tmp_path))
    shutil.rmtree(train)
    assert rows[0] == ["passages", "40", "120"]
    assert all(len(row) == 3 and all(row) for row in rows)
    real = {row[0]: row[1:] for row in rows}["of them real; the others are put together from halves"]
    assert real == ["8", "8"]


def test_follow_ups_are_asked_with_what_was_said_before_and_as_first_questions(data: Path, tmp_path: Path) -> None:
    """A dialogue's as they came, and of a set without any each question after two others."""
    train = data / "questions" / "train"
    train.mkdir()
    _pack(train / "dialogue.tar.xz", follow_up="And how much is that?")
    _pack(train / "single.tar.xz")
    rows = _rows(_run("follow_ups", "--sets", "dialogue", "single", "--data", data, "--cache", tmp_path))
    shutil.rmtree(train)
    assert [row[:2] for row in rows] == [["set", "questions"], ["dialogue", "1"], ["single", "3"]]
    assert (rows[1][3], rows[1][-1]) == ("1.000", "100%")
    assert rows[2][2:4] == ["1.000", "1.000"]


def test_encoders_are_compared_on_the_same_questions(data: Path, tmp_path: Path) -> None:
    """Both stages of every set in every way, what is lost on average, and what a passage costs."""
    printed = _run("encoders", "--data", data, "--cache", tmp_path)
    rows = _rows(printed)
    ways = ["fp32", "int8", "int8, questions fp32", "both in one library, questions int8"]
    sets = ["set", "tenancy", "cuad", "northwind", "mean"]
    assert [row[0] for row in rows] == [*sets, *sets, "set", "tenancy"]
    assert [row[1:] for row in rows if row[0] == "set"] == [ways] * 3
    assert rows[1][1:] == rows[6][1:] == ["1.000"] * 4
    assert rows[4][1].endswith("(+0.0000)")
    assert "Processor milliseconds a passage: int8 " in printed


def test_ways_of_keeping_token_vectors_are_compared(data: Path, tmp_path: Path) -> None:
    """A line for each, with its bytes; and how whether the answer is there is told by those that keep every token."""
    train = data / "questions" / "train"
    train.mkdir()
    shutil.copy(data / "questions" / "dev" / "tenancy.tar.xz", train)
    rows = _rows(_run("token_codes", "--sets", "tenancy", "--data", data, "--cache", tmp_path))
    cells = {row[0]: row[1] for row in rows[1:11]}
    sizes = {name: float(cell.partition(":")[0]) for name, cell in cells.items()}
    assert sizes["4 bits"] == pytest.approx(sizes["8 bits"] * 34 / 66, abs=1)
    assert max(sizes.values()) == sizes["8 bits"]
    assert cells["8 bits"].endswith(": 1.000, +0.0000 (0.0000)")
    assert [row[0] for row in rows[12:]] == list(cells)
    assert [row[0] for row in rows[12:] if row[1] == "–"] == [
        name for name in cells if "without" in name or "pooled" in name
    ]
    shutil.rmtree(train)


def test_what_is_read_is_judged_in_every_way(data: Path, tmp_path: Path) -> None:
    """By the words of the answer where these are known, else by its pages."""
    rows = _rows(_run("selection", "--sets", "tenancy", "cuad", "--data", data, "--cache", tmp_path))
    assert rows[0] == ["what is read", "tenancy", "cuad", "mean", "tokens", "passages"]
    assert {"six passages", "by rank", "merge, window 400"} <= {row[0] for row in rows}
    assert all(row[1] == "1.000 / 1.000 / 1.000" for row in rows[1:])
    assert all(float(row[4]) > 0 for row in rows[1:])


def test_ways_of_cutting_are_compared_by_what_is_then_read(data: Path, tmp_path: Path) -> None:
    """Each in a library of its own."""
    rows = _rows(_run("chunking", "--sets", "tenancy", "--data", data, "--cache", tmp_path))
    assert rows[0] == ["cut", "tenancy", "mean", "tokens", "passages"]
    assert all(row[1] == "1.000 / 1.000 / 1.000" for row in rows[1:])
    assert len(list(tmp_path.glob("tenancy-whole-*"))) == len(rows) - 1


def test_an_answer_is_covered_as_far_as_it_is_read() -> None:
    """Of two parts one is read by half, in whichever of its places; the other is not."""
    read = Chunk("c", "d", 0, 2, "p. 2", "", "", "x" * 10, 100, 110)
    document = Document("d", "a.pdf", "a", "application/pdf", 0, None, None, 1, "")
    evidence = Evidence(read, Scores(), (), document, Strength.FAIR, marker=1)
    elsewhere, half = Place("d", 1, 100, 110), Place("d", 2, 105, 115)
    found = judged([(elsewhere, half), (Place("d", 2, 0, 30),)], [evidence, replace(evidence, marker=None)])
    assert (found.hit, found.coverage, found.whole, found.passages) == (1, 5 / 40, 0, 1)


def test_speed_compares_with_the_default_pipeline(data: Path, tmp_path: Path) -> None:
    """Every line has both figures, except the start of the page, which only the program has."""
    printed = _run("speed", "--quick", "--data", data, "--cache", tmp_path)
    rows = _rows(printed)
    assert rows[0][0] == "2 PDFs, 2 questions"
    assert {row[0] for row in rows if row[2] == "–"} == {"start to first page served, seconds", "memory then, MB"}
    assert all(float(row[1].replace(",", "")) >= 0 for row in rows[1:])


def test_a_long_pdf_is_compared_with_a_short_one_and_late_files_with_early_ones() -> None:
    """Ratios of memory and of time; at this size they only have to be there."""
    rows = _rows(_run("large", "--quick"))
    assert rows[0][1:] == ["10 pages", "100 pages", "ratio"]
    assert rows[1] == ["passages", "20", "200", "10.00"]
    assert all(float(row[-1]) > 0 for row in rows[1:4])
    assert all(float(row[-1]) >= 0 for row in rows[-6:])  # so few files come in together, at one moment
    assert [row[0] for row in rows[-6:]] == [
        "1 to 10",
        "11 to 20",
        "21 to 30",
        "31 to 40",
        "41 to 50",
        "the last by the first",
    ]


def test_every_format_has_its_pages_a_second(data: Path) -> None:
    """And a file that cannot be read its reason."""
    (data / "odd").mkdir()
    (data / "odd" / "note.txt").write_text("The rent is due. " * 1000)
    (data / "odd" / "empty.txt").write_text("")
    printed = _run("formats", "--data", data)
    rows = {row[0]: row[1:] for row in _rows(printed)}
    assert rows[".pdf"][:3] == ["2", "0", "5"]
    assert rows[".txt"][:4] == ["1", "1", "6", "16,999"]
    assert f"- empty.txt: {sentence_for(EmptyFile('empty.txt'))}" in printed


@pytest.mark.browser
def test_clicks_are_timed_with_and_without_reading(data: Path) -> None:
    """In the real page."""
    rows = _rows(_run("clicks", "--quick", "--data", data))
    assert [row[0] for row in rows] == ["5 clicks, ms", "median", "95th percentile", "slowest"]
    assert all(float(figure) > 0 for row in rows[1:] for figure in row[1:])


def test_figures_of_a_ranking() -> None:
    """The right passage on the second rank of three."""
    figures = figures_of(["a", "b", "c"], [frozenset({"b"})])
    assert figures == Figures(hit_1=0, hit_5=1, hit_10=1, mrr=0.5, ndcg=1 / math.log2(3))
    assert mean([figures, figures_of(["a"], [frozenset({"a"})])]).mrr == 0.75


def test_a_target_is_met_once() -> None:
    """Two chunks of one page gain once; the best order meets both pages first; a page without text is still missed."""
    page, other, blank = frozenset({"a", "b"}), frozenset({"c"}), frozenset[str]()
    assert figures_of(["a", "c", "b"], [page, other]).ndcg == 1
    assert figures_of(["a", "b", "c"], [page, other]).ndcg == pytest.approx(1.5 / (1 + 1 / math.log2(3)))
    assert figures_of(["a"], [page, blank]).ndcg == pytest.approx(1 / (1 + 1 / math.log2(3)))


def test_a_chunk_can_meet_two_targets() -> None:
    """A passage that overlaps both references at once is the best there can be."""
    both, one = frozenset({"a", "b"}), frozenset({"a", "c"})
    assert figures_of(["a"], [both, one]).ndcg == 1
    assert figures_of(["b", "c"], [both, one]).ndcg < 1


def test_another_project_s_chunk_counts_where_it_overlaps_what_answers() -> None:
    """In the document that is asked, however it is cut up; the answer may stand in several chunks."""
    pieces = [seam.Piece("p", "d", "x" * 30), seam.Piece("q", "e", "y" * 30)]
    chunks = [seam.Place("p", 0, 20), seam.Place("p", 10, 30), seam.Place("q", 0, 30)]

    def peer(given: Sequence[seam.Piece], _vectors: object) -> seam.Index:
        own = [chunk for chunk in chunks if chunk.piece in {piece.id for piece in given}]
        return seam.Index(own, lambda _question, count: range(len(own))[::-1][:count])

    def hits(*places: seam.Place, document: str | None = None) -> tuple[float, float]:
        found = seam.judged(peer, pieces, [seam.Wanted("?", places, document)], None)  # type: ignore[arg-type]  # (none are asked for)
        return found.hit_1, found.mrr

    assert hits(seam.Place("q")) == (1, 1)
    assert hits(seam.Place("p", 20, 25)) == (0, 1 / 2)
    assert hits(seam.Place("p", 20, 25), document="d") == (1, 1)
    assert hits(seam.Place("p", 0, 5), document="d") == (0, 1 / 2)
    assert hits(seam.Place("p", 30, 40)) == (0, 0)


def test_area_under_roc() -> None:
    """The share of pairs in the right order."""
    assert area_under_roc([0.9, 0.5], [0.5, 0.1]) == 0.875


def test_calibration_error() -> None:
    """What was said to be 75 % and came in half of the cases is off by a quarter; half of all were like that."""
    assert calibration_error([0.75, 1.0], [0.75, 0.0]) == pytest.approx(0.125)
    assert calibration_error([0.5], [0.5]) == 0


def _run(benchmark: str, *flags: str | Path) -> str:
    command = [sys.executable, "-m", f"tests.benchmarks.{benchmark}", *map(str, flags)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _rows(printed: str) -> list[list[str]]:
    """The cells of every line of the tables."""
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in printed.splitlines() if line.startswith("| ")]


def _pack(archive: Path, follow_up: str = "") -> None:
    """A packed set, with a follow-up on the question about the rent where there is one to be."""
    answered = {f"q{number}": passage for number, passage in enumerate(QUESTIONS.values())}
    queries: list[Mapping[str, object]] = [{"id": f"q{number}", "text": text} for number, text in enumerate(QUESTIONS)]
    if follow_up:
        queries.append({"id": "f0", "text": follow_up, "history": ["user: When is the rent due?", "agent: Soon."]})
        answered["f0"] = "rent"
    files = {
        "corpus.jsonl": _lines([{"id": id_, "title": "Lease", "text": text} for id_, text in PASSAGES.items()]),
        "queries.jsonl": _lines(queries),
        "qrels.tsv": "query-id\tcorpus-id\tscore\n" + "".join(f"{q}\t{p}\t1\n" for q, p in answered.items()),
        "unanswerable.jsonl": _lines([{"id": "u0", "text": "How tall is the Eiffel Tower?"}]),
        "answers.jsonl": _lines([_answer_in(q, passage) for q, passage in answered.items()]),
        "meta.json": "{}",
    }
    with tarfile.open(archive, "w:xz") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"tenancy/{name}")
            entry.size = len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))


def _answer_in(question: str, passage: str) -> Mapping[str, object]:
    """The last three words of the passage answer the question."""
    answer = " ".join(PASSAGES[passage].split()[-3:])
    return {"query_id": question, "answers": [answer], "passage_id": passage, "start": PASSAGES[passage].index(answer)}


def _lines(rows: Sequence[Mapping[str, object]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)
