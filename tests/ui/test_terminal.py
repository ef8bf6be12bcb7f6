"""What a person reads on a terminal: results on one stream, all else on the other, nothing cut off or doubled."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace

import pytest

from rag.draft import begin
from rag.events import (
    Failed,
    FileFailed,
    FileFinished,
    FileProgress,
    FileSkipped,
    FileStarted,
    Finished,
    IngestFinished,
    QuickAnswered,
    SearchedFor,
    TextDelta,
    WaitingForModel,
)
from rag.evidence import Answer, Caveat, Evidence, LeftOut, Outcome, QuickAnswer, Scores, StageScore, Strength
from rag.planning.plan import Filter, FilterKind, Plan, Search, SearchKind
from rag.sentences import NO_SENTENCE, NOT_IN_DOCUMENTS, sentence_for_outcome, sentence_for_warning
from storage.records import Chunk, Citation, Document, Page, PageUnit
from ui.terminal import Terminal

LEASE = Document("a" * 64, "Lease.pdf", "Lease", "application/pdf", 12_000, PageUnit.PAGE, 1, 1, "2026-01-01", "/x")
TEXT = "Notice is two months.\n\nIt must be in writing. " + "More words follow here. " * 30


_COMMANDING = re.compile(r"[\x00-\x1f\x7f-\x9f]")
"""What a terminal acts on instead of showing it (ISO 6429)."""


class _Screen(io.StringIO):
    """A stream that somebody watches."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal() -> Terminal:
    """One that writes to a file, as people do who keep the output."""
    return Terminal(io.StringIO(), io.StringIO())


def _said(terminal: Terminal) -> str:
    assert isinstance(terminal.out, io.StringIO)
    return terminal.out.getvalue()


def _noted(terminal: Terminal) -> str:
    assert isinstance(terminal.err, io.StringIO)
    return terminal.err.getvalue()


def _evidence(marker: int | None, rank: int = 1) -> Evidence:
    chunk = Chunk(f"c{rank}", LEASE.id, rank, 1, "p. 1", "", "", TEXT, 0, len(TEXT))
    scores = Scores(StageScore(1, 0.5), StageScore(1, 0.0), StageScore(1, 1 / 61), StageScore(1, 0.9))
    left_out = None if marker else LeftOut.BELOW_LIMIT
    return Evidence(chunk, scores, (), LEASE, Strength.STRONG, marker, left_out)


def _answer(outcome: Outcome, *, text: str = "", warnings: tuple[Caveat, ...] = ()) -> Answer:
    evidence = (_evidence(1), _evidence(None, 2))
    return replace(begin("How long is the notice?"), outcome=outcome, text=text, evidence=evidence, warnings=warnings)


def _citation(quote: str) -> Citation:
    return Citation(1, "c1", LEASE.id, LEASE.name, 1, "p. 1", quote, 0, len(quote))


# reading


def test_each_file_is_a_line_and_the_end_a_tally(terminal: Terminal) -> None:
    """Progress is for a screen only."""
    for event in (
        FileStarted("/x/Lease.pdf", 1, 3),
        FileProgress("/x/Lease.pdf", 1, 1, 1),
        FileFinished("/x/Lease.pdf", "added", LEASE, 1.234),
        FileSkipped("/x/a.mp3", "It cannot be read yet.", 0.0),
        FileFailed("/x/b.pdf", "It is damaged.", 0.1),
        IngestFinished(1, 0, 0, 1, 1, 1.5),
    ):
        terminal.ingest_event(event)
    assert _said(terminal).splitlines() == [
        "    added  /x/Lease.pdf (1 passage, 1.2 s)",
        "  skipped  /x/a.mp3 (0.0 s): It cannot be read yet.",
        "   failed  /x/b.pdf (0.1 s): It is damaged.",
        "1 added, 1 skipped, 1 failed in 1.5 s.",
    ]
    assert _noted(terminal) == ""


def test_a_screen_shows_how_far_a_file_is_in_one_line() -> None:
    """Which is cleared before anything else is written."""
    terminal = Terminal(io.StringIO(), _Screen())
    terminal.ingest_event(FileProgress("Lease.pdf", 3, 9, 40))
    terminal.ingest_event(FileFinished("Lease.pdf", "added", LEASE, 1.0))
    assert _noted(terminal).count("\n") == 0
    assert "page 3 of 9, 40 passages" in _noted(terminal)
    assert _noted(terminal).endswith("\r\x1b[K")


