"""A quick answer is a sentence of the document, word for word, and the right one."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
import pytest

from rag.encoder import Encoder
from rag.evidence import Candidate, Evidence, Scores, StageScore, Strength
from rag.quick_answer import best_sentence, quick_answer
from rag.reranker import rank
from storage.records import Document
from tests.rag.passages import ALL, NOTICE, candidates, chunk

if TYPE_CHECKING:
    from pathlib import Path

    from rag.encoder import EncodedQuestion
    from rag.evidence import QuickAnswer

QUESTION = "How long is the notice period?"
SENTENCE = "The notice period is three months to the end of a calendar month."
TABLE = """Item: Rent; Due: monthly; Amount: 950 €
Item: Water; Due: yearly; Amount: 120 €
Item: Heating; Due: monthly; Amount: 85 €"""

FORM = """Booking confirmation
Guest: Maria Oduya
Hotel: Seaview Lodge, Whitby
Arrival: 12 May 2025
Price: 480 GBP, paid in advance
Cancellation: free until 5 May 2025
Breakfast: included"""
CONTACTS = """Plumber Ann Reed 0171 555 22
Electrician Bo Lind 0171 555 23
Dentist Dr Ivy Chan 0171 555 24
Vet Max Frey 0171 555 25"""


@pytest.fixture(scope="module")
def encoder(model_cache: Path) -> Encoder:
    return Encoder.load(model_cache)


def candidate(encoder: Encoder, text: str, *, prefix: str = "", start: int = 0) -> Candidate:
    return Candidate(encoder.encode_chunks([chunk("c", text, prefix=prefix, start=start)])[0], Scores())


def found_for(question: EncodedQuestion, bare: Candidate) -> Candidate:
    """As both searches find a passage that has the words of the question."""
    cosine = float(np.dot(bare.chunk.vector, question.vector))
    return replace(bare, scores=Scores(dense=StageScore(1, cosine), keyword=StageScore(1, 5.0)))


def quoted(encoder: Encoder, question: str, text: str, prefix: str = "") -> str:
    """The sentence found in one passage."""
    span = best_sentence(encoder.encode_question(question), candidate(encoder, text, prefix=prefix))
    return text[span.start : span.end]


def evidence_of(found: Candidate) -> Evidence:
    of_it = found.chunk.chunk
    document = Document(of_it.document_id, "Lease.pdf", "Lease", "", 0, None, 1, 1, "2026-01-01T00:00:00Z")
    return Evidence(of_it, found.scores, (), document, Strength.STRONG, 1)


def quoted_first(encoder: Encoder, question: str, text: str, prefix: str = "") -> str | None:
    """What is quoted straight from one passage that certainly answers."""
    found = candidate(encoder, text, prefix=prefix)
    sure = replace(found, scores=Scores(rerank=StageScore(1, 1.0)))
    answer = quick_answer(encoder.encode_question(question), [evidence_of(sure)], [sure])
    return None if answer is None else answer.text


def answered(encoder: Encoder, question: str) -> QuickAnswer | None:
    encoded = encoder.encode_question(question)
    ranked = rank(encoded, candidates(encoder, encoded, ALL, {"notice": 5.0}))
    return quick_answer(encoded, [evidence_of(one) for one in ranked], ranked)


def test_the_sentence_that_answers_is_quoted_with_its_place(encoder: Encoder) -> None:
    answer = answered(encoder, QUESTION)

    assert answer is not None
    assert answer.text == SENTENCE
    assert (answer.chunk_id, answer.document, answer.page, answer.place) == ("notice", "Lease.pdf", 1, "p. 1")
    assert 0.3 < answer.score <= 1.0


def test_offsets_count_in_the_page(encoder: Encoder) -> None:
    """``page.text[char_start:char_end]`` is the quote, wherever on the page the chunk stands."""
    page = f"Page header 😀\n\n{NOTICE}"
    start = page.index(NOTICE)
    question = encoder.encode_question(QUESTION)
    [ranked] = rank(question, [found_for(question, candidate(encoder, NOTICE, start=start))])

    answer = quick_answer(question, [evidence_of(ranked)], [ranked])

    assert answer is not None
    assert page[answer.char_start : answer.char_end] == answer.text == SENTENCE


def test_a_sentence_cannot_be_more_probable_than_its_passage(encoder: Encoder) -> None:
    question = encoder.encode_question(QUESTION)
    [ranked] = rank(question, [found_for(question, candidate(encoder, NOTICE))])
    answer = quick_answer(question, [evidence_of(ranked)], [ranked])

    assert answer is not None
    assert ranked.scores.rerank is not None
    assert 0.0 < answer.score <= ranked.scores.rerank.value


def test_the_row_that_a_question_names_stands_before_a_clause_about_the_same(encoder: Encoder) -> None:
    """Even where the reranker, which knows only whole passages, puts the clause first; not where it is sure of it."""
    clause = "The tenants pay for electricity, gas and internet from the day on which they move in."
    rows = "Month: April 2025; Electricity: 54.10; Gas: 52.64\nMonth: May 2025; Electricity: 49.87; Gas: 33.18"
    first, second = (
        Candidate(each, Scores()) for each in encoder.encode_chunks([chunk("a", clause), chunk("b", rows)])
    )
    question = encoder.encode_question("How much was the electricity bill in May?")
    quotes = []
    for probability in (0.14, 0.6):
        ranked = [
            replace(each, scores=Scores(rerank=StageScore(place, value)))
            for place, (each, value) in enumerate(((first, probability), (second, 0.08)), start=1)
        ]
        answer = quick_answer(question, [evidence_of(each) for each in ranked], ranked)
        assert answer is not None
        quotes.append(answer.text)
    assert quotes == ["Month: May 2025; Electricity: 49.87; Gas: 33.18", clause]


def test_no_passages_no_quick_answer(encoder: Encoder) -> None:
    assert quick_answer(encoder.encode_question(QUESTION), [], []) is None


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (QUESTION, SENTENCE),
        ("In what form must notice be given?", "Notice must be given in writing"),
        ("How soon does the landlord confirm?", "the landlord has to confirm it within ten days."),
    ],
)
def test_each_question_finds_its_own_sentence(encoder: Encoder, question: str, expected: str) -> None:
    assert expected in quoted(encoder, question, NOTICE)


def test_a_row_of_a_table_is_quoted_alone(encoder: Encoder) -> None:
    assert quoted(encoder, "How much is the water?", TABLE) == TABLE.splitlines()[1]
    assert quoted(encoder, "What does heating cost?", TABLE) == TABLE.splitlines()[2]


def test_rows_that_differ_in_one_word_are_told_apart_by_it(encoder: Encoder) -> None:
    """Every row has seen its neighbours, so that their meanings are nearly one; May is a name here, and no verb."""
    months = ("March", "April", "May", "June", "July", "August", "September")
    rows = [
        f"Month: {month} 2025; Electricity: £{50 + place}.10; Gas: £{70 - place}.20"
        for place, month in enumerate(months)
    ]
    for month, row in zip(months, rows, strict=True):
        assert quoted(encoder, f"How much did the gas cost in {month} 2025?", "\n".join(rows), "Bills") == row


def test_a_title_is_never_an_answer(encoder: Encoder) -> None:
    """It has the question's words, and nothing to say."""
    recipe = "Grandma's plum dumplings\n\nWrap a plum in each piece of dough. Boil for 12 minutes. Serve with butter."
    assert quoted_first(encoder, "How long do the plum dumplings boil?", recipe) == "Boil for 12 minutes."
    assert quoted(encoder, "Tell me of the plum dumplings", recipe) == "Wrap a plum in each piece of dough."
    assert quoted_first(encoder, "What about the bees?", "## Bees", prefix="notes › Bees") is None


