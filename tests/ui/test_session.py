"""What a tab takes over a reload, and what it makes of a memo that somebody has changed."""

from __future__ import annotations

import pytest

from rag.evidence import Mode
from tests.ui.tenancy import CHECK_IN, LEASE, UTILITIES
from ui.session import Session, Tab

DOCUMENTS = (LEASE, CHECK_IN, UTILITIES)


def test_a_memo_brings_back_all_that_was_chosen_and_looked_at() -> None:
    left = Session(conversation_id="c", mode=Mode.FAST, excluded={LEASE.id}, tab=Tab.PAGE, turn_id="t", chunk_id="k")
    left.page = 4
    taken_up = Session()
    taken_up.recall(left.memo())
    assert taken_up == left


@pytest.mark.parametrize(
    "memo",
    [
        *("", "{", "[]", "null", "7", '{"excluded": [1]}', '{"page": -1, "tab": "x", "turn": [], "chunk": {}}'),
        '{"conversation": 3, "mode": "x", "excluded": 5, "tab": 1, "page": "4"}',
    ],
)
def test_a_memo_that_cannot_be_read_is_forgotten(memo: str) -> None:
    session = Session()
    session.recall(memo)
    assert session == Session()


def test_the_scope_is_everything_until_something_is_left_out() -> None:
    session = Session()
    assert session.scope(DOCUMENTS) is None
    session.excluded = {"a document long gone"}
    assert session.scope(DOCUMENTS) is None
    session.excluded = {LEASE.id}
    assert session.scope(DOCUMENTS) == frozenset({CHECK_IN.id, UTILITIES.id})
