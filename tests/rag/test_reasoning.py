"""Reasoning that opens an answer is never taken for the answer, however it comes in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.reasoning import Aloud, ReplyText, ReplyThinking


def parted(*pieces: str) -> tuple[str, str]:
    """The answer and the reasoning of a reply that comes in these pieces."""
    aloud = Aloud()
    parts = [part for piece in pieces for part in aloud.feed(piece)] + aloud.finish()
    text, thought = ("".join(p.text for p in parts if isinstance(p, kind)) for kind in (ReplyText, ReplyThinking))
    return text, thought


REPLIES = [
    ("<think>Hm. Sixty?</think>\n\nSixty days [1].", "Sixty days [1].", "Hm. Sixty?"),
    ("\n<think>\nHm.\n</think>Yes.", "Yes.", "\nHm.\n"),
    ("<think></think>Yes.", "Yes.", ""),
    ("<think>Hm. It never ends", "", "Hm. It never ends"),
    ("<think>a </thin b</think>c", "c", "a </thin b"),
    ("<think>a</think>", "", "a"),
    ("<think>ends in a mark </thi", "", "ends in a mark </thi"),
    ("Yes.", "Yes.", ""),
    ("  Yes.\n", "  Yes.\n", ""),
    ("<b>Yes</b>", "<b>Yes</b>", ""),
    ("Write <think>a</think> here.", "Write <think>a</think> here.", ""),
    ("<thin", "<thin", ""),
    ("<think>a</think>The mark is <think>.", "The mark is <think>.", "a"),
    ("", "", ""),
    (" \n", " \n", ""),
]


@pytest.mark.parametrize(("reply", "text", "thought"), REPLIES)
def test_reasoning_and_answer_are_parted(reply: str, text: str, thought: str) -> None:
    """Letter by letter as in one piece; without the marks at its beginning, a reply is left as it is."""
    assert parted(reply) == parted(*reply) == (text, thought)


@given(st.lists(st.sampled_from(["<think>", "</think>", "<", "think", "</th", "ink>", ">", "/", " ", "\n", "word"])))
def test_how_a_reply_is_cut_changes_nothing(pieces: list[str]) -> None:
    assert parted(*pieces) == parted("".join(pieces)) == parted(*"".join(pieces))


def test_nothing_is_held_back_without_need() -> None:
    aloud = Aloud()
    assert aloud.feed("<think>Hm") == [ReplyThinking("Hm")]
    assert aloud.feed(". </") == [ReplyThinking(". ")]
    assert aloud.feed("think>\nYes") == [ReplyText("Yes")]
    assert aloud.feed(" <") == [ReplyText(" <")]