def test_nothing_to_read_is_said(terminal: Terminal) -> None:
    """An empty folder is no mystery."""
    terminal.ingest_event(IngestFinished(0, 0, 0, 0, 0, 0.0))
    assert _said(terminal) == "No files found in 0.0 s.\n"


# JSON


def test_a_json_line_stays_one_line_whatever_a_text_holds() -> None:
    """Also for programs that split where Unicode says a line ends; other letters stand as they are."""
    terminal = Terminal(io.StringIO(), io.StringIO(), as_json=True)
    row: dict[str, object] = {"text": "a\x85b\u2028c\u2029d\x0be\n§ ü"}
    terminal.row(row)
    (line,) = _said(terminal).splitlines()
    assert json.loads(line) == row
    assert "§ ü" in line


def test_no_character_of_a_row_is_lost() -> None:
    """Not even those that a terminal would take for a command: they are spelled out."""
    terminal = Terminal(io.StringIO(), io.StringIO(), as_json=True)
    row: dict[str, object] = {"id": "".join(map(chr, range(0x250))), "question": "\x9b2J\x7f\x1b[2J"}
    terminal.row(row)
    assert json.loads(_said(terminal)) == row
    assert not _COMMANDING.search(_said(terminal).rstrip("\n"))


# commands to a terminal


def test_neither_a_model_nor_a_file_commands_the_terminal() -> None:
    """Colours, titles and clipboards are not theirs, wherever their words are shown; letters and lines stay."""
    terminal = Terminal(_Screen(), _Screen())
    act = "\x1b]0;owned\x07\x9b2J\r\x08\x7f"
    name = f"Le{act}ase.pdf"
    for event in (FileStarted(name, 1, 1), FileProgress(name, 1, 1, 1), FileSkipped(name, f"No.{act}", 0.0)):
        terminal.ingest_event(event)
    waiting, answer = WaitingForModel(f"mo{act}del", cold=True), _answer(Outcome.ANSWERED, text="x")
    for said in (waiting, TextDelta(f"Two{act}\nmonths"), Finished(answer)):
        terminal.answer_event(said)
    terminal.note(f"Not{act}ed")
    terminal.exactly(f"A pa{act}ge")
    ours = _noted(terminal).replace("\r\x1b[K", "")
    assert not _COMMANDING.search((ours + _said(terminal)).replace("\n", ""))
    assert "Le]0;owned2J ase.pdf" in ours
    assert "Two]0;owned2J\nmonths" in _said(terminal)


def test_how_far_a_file_is_stays_one_line_whatever_its_name() -> None:
    """Or the line could not be cleared."""
    terminal = Terminal(io.StringIO(), _Screen())
    terminal.ingest_event(FileStarted("Le\nase.pdf", 1, 1))
    assert "\n" not in _noted(terminal)


# answers


def test_an_answer_comes_as_quote_text_and_sources(terminal: Terminal) -> None:
    """The words quoted of a source stand in place of its beginning; line ends of the page do not matter."""
    quick = QuickAnswer("Notice is\n\ntwo months.", "c1", LEASE.name, LEASE.id, 1, "p. 1", 0, 21, 0.9)
    citations = (
        _citation("Notice is two months."),
        _citation("It must be\nin writing."),
        _citation("It must be\nin writing."),
    )
    answer = replace(_answer(Outcome.ANSWERED, text="Two months [1]."), citations=citations)
    for event in (
        QuickAnswered(quick, 0.1),
        WaitingForModel("a-model", cold=True),
        TextDelta("Two "),
        TextDelta("months [1]."),
        Finished(answer),
    ):
        terminal.answer_event(event)
    excerpt = _said(terminal).splitlines()[-2]
    assert _said(terminal).splitlines()[:9] == [
        "“Notice is two months.”",
        "    Lease.pdf, p. 1",
        "",
        "Two months [1].",
        "",
        "Sources",
        "[1] Lease.pdf, p. 1",
        "    strong · meaning 0.5 · keywords 0 · combined 0.0164 · reranker 0.9",
        "    “Notice is two months.” … “It must be in writing.”",
    ]
    assert " –  Lease.pdf, p. 1" in _said(terminal)
    assert excerpt.endswith(" …")
    assert _noted(terminal) == ""


def test_a_follow_up_says_what_is_searched_for(terminal: Terminal) -> None:
    """Apart from the answer."""
    terminal.answer_event(SearchedFor(Plan.plain("Notice for them?")))
    assert _noted(terminal) == "Searched for: “Notice for them?”\n"


