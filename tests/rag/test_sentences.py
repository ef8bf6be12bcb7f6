"""What a person reads says what to do next, on the page as on the command line."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.draft import begin
from rag.errors import ModelAbsent, NoModels, NoSpaceForModel, OllamaTooOld, PullFailed, UnknownFormat
from rag.evidence import Caveat, Outcome
from rag.ollama import SUGGESTED
from rag.reading import _BY_SUFFIX
from rag.segmentation import sentence_spans
from rag.sentences import (
    _SENTENCES,
    sentence_for,
    sentence_for_outcome,
    sentence_for_unread,
    sentence_for_warning,
)
from rag.unread_kinds import MADE_BY
from storage.errors import DocumentNotFound, FootnoteError, PageNotFound

SERVER = "http://127.0.0.1:11434"


@pytest.mark.parametrize("kind", _SENTENCES)
def test_every_error_is_followed_by_what_to_do(kind: type[FootnoteError]) -> None:
    """What happened is a sentence, and what to do next is another."""
    assert len(sentence_spans(_SENTENCES[kind])) > 1


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (NoSpaceForModel(SERVER, "m:3b", "no space left on device"), "Free some space"),
        (OllamaTooOld(SERVER, "m:3b", "412"), "Update Ollama"),
        (PullFailed(SERVER, "m:3b", "no such host"), "online"),
        (ModelAbsent(SERVER, "m:3b"), "under Models, or with “python app.py models pull m:3b”"),
        (NoModels(SERVER), f"under Models, or with “python app.py models pull {SUGGESTED[-1].name}”"),
        (DocumentNotFound("Leese.pdf"), "in the list of documents"),
        (PageNotFound("Lease.pdf", 9, 3), "the last one is 3"),
    ],
)
def test_an_error_names_the_way_out(error: FootnoteError, words: str) -> None:
    assert words in sentence_for(error)


@pytest.mark.parametrize(
    ("suffix", "words"),
    [
        (".zip", "Unpack it"),
        (".gz", "Unpack it"),
        (".pages", "Open it in Pages"),
        (".one", "OneNote"),
        (".wpd", "save it as .docx"),
        (".djvu", "as PDF"),
        (".mp3", "written down"),
        (".xyz", "cannot be read yet"),
        ("no ending", "cannot be read yet"),
    ],
)
def test_a_kind_of_file_that_is_not_read_is_named_with_its_way_out(suffix: str, words: str) -> None:
    """What it is, what program opens it, and as what to save it; what is not known by name hears what can be read."""
    sentence = sentence_for(UnknownFormat(f"a{suffix}", suffix))
    assert words in sentence
    assert len(sentence_spans(sentence)) > 1


def test_no_ending_is_both_read_and_refused() -> None:
    """A sentence for an ending that has a reader would never be said, or said wrongly."""
    refused = [suffix for _, suffixes, _ in MADE_BY for suffix in suffixes.split()]
    assert len(refused) == len(set(refused))
    assert not set(refused) & set(_BY_SUFFIX)


def test_an_answer_that_reached_its_limit_says_how_to_raise_it() -> None:
    answer = replace(begin("How?"), outcome=Outcome.CUT_OFF)
    assert "FOOTNOTE_NUM_PREDICT" in sentence_for_outcome(answer)


def test_the_lack_of_a_cross_encoder_claims_nothing_that_depends_on_the_library() -> None:
    """A small one has fewer passages than thorough mode takes."""
    sentence = sentence_for_warning(Caveat.NO_CROSS_ENCODER, begin("How?"))
    assert "200" not in sentence
    assert "python app.py check" in sentence
    assert "FOOTNOTE_CROSS_ENCODER" in sentence


@pytest.mark.parametrize(
    ("pages", "words"),
    [
        ((2,), "Page 2 is a picture, and the text on it was not read."),
        ((1, 2, 4), "Pages 1–2 and 4 are pictures"),
        ((1, 3, 5), "Pages 1, 3 and 5 are pictures"),
        (tuple(range(1, 40, 2)), "Pages 1, 3, 5, 7, 9, 11, 13, 15 and others are pictures"),
    ],
)
def test_pages_that_were_not_read_are_named(pages: tuple[int, ...], words: str) -> None:
    """As a person says it, and how to have them read."""
    assert sentence_for_unread(pages).startswith(words)
    assert "install" in sentence_for_unread(pages)
    assert not sentence_for_unread(())
