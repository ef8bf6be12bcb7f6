"""A file of question and passage lines becomes a question set, and a line that is none is named."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from rag.learning.own_pairs import UnusablePairs, read_pairs

if TYPE_CHECKING:
    from pathlib import Path


def file_of(folder: Path, *rows: object) -> Path:
    file = folder / "pairs.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows) + "\n\n")
    return file


def test_a_passage_that_two_questions_name_is_one_passage(tmp_path: Path) -> None:
    rent, notice = "The rent is 900 francs, due on the first.", "Notice is three months."
    file = file_of(
        tmp_path,
        {"question": "What is the rent?", "passage": rent, "answer": "900 francs"},
        {"question": "When is it due?", "passage": rent},
        {"question": "When is it due?", "passage": notice, "title": "Lease", "page": 3},
    )

    read = read_pairs(file)

    assert read.passages[0].indexed_text == rent
    assert read.passages[1].prefix == "Lease"
    by_text = {question.text: question for question in read.questions}
    assert by_text["What is the rent?"].answers == ("900 francs",)
    assert by_text["What is the rent?"].relevant == {read.passages[0].id}
    assert by_text["When is it due?"].relevant == {passage.id for passage in read.passages}


@pytest.mark.parametrize(
    "row",
    [
        {"question": "What is the rent?"},
        {"question": "", "passage": "The rent is 900 francs."},
        {"question": "What is the rent?", "passage": ["The rent is 900 francs."]},
        {"question": "What is the rent?", "passage": "It is 900 francs.", "answer": 900},
        {"question": "What is the rent?", "passage": "It is 900 \ud83d francs."},
        ["What is the rent?", "The rent is 900 francs."],
    ],
)
def test_a_line_that_is_no_pair_is_named(tmp_path: Path, row: object) -> None:
    file = file_of(tmp_path, {"question": "When?", "passage": "On the first."}, row)

    with pytest.raises(UnusablePairs, match=r"pairs\.jsonl, line 2"):
        read_pairs(file)


def test_a_line_that_is_no_json_is_named(tmp_path: Path) -> None:
    file = tmp_path / "pairs.jsonl"
    file.write_text("What is the rent?;900 francs\n")

    with pytest.raises(UnusablePairs, match="line 1"):
        read_pairs(file)


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_a_file_in_another_encoding_is_refused_in_a_sentence(tmp_path: Path, encoding: str) -> None:
    """As spreadsheets and some shells write them."""
    file = tmp_path / "pairs.jsonl"
    row = {"question": "Wie hoch ist die Kaution für die Wohnung?", "passage": "Drei Monatsmieten."}
    file.write_text(json.dumps(row, ensure_ascii=False) + "\n", encoding=encoding)

    with pytest.raises(UnusablePairs, match=r"pairs\.jsonl is not text in UTF-8"):
        read_pairs(file)


def test_a_line_ends_at_its_newline_only(tmp_path: Path) -> None:
    """What other programs write as it is may hold characters that end a line elsewhere."""
    row = {"question": "What is the rent?", "passage": "The rent is\u2028900 francs,\x85due on the first."}
    file = tmp_path / "pairs.jsonl"
    file.write_text(json.dumps(row, ensure_ascii=False) + "\r\n", encoding="utf-8", newline="")

    assert [passage.text for passage in read_pairs(file).passages] == [row["passage"]]