def test_filters_that_are_given_up_are_said(terminal: Terminal) -> None:
    """First where is looked, then that nothing was there."""
    plan = Plan("Rent?", (Search("Rent?"),), (Filter(FilterKind.YEAR, "2023"),))
    for each in (plan, plan.without_filters()):
        terminal.answer_event(SearchedFor(each))
    assert _noted(terminal).splitlines() == [
        "Searched for: “Rent?”, only in documents of 2023, or of no year",
        "Nothing that seems to answer was found in documents of 2023, or of no year, so everything was searched.",
    ]


@pytest.mark.parametrize("outcome", [Outcome.QUOTED, Outcome.ABSTAINED, Outcome.INTERRUPTED, Outcome.CUT_OFF])
def test_how_an_answer_ended_is_said_once(terminal: Terminal, outcome: Outcome) -> None:
    """Before the passages; a warning for the same reason is not added."""
    answer = _answer(outcome, warnings=(Caveat.NO_MODEL, Caveat.STREAM_BROKE))
    terminal.answer_event(Finished(answer))
    flat = " ".join(_said(terminal).split())
    nothing_quoted = f"{NO_SENTENCE} " if outcome is Outcome.QUOTED else ""
    assert flat.startswith(f"{nothing_quoted}{sentence_for_outcome(answer)} Passages [1]")


def test_a_part_that_no_quote_answers_is_named(terminal: Terminal) -> None:
    plan = Plan("Rent and pets?", (Search("Rent?", SearchKind.PART), Search("Pets?", SearchKind.PART)))
    quick = QuickAnswer("950.", "c1", "Lease.pdf", "d1", 1, "p. 1", 0, 4, 0.9, found_for="Rent?")
    terminal.answer_event(Finished(replace(_answer(Outcome.QUOTED), plan=plan, quick_answer=quick)))
    assert "No single sentence of your documents answers “Pets?”." in " ".join(_said(terminal).split())


def test_a_failure_says_why(terminal: Terminal) -> None:
    """And shows what was found all the same."""
    terminal.answer_event(Failed(replace(_answer(Outcome.FAILED), problem="The model is too large.")))
    assert _said(terminal).startswith("The model is too large.\n\nPassages\n[1]")


def test_a_search_that_found_no_answer_says_so_first(terminal: Terminal) -> None:
    """Then the nearest passages."""
    terminal.found(_answer(Outcome.ABSTAINED))
    assert _said(terminal).splitlines()[:4] == ["How long is the notice?", "", NOT_IN_DOCUMENTS, ""]


def test_what_holds_for_every_answer_is_said_with_the_first(terminal: Terminal) -> None:
    """What holds for one of them is said with that one."""
    once, each = Caveat.NO_CROSS_ENCODER, Caveat.INVENTED_MARKERS
    answer = _answer(Outcome.ANSWERED, text="Two months.", warnings=(once, each))
    for _ in range(3):
        terminal.answer_event(Finished(answer))
        terminal.caveats(answer)
    flat = " ".join(f"{_said(terminal)} {_noted(terminal)}".split())
    assert flat.count(sentence_for_warning(once, answer)) == 1
    assert flat.count(sentence_for_warning(each, answer)) == 6


# lists


def test_one_is_not_several(terminal: Terminal) -> None:
    """In a list of documents."""
    terminal.document(LEASE)
    terminal.document(replace(LEASE, pages=3, chunks=12, size=1_500_000))
    terminal.document(replace(LEASE, unit=None, pages=None))
    assert _said(terminal).splitlines() == [
        "aaaaaaaaaaaa  Lease.pdf (1 page, 1 passage, 12.0 kB)",
        "aaaaaaaaaaaa  Lease.pdf (3 pages, 12 passages, 1.5 MB)",
        "aaaaaaaaaaaa  Lease.pdf (1 passage, 12.0 kB)",
    ]


def test_a_page_is_written_exactly_unless_it_is_for_a_screen(terminal: Terminal) -> None:
    """Where the prompt would stand behind its last word."""
    terminal.exactly("the last word")
    screen = Terminal(_Screen(), io.StringIO())
    screen.exactly("the last word")
    terminal.page(LEASE, Page(1, "i", "words"))
    assert _said(terminal) == "the last word──── Lease.pdf, page 1\nwords\n\n"
    assert _said(screen) == "the last word\n"
