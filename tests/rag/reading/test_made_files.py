"""Whatever a person may have written, in any of the formats that are text: all of it is read, in order, and cut to fit.

The files are made up by Hypothesis out of words of many scripts.
"""

from __future__ import annotations

import csv
import html
import io
import json
import re
import tempfile
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.chunking import chunk_pages
from rag.reading import open_document
from rag.tokens import MODEL_LIMIT, MiniLMTokenizer

WORDS = st.text("abcdefgzäßéжщक中文ก", min_size=1, max_size=12)
LINES = st.lists(WORDS, min_size=1, max_size=30).map(" ".join)
LONG = st.builds(lambda line, times: " ".join([line] * times), LINES, st.integers(1, 60))
PARTS = st.lists(st.tuples(st.sampled_from(["heading", "paragraph", "item"]), st.one_of(LINES, LONG)), max_size=6)
TABLES = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(LINES, min_size=width, max_size=width), min_size=1, max_size=6)
)
DATA = st.recursive(
    st.one_of(LINES, st.integers(), st.booleans(), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(WORDS, inner, max_size=4)),
    max_leaves=12,
)
BEFORE = {
    ".md": {"heading": "# ", "paragraph": "", "item": "- "},
    ".txt": {"heading": "", "paragraph": "", "item": "* "},
}
TAGS = {"heading": "h2", "paragraph": "p", "item": "li"}


def written(parts: list[tuple[str, str]], suffix: str) -> str:
    """The parts as a file with this ending has them."""
    if suffix in BEFORE:
        return "\n\n".join(BEFORE[suffix][kind] + text for kind, text in parts)
    body = "".join(f"<{TAGS[kind]}>{html.escape(text)}</{TAGS[kind]}>" for kind, text in parts)
    return f"<!doctype html><meta charset=utf-8><body><main>{body}</main></body>"


def tabled(rows: list[list[str]], delimiter: str) -> str:
    """The rows as a table with this delimiter."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter).writerows(rows)
    return buffer.getvalue()


FILES = st.one_of(
    st.tuples(PARTS, st.sampled_from([".md", ".txt", ".html"])).map(
        lambda made: (made[1], written(*made), [word for _, text in made[0] for word in text.split()])
    ),
    st.tuples(TABLES, st.sampled_from([(".csv", ","), (".csv", ";"), (".tsv", "\t")])).map(
        lambda made: (made[1][0], tabled(made[0], made[1][1]), " ".join(" ".join(row) for row in made[0]).split())
    ),
    DATA.map(lambda value: (".json", json.dumps(value, ensure_ascii=False), list(words_in(value)))),
)
"""Ending, text, and every word that a person wrote."""


def words_in(value: object) -> list[str]:
    """Every word of the data, names included; a name of nothing names nothing that can be found."""
    match value:
        case str():
            return value.split()
        case dict():
            return [
                word for name, inner in value.items() if (words := words_in(inner)) for word in [*name.split(), *words]
            ]
        case list():
            return [word for inner in value for word in words_in(inner)]
        case _:
            return []


@cache
def tokenizer() -> MiniLMTokenizer:
    return MiniLMTokenizer.load()


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(file=FILES)
def test_all_that_was_written_is_read_in_order_and_cut_to_fit(file: tuple[str, str, list[str]]) -> None:
    """Blocks do not overlap, chunks are slices that hold every letter of every block, and none is too long."""
    suffix, text, words = file
    if not words:
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"made{suffix}"
        path.write_text(text, encoding="utf-8", newline="")
        reading = open_document(path, name=path.name)
        pages = list(reading.pages)
    assert set(words) <= set(re.findall(r"[^\s:;,]+", " ".join(page.page.text for page in pages)))
    chunks = list(
        chunk_pages(pages, document_id="0" * 64, title=reading.title, unit=reading.unit, tokenizer=tokenizer())
    )
    for page in pages:
        at = 0
        cut = [chunk for chunk in chunks if chunk.page == page.page.number or reading.unit is None]
        covered = {at for chunk in cut for at in range(chunk.char_start, chunk.char_end)}
        assert all(chunk.text == page.page.text[chunk.char_start : chunk.char_end] for chunk in cut)
        for block in page.blocks:
            assert at <= block.start < block.end <= len(page.page.text)
            assert all(page.page.text[i].isspace() or i in covered for i in range(block.start, block.end))
            at = block.end
    assert all(len(tokenizer().spans(chunk.indexed_text)) + 2 <= MODEL_LIMIT for chunk in chunks)


@pytest.mark.parametrize("suffix", [".md", ".txt", ".html"])
def test_a_file_of_one_word_is_read(suffix: str, tmp_path: Path) -> None:
    """The smallest that there is."""
    path = tmp_path / f"made{suffix}"
    path.write_text(written([("paragraph", "é")], suffix), encoding="utf-8")
    (page,) = open_document(path, name=path.name).pages
    assert page.page.text.strip() == "é"
