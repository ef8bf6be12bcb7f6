"""Answers as JSON and back: how a turn remembers everything that was shown with it.

The form is private to this program (the command line has its own contract, see ``ui/json_lines.py``). It holds no
vectors; nothing that was computed from vectors is computed again when an answer is read back.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

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
from storage.records import Chunk, Citation, Document, PageUnit

__all__ = ["answer_from_json", "answer_to_json"]


def answer_to_json(answer: Answer) -> str:
    """Return the answer as JSON text."""
    return json.dumps(asdict(answer), ensure_ascii=False)


def answer_from_json(text: str) -> Answer:
    """Return the answer that ``answer_to_json`` wrote."""
    plain = json.loads(text)
    quick = plain["quick_answer"]
    return Answer(
        **plain
        | {
            "outcome": Outcome(plain["outcome"]),
            "quick_answer": None if quick is None else QuickAnswer(**quick),
            "more_quotes": tuple(QuickAnswer(**each) for each in plain.get("more_quotes", ())),
            "plan": _plan(plain.get("plan")),
            "answerable_parts": tuple(plain.get("answerable_parts", ())),
            "citations": tuple(Citation(**each) for each in plain["citations"]),
            "evidence": tuple(_evidence(each) for each in plain["evidence"]),
            "warnings": tuple(Caveat(each) for each in plain["warnings"]),
            "seconds": Seconds(**plain["seconds"]),
        }
    )


def _evidence(plain: dict[str, Any]) -> Evidence:
    left_out, wider = plain["left_out"], plain.get("wider")
    return Evidence(
        chunk=Chunk(**plain["chunk"]),
        scores=Scores(**{stage: _stage_score(score) for stage, score in plain["scores"].items()}),
        highlights=tuple(Span(**span) for span in plain["highlights"]),
        document=_document(plain["document"]),
        strength=Strength(plain["strength"]),
        marker=plain["marker"],
        left_out=None if left_out is None else LeftOut(left_out),
        found_for=plain.get("found_for", ""),
        wider=None if wider is None else Chunk(**wider),
    )


def _plan(plain: dict[str, Any] | None) -> Plan | None:
    """What was searched for; answers of earlier versions say nothing of it."""
    if plain is None:
        return None
    return Plan(
        plain["question"],
        tuple(Search(each["text"], SearchKind(each["kind"])) for each in plain["searches"]),
        tuple(
            Filter(**each | {"kind": FilterKind(each["kind"]), "documents": tuple(each["documents"])})
            for each in plain["filters"]
        ),
        respelled=plain.get("respelled", False),
        looked_back=plain.get("looked_back", False),
    )


def _stage_score(plain: dict[str, Any] | None) -> StageScore | None:
    return None if plain is None else StageScore(**plain)


def _document(plain: dict[str, Any]) -> Document:
    unit = plain["unit"]
    unread = tuple(plain.get("unread", ()))
    return Document(**plain | {"unit": None if unit is None else PageUnit(unit), "unread": unread})
