"""What a tab takes over a reload, and what it makes of a memo that somebody has changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.evidence import Mode
from storage.records import Collection
from tests.ui.tenancy import CHECK_IN, LEASE, UTILITIES
from ui.session import Session, Tab

DOCUMENTS = (LEASE, CHECK_IN, UTILITIES)
HOUSE = Collection("house", "House move", "")
MOVED = (replace(LEASE, collection="house"), replace(CHECK_IN, collection="house"), UTILITIES)


def test_a_memo_brings_back_all_that_was_chosen_and_looked_at() -> None:
    left = Session(conversation_id="c", mode=Mode.FAST, excluded={LEASE.id}, tab=Tab.PAGE, turn_id="t", chunk_id="k")
    left.page, left.collection, left.chosen_in = 4, "house", {"c": "house", "d": "taxes"}
    taken_up = Session()
    taken_up.recall(left.memo())
    assert taken_up == left


@pytest.mark.parametrize(
    "memo",
    [
        *("", "{", "[]", "null", "7", '{"excluded": [1]}', '{"page": -1, "tab": "x", "turn": [], "chunk": {}}'),
        '{"conversation": 3, "mode": "x", "excluded": 5, "tab": 1, "page": "4"}',
        *('{"collection": 3, "collections": []}', '{"collection": {}, "collections": {"c": 1}}'),
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


def test_the_scope_keeps_to_the_collection_that_is_looked_at() -> None:
    """And to the ticked ones in it; what is ticked elsewhere does not count."""
    session = Session(collection="house")
    assert session.listed(MOVED, (HOUSE,)) == MOVED[:2]
    assert session.scope(MOVED, (HOUSE,)) == {LEASE.id, CHECK_IN.id}
    session.excluded = {LEASE.id, UTILITIES.id}
    assert session.scope(MOVED, (HOUSE,)) == {CHECK_IN.id}


def test_an_empty_collection_is_not_the_whole_library() -> None:
    assert Session(collection="house").scope(DOCUMENTS, (HOUSE,)) == frozenset()


def test_a_collection_that_was_deleted_elsewhere_is_no_longer_looked_at() -> None:
    session = Session(collection="house")
    assert session.listed(DOCUMENTS) == DOCUMENTS
    assert session.scope(DOCUMENTS) is None


def test_each_conversation_remembers_its_collection() -> None:
    session = Session(conversation_id="c")
    session.choose("house")
    assert session.chosen_in == {"c": "house"}
    session.choose(None)
    assert session.chosen_in == {}
