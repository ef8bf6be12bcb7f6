"""Both arms find what exists, within the scope, and a score is one number by whatever way it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.storage.made import id_of, made, unit_vector

if TYPE_CHECKING:
    from storage.library import Library

WORDS = np.array([f"word{number}" for number in range(400)])
FREQUENCIES = 1 / np.arange(1, 401)
QUESTION = "word3 word17 word90 word200 word399"


def _texts(name: str, count: int) -> list[str]:
    """Passages of different lengths, whose words are as unequal as those of a language."""
    random = np.random.default_rng(len(name) * 1000 + count + sum(map(ord, name)))
    share = FREQUENCIES / FREQUENCIES.sum()
    return [" ".join(random.choice(WORDS, random.integers(20, 80), p=share)) for _ in range(count)]


@pytest.fixture
def filled(library: Library) -> Library:
    """A library with indexed documents, a removed one, and two lots that the index does not cover yet."""
    library.add([made(name, _texts(name, 60)) for name in ("one", "two", "three")])
    library.tidy()
    library.add([made("four", _texts("four", 60)), made("gone", _texts("gone", 60))])
    library.tidy()
    library.remove(id_of("gone"))
    library.add([made("five", _texts("five", 40))])
    library.add([made("six", _texts("six", 40))])
    return library


def test_nearest_first_by_cosine(library: Library) -> None:
    new = made("book", _texts("book", 50))
    library.add([new])
    question = unit_vector(1)
    found = library.dense(question, 10)
    true = {encoded.chunk.id: float(encoded.vector @ question) for encoded in new.chunks}
    assert [chunk_id for chunk_id, _ in found] == sorted(true, key=lambda id_: -true[id_])[:10]
    assert [score for _, score in found] == pytest.approx([true[chunk_id] for chunk_id, _ in found], abs=1e-5)


def test_scope_is_applied_before_the_search(filled: Library) -> None:
    """A small scope still fills the list, though all of it ranks low in the whole library."""
    for name in ("two", "six"):
        scope = frozenset({id_of(name)})
        assert len(filled.dense(unit_vector(1), 20, scope)) == 20
        assert len(filled.keyword("word0 word1 word2", 20, scope)) == 20
        chunks = filled.fetch(chunk_id for chunk_id, _ in filled.dense(unit_vector(1), 20, scope))
        assert {encoded.chunk.document_id for encoded in chunks.values()} == scope


def test_a_scope_of_nothing_finds_nothing(filled: Library) -> None:
    for scope in (frozenset[str](), frozenset({id_of("gone")}), frozenset({"no such id"})):
        assert filled.dense(unit_vector(1), 10, scope) == []
        assert filled.keyword(QUESTION, 10, scope) == []


def test_a_keyword_score_is_one_number_whatever_the_route(filled: Library) -> None:
    everything = dict(filled.keyword(QUESTION, 1000))
    documents = [document.id for document in filled.documents()]
    assert filled._snapshot().fresh == {id_of("five"), id_of("six")}
    assert dict(filled.keyword(QUESTION, 7)).items() <= everything.items()
    for document_id in documents:
        of_one = dict(filled.keyword(QUESTION, 1000, frozenset({document_id})))
        assert of_one
        assert of_one.items() <= everything.items()
        among = sorted(chunk.id for chunk in filled.document_chunks(document_id))[::3]
        asked = dict(filled.keyword(QUESTION, 1000, None, among))
        assert asked == {chunk_id: everything[chunk_id] for chunk_id in among if chunk_id in everything}


def test_among_combines_with_a_scope(filled: Library) -> None:
    among = [chunk.id for name in ("one", "six") for chunk in filled.document_chunks(id_of(name))]
    scope = frozenset({id_of("six"), id_of("two")})
    found = [chunk_id for chunk_id, _ in filled.keyword(QUESTION, 1000, scope, among)]
    assert found
    assert all(chunk_id.startswith(id_of("six")[:16]) for chunk_id in found)
    assert filled.keyword(QUESTION, 10, None, []) == []


def test_indexing_loses_and_doubles_nothing(filled: Library) -> None:
    before = [chunk_id for chunk_id, _ in filled.keyword(QUESTION, 1000)]
    filled.tidy()
    assert filled._snapshot().fresh == frozenset()
    after = [chunk_id for chunk_id, _ in filled.keyword(QUESTION, 1000)]
    assert sorted(before) == sorted(after)
    assert len(set(after)) == len(after)


def test_best_first_and_never_more_than_asked_for(filled: Library) -> None:
    for found in (filled.keyword(QUESTION, 15), filled.dense(unit_vector(2), 15)):
        scores = [score for _, score in found]
        assert len(scores) == 15
        assert scores == sorted(scores, reverse=True)


def test_words_are_found_in_their_other_forms_and_in_the_heading(library: Library) -> None:
    new = made("lease", ["Running costs are shared", "Café Münch opens at noon"])
    library.add([new])
    for question in ("run", "cost sharing", "cafe", "MÜNCH", "what does it cost?"):
        assert len(library.keyword(question, 10)) == 1, question


@pytest.mark.parametrize(
    "question",
    [
        "",
        " ",
        "the",
        '"',
        '"exact phrase',
        '"lazy dog"',
        "a AND (b",
        "NOT dog",
        "foo:bar",
        "dog*",
        "+dog -fox",
        "日本語",
        *("' OR 1=1 --", "dog~2", "[dog TO fox]", "dog^9", "\\", "{}", "dog\x00fox", "🦊", "x" * 5000, "dog " * 500),
    ],
)
def test_a_question_is_words_and_nothing_else(library: Library, question: str) -> None:
    """Nothing in it is an operator and nothing in it is an error, indexed or not."""
    library.add([made("tale", ["the quick fox jumps over the lazy dog"])])
    assert len(library.keyword(question, 10)) <= 1
    library.tidy()
    assert len(library.keyword(question, 10)) == (1 if "dog" in question.lower() else 0)


def test_a_phrase_of_thousands_of_words_is_looked_up_by_a_few_and_compared_whole(library: Library) -> None:
    """All of them in one query would end the process where the index does not cover a passage yet."""
    phrase = " ".join(f"word{number}" for number in range(3000))
    library.add([made("tale", [phrase, phrase.replace("word7 ", "word8 ")])])
    assert library.holding(phrase) == {f"{id_of('tale')[:16]}-0"}
    library.tidy()
    assert library.holding(phrase) == {f"{id_of('tale')[:16]}-0"}


def test_a_chunk_id_is_a_value_and_nothing_else(library: Library) -> None:
    library.add([made("tale", ["a fox"])])
    assert library.fetch(["x' OR '1'='1"]) == {}
    assert library.keyword("fox", 10, None, ["x' OR '1'='1"]) == []
