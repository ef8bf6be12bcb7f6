"""An answer that rested on a removed document says so, and nothing of the document."""

from __future__ import annotations

from dataclasses import replace

from rag.evidence import Answer, Evidence, Outcome, QuickAnswer, Scores, Span, StageScore, Strength
from rag.planning.plan import Filter, FilterKind, Plan, Search
from rag.retelling import is_removed, retold, without_documents
from rag.sentences import REMOVED_DOCUMENT, REMOVED_LINES
from rag.serialize import answer_from_json, answer_to_json
from storage.records import Chunk, Citation, Document, Turn

GONE, KEPT = "a" * 64, "b" * 64
WORD = "Quillfeather"


def _evidence(document_id: str, number: int, marker: int | None, text: str) -> Evidence:
    name = f"{text}.txt"
    document = Document(document_id, name, name, "text/plain", 9, None, None, 2, "2026-11-20T00:00:00Z", f"/{name}")
    chunk = Chunk(f"{document_id[:20]}-{number}", document_id, 0, None, text, text, text, text, 4, 4 + len(text))
    around = replace(chunk, text=f"{text} and more", char_end=chunk.char_end + 9)
    return Evidence(chunk, Scores(StageScore(1, 0.7)), (Span(0, 3),), document, Strength.STRONG, marker, wider=around)


def _citation(evidence: Evidence) -> Citation:
    chunk = evidence.chunk
    name, text = evidence.document.name, chunk.text
    return Citation(evidence.marker or 0, chunk.id, chunk.document_id, name, 2, text, text, 4, 4 + len(text))


SAID, OTHER, UNUSED = _evidence(GONE, 0, 1, WORD), _evidence(KEPT, 0, 2, "Plain"), _evidence(GONE, 1, None, WORD)
QUICK = QuickAnswer(WORD, SAID.chunk.id, f"{WORD}.txt", GONE, 2, WORD, 4, 16, 0.9)
ANSWER = Answer(
    question="Who?",
    searched_for=f"Who is {WORD}?",
    outcome=Outcome.ANSWERED,
    text=f"It was {WORD}. [1]\n\n- Plain words. [2]\n- Both {WORD}. [2][1]\n\nSo {WORD} did it.",
    quick_answer=QUICK,
    citations=(_citation(SAID), _citation(OTHER)),
    evidence=(SAID, OTHER, UNUSED),
    model="tiny",
)


def test_not_a_word_of_the_document_is_left_nor_its_name_nor_its_bytes_digest() -> None:
    told = answer_to_json(without_documents(ANSWER, frozenset({GONE})))
    assert WORD not in told
    assert GONE[:20] not in told


def test_where_it_was_searched_by_its_name_nothing_says_so() -> None:
    """Even where nothing of it was found; the question itself is the person's."""
    plan = Plan(f"In {WORD}?", (Search(f"{WORD}?"),), (Filter(FilterKind.DOCUMENT, WORD, (GONE,), held=False),))
    part = replace(OTHER, found_for=f"{WORD}?")
    answer = replace(ANSWER, plan=plan, text="", quick_answer=None, citations=(), evidence=(part,))
    told = without_documents(answer, frozenset({GONE}))
    assert WORD not in answer_to_json(told)
    assert [each.chunk for each in told.evidence] == [OTHER.chunk]


def test_what_other_documents_gave_stays() -> None:
    told = without_documents(ANSWER, frozenset({GONE}))
    assert told.text == f"- Plain words. [2]\n\n{REMOVED_LINES}"
    assert told.citations[1] == ANSWER.citations[1]
    assert told.evidence[1] is OTHER
    assert (told.question, told.outcome, told.model) == ("Who?", Outcome.ANSWERED, "tiny")
    assert without_documents(ANSWER, frozenset({"c" * 64})) is ANSWER


def test_what_cited_it_says_a_removed_document() -> None:
    """The citation still leads to its passage, which has its scores but no words; unused passages are left out."""
    told = without_documents(ANSWER, frozenset({GONE}))
    (citation, _), (evidence, _), quick = told.citations, told.evidence, told.quick_answer
    assert quick is not None
    assert citation.document == evidence.document.name == quick.document == REMOVED_DOCUMENT
    assert citation.chunk_id == evidence.chunk.id == quick.chunk_id
    assert is_removed(citation.document_id)
    assert is_removed(quick.document_id)
    assert (evidence.scores, evidence.marker) == (SAID.scores, 1)
    assert not is_removed(told.citations[1].document_id)


def test_a_text_that_read_nothing_of_it_stays() -> None:
    """It was among what was found, but the model was not given it."""
    answer = replace(ANSWER, quick_answer=None, citations=ANSWER.citations[1:], evidence=(OTHER, UNUSED))
    told = without_documents(answer, frozenset({GONE}))
    assert told.text == ANSWER.text
    assert told.evidence == (OTHER,)


def test_a_text_without_any_marker_goes_where_the_model_had_read_it() -> None:
    told = without_documents(replace(ANSWER, text=f"{WORD}, surely.", citations=()), frozenset({GONE}))
    assert told.text == REMOVED_LINES


def test_a_turn_is_retold_in_all_its_parts_and_can_be_retold_again() -> None:
    turn = Turn("t", "c", "Who?", "answered", ANSWER.text, ANSWER.citations, answer_to_json(ANSWER), "2026")
    told = retold(turn, frozenset({GONE}))
    assert WORD not in repr(told)
    assert answer_from_json(told.answer).citations == told.citations
    assert answer_from_json(told.answer).text == told.text
    assert "Plain" not in repr(retold(told, frozenset({KEPT})))


def test_a_turn_of_which_only_the_beginning_was_saved_is_retold_too() -> None:
    turn = Turn("t", "c", "Who?", None, ANSWER.text, ANSWER.citations[:1], "", "2026")
    told = retold(turn, frozenset({GONE}))
    assert WORD not in repr(told)
    assert told.text == f"- Plain words. [2]\n\n{REMOVED_LINES}"
