"""Text becomes terms by its own language, codes stay whole as well as split, and questions meet both."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc

import pytest

from storage.analysis import analysed, phrase_pattern, plain, question_terms, terms_of, words_of
from storage.languages import LANGUAGES, language_of
from tests.conftest import REPOSITORY

TEXTS = {
    "english": "The tenant has to pay the rent on the first day of each month, and it is due at the bank by noon.",
    "german": "Der Mieter hat die Miete am ersten Tag des Monats zu zahlen, und sie ist bis zum Mittag auf der Bank.",
    "french": "Le locataire doit payer le loyer le premier jour du mois, et il est dû à la banque avant midi.",
    "spanish": "El inquilino debe pagar la renta el primer día del mes, y se debe en el banco antes del mediodía.",
    "italian": "Il conduttore deve pagare il canone il primo giorno del mese, e il denaro è alla banca per le dodici.",
    "portuguese": "O inquilino deve pagar a renda no primeiro dia do mês, e não é aceite no banco ao fim da tarde.",
    "dutch": "De huurder moet de huur op de eerste dag van de maand betalen, en het geld is voor het middaguur er.",
    "swedish": "Hyresgästen ska betala hyran den första dagen i månaden, och den ska vara på banken före klockan tolv.",
    "danish": "Lejeren skal betale lejen den første dag i måneden, og pengene skal være i banken efter en time.",
    "norwegian": "Leieren skal betale leien den første dagen i måneden, og pengene må være i banken nå etter en time.",
    "finnish": "Vuokralainen maksaa vuokran kuun alussa, ja se on oltava pankissa ennen puoltapäivää, mutta ei yöllä.",
}


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_text_is_of_the_language_it_is_written_in(language: str) -> None:
    assert analysed([TEXTS[language]]).language == language


def test_another_package_that_stems_changes_nothing() -> None:
    """A library is not stemmed in one way, and a question asked of it later in another."""
    pretended = (
        "import sys, types\n"
        "class Stemmer:\n"
        "    def __init__(self, language): pass\n"
        "    def stemWord(self, word): return word[:2]\n"
        "sys.modules['Stemmer'] = types.SimpleNamespace(Stemmer=Stemmer, algorithms=list)\n"
        "from storage.analysis import terms_of\n"
        "print(sorted(terms_of('added internationally', 'english')))\n"
    )
    command = [sys.executable, "-c", pretended]
    ran = subprocess.run(command, cwd=REPOSITORY, capture_output=True, encoding="utf-8", check=True)
    assert ran.stdout.strip() == str(sorted(terms_of("added internationally", "english")))


@pytest.mark.parametrize("words", [[], ["zxcv", "bnm"], ["日本語"], ["4711", "die"] + ["zeile"] * 40])
def test_in_doubt_it_is_english(words: list[str]) -> None:
    assert language_of(words) == "english"


@pytest.mark.parametrize(
    ("language", "written", "asked"),
    [
        ("german", "Verträge und Kündigungen", "Kündigung Vertrag"),
        ("german", "Straße", "STRASSE strasse"),
        ("swedish", "hyresgästerna betalade", "hyresgäst betala"),
        ("english", "running costs", "run cost"),
        ("english", "Möngke", "mongke"),
        ("french", "les locations", "location"),
    ],
)
def test_forms_of_a_word_meet_whatever_else_is_in_the_library(language: str, written: str, asked: str) -> None:
    """A question's words are stemmed in every language of the library."""
    held = set(terms_of(written, language))
    for word in asked.split():
        assert held & set(question_terms(word, {language, "english", "finnish"})), word


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("see AB-1234/5.", "AB-1234/5"),
        ("see AB-1234/5.", "ab1234/5"),
        ("see AB-1234/5.", "1234"),
        ("by ISO 27001,", "ISO27001"),
        ("by ISO-27001,", "iso 27001"),
        ("by ISO27001,", "27001"),
        ("under section 4.2(b)", "4.2(b)"),
        ("under section 4.2(b)", "Section 4.2 (b)"),
        ("to anna.berg@example.com!", "Anna.Berg@example.com"),
        ("to anna.berg@example.com!", "berg"),
        ("an e-mail", "email"),
        ("in the U.S.", "US"),
        ("1,000 euros", "1000"),
        ("3,5 Prozent", "3.5"),
        ("the 1990s", "1990"),
        ("file_name_7.txt", "file_name_7.txt"),
        ("the tenant's", "tenant"),
    ],
)
def test_codes_are_found_whole_and_in_parts(written: str, asked: str) -> None:
    assert set(terms_of(written, "english")) & set(question_terms(asked, {"english"}))


def test_a_whole_code_weighs_more_than_its_parts() -> None:
    asked = question_terms("AB-1234/5", {"english"})
    right, wrong = terms_of("AB-1234/5", "english"), terms_of("AB-1235/5 or XY-1234/6", "english")
    assert [term for term in asked if term not in wrong] == ["ab12345"]
    assert set(asked) <= set(right)


def test_small_words_are_not_searched_for_in_the_language_of_the_question() -> None:
    """Else the "the" of an English question would find the English quotes in German documents."""
    assert question_terms("What is the notice?", {"english", "german"}) == ["notic"]
    assert question_terms("Was ist die Frist?", {"english", "german"}) == ["frist"]
    assert question_terms("What is it?", {"english"}) == []


def test_no_term_is_longer_than_a_word_can_be() -> None:
    assert max(map(len, terms_of("x" * 5000 + " " + "y1" * 900, "english"))) == 40


@pytest.mark.parametrize("word", ["हिन्दी", "مُحَمَّد", "ที่นี่", "x\u0302y"])
def test_vowels_and_accents_that_are_characters_of_their_own_part_no_word(word: str) -> None:
    assert words_of(f"{word}, {word}") == [word, word]
    assert len(terms_of(word, "english")) == 1
    assert terms_of(word, "english") == question_terms(word, {"english"})
    assert phrase_pattern(word).search(plain(f"a {word} b"))


def test_a_word_is_no_part_of_one_with_another_vowel_behind_it() -> None:
    assert phrase_pattern("हिन्द").search(plain("हिन्दी")) is None


def test_the_words_of_a_large_document_do_not_stand_in_memory_one_by_one() -> None:
    passages = ["so many words are in this passage that they take room"] * 3000
    tracemalloc.start()
    try:
        found = analysed(passages)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found.language == "english"
    assert most < 4 * sum(map(len, passages))
