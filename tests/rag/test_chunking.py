"""Chunks cover every block, keep to the model's limit and to their page, and say where they stand."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.chunking import Cut, chunk_pages
from rag.reading.blocks import Block, BlockKind, ReadPage
from rag.reading.writer import PageWriter
from rag.tokens import MODEL_LIMIT, MiniLMTokenizer
from storage.records import Chunk, Page, PageUnit

DOCUMENT = "0123456789abcdef" * 4
SENTENCE = "The tenant pays the rent on the third working day of every month. "


@cache
def tokenizer() -> MiniLMTokenizer:
    return MiniLMTokenizer.load()


def cut(
    *pages: ReadPage, title: str = "Lease", unit: PageUnit | None = PageUnit.PAGE, how: Cut | None = None
) -> list[Chunk]:
    return list(
        chunk_pages(pages, document_id=DOCUMENT, title=title, unit=unit, tokenizer=tokenizer(), cut=how or Cut())
    )


def pieces(chunk: Chunk) -> int:
    return len(tokenizer().spans(chunk.indexed_text)) + 2


def page_of(*paragraphs: str, number: int = 1) -> ReadPage:
    writer = PageWriter()
    for paragraph in paragraphs:
        writer.paragraph(paragraph)
    return writer.finish(number)


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=1, max_size=40)
LONG_WORDS = st.builds(lambda word, times: word * times, st.text(min_size=1, max_size=8), st.integers(1, 400))
TEXTS = st.lists(st.one_of(WORDS, LONG_WORDS, st.just(SENTENCE * 12)), min_size=1, max_size=4).map(" ".join)
STEPS = st.lists(st.tuples(st.sampled_from(["heading", "paragraph", "item", "row"]), TEXTS), max_size=6)


def written(steps: list[tuple[str, str]], number: int) -> ReadPage:
    """A page of these steps, as a reader would write it."""
    writer = PageWriter()
    for at, (kind, text) in enumerate(steps, start=1):
        match kind:
            case "heading":
                writer.heading(at % 3, text)
            case "paragraph":
                writer.paragraph(text)
            case "item":
                writer.item(text)
            case _:
                writer.row(text, at)
    return writer.finish(number)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(pages=st.lists(STEPS, min_size=1, max_size=2), title=TEXTS)
def test_whatever_is_written_is_cut_rightly(pages: list[list[tuple[str, str]]], title: str) -> None:
    """Every chunk is a slice of its page and fits the model; together they hold every letter of every block, once."""
    read = [written(steps, number) for number, steps in enumerate(pages, start=1)]
    chunks = cut(*read, title=title)
    assert [chunk.ordinal for chunk in chunks] == list(range(len(chunks)))
    for page in read:
        own = [chunk for chunk in chunks if chunk.page == page.page.number]
        covered = [False] * len(page.page.text)
        for chunk in own:
            assert chunk.text == page.page.text[chunk.char_start : chunk.char_end]
            assert chunk.text.strip() == chunk.text != ""
            assert pieces(chunk) <= MODEL_LIMIT
            assert not any(covered[chunk.char_start : chunk.char_end])
            covered[chunk.char_start : chunk.char_end] = [True] * len(chunk.text)
        for block in page.blocks:
            assert all(covered[at] or page.page.text[at].isspace() for at in range(block.start, block.end))


def test_short_paragraphs_of_one_section_share_a_chunk() -> None:
    """What belongs together and is short stays together."""
    (chunk,) = cut(page_of("The rent is 950 euros.", "It is due on the third.", "Heating is extra."))
    assert chunk.text == "The rent is 950 euros.\n\nIt is due on the third.\n\nHeating is extra."


def test_a_long_section_is_cut_between_sentences_into_parts_of_about_one_length() -> None:
    """No sentence is torn where sentences fit, and no crumb is left at the end."""
    chunks = cut(page_of(SENTENCE * 60))
    assert len(chunks) > 3
    assert all(chunk.text.startswith("The tenant") and chunk.text.endswith("month.") for chunk in chunks)
    assert min(map(pieces, chunks)) > 0.7 * max(map(pieces, chunks))


def test_smaller_chunks_are_cut_where_that_is_asked_for() -> None:
    page = page_of(SENTENCE * 60)
    small, usual = cut(page, how=Cut(aim=96)), cut(page)
    assert len(small) > 1.5 * len(usual)
    assert all(chunk.text.startswith("The tenant") and chunk.text.endswith("month.") for chunk in small)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(steps=STEPS, overlap=st.integers(1, 3))
def test_chunks_that_overlap_fit_the_model_and_are_slices_in_their_order(
    steps: list[tuple[str, str]], overlap: int
) -> None:
    page = written(steps, 1)
    chunks, apart = cut(page, how=Cut(overlap=overlap)), cut(page)
    assert [chunk.char_end for chunk in chunks] == [chunk.char_end for chunk in apart]
    assert all(one.char_start <= other.char_start for one, other in zip(chunks, apart, strict=True))
    assert all(chunk.text == page.page.text[chunk.char_start : chunk.char_end] for chunk in chunks)
    assert all(pieces(chunk) <= MODEL_LIMIT for chunk in chunks)


def test_a_chunk_begins_with_the_last_sentence_of_the_one_before_where_that_is_asked_for() -> None:
    """Inside a section; the next section begins with its own words."""
    numbered = " ".join(f"Sentence {at} says what the tenant has to pay." for at in range(60))
    first, second, *_ = cut(page_of(numbered), how=Cut(aim=128, overlap=1))
    last = first.text[first.text.rindex("Sentence") :]
    assert second.text.startswith(last)
    assert second.char_start < first.char_end


def test_a_heading_starts_a_chunk_and_names_it() -> None:
    """Chunks of different sections are different chunks, each under its own path."""
    writer = PageWriter()
    writer.heading(1, "Termination")
    writer.paragraph(SENTENCE)
    writer.heading(2, "Notice")
    writer.paragraph(SENTENCE)
    first, second = cut(writer.finish(1), unit=None)
    assert (first.heading, second.heading) == ("Termination", "Termination › Notice")
    assert second.prefix == "Lease › Termination › Notice"
    assert second.text.startswith("Notice\n\nThe tenant")
    assert (first.place, second.place) == ("§ Termination", "§ Notice")


def test_headings_that_follow_each_other_go_with_the_text_below() -> None:
    """A heading is never left behind without what it heads."""
    writer = PageWriter()
    writer.heading(1, "Part one")
    writer.heading(2, "Chapter one")
    writer.paragraph(SENTENCE * 30)
    chunks = cut(writer.finish(1))
    assert chunks[0].text.startswith("Part one\n\nChapter one\n\nThe tenant")
    assert {chunk.heading for chunk in chunks} == {"Part one › Chapter one"}


def test_no_chunk_crosses_a_page() -> None:
    """The end of a page ends a chunk, however short it is."""
    chunks = cut(page_of("One."), page_of("Two.", number=2))
    assert [(chunk.page, chunk.text) for chunk in chunks] == [(1, "One."), (2, "Two.")]
    assert [chunk.id for chunk in chunks] == [f"{DOCUMENT[:20]}-0", f"{DOCUMENT[:20]}-1"]


def test_rows_are_kept_whole_and_their_numbers_are_said() -> None:
    """A table is cut between rows, and the place says which rows."""
    writer = PageWriter()
    for number in range(2, 200):
        writer.row(f"Item: Thing {number}; Amount: {number * 7}", number)
    read = writer.finish(3, "Costs")
    chunks = cut(read, unit=PageUnit.SHEET)
    assert all(chunk.text.startswith("Item:") for chunk in chunks)
    assert chunks[0].place.startswith("Sheet Costs, rows 2–")
    assert chunks[-1].place.endswith("–199")
    assert cut(read, unit=None)[0].place.startswith("rows 2–")


@pytest.mark.parametrize("text", ["x" * 20_000, "…" * 3_000, "漢字" * 4_000, "กรุงเทพ" * 900, "a.b" * 3_000])
def test_words_without_end_are_cut_all_the_same(text: str) -> None:
    """Text without a blank makes chunks that fit and miss nothing."""
    chunks = cut(page_of(f"Before. {text} After."))
    assert "".join(chunk.text for chunk in chunks).replace(" ", "") == f"Before.{text}After."
    assert max(map(pieces, chunks)) <= MODEL_LIMIT
    assert max(len(chunk.text) for chunk in chunks) <= 1_500


def test_one_pass_of_the_tokenizer_serves_a_page() -> None:
    """A page is tokenized once and not once for every sentence."""

    class Counting:
        def __init__(self) -> None:
            self.characters = 0

        def spans(self, text: str) -> list[tuple[int, int]]:
            self.characters += len(text)
            return tokenizer().spans(text)

    counting = Counting()
    read = page_of(*[SENTENCE * 8 for _ in range(300)])
    list(chunk_pages([read], document_id=DOCUMENT, title="Lease", unit=None, tokenizer=counting))
    assert counting.characters < 1.01 * len(read.page.text)


def test_pages_are_cut_as_they_come() -> None:
    """The first page's chunks are there before the second page is read."""

    def pages() -> object:
        yield page_of(SENTENCE)
        pytest.fail("read ahead")

    chunks = chunk_pages(pages(), document_id=DOCUMENT, title="", unit=None, tokenizer=tokenizer())  # type: ignore[arg-type]
    assert next(iter(chunks)).text == SENTENCE.strip()


def test_a_block_of_white_space_makes_no_chunk() -> None:
    """There is nothing to find in nothing."""
    read = ReadPage(Page(1, "", "  \n "), (Block(BlockKind.PARAGRAPH, 0, 4),))
    assert cut(read) == []
