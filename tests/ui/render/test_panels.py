"""What the panels say: true figures, plain words, and other people's words only as words."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from rag.evidence import Answer, Caveat, LeftOut, Mode, Outcome, StageScore, Strength
from rag.ollama import Readiness, ServerState
from rag.planning.plan import Plan
from rag.retelling import without_documents
from rag.sentences import REMOVED_QUOTE
from storage.records import Collection, Conversation, Page
from tests.ui.tenancy import ANSWER, CITATIONS, EVIDENCE, LEASE, PAGES, quick_answer
from ui.file_rows import FileRow
from ui.live import fresh
from ui.model_bench import ModelsView, Pull
from ui.render.answer import answer_as_text, finished_turn, live_turn, lost_turn
from ui.render.collections import Shelf
from ui.render.evidence import evidence_cards, quotes_in
from ui.render.frame import chat_head, first_start, invitation, status_line, suggestion_chips
from ui.render.library import conversation_list, document_list
from ui.render.page_view import Sheet, page_words
from ui.render.setup import setup_panel
from ui.render.trace import how_found

HOSTILE = "\"><img src=x onerror=alert(1)><script>alert(1)</script>'&{{x}}${y}"

FULL = Answer(
    "How much notice?",
    "How much notice?",
    Outcome.ANSWERED,
    text=ANSWER,
    quick_answer=quick_answer(),
    citations=CITATIONS,
    evidence=EVIDENCE,
    answerable=0.94,
    model="llama3.2:3b",
    searched=3,
    in_library=3,
)


class Elements(HTMLParser):
    """Every start tag with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note it down."""
        self.found.append((tag, dict(attrs)))


def hostile_everywhere() -> list[str]:
    """Draw every panel with hostile words in every field that a person, a document or a model fills."""
    document = replace(LEASE, name=HOSTILE, title=HOSTILE)
    chunk = replace(
        EVIDENCE[0].chunk,
        text=HOSTILE,
        heading=HOSTILE,
        place=HOSTILE,
        char_end=EVIDENCE[0].chunk.char_start + len(HOSTILE),
    )
    evidence = (replace(EVIDENCE[0], chunk=chunk, document=document), replace(EVIDENCE[3], document=document))
    citation = replace(CITATIONS[0], document=HOSTILE, place=HOSTILE, quote=HOSTILE)
    quick = replace(quick_answer(), text=HOSTILE, document=HOSTILE, place=HOSTILE)
    answer = replace(
        FULL, question=HOSTILE, searched_for=HOSTILE, text=f"{HOSTILE} [1]", evidence=evidence, citations=(citation,),
        quick_answer=quick, model=HOSTILE, problem=HOSTILE, outcome=Outcome.FAILED,
    )  # fmt: skip
    live = replace(fresh("t", HOSTILE), answer=answer, stage=HOSTILE)
    conversation = Conversation(HOSTILE, HOSTILE, "", "")
    rows = [FileRow(HOSTILE, state="failed", reason=HOSTILE), FileRow(HOSTILE)]
    models = ModelsView(pull=Pull(HOSTILE, HOSTILE, 1, 2), problem=HOSTILE)
    page = Page(1, HOSTILE, HOSTILE)
    return [
        str(drawn)
        for drawn in (
            finished_turn("t", answer, chunk.id),
            live_turn(live),
            lost_turn("t", answer),
            evidence_cards("t", answer, chunk.id),
            how_found("t", answer),
            chat_head(title=HOSTILE, scope=HOSTILE, mode=Mode.FAST, notice=HOSTILE, memo=HOSTILE),
            invitation([HOSTILE]),
            suggestion_chips([HOSTILE]),
            document_list([document], rows, (), document.id),
            conversation_list([conversation], HOSTILE, HOSTILE),
            page_words(Sheet(document, 1, quotes_in(answer, chunk.id)), page),
            setup_panel(models),
            status_line(models),
            first_start(models),
        )
    ]


def test_no_words_of_others_become_elements_or_attributes() -> None:
    for drawn in hostile_everywhere():
        for tag, attributes in Elements(drawn).found:
            assert tag not in {"script", "img", "iframe", "object"}
            assert not any(name.startswith("on") or "{" in name for name in attributes)


def test_scores_are_shown_as_they_are() -> None:
    drawn = str(evidence_cards("t", FULL, None))
    for value in ("<b>0.71</b>", "<b>14.2</b>", "<b>0.0328</b>", "<b>0.97</b>"):
        assert value in drawn
    for share in ("width:71%", "width:100%", "width:97%", "width:43%"):
        assert share in drawn


def test_a_score_that_a_stage_has_not_given_is_a_dash() -> None:
    bare = replace(EVIDENCE[0], scores=replace(EVIDENCE[0].scores, rerank=None, dense=StageScore(2, -0.2)))
    drawn = str(evidence_cards("t", replace(FULL, evidence=(bare,)), None))
    assert "<span>Reranker</span><b>–</b>" in drawn
    assert "width:0%" in drawn


def test_quoted_words_are_marked_in_their_passage() -> None:
    drawn = str(evidence_cards("t", FULL, EVIDENCE[0].chunk.id))
    assert "<mark>not less than two (2) calendar months’ written notice</mark>" in drawn
    quotes = quotes_in(FULL, EVIDENCE[0].chunk.id)
    assert {PAGES[LEASE.id, 6][span.start : span.end] for span in quotes} == {CITATIONS[0].quote}


def test_what_rested_on_a_removed_document_says_so_and_offers_nothing_of_it() -> None:
    """No empty quotation marks, no way to a page or an original that is gone."""
    told = without_documents(FULL, frozenset({LEASE.id}))
    chunk_id = told.evidence[0].chunk.id
    for drawn in (finished_turn("t", told, chunk_id), evidence_cards("t", told, chunk_id), how_found("t", told)):
        assert "a removed document" in drawn
        assert LEASE.name not in drawn
        assert "“”" not in drawn
        assert " · </" not in drawn
    cards = str(evidence_cards("t", told, chunk_id))
    assert REMOVED_QUOTE in cards
    assert 'href="/originals/"' not in cards
    assert "a removed document" in answer_as_text(told)
    assert "“”" not in answer_as_text(told)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (replace(FULL, outcome=Outcome.ABSTAINED, text="", citations=()), "do not seem to hold the answer"),
        (replace(FULL, outcome=Outcome.CUT_OFF), "length limit"),
        (replace(FULL, outcome=Outcome.INTERRUPTED), "was stopped"),
        (replace(FULL, outcome=Outcome.FAILED, problem="Ollama is not running."), "Ollama is not running."),
        (replace(FULL, warnings=(Caveat.STILL_READING,), searched=3, in_library=5), "nswered from 3 of 5 documents"),
        (replace(FULL, searched=3, in_library=5), "answered from 3 of 5 documents"),
    ],
)
def test_how_an_answer_ended_is_said_with_it(answer: Answer, words: str) -> None:
    drawn = str(finished_turn("t", answer, None))
    assert words in drawn
    assert "Try again" in drawn


def test_what_was_searched_for_stands_below_an_answer_that_leaned_on_an_earlier_one() -> None:
    assert "Searched for" not in str(finished_turn("t", FULL, None))
    made_whole = replace(FULL, question="And for the landlord?", plan=Plan.plain("How much notice?"))
    assert "Searched for: “How much notice?”" in str(finished_turn("t", made_whole, None))


def test_how_to_get_written_answers_is_said_in_one_line_and_only_where_it_is_wanted() -> None:
    bare = replace(FULL, outcome=Outcome.QUOTED, text="", citations=(), problem="Ollama is not running.")
    told = str(finished_turn("t", bare, None))
    assert "Ollama is not running." in told
    assert "Set up written" in told
    assert told.count('class="note') == 1
    untold = str(finished_turn("t", bare, None, unwritten_why=False))
    assert "Ollama" not in untold
    assert "Set up written" not in untold


def test_where_no_sentence_is_worth_quoting_that_is_said_and_the_passages_stand() -> None:
    bare = replace(FULL, outcome=Outcome.QUOTED, text="", citations=(), quick_answer=None, problem="No Ollama.")
    drawn = str(finished_turn("t", bare, None))
    assert "No single sentence of your documents answers this." in drawn
    assert "No Ollama." in drawn


def test_nothing_is_said_twice_of_an_answer_that_broke_off() -> None:
    broken = replace(FULL, outcome=Outcome.INTERRUPTED, warnings=(Caveat.STREAM_BROKE,), problem="It stopped midway.")
    drawn = str(finished_turn("t", broken, None))
    assert drawn.count('class="note') == 1
    assert "It stopped midway." in drawn


def test_weak_passages_are_named_below_an_answer_only_as_the_nearest_there_are() -> None:
    weak = tuple(replace(each, strength=Strength.WEAK) for each in EVIDENCE)
    bare = replace(FULL, text="", citations=(), evidence=weak)
    assert str(finished_turn("t", replace(bare, outcome=Outcome.QUOTED), None)).count('class="chip"') == 1
    assert str(finished_turn("t", replace(bare, outcome=Outcome.ABSTAINED), None)).count('class="chip"') > 1


@pytest.mark.parametrize(
    ("name", "text", "shown"),
    [
        ("Notes.md", "- **Two months’** notice, by `post`,\n__always__", "Two months’ notice, by post, always"),
        ("Notes.md", "The file_name of 2 * 3", "The file_name of 2 * 3"),
        ("Notes.txt", "- **Two months’** notice", "- **Two months’** notice"),
    ],
)
def test_a_quote_from_markdown_is_shown_without_its_signs(name: str, text: str, shown: str) -> None:
    """The passage and the copied quote keep them; no other format has such signs."""
    quick = replace(quick_answer(), document=name, text=text)
    assert f"“{shown}”" in str(finished_turn("t", replace(FULL, quick_answer=quick), None))


def test_documents_of_one_name_say_where_they_came_from() -> None:
    """By their folder, or by the day a browser handed them over; one that is alone of its name says neither."""
    twin = replace(LEASE, id="b" * 64, source="/scans/2024/Lease agreement 2024.pdf")
    drawn = str(document_list([LEASE, twin], (), (), None))
    assert "from /scans/2024" in drawn
    assert f"added {LEASE.added_at[:10]}" in drawn
    assert "added" not in str(document_list([LEASE], (), (), None))


def test_a_document_with_pictures_that_were_not_read_says_which_and_what_to_do() -> None:
    """For as long as it is there; one that was read whole says nothing."""
    drawn = str(document_list([replace(LEASE, unread=(3, 4, 5, 7))], (), (), None))
    assert "Pages 3–5 and 7 are pictures, and the text on them was not read." in drawn
    assert "sudo apt install tesseract-ocr" in drawn
    assert "picture" not in str(document_list([LEASE], (), (), None))


def test_files_in_trouble_stand_above_the_documents() -> None:
    drawn = str(document_list([LEASE], [FileRow("Scan.pdf", state="failed", reason="No text.")], (), None))
    assert drawn.index("Scan.pdf") < drawn.index("Lease agreement 2024.pdf")


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (ServerState("http://127.0.0.1:11434", Readiness.ABSENT), "No language model yet"),
        (ServerState("http://127.0.0.1:11434", Readiness.ABSENT, last="llama3.2:3b"), "Ollama is not running"),
        (ServerState("http://127.0.0.1:11434", Readiness.NO_MODELS, last="llama3.2:3b"), "No language model yet"),
    ],
)
def test_an_ollama_that_has_stopped_is_told_from_one_that_never_was(state: ServerState, said: str) -> None:
    assert said in status_line(ModelsView(state=state))


def test_the_copied_answer_carries_its_sources() -> None:
    text = answer_as_text(FULL)
    assert text.startswith("You must give at least")
    assert "[1] “not less than two (2) calendar months’ written notice” — Lease agreement 2024.pdf, p. 6" in text


@pytest.mark.parametrize(
    ("server", "said"),
    [
        ("http://127.0.0.1:11434", "Nothing leaves this computer"),
        ("http://[::1]:11434", "Nothing leaves this computer"),
        ("http://localhost:11434", "Nothing leaves this computer"),
        (
            "http://192.168.1.20:11434",
            "Answers are written by Ollama on 192.168.1.20; everything else stays on this computer",
        ),
        ("https://big.example:443", "Answers are written by Ollama on big.example; everything else stays"),
    ],
)
def test_that_nothing_leaves_is_said_only_where_it_is_true(server: str, said: str) -> None:
    drawn = status_line(ModelsView(state=ServerState(server, Readiness.READY, chosen="llama3.2:3b")))
    assert said in drawn
    assert ("Nothing leaves" in drawn) is ("Nothing leaves" in said)
    assert "Nothing leaves" not in status_line(ModelsView())


def test_of_a_library_in_a_bucket_it_is_said_where_the_documents_are() -> None:
    here, there = (
        status_line(ModelsView(state=ServerState(server, Readiness.READY, chosen="a")), shared_at="s3://team/papers")
        for server in ("http://127.0.0.1:11434", "http://192.168.1.20:11434")
    )
    assert "The documents are in s3://team/papers; everything else stays on this computer" in here
    assert "The documents are in s3://team/papers, and answers are written by Ollama on 192.168.1.20" in there
    assert "Nothing leaves" not in here + there


def test_how_it_was_found_names_what_was_searched_for_when_it_was_made_whole() -> None:
    drawn = str(how_found("t", replace(FULL, plan=Plan.plain("How much notice must the tenant give?"))))
    assert "How much notice must the tenant give?" in drawn
    assert "made whole first" in drawn
    assert "#28" in drawn


def test_thousands_of_documents_are_drawn_anew_in_little_time() -> None:
    """Every step of a file that is being read repaints the list; what has changed of a document is shown at once."""
    documents = [replace(LEASE, id=f"{number:064x}", name=f"{number}.pdf") for number in range(2_000)]
    shelf = Shelf((Collection("c", "House", "2026-11-20T09:00:00Z"),))
    notes = [FileRow(f"{number}.png", f"k{number}", "failed", reason="No text.") for number in range(2_000)]
    took = []
    for _ in range(4):
        begun = time.process_time()
        drawn = document_list(documents, notes, (), None, shelf)
        took.append(time.process_time() - begun)
    assert min(took[1:]) < took[0] / 2
    documents[7] = replace(documents[7], collection="c", chunks=4711)
    changed = document_list(documents, (), {documents[8].id}, documents[9].id, replace(shelf, moving=documents[10].id))
    assert drawn != changed
    assert changed == document_list(
        [replace(each) for each in documents],
        (),
        {documents[8].id},
        documents[9].id,
        replace(shelf, moving=f"{10:064x}"),
    )
    assert "4,711 passages · House" in changed
    assert 'aria-checked="false" data-action="scope" data-document="' + documents[8].id in changed


def test_how_it_was_found_tells_a_word_that_was_put_right_from_a_follow_up() -> None:
    plan = replace(Plan.plain("How much rent?"), respelled=True)
    drawn = str(how_found("t", replace(FULL, searched_for="How much rent?", plan=plan)))
    assert "taken for the nearest one that does" in drawn
    assert "made whole first" not in drawn


def test_a_card_shows_what_the_model_has_read_around_a_passage() -> None:
    """With the marks where they belong; a passage that was read with another one says so."""
    chunk = EVIDENCE[0].chunk
    wider = replace(chunk, text=f"Before. {chunk.text} Behind.", char_start=chunk.char_start - 8)
    first = replace(EVIDENCE[0], wider=wider)
    merged = replace(EVIDENCE[1], marker=None, left_out=LeftOut.MERGED)
    drawn = evidence_cards("t", replace(FULL, evidence=(first, merged)), chunk.id)
    plain = evidence_cards("t", FULL, chunk.id)
    assert "Before." in drawn
    assert "Behind." in drawn
    assert "read together with a better one" in drawn
    marks = re.compile(r"<mark[^>]*>.*?</mark>", re.DOTALL)
    assert marks.findall(drawn)[0] == marks.findall(plain)[0]


def test_of_a_library_in_a_bucket_nobody_is_told_that_documents_stay_on_this_computer() -> None:
    assert "stay on it" in str(document_list([], (), (), None))
    team = str(document_list([], (), (), None, shared=True))
    assert "stay on it" not in team
    assert "where all of your team find them" in team


def test_an_empty_collection_says_how_to_fill_it_beside_files_that_wait_too() -> None:
    house = Collection("c", "House", "2026-11-20T09:00:00Z")
    waiting = [FileRow("Scan.pdf", state="locked")]
    hint = "No document is in this collection yet"
    assert hint in str(document_list([], waiting, (), None, Shelf((house,), house)))
    assert hint not in str(document_list([LEASE], waiting, (), None, Shelf((house,), house)))
    assert hint not in str(document_list([], waiting, (), None))
