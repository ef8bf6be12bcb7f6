"""The reranker orders by the probability that it shows, and knows when a passage has nothing to do with a question."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from rag.answerability import answerable, best_passage_signs, rivalry_signs
from rag.calibration import coefficients, evidence_of, strength_of
from rag.encoder import Encoder
from rag.evidence import CANDIDATES, Candidate, Mode, Scores, StageScore, Strength
from rag.reranker import COMPUTED, LateInteractionReranker, rank, with_token_vectors
from rag.retriever import as_passage, candidate_of
from tests.rag.passages import ALL, NOTICE, RECIPE, TRAIN, candidates, ids

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from storage.records import EncodedChunk

QUESTION = "How long is the notice period?"
ELSEWHERE = "What is the boiling point of tungsten?"


@pytest.fixture(scope="module")
def encoder(model_cache: Path) -> Encoder:
    return Encoder.load(model_cache)


def ranked(
    encoder: Encoder, question: str, texts: Mapping[str, str], keyword: Mapping[str, float] | None = None
) -> tuple[Candidate, ...]:
    encoded = encoder.encode_question(question)
    return rank(encoded, candidates(encoder, encoded, texts, keyword))


def probability(candidate: Candidate) -> float:
    assert candidate.scores.rerank is not None
    return candidate.scores.rerank.value


def test_the_passage_that_answers_comes_first_and_is_strong(encoder: Encoder) -> None:
    first, *others = ranked(encoder, QUESTION, ALL, {"notice": 6.0, "deposit": 0.5})

    assert first.chunk.chunk.id == "notice"
    assert strength_of(probability(first)) is Strength.STRONG
    assert all(strength_of(probability(other)) is Strength.WEAK for other in others)


def test_order_and_shown_probability_agree(encoder: Encoder) -> None:
    """Ranks count from 1, probabilities never rise on the way down, and every other score is kept."""
    result = ranked(encoder, QUESTION, ALL, {"notice": 6.0})

    values = [probability(candidate) for candidate in result]
    assert values == sorted(values, reverse=True)
    assert all(0.0 <= value <= 1.0 for value in values)
    assert [c.scores.rerank.rank for c in result if c.scores.rerank] == [1, 2, 3, 4, 5]
    assert all(c.scores.dense and c.scores.keyword and c.scores.fused for c in result)


@pytest.mark.parametrize("text", [TRAIN, RECIPE, "", "..."])
def test_a_library_of_one_irrelevant_passage_scores_weak(encoder: Encoder, text: str) -> None:
    """Also where it shares a common word with the question, which in so small a library gives a BM25 of its own."""
    [only] = ranked(encoder, QUESTION, {"only": text}, {"only": 0.3})

    assert strength_of(probability(only)) is Strength.WEAK


def test_a_library_of_one_right_passage_does_not_score_weak(encoder: Encoder) -> None:
    [only] = ranked(encoder, QUESTION, {"only": NOTICE}, {"only": 0.9})

    assert strength_of(probability(only)) is not Strength.WEAK


def test_every_passage_is_weak_for_a_question_about_something_else(encoder: Encoder) -> None:
    result = ranked(encoder, ELSEWHERE, ALL, {"recipe": 1.5})

    assert {strength_of(probability(candidate)) for candidate in result} == {Strength.WEAK}


def test_in_a_language_that_the_model_does_not_know_the_words_count_more(encoder: Encoder) -> None:
    """The same hit of the keyword search is worth more in German than in English."""

    def gained(question: str, text: str) -> float:
        encoded = encoder.encode_question(question)
        alone, hit = (
            candidates(encoder, encoded, {"text": text, "other": TRAIN}, keyword)
            for keyword in ({"other": 9.0}, {"other": 9.0, "text": 9.0})
        )
        return float((evidence_of(encoded, hit) - evidence_of(encoded, alone))[0])

    assert gained(QUESTION, NOTICE) == pytest.approx(0.2)
    assert gained("Wie lang ist die Kündigungsfrist?", "Die Kündigungsfrist beträgt drei Monate.") > 0.6


def test_every_score_that_is_shown_was_used(encoder: Encoder) -> None:
    """More of either earlier score, all else equal, makes a passage more probable."""
    question = encoder.encode_question(QUESTION)
    given = candidates(encoder, question, ALL, {"recipe": 5.0})
    before = {c.chunk.chunk.id: probability(c) for c in rank(question, given)}
    for stage in ("dense", "keyword"):
        changed = [
            replace(c, scores=replace(c.scores, **{stage: StageScore(1, 4.0 if stage == "keyword" else 0.9)}))
            if c.chunk.chunk.id == "deposit"
            else c
            for c in given
        ]
        after = {c.chunk.chunk.id: probability(c) for c in rank(question, changed)}
        assert after["deposit"] > before["deposit"]


def test_equal_passages_keep_the_order_they_came_in(encoder: Encoder) -> None:
    """The fused order decides between equals, so no run differs from the next."""
    result = ranked(encoder, QUESTION, {"b": NOTICE, "a": NOTICE, "c": NOTICE})

    assert ids(result) == ["b", "a", "c"]


def test_langchain_s_compressor_gives_the_same_and_leaves_its_input_alone(encoder: Encoder) -> None:
    question = encoder.encode_question(QUESTION)
    given = candidates(encoder, question, ALL, {"notice": 6.0})
    passages = [as_passage(candidate) for candidate in given]
    reranker = LateInteractionReranker(encode=encoder.encode_question, complete=encoder.with_token_vectors)

    compressed = reranker.compress_documents(passages, QUESTION)

    expected = rank(question, given)
    assert [candidate_of(passage).scores for passage in compressed] == [candidate.scores for candidate in expected]
    assert compressed[0].page_content == NOTICE
    assert [candidate_of(passage) for passage in passages] == given
    assert all(candidate.scores.rerank is None for candidate in given)


def test_token_vectors_that_are_not_kept_are_computed_and_give_the_same_scores(encoder: Encoder) -> None:
    """Whether they are missing for all candidates or for some; what comes out has them, for all that follows."""
    question = encoder.encode_question(QUESTION)
    given = candidates(encoder, question, ALL, {"notice": 6.0})
    expected = rank(question, given)
    for lacking in (set(ALL), {"notice", "train"}):
        bare = [_bare(each) if each.chunk.chunk.id in lacking else each for each in given]

        found = rank(question, with_token_vectors(bare, encoder.with_token_vectors))

        assert ids(found) == ids(expected)
        assert [probability(each) for each in found] == pytest.approx(
            [probability(each) for each in expected], abs=0.02
        )
        assert all(each.chunk.tokens is not None for each in found)


def test_nothing_is_computed_where_all_is_kept(encoder: Encoder) -> None:
    given = candidates(encoder, encoder.encode_question(QUESTION), ALL)

    assert with_token_vectors(given, _refuse) == given


def test_so_many_are_computed_and_what_comes_behind_them_is_left_out(encoder: Encoder) -> None:
    """Unless it has kept its own."""
    question = encoder.encode_question(QUESTION)
    many = {f"{number}": f"Clause {number}: {NOTICE}" for number in range(COMPUTED + 5)}
    given = candidates(encoder, question, many)
    bare = [*map(_bare, given[:-1]), given[-1]]

    found = with_token_vectors(bare, encoder.with_token_vectors)

    assert ids(found) == [*(f"{number}" for number in range(COMPUTED)), f"{COMPUTED + 4}"]


def _bare(candidate: Candidate) -> Candidate:
    """The candidate as a library has it that keeps no token vectors."""
    return replace(candidate, chunk=replace(candidate.chunk, tokens=None))


def _refuse(_: object) -> list[EncodedChunk]:
    raise AssertionError


def test_nothing_in_nothing_out(encoder: Encoder) -> None:
    question = encoder.encode_question(QUESTION)
    reranker = LateInteractionReranker(encode=encoder.encode_question, complete=encoder.with_token_vectors)

    assert rank(question, []) == ()
    assert reranker.compress_documents([], QUESTION) == []


def test_a_question_without_words_is_answered_by_nothing(encoder: Encoder) -> None:
    result = ranked(encoder, "???", ALL)

    assert {strength_of(probability(candidate)) for candidate in result} == {Strength.WEAK}


def test_whether_the_answer_is_there_is_told_from_the_pattern_of_scores(encoder: Encoder) -> None:
    """High with the passage that answers, low without it, low for something else, nothing for an empty library."""
    keyword = {"notice": 6.0, "deposit": 0.5}
    without = {id_: text for id_, text in ALL.items() if id_ != "notice"}
    there, absent, elsewhere = (
        answerable(encoder.encode_question(question), ranked(encoder, question, texts, keyword))
        for question, texts in ((QUESTION, ALL), (QUESTION, without), (ELSEWHERE, ALL))
    )

    assert there > 0.7
    assert absent < there - 0.3
    assert elsewhere < 0.1
    assert answerable(encoder.encode_question(QUESTION), []) == 0.0


def test_a_passage_that_lacks_a_name_of_the_question_answers_it_less(encoder: Encoder) -> None:
    """Everything else is as it was."""
    question = encoder.encode_question("How long is the notice period in Ulaanbaatar?")
    with_name = {**ALL, "notice": f"{ALL['notice']} So it is in Ulaanbaatar."}
    (lacking, *_), (having, *_) = (ranked(encoder, question.text, texts) for texts in (ALL, with_name))

    assert best_passage_signs(question, [lacking])[1] > 0.2
    assert best_passage_signs(question, [having])[1] == 0


def test_the_passage_that_answers_may_come_second(encoder: Encoder) -> None:
    """Where the first one lacks the name that was asked for, the next has a say too."""
    question = encoder.encode_question("How long is the notice period in Ulaanbaatar?")
    named = {**ALL, "named": f"{ALL['notice']} So it is in Ulaanbaatar."}
    found = {one.chunk.chunk.id: one for one in ranked(encoder, question.text, named)}
    named_one, lacking = found.pop("named"), found.pop("notice")
    alike = replace(lacking, scores=named_one.scores)

    first = answerable(question, [named_one, alike, *found.values()])
    second = answerable(question, [alike, named_one, *found.values()])

    assert first == pytest.approx(second)
    assert second > answerable(question, [alike, alike, *found.values()])


def test_whether_the_answer_is_there_is_not_the_top_probability_alone(encoder: Encoder) -> None:
    """Rivals as good as the best passage make it less certain that any of them answers."""
    question = encoder.encode_question(QUESTION)
    best, *others = ranked(encoder, QUESTION, ALL, {"notice": 6.0})
    rivals = [
        replace(other, scores=replace(other.scores, rerank=StageScore(place, probability(best))))
        for place, other in enumerate(others, start=2)
    ]

    assert answerable(question, [best, *rivals]) < answerable(question, [best, *others])


def test_scores_that_are_missing_count_as_nothing(encoder: Encoder) -> None:
    question = encoder.encode_question(QUESTION)
    bare = [replace(candidate, scores=Scores()) for candidate in candidates(encoder, question, {"only": NOTICE})]

    assert 0.0 < probability(rank(question, bare)[0]) < 1.0


def test_every_mode_says_that_as_many_were_compared_in_a_large_library() -> None:
    """Else the same passages would be the likelier to answer, the fewer a mode looks at."""
    every = [np.linspace(2, -9, count) for count in CANDIDATES.values()]
    assert len({rivalry_signs(log_odds, coefficients(), more=True)[2] for log_odds in every}) == 1
    small = rivalry_signs(np.linspace(2, -9, CANDIDATES[Mode.FAST]), coefficients())
    assert small[2] < rivalry_signs(np.linspace(2, -9, CANDIDATES[Mode.BALANCED]), coefficients())[2]
