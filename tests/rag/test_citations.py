"""Markers become citations of exact words, while the answer is still being written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.citations import CitationStream, MarkerResolver, citing_sentence
from rag.events import TextDelta
from rag.evidence import Evidence, Scores, Span, Strength
from storage.records import Chunk, Document

PASSAGE = "Either party may end the lease. The notice period is sixty days. Notice must be in writing."


def evidence(number: int) -> Evidence:
    chunk = Chunk(f"c{number}", "d", number, 6, "p. 6", "", "", PASSAGE, 100, 100 + len(PASSAGE))
    document = Document("d", "Lease.pdf", "Lease", "application/pdf", 1, None, 9, 9, "2026-11-20T00:00:00Z")
    return Evidence(chunk, Scores(), (), document, Strength.STRONG, number)


def resolve(*chunks: str, count: int = 3) -> tuple[str, list[int], int]:
    """The text, the markers' numbers and the count of those dropped; offsets are checked on the way."""
    resolver, text, numbers = MarkerResolver(count), "", []
    for resolved in [*map(resolver.feed, chunks), resolver.finish()]:
        for number, at in resolved.markers:
            assert resolved.text[at:].startswith(f"[{number}]")
            numbers.append(number)
        text += resolved.text
    return text, numbers, resolver.invented


FORMS = [
    ("Sixty days [1].", "Sixty days [1].", [1]),
    ("Sixty days[1].", "Sixty days[1].", [1]),
    ("Sixty days [1, 2].", "Sixty days [1][2].", [1, 2]),
    ("Sixty days [1][2].", "Sixty days [1][2].", [1, 2]),
    ("Sixty days [1] [2].", "Sixty days [1] [2].", [1, 2]),
    ("Sixty days [1-3].", "Sixty days [1][2][3].", [1, 2, 3]),
    ("Sixty days [1 and 2].", "Sixty days [1][2].", [1, 2]),
    ("Sixty days 【1】.", "Sixty days [1].", [1]),
    ("Sixty days 【1†source】.", "Sixty days [1].", [1]),
    ("Sixty days [Passage 2].", "Sixty days [2].", [2]),
    ("Sixty days [^3].", "Sixty days [3].", [3]),
]


@pytest.mark.parametrize(("written", "text", "numbers"), FORMS)
def test_every_way_of_writing_a_marker_becomes_one(written: str, text: str, numbers: list[int]) -> None:
    assert resolve(written) == (text, numbers, 0)


@pytest.mark.parametrize(("written", "text", "numbers"), FORMS)
def test_a_marker_may_come_in_any_pieces(written: str, text: str, numbers: list[int]) -> None:
    """F36, letter by letter."""
    assert resolve(*written) == (text, numbers, 0)


@pytest.mark.parametrize(
    ("written", "text", "invented"),
    [
        ("It rains [9].", "It rains.", 1),
        ("It rains [9] and pours.", "It rains and pours.", 1),
        ("It rains [1, 9].", "It rains [1].", 1),
        ("It rains [0].", "It rains.", 1),
        ("It rains [4][5].", "It rains.", 2),
    ],
)
def test_an_invented_marker_is_dropped_and_counted(written: str, text: str, invented: int) -> None:
    resolved, _, counted = resolve(written)
    assert (resolved, counted) == (text, invented)


@pytest.mark.parametrize(
    "text",
    [
        "see [sic] and [...] here",
        "Smith v Jones [2019] EWCA 12",
        "items[0] is the first",
        "use `items[1]` for it",
        "```\nprint(items[2])\n```",
        "- [ ] open\n- [x] done",
        "a [bracket that never closes",
    ],
)
def test_other_brackets_are_left_alone(text: str) -> None:
    assert resolve(text) == (text, [], 0)
    assert resolve(*text) == (text, [], 0)


def test_a_stray_backtick_hides_no_markers_beyond_its_line() -> None:
    assert resolve("It costs 5` more.\nSixty days [1].")[1] == [1]


def test_text_is_held_back_only_while_it_may_be_a_marker() -> None:
    resolver = MarkerResolver(3)
    assert resolver.feed("Sixty days").text == "Sixty days"
    assert resolver.feed(" [").text == ""
    assert resolver.feed("1").text == ""
    assert resolver.feed("]. Then").text == " [1]. Then"


def test_a_marker_cut_off_at_the_end_is_dropped() -> None:
    assert resolve("Sixty days [1] and more [2") == ("Sixty days [1] and more", [1], 0)


PIECES = ["a", " ", "[", "]", "0", "1", "9", ",", "`", "\n", "【", "】", "word", "-", "†"]


