"""A newcomer's whole way works from the command line, in a careless environment and without a network."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def test_every_command_ends_well(journey: dict[str, Any]) -> None:
    """Each of them, from adding to removing."""
    assert [(done["command"], done["errors"]) for done in journey["done"] if done["code"] != 0] == []


def test_the_suggested_questions_are_worth_asking(journey: dict[str, Any], samples: Path) -> None:
    """Each finds the document that was written to answer it, and quotes from it."""
    suggested = json.loads((samples.parent / "sample_questions.json").read_text(encoding="utf-8"))
    (asked,) = (done for done in journey["done"] if done["command"].startswith("ask"))
    quoted = [(row["quick_answer"] or {}).get("document") for row in asked["rows"]]
    assert quoted == [next(iter(row["documents"]), None) for row in suggested]


def test_nobody_is_shown_a_traceback(journey: dict[str, Any]) -> None:
    """Neither by a command nor by the page's server."""
    errors = [done["errors"] for done in (*journey["done"], journey["page"], journey["visit"])]
    assert [text for text in errors if "Traceback" in text or "Warning:" in text] == []


def test_the_page_stops_when_asked(journey: dict[str, Any]) -> None:
    """Ctrl+C just after the first page, while models are still being loaded, is no crash; nor is it after an answer."""
    assert journey["page"]["status"] == 200
    for ended in (journey["page"], journey["visit"]):
        assert ended["code"] >= 0, ended["errors"]
        assert "terminate called" not in ended["errors"]
