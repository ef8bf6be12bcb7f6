"""A hyphen at a line's end stays where it is the word's own, and goes where it only breaks a word."""

from __future__ import annotations

import pytest

from rag.line_hyphens import MARK, LineHyphens, vocabulary

ENGLISH = (
    "The tenant pays the rent on the first working day of each month and the landlord keeps the house in good repair "
    "at his own cost for as long as this lease is in force between them. "
)
BREAKING = f"{ENGLISH}The agree{MARK}ment is in writing. "
GERMAN = (
    "Der Mieter zahlt die vereinbarte Miete monatlich im Voraus auf das unten genannte Konto des Vermieters, und zwar "
    "spätestens am dritten Werktag eines jeden Monats, unbeschadet weiterer Ansprüche beider Vertragsparteien. "
)


@pytest.mark.parametrize(
    ("page", "before", "after", "between"),
    [
        (ENGLISH, "in", "person", "-"),
        (ENGLISH, "third", "party’s", "-"),
        (ENGLISH, "out-of", "pocket", "-"),
        (ENGLISH, "royalty", "free,", "-"),
        (ENGLISH, "COVID", "19", "-"),
        (ENGLISH, "Co", "Branding", "-"),
        (ENGLISH, "improve", "ments", ""),
        (BREAKING, "com", "pile", ""),
        (BREAKING, "op", "timizations", ""),
        (BREAKING, "language", "independent", "-"),
        (BREAKING, "non", "exclusive", "-"),
        (BREAKING + "TraceMonkey ", "Trace", "Monkey", ""),
        (BREAKING + "co-oper ", "co", "oper", "-"),
        (GERMAN, "Neben", "kosten", ""),
        (GERMAN, "Miet", "und", "- "),
        (ENGLISH, "short", "and", "- "),
    ],
)
def test_the_words_of_the_page_and_of_the_vocabulary_decide(page: str, before: str, after: str, between: str) -> None:
    """By what else stands on the page, by known beginnings, and by which words there are."""
    hyphens = LineHyphens(f"{page}{before}{MARK}{after}", vocabulary())
    assert hyphens.between(before, after) == between
