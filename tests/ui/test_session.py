"""What a tab takes over a reload, and what it makes of a memo that somebody has changed."""

from __future__ import annotations

import pytest

from rag.evidence import Mode
from tests.ui.tenancy import CHECK_IN, LEASE, UTILITIES
from ui.session import Session

DOCUMENTS = (LEASE, CHECK_IN, UTILITIES)


def test_a_memo_brings_back_conversation_mode_and_scope() -> None:
    left = Session(conversation_id="c", mode=Mode.FAST, excluded={LEASE.id})
    taken_up = Session()
    taken_up.recall(left.memo())
    assert (taken_up.conversation_id, taken_up.mode, taken_up.excluded) == ("c", Mode.FAST, {LEASE.id})


@pytest.mark.parametrize(
    "memo", ["", "{", "[]", "null", "7", '{"conversation": 3, "mode": "x", "excluded": 5}', '{"excluded": [1]}']
)
def test_a_memo_that_cannot_be_read_is_forgotten(memo: str) -> None:
    session = Session()
    session.recall(memo)
    assert (session.conversation_id, session.mode, session.excluded) == (None, None, set())


def test_the_scope_is_everything_until_something_is_left_out() -> None:
    session = Session()
    assert session.scope(DOCUMENTS) is None
    session.excluded = {"a document long gone"}
    assert session.scope(DOCUMENTS) is None
    session.excluded = {LEASE.id}
    assert session.scope(DOCUMENTS) == frozenset({CHECK_IN.id, UTILITIES.id})