def test_an_amount_or_a_time_is_looked_for_where_one_is_asked_for(encoder: Encoder) -> None:
    """Another sentence of the passage may be nearer to the question's words."""
    first = "Notice must be given in writing, and the period of notice is for both sides alike."
    second = "That is three months, always to the end of a quarter."
    assert quoted(encoder, "How long is the notice period?", f"{first} {second}") == first
    assert quoted_first(encoder, "How long is the notice period?", f"{first} {second}") == second


def test_an_entry_of_a_form_is_quoted_alone(encoder: Encoder) -> None:
    assert quoted(encoder, "Until when can it be cancelled?", FORM) == "Cancellation: free until 5 May 2025"
    assert quoted(encoder, "Which hotel is it?", FORM) == "Hotel: Seaview Lodge, Whitby"


def test_a_line_of_a_list_is_quoted_alone(encoder: Encoder) -> None:
    """Short lines that each begin anew are no running text, with or without names before their values."""
    assert quoted(encoder, "What is the number of the dentist?", CONTACTS) == "Dentist Dr Ivy Chan 0171 555 24"


@pytest.mark.parametrize(
    "wrapped",
    [
        "Der Vermieter hat die\nWohnung in einem zum\nGebrauch geeigneten\nZustand zu halten",
        "The Tenant shall pay to the\nLandlord the sum of\n£950 on the first day",
        "The following applies: the tenant pays\nrent at these times: monthly in advance,\nby bank transfer",
        "租赁期满后承租人应\n在十四天内将房屋\n交还给出租人",
        "يجب على المستأجر\nأن يدفع الإيجار\nفي أول كل شهر",
    ],
)
def test_wrapped_running_text_of_any_language_is_quoted_whole(encoder: Encoder, wrapped: str) -> None:
    """Nouns begin with capitals in German, and nothing does in Chinese or Arabic: neither makes a list."""
    assert quoted(encoder, "Who has to pay?", wrapped) == wrapped


