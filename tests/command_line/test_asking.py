"""``ask``: the answer with everything it rests on, for programs in keys and for people as it comes."""

from __future__ import annotations

import json
import signal
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from rag.sentences import ANSWER_STOPPED
from tests.assembled import NOTICE
from tests.doubles.models import FakeModel
from tests.doubles.ollama import OllamaDouble
from tests.doubles.script import Hang, Say

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.command_line.conftest import CommandLine, Shelf

QUICK_KEYS = ["text", "document", "document_id", "page", "char_start", "char_end", "score", "found_for"]
CITATION_KEYS = ["marker", "document", "document_id", "page", "quote", "char_start", "char_end"]
OWN_KEYS = ["outcome", "answer", "quick_answer", "more_quotes", "citations", "model", "warnings"]
SEARCH_KEYS = ["id", "question", "searched_for", "filters", "hits", "answerable", "seconds"]
WIFI = "What is the Wi-Fi password?"
LEASE = "Lease agreement.pdf"
WRITTEN = "Two calendar months [1], in writing [2]."


@pytest.fixture(scope="module")
def server() -> Iterator[OllamaDouble]:
    """A language model that gives one answer to everything."""
    with OllamaDouble(answer=WRITTEN) as double:
        yield double


@pytest.fixture(scope="module")
def answered(shelf: Shelf, server: OllamaDouble, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What is said to a question that the documents answer and to one that they do not."""
    file = tmp_path_factory.mktemp("asked") / "questions.jsonl"
    rows = [{"id": 1, "question": NOTICE, "documents": [LEASE]}, {"id": 2, "question": WIFI}]
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    said = shelf.run.on(shelf.data, FOOTNOTE_SERVER=server.url)("ask", "--json", "--questions", file, "--top-k", 3)
    assert (said.code, said.errors) == (0, "")
    return said.rows


@pytest.fixture(scope="module")
def page_3(shelf: Shelf) -> str:
    """The page that the answer stands on."""
    return shelf.run("show", LEASE, "--page", 3).out


def test_an_answer_has_the_keys_of_a_search_and_its_own(answered: list[dict[str, Any]]) -> None:
    """One line for each question."""
    assert [list(row) for row in answered] == [SEARCH_KEYS + OWN_KEYS] * 2
    there, not_there = answered
    assert (there["outcome"], there["answer"], there["model"]) == ("answered", WRITTEN, "granite4.1:3b")
    assert there["warnings"] == []
    assert not_there["hits"]


def test_what_the_documents_do_not_hold_is_not_answered(answered: list[dict[str, Any]], server: OllamaDouble) -> None:
    """The model was asked once, for the other question."""
    _, not_there = answered
    assert (not_there["outcome"], not_there["answer"], not_there["citations"]) == ("abstained", "", [])
    assert (not_there["quick_answer"], not_there["model"]) == (None, None)
    assert len(server.chats) >= 1
    assert not [chat for chat in server.chats if WIFI in str(chat.body)]


def test_quotes_stand_on_the_page(answered: list[dict[str, Any]], page_3: str) -> None:
    """Word for word, where the offsets say: those of citations and that of the quick answer."""
    there = answered[0]
    quick = there["quick_answer"]
    assert list(quick) == QUICK_KEYS
    assert (quick["document"], quick["page"]) == (LEASE, 3)
    assert quick["text"] == page_3[quick["char_start"] : quick["char_end"]]
    assert 0 <= quick["score"] <= 1
    assert [list(citation) for citation in there["citations"]] == [CITATION_KEYS] * 2
    assert [citation["marker"] for citation in there["citations"]] == [1, 2]
    for citation in there["citations"]:
        if citation["page"] == 3:
            assert citation["quote"] == page_3[citation["char_start"] : citation["char_end"]]


def test_a_person_reads_the_quote_the_answer_and_its_sources(shelf: Shelf, server: OllamaDouble) -> None:
    """In this order, each source with its number in the answer."""
    said = shelf.run.on(shelf.data, FOOTNOTE_SERVER=server.url)("ask", NOTICE, "--top-k", 3, "--document", LEASE)
    places = [said.out.index(part) for part in ("“", f"{LEASE}, p. 3", WRITTEN, "Sources", f"[1] {LEASE}")]
    assert (said.code, said.errors) == (0, "")
    assert places == sorted(places)


def test_the_model_that_is_named_writes(shelf: Shelf) -> None:
    """Once: the chosen one stays chosen. No other takes the place of one that is not installed."""
    with OllamaDouble(models=[FakeModel("granite4.1:3b"), FakeModel("qwen3:4b-instruct")], answer=WRITTEN) as two:
        run = shelf.run.on(shelf.data, FOOTNOTE_SERVER=two.url)
        named, usual, unknown = (
            run("ask", NOTICE, "--json", *how) for how in (("--model", "qwen3:4b-instruct"), (), ("--model", "none:1b"))
        )
    assert [said.rows[0]["model"] for said in (named, usual)] == ["qwen3:4b-instruct", "granite4.1:3b"]
    assert [chat.body["model"] for chat in two.chats] == ["qwen3:4b-instruct", "granite4.1:3b"]
    assert (unknown.rows[0]["outcome"], unknown.rows[0]["model"]) == ("quoted", None)
    assert "none:1b" in unknown.rows[0]["warnings"][0]
    assert (named.code, usual.code, unknown.code) == (0, 0, 1), "who names a model has asked for more than quotes"


def test_without_a_language_model_the_documents_answer(shelf: Shelf) -> None:
    """That is no failure, and one sentence says what would give a written answer."""
    said = shelf.run("ask", NOTICE, "--json")
    (row,) = said.rows
    assert (said.code, row["outcome"], row["answer"], row["citations"]) == (0, "quoted", "", [])
    assert row["quick_answer"]["document"] == LEASE
    assert len(row["warnings"]) == 1
    assert "Ollama" in row["warnings"][0]


@pytest.fixture
def halting() -> Iterator[OllamaDouble]:
    """A language model that stops in the middle of a sentence and says no more."""
    with OllamaDouble() as double:
        double.script(Say("Two calendar months [1]"), Say(", in"), Hang())
        yield double


@pytest.mark.skipif(sys.platform == "win32", reason="stops the program as Ctrl+C does in a terminal")
def test_an_answer_that_is_stopped_has_its_row(shelf: Shelf, halting: OllamaDouble, tmp_path: Path) -> None:
    """With what had been written, what it rests on and how it ended; the questions behind it have none."""
    file = tmp_path / "questions.jsonl"
    file.write_text("".join(json.dumps({"id": id_, "question": NOTICE}) + "\n" for id_ in "ab"), encoding="utf-8")
    run = shelf.run.on(shelf.data, FOOTNOTE_SERVER=halting.url)
    asking = run.start("ask", "--json", "--questions", file)
    deadline = time.monotonic() + 90
    while not halting.chats and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(2)  # what was said is on its way
    asking.send_signal(signal.SIGINT)
    out, errors = asking.communicate(timeout=60)
    row = json.loads(out)
    assert list(row) == SEARCH_KEYS + OWN_KEYS
    assert (asking.returncode, row["id"], row["outcome"]) == (1, "a", "interrupted")
    assert row["answer"].startswith("Two calendar months [1]")
    assert row["warnings"] == [ANSWER_STOPPED]
    assert row["hits"]
    assert row["quick_answer"]["document"] == LEASE
    assert errors == f"{ANSWER_STOPPED}\n"


@pytest.mark.skipif(sys.platform == "win32", reason="stops the program as Ctrl+C does in a terminal")
def test_a_person_who_stops_an_answer_is_told_so(shelf: Shelf, halting: OllamaDouble) -> None:
    """On a line of its own, below what had been written; nothing is said of files."""
    asking = shelf.run.on(shelf.data, FOOTNOTE_SERVER=halting.url).start("ask", NOTICE)
    assert asking.stdout is not None
    said = ""
    while "Two calendar months [1]" not in said and (character := asking.stdout.read(1)):
        said += character
    asking.send_signal(signal.SIGINT)
    out, errors = asking.communicate(timeout=60)
    assert (asking.returncode, errors) == (1, f"{ANSWER_STOPPED}\n")
    assert "Two calendar months [1]" in said
    assert out.endswith("\n")
    assert "Passages" not in out


def test_a_question_to_an_empty_library_is_told_so(program: CommandLine, tmp_path: Path) -> None:
    """It is not an error of the question's."""
    said = program.on(tmp_path / "data")("ask", NOTICE, "--json")
    (row,) = said.rows
    assert (said.code, row["outcome"], row["hits"], row["answerable"]) == (0, "abstained", [], 0.0)
    assert "no documents" in said.errors
