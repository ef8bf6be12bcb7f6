"""``search``, ``list`` and ``show``: passages whose offsets can be checked, scores that are numbers."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

import app
from rag.encoder import Encoder
from tests.assembled import NOTICE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.command_line.conftest import Said, Shelf

HIT_KEYS = [
    *("rank", "document", "document_id", "page", "place", "heading", "text", "char_start", "char_end"),
    *("found_for", "scores"),
]
SCORES = ["dense", "keyword", "fused", "rerank"]
COSTS, LEASE, GATES = "Household costs.xlsx", "Lease agreement.pdf", "Gates.txt"
GATE = "When is the north gate locked?"


def _write(path: Path, rows: list[dict[str, Any]]) -> Path:
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(["", *lines, "  ", ""]), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def found(shelf: Shelf, tmp_path_factory: pytest.TempPathFactory) -> Said:
    """Five questions of one file: without documents, by name, by id, by the beginning of an id, by a name not known."""
    ids = shelf.ids
    rows: list[dict[str, Any]] = [
        {"id": 1, "question": NOTICE},
        {"id": "by name", "question": NOTICE, "documents": [COSTS]},
        {
            "id": ["any", "J\x7fSO\x9bN"],
            "question": GATE,
            "documents": [ids["north/Gates.txt"], ids["south/deep/Gates.txt"]],
        },
        {"question": "What is planned\u2028for the boiler?", "documents": [ids["Plan.pptx"][:8]]},
        {"id": 5, "question": NOTICE, "documents": ["Nobody.pdf"]},
    ]
    file = _write(tmp_path_factory.mktemp("questions") / "questions.jsonl", rows)
    return shelf.run("search", "--json", "--questions", file, "--top-k", "3", "--mode", "fast")


@pytest.fixture(scope="session")
def texts(shelf: Shelf) -> Mapping[tuple[str, int | None], str]:
    """The text of each page of some documents, as ``show`` prints it."""
    asked = (LEASE, COSTS, "Plan.pptx", "north/Gates.txt")
    shown = [row for name in asked for row in shelf.run("show", shelf.ids[name], "--json").rows]
    return {(row["document_id"], row["page"]): row["text"] for row in shown}


def test_every_question_has_one_line_with_these_keys(found: Said) -> None:
    """In the order of the file, each with the id it came with."""
    assert [row["id"] for row in found.rows] == [1, "by name", ["any", "J\x7fSO\x9bN"], None, 5]
    for row in found.rows:
        assert list(row) == ["id", "question", "searched_for", "filters", "hits", "answerable", "seconds"]
        assert list(row["seconds"]) == ["encode", "search", "rerank", "total"]
        assert all(isinstance(seconds, float) for seconds in row["seconds"].values())
        assert row["seconds"]["total"] >= row["seconds"]["encode"] + row["seconds"]["search"]
        assert 0 <= row["answerable"] <= 1


@pytest.mark.parametrize("command", ["search", "ask"])
def test_models_are_loaded_once_however_many_questions(
    command: str, shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And the parts of the chain are made once."""
    loaded: list[str] = []

    def counting(owner: Any, name: str) -> None:
        made = getattr(owner, name)
        monkeypatch.setattr(owner, name, lambda *given: loaded.append(name) or made(*given))

    counting(Encoder, "load")
    counting(app, "_build_engine")
    file = _write(tmp_path / "questions.jsonl", [{"question": text} for text in (NOTICE, GATE, "Who is late?")])
    monkeypatch.setenv("FOOTNOTE_DATA", str(shelf.data))
    assert app.main([command, "--json", "--questions", str(file)]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3
    assert sorted(loaded) == ["_build_engine", "load"]


def test_every_hit_has_these_keys_and_every_score_is_a_number(found: Said) -> None:
    """Ranks count from 1, by the reranker's probability; BM25 is 0 where no word matches."""
    for row in found.rows[:4]:
        hits = row["hits"]
        assert 0 < len(hits) <= 3
        assert [hit["rank"] for hit in hits] == list(range(1, len(hits) + 1))
        assert all(list(hit) == HIT_KEYS and list(hit["scores"]) == SCORES for hit in hits)
        assert all(isinstance(score, float) for hit in hits for score in hit["scores"].values())
        probabilities = [hit["scores"]["rerank"] for hit in hits]
        assert probabilities == sorted(probabilities, reverse=True)
        assert all(0 <= probability <= 1 for probability in probabilities)
        assert all(-1 <= hit["scores"]["dense"] <= 1 and hit["scores"]["keyword"] >= 0 for hit in hits)


def test_documents_of_a_row_are_the_only_ones_searched(found: Said, shelf: Shelf) -> None:
    """By name, id or the beginning of an id; the scope comes before the search, so there are always hits."""
    _, by_name, by_id, by_beginning, _ = found.rows
    ids = shelf.ids
    assert {hit["document"] for hit in by_name["hits"]} == {COSTS}
    assert len(by_name["hits"]) == 3
    assert {hit["document_id"] for hit in by_id["hits"]} == {ids["north/Gates.txt"], ids["south/deep/Gates.txt"]}
    assert {hit["document_id"] for hit in by_beginning["hits"]} == {ids["Plan.pptx"]}


def test_a_document_that_is_not_there_costs_its_question_only(found: Said) -> None:
    """It has its row, without hits; the others are answered, and the exit code tells."""
    assert found.code == 1
    assert [row["id"] for row in found.rows if not row["hits"]] == [5]
    assert "Nobody.pdf" in found.errors


def test_offsets_count_in_the_text_that_show_prints(found: Said, texts: Mapping[tuple[str, int | None], str]) -> None:
    """Code points of the stored page; a passage never crosses one."""
    shown = {document_id for document_id, _ in texts}
    hits = [hit for row in found.rows for hit in row["hits"] if hit["document_id"] in shown]
    assert {hit["page"] is None for hit in hits} == {True, False}
    for hit in hits:
        assert hit["text"] == texts[hit["document_id"], hit["page"]][hit["char_start"] : hit["char_end"]]
        assert hit["place"]
        assert isinstance(hit["heading"], str)


def test_show_prints_one_page_exactly(shelf: Shelf, texts: Mapping[tuple[str, int | None], str]) -> None:
    """And nothing else; slides and sheets are pages too, and a format without pages has page 1."""
    plan, north = shelf.ids["Plan.pptx"], shelf.ids["north/Gates.txt"]
    assert shelf.run("show", LEASE, "--page", 3).out == texts[shelf.ids[LEASE], 3]
    assert shelf.run("show", plan[:10], "--page", 2).out == texts[plan, 2]
    assert shelf.run("show", north, "--page", 1).out == texts[north, None]
    missing = shelf.run("show", LEASE, "--page", 4)
    assert (missing.code, missing.out) == (1, "")
    assert "3" in missing.errors


def test_show_names_each_page(shelf: Shelf) -> None:
    """With its label, which for a sheet is its name."""
    rows = shelf.run("show", COSTS, "--json").rows
    assert [list(row) for row in rows] == [["document", "document_id", "page", "label", "text"]] * 3
    assert [row["page"] for row in rows] == [1, 2, 3]
    assert all(row["label"] for row in rows)


def test_list_shows_what_there_is(shelf: Shelf) -> None:
    """For programs, and for people with the beginning of the id."""
    rows, plain = shelf.run("list", "--json").rows, shelf.run("list")
    keys = ["document", "document_id", "title", "pages", "chunks", "bytes", "added_at", "path", "collection"]
    assert all(list(row) == keys for row in rows)
    assert {row["document_id"] for row in rows} == set(shelf.ids.values())
    assert len(plain.out.splitlines()) == len(rows)
    assert all(row["document"] in plain.out and row["document_id"][:12] in plain.out for row in rows)


def test_a_person_reads_passages_with_their_places_and_scores(shelf: Shelf) -> None:
    """In thorough mode the lack of a cross-encoder is said, apart from the results."""
    said = shelf.run("search", NOTICE, "--top-k", 2, "--mode", "thorough", "--document", LEASE, "--document", COSTS)
    lines = said.out.splitlines()
    assert said.code == 0
    assert lines[0] == NOTICE
    assert f" 1. {LEASE}, p. 3" in lines
    assert any("meaning" in line and "keywords" in line and "reranker" in line for line in lines)
    assert max(map(len, lines)) <= 100
    assert "two calendar months" in " ".join(said.out.split())
    assert "cross-encoder" in said.errors


def test_the_lack_of_a_cross_encoder_is_said_once(shelf: Shelf, tmp_path: Path) -> None:
    """However many questions are asked; for programs it stands in the row of each answer."""
    file = _write(tmp_path / "questions.jsonl", [{"question": NOTICE}, {"question": GATE}])
    thorough = ("--questions", file, "--mode", "thorough", "--top-k", 1)
    searched, asked = shelf.run("search", *thorough), shelf.run("ask", *thorough)
    rows = shelf.run("ask", "--json", *thorough).rows
    assert [" ".join(f"{said.out}{said.errors}".split()).count("cross-encoder") for said in (searched, asked)] == [1, 1]
    assert ["cross-encoder" in " ".join(row["warnings"]) for row in rows] == [True, True]


def test_an_ambiguous_name_is_refused_with_the_ids(shelf: Shelf) -> None:
    """For every command that takes a name."""
    both = [shelf.ids["north/Gates.txt"], shelf.ids["south/deep/Gates.txt"]]
    for command in (("show", GATES), ("remove", GATES), ("search", "x", "--document", GATES)):
        said = shelf.run(*command)
        assert (said.code, said.out) == (1, "")
        assert all(document_id in said.errors for document_id in both)


@pytest.mark.skipif(sys.platform == "win32", reason="closes a pipe as head does")
def test_a_reader_that_has_seen_enough_is_no_trouble(shelf: Shelf) -> None:
    """As in ``python app.py show … | head -1``."""
    showing = shelf.run.start("show", LEASE)
    assert showing.stdout is not None
    showing.stdout.close()
    showing.stdout = None
    _, errors = showing.communicate(timeout=60)
    assert (showing.returncode, errors) == (1, "")