def test_an_endless_sentence_is_quoted_by_its_clauses(encoder: Encoder) -> None:
    """Contracts have sentences that fill a page."""
    clause = "the tenant repairs the {} at the tenant's own cost and without delay and in a good and workmanlike way"
    text = "; ".join(clause.format(part) for part in ("roof", "boiler", "fence", "windows", "drains")) + "."
    assert quoted(encoder, "Who repairs the boiler?", text) == clause.format("boiler") + ";"


def test_wrapped_lines_of_running_text_stay_one_sentence(encoder: Encoder) -> None:
    """PDFs break lines wherever the column ends."""
    text = NOTICE.replace("three months", "three\nmonths")
    note = "Note: the gate is locked at\nnight, and the key hangs in the hall."

    assert quoted(encoder, "Is the gate locked?", note) == note
    assert quoted(encoder, QUESTION, text) == SENTENCE.replace("three months", "three\nmonths")


def test_abbreviations_and_figures_do_not_cut_a_quote(encoder: Encoder) -> None:
    text = "Mr. Smith of Harbour Ltd. pays 1.200,50 € a month, cf. no. 4.2 below. The boat is moored elsewhere."

    assert quoted(encoder, "What does Mr. Smith pay?", text).endswith("below.")


def test_the_prefix_is_never_quoted(encoder: Encoder) -> None:
    assert quoted(encoder, QUESTION, NOTICE, prefix="Lease › Notice period") == SENTENCE


@pytest.mark.parametrize("text", ["", "   ", "…", "no mark at the end"])
def test_odd_texts_have_one_sentence_at_least(encoder: Encoder, text: str) -> None:
    span = best_sentence(encoder.encode_question(QUESTION), candidate(encoder, text))

    assert 0 <= span.start <= span.end <= len(text)


def test_the_sentence_that_supports_an_answer_s_sentence_is_found(encoder: Encoder) -> None:
    """For citations the answer's own sentence is what is looked for."""
    assert quoted(encoder, "The lease ends three months later, at the end of a month.", NOTICE) == SENTENCE


def test_quoting_takes_milliseconds(encoder: Encoder) -> None:
    """Nothing is encoded again; the bound is generous, since machines under test are busy."""
    question, one = encoder.encode_question(QUESTION), candidate(encoder, NOTICE * 3)
    best_sentence(question, one)

    started = perf_counter()
    for _ in range(10):
        best_sentence(question, one)

    assert (perf_counter() - started) / 10 < 0.05


def test_evidence_whose_vectors_are_gone_is_passed_over(encoder: Encoder) -> None:
    question = encoder.encode_question(QUESTION)
    [ranked] = rank(question, [found_for(question, candidate(encoder, NOTICE))])
    gone = replace(evidence_of(ranked), chunk=chunk("gone", NOTICE))

    answer = quick_answer(question, [gone, evidence_of(ranked)], [ranked])

    assert answer is not None
    assert answer.chunk_id == "c"


def test_a_phrase_that_is_searched_for_is_quoted_where_it_stands(encoder: Encoder) -> None:
    """However little the sentence says of the rest of the question, and however the line is broken."""
    text = "The tenants keep the home clean. Nothing is deducted for fair\nwear and tear. They tell of any fault."
    question = encoder.encode_question('Where does the contract of the dentist in Peru say "Fair wear and tear"?')
    found = rank(question, [candidate(encoder, text)])[0]
    doubtful = replace(found, scores=replace(found.scores, rerank=StageScore(1, 0.001)))
    quick = quick_answer(question, [evidence_of(doubtful)], [doubtful], phrases=["Fair wear and tear"])
    assert quick is not None
    assert quick.text == "Nothing is deducted for fair\nwear and tear."
    for phrases in ((), ("air wear and tea",)):
        assert quick_answer(question, [evidence_of(doubtful)], [doubtful], phrases=phrases) is None