@given(st.lists(st.sampled_from(PIECES), max_size=40))
def test_how_the_text_is_cut_changes_nothing(pieces: list[str]) -> None:
    assert resolve(*pieces) == resolve("".join(pieces))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Either may leave. The period is sixty days [1].", "The period is sixty days"),
        ("The period is sixty days. [1]", "The period is sixty days."),
        ("Leave it. The period [2] is sixty days [1].", "The period  is sixty days"),
        ("A list:\n- sixty days [1]\n- more", "- sixty days"),
        ("[1] says sixty days. More.", "says sixty days."),
        ("More.\n- [1] says sixty days. More.", "says sixty days."),
        ("More.\n2. [2][1] says sixty days\n3. More", "says sixty days"),
        ("More.\n> **[1]** *says sixty days*", "** *says sixty days*"),
        ("A list. Sixty days:\n\n[1]\n\nMore.", "Sixty days:"),
        ("Sixty days. – [1]. More.", "Sixty days."),
        ("[1]", ""),
    ],
)
def test_a_marker_stands_for_the_sentence_it_ends_or_follows(text: str, sentence: str) -> None:
    assert citing_sentence(text, text.index("[1]")) == sentence


def test_a_citation_quotes_the_sentence_that_supports_the_claim_word_for_word() -> None:
    asked: list[str] = []

    def quote_of(sentence: str, passage: Evidence) -> Span:
        asked.append(sentence)
        start = passage.chunk.text.index("The notice")
        return Span(start, passage.chunk.text.index(" Notice"))

    stream = CitationStream({1: evidence(1), 2: evidence(2)}, quote_of)
    deltas = [stream.feed(piece) for piece in ("You have six", "ty days [", "2", "]", " to go [7].")]
    deltas.append(stream.finish())
    assert "".join(delta.text for delta in deltas) == "You have sixty days [2] to go."
    (citation,) = [citation for delta in deltas for citation in delta.citations]
    assert (citation.marker, citation.chunk_id, citation.page, citation.place) == (2, "c2", 6, "p. 6")
    assert citation.document == "Lease.pdf"
    assert citation.quote == "The notice period is sixty days."
    assert citation.char_start == 100 + PASSAGE.index("The notice")
    assert citation.char_end - citation.char_start == len(citation.quote)
    assert asked == ["You have sixty days"]
    assert stream.invented == 1


def cited(*chunks: str) -> tuple[list[tuple[int, str]], str]:
    """The markers, each with the sentence that it is a citation of, and the text; no text comes late."""
    asked: list[str] = []

    def quote_of(sentence: str, _: Evidence) -> Span:
        asked.append(sentence)
        return Span(0, 6)

    stream, resolver = CitationStream({1: evidence(1), 2: evidence(2)}, quote_of), MarkerResolver(2)
    deltas = [stream.feed(chunk) for chunk in chunks]
    assert [delta.text for delta in deltas] == [resolver.feed(chunk).text for chunk in chunks]
    deltas.append(stream.finish())
    markers = [citation.marker for delta in deltas for citation in delta.citations]
    return list(zip(markers, asked, strict=True)), "".join(delta.text for delta in deltas)


OPENING = [
    ("[1] The notice must be in writing. It is short.", [(1, "The notice must be in writing.")]),
    (
        "- [1] The notice is short\n- [2] Pets are not allowed",
        [(1, "The notice is short"), (2, "Pets are not allowed")],
    ),
    ("1. [2] Sixty days [1]. More.", [(2, "Sixty days ."), (1, "1.  Sixty days")]),
    ("Sixty days.\n[1]\nMore.", [(1, "Sixty days.")]),
]


@pytest.mark.parametrize(("text", "sentences"), OPENING)
def test_a_marker_that_opens_a_line_waits_for_its_sentence(text: str, sentences: list[tuple[int, str]]) -> None:
    """Word by word, nothing has been said yet when the marker is there."""
    words = text.replace(" ", " |").split("|")
    assert cited(text) == cited(*words) == cited(*text) == (sentences, text)


def test_a_citation_comes_as_soon_as_its_sentence_is_complete() -> None:
    stream = CitationStream({1: evidence(1)}, lambda *_: Span(0, 6))
    deltas = [stream.feed(piece) for piece in ("[1]", " Sixty", " days.", " More", " of it.", "\n- [1] It", "\n")]
    assert [len(delta.citations) for delta in deltas] == [0, 0, 0, 1, 0, 0, 1]


SAID = ["[1]", "[2]", "[9]", *"[] \n`*.!)。”·", "- ", "1. ", "Sixty days"]


@given(st.lists(st.sampled_from(SAID), max_size=30))
def test_what_is_cited_does_not_depend_on_how_the_text_came(pieces: list[str]) -> None:
    assert cited(*pieces) == cited("".join(pieces)) == cited(*"".join(pieces))


def test_each_marker_has_its_own_citation_in_the_order_of_the_text() -> None:
    stream = CitationStream({1: evidence(1), 2: evidence(2)}, lambda *_: Span(0, 6))
    delta = stream.feed("One [2]. Two [1][2]. ")
    assert [citation.marker for citation in delta.citations] == [2, 1, 2]
    assert stream.finish() == TextDelta("")
