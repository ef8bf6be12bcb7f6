"""Conversations, answers as they grow, and feedback outlive the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from storage.errors import ConversationNotFound, TurnNotFound
from storage.library import Library
from storage.records import Citation
from tests.storage.made import MODEL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from storage.conversations import ConversationStore

CITATIONS = (
    Citation(1, "c-0", "d", "lease.pdf", 6, "p. 6", "The rent is 950 euros.", 10, 32),
    Citation(2, "c-9", "d", "notes.txt", None, "§ Rent", "It rose.", 0, 8),
)


@pytest.fixture
def store(library: Library) -> Iterator[ConversationStore]:
    return library.conversations


def test_a_conversation_is_begun_renamed_and_forgotten(store: ConversationStore) -> None:
    conversation = store.create("Rent")
    assert store.list() == (conversation,)
    store.rename(conversation.id, "The rent")
    assert [kept.title for kept in store.list()] == ["The rent"]
    store.delete(conversation.id)
    assert store.list() == ()


def test_the_conversation_last_asked_in_comes_first(store: ConversationStore) -> None:
    first, second = store.create("first"), store.create("second")
    assert [kept.id for kept in store.list()] == [second.id, first.id]
    store.add_turn(first.id, "And now?")
    assert [kept.id for kept in store.list()] == [first.id, second.id]


def test_a_question_is_kept_before_there_is_an_answer(store: ConversationStore) -> None:
    conversation = store.create("Rent")
    turn = store.add_turn(conversation.id, "How high is the rent?")
    assert store.turns(conversation.id) == (turn,)
    assert store.turn(turn.id) == turn
    assert (turn.outcome, turn.text, turn.citations) == (None, "", ())


def test_an_answer_is_kept_as_it_grows(store: ConversationStore) -> None:
    conversation = store.create("Rent")
    turn = store.add_turn(conversation.id, "How high is the rent?")
    store.save_turn(turn.id, text="950 euros [1]", citations=CITATIONS[:1])
    (growing,) = store.turns(conversation.id)
    assert (growing.text, growing.citations, growing.outcome) == ("950 euros [1]", CITATIONS[:1], None)
    store.save_turn(turn.id, text="950 euros [1][2].", citations=CITATIONS, outcome="answered", answer_json='{"a": 1}')
    (whole,) = store.turns(conversation.id)
    assert (whole.text, whole.citations, whole.outcome) == ("950 euros [1][2].", CITATIONS, "answered")
    assert whole.answer == '{"a": 1}'


def test_an_answer_nobody_wants_any_more_is_dropped(store: ConversationStore) -> None:
    conversation = store.create("Rent")
    turn = store.add_turn(conversation.id, "How high is the rent?")
    store.delete(conversation.id)
    store.save_turn(turn.id, text="950 euros", citations=CITATIONS)
    assert store.turns(conversation.id) == ()


def test_turns_stay_in_the_order_they_were_asked(store: ConversationStore) -> None:
    conversation, other = store.create("Rent"), store.create("Other")
    for question in ("a", "b", "c"):
        store.add_turn(conversation.id, question)
        store.add_turn(other.id, "x")
    assert [turn.question for turn in store.turns(conversation.id)] == ["a", "b", "c"]


def test_unfinished_answers_are_ended_at_the_next_start(data_folder: Path) -> None:
    library = Library.open(data_folder, MODEL)
    conversation = library.conversations.create("Rent")
    done, cut = (library.conversations.add_turn(conversation.id, question) for question in ("a", "b"))
    library.conversations.save_turn(done.id, text="yes", outcome="answered")
    library.conversations.save_turn(cut.id, text="half an ans", citations=CITATIONS)
    library.close()
    again = Library.open(data_folder, MODEL)
    assert again.conversations.end_unfinished("interrupted") == 1
    turns = again.conversations.turns(conversation.id)
    assert [(turn.outcome, turn.text) for turn in turns] == [("answered", "yes"), ("interrupted", "half an ans")]
    assert turns[1].citations == CITATIONS
    again.close()


def test_the_last_word_of_feedback_counts(store: ConversationStore) -> None:
    conversation = store.create("Rent")
    turn = store.add_turn(conversation.id, "How high is the rent?")
    store.give_feedback(turn.id, helpful=True)
    store.give_feedback(turn.id, helpful=False)
    assert {given.turn_id: given.helpful for given in store.feedback(conversation.id).values()} == {turn.id: False}
    store.withdraw_feedback(turn.id)
    assert store.feedback(conversation.id) == {}


def test_feedback_on_nothing_is_no_feedback(store: ConversationStore) -> None:
    conversation = store.create("Rent")
    store.give_feedback("no such turn", helpful=True)
    assert store.feedback(conversation.id) == {}


def test_a_conversation_that_is_gone_is_an_error_of_its_own(store: ConversationStore) -> None:
    for attempt in (store.delete, lambda id_: store.rename(id_, "x"), lambda id_: store.add_turn(id_, "x")):
        with pytest.raises(ConversationNotFound):
            attempt("no such conversation")


def test_a_turn_that_is_gone_is_an_error_of_its_own(store: ConversationStore) -> None:
    with pytest.raises(TurnNotFound):
        store.turn("no such turn")


def test_what_is_deleted_cannot_be_read_from_the_file(library: Library) -> None:
    conversation = library.conversations.create("Rent")
    turn = library.conversations.add_turn(conversation.id, "an unmistakable question")
    library.conversations.save_turn(turn.id, text="an unforgettable answer", outcome="answered")
    library.conversations.delete(conversation.id)
    library.tidy()
    for file in library.folder.glob("footnote.db*"):
        assert b"unmistakable" not in file.read_bytes()
        assert b"unforgettable" not in file.read_bytes()
