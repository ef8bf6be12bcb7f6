"""A stored answer comes back as it was: every field, every kind of value."""

from __future__ import annotations

import json
from dataclasses import replace

from rag.evidence import (
    Answer,
    Caveat,
    Evidence,
    LeftOut,
    Outcome,
    QuickAnswer,
    Scores,
    Seconds,
    Span,
    StageScore,
    Strength,
)
from rag.planning.plan import Filter, FilterKind, Plan, Search, SearchKind
from rag.serialize import answer_from_json, answer_to_json
from storage.records import Chunk, Citation, Document, PageUnit

DOCUMENT = Document("d" * 64, "Lease.pdf", "Lease", "application/pdf", 9, PageUnit.PAGE, 3, 2, "2026-11-20T00:00:00Z")
CHUNK = Chunk("c-0", DOCUMENT.id, 0, 2, "p. 2", "Term", "Lease › Term", "Two months’ notice.", 4, 23)
SCORES = Scores(StageScore(1, 0.7), StageScore(2, 0.0), StageScore(1, 0.03), StageScore(1, 0.9), StageScore(2, 0.02))
WIDER = replace(CHUNK, text="So: Two months’ notice. In writing.", char_start=0, char_end=35)
SPANS = (Span(0, 3), Span(4, 10))
EVIDENCE = Evidence(CHUNK, SCORES, SPANS, DOCUMENT, Strength.STRONG, 1, found_for="How long?", wider=WIDER)
UNUSED = Evidence(CHUNK, Scores(), (), DOCUMENT, Strength.WEAK, None, LeftOut.DUPLICATE)
QUICK = QuickAnswer("Two months’ notice.", "c-0", "Lease.pdf", DOCUMENT.id, 2, "p. 2", 4, 23, 0.9)
CITATION = Citation(1, "c-0", DOCUMENT.id, "Lease.pdf", 2, "p. 2", "Two months’ notice.", 4, 23)
PLAN = Plan(
    "How long is the notice?",
    (Search("How long is the notice?"), Search("Notice?", SearchKind.REPHRASED)),
    (Filter(FilterKind.DOCUMENT, "Lease.pdf", (DOCUMENT.id,), held=False), Filter(FilterKind.YEAR, "2023")),
    respelled=True,
    looked_back=True,
)
ANSWER = Answer(
    question="How long?",
    searched_for="How long is the notice?",
    outcome=Outcome.CUT_OFF,
    text="Two months.[1]",
    quick_answer=QUICK,
    more_quotes=(replace(QUICK, found_for="And why?"),),
    plan=PLAN,
    answerable_parts=(0.8, 0.1),
    citations=(CITATION,),
    evidence=(EVIDENCE, UNUSED),
    answerable=0.8,
    model="tiny",
    warnings=(Caveat.PROMPT_CUT,),
    seconds=Seconds(0.01, 0.02, 0.03, 0.06, 1.0, 2.0),
    searched=3,
    in_library=5,
    problem="A sentence.",
)


def _as_text(answer: Answer) -> str:
    return answer_to_json(answer)


def test_a_full_answer_survives_the_way_to_disk_and_back() -> None:
    """Nothing is lost: what comes back would be stored as the same text, with the same types."""
    back = answer_from_json(_as_text(ANSWER))
    assert _as_text(back) == _as_text(ANSWER)
    assert isinstance(back.outcome, Outcome)
    assert back.citations == ANSWER.citations
    assert back.evidence[0].scores == SCORES
    assert back.evidence[0].document == DOCUMENT
    assert back.evidence[0].read == WIDER
    assert back.evidence[1].left_out is LeftOut.DUPLICATE
    assert back.seconds == ANSWER.seconds
    assert (back.plan, back.more_quotes, back.answerable_parts) == (PLAN, ANSWER.more_quotes, (0.8, 0.1))


def test_an_answer_of_an_earlier_version_comes_back() -> None:
    """It says nothing of plans and parts."""
    plain = json.loads(_as_text(ANSWER))
    for name in ("plan", "more_quotes", "answerable_parts"):
        del plain[name]
    del plain["evidence"][0]["found_for"], plain["evidence"][0]["scores"]["merged"]
    back = answer_from_json(json.dumps(plain))
    assert (back.plan, back.more_quotes, back.evidence[0].found_for) == (None, (), "")
    assert back.text == ANSWER.text


def test_an_answer_without_a_quick_answer_survives_too() -> None:
    """None stays None."""
    bare = Answer("Why?", "Why?", Outcome.ABSTAINED)
    assert _as_text(answer_from_json(_as_text(bare))) == _as_text(bare)
