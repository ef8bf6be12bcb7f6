"""From text to the terms that the full-text index holds, and from a question to the terms it is searched for.

Passages are analysed here and not by LanceDB, whose index knows one language: each word is stemmed in the language of
its document, and a question's words in every language the library has, so that one index with one set of statistics
serves all. What is joined by punctuation ("AB-1234/5", "4.2(b)", an e-mail address, "co-operation") is a term as a
whole as well as in its parts, and so is a number with the word before it ("ISO 27001", "Section 5"). Pure; it
knows nothing of tables.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from storage.languages import DEFAULT, SMALL_WORDS, language_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

__all__ = [
    "AnalysedDocument",
    "analysed",
    "forms_of",
    "phrase_pattern",
    "plain",
    "question_terms",
    "terms_of",
    "words_of",
]

_JOINTS = r"[-‐‑.,:/@_&+#()]"
_SCRIPTS = (range(0x300, 0x3100), range(0xA600, 0xAC00), range(0x10000, 0x12000))
_MARKS = "".join(mark for codes in _SCRIPTS for mark in map(chr, codes) if unicodedata.category(mark) in {"Mn", "Mc"})
"""Vowels and accents that are characters by themselves, as in Hindi, Thai or Arabic: no letters, but within a word."""
_WORD = rf"[^\W_]+(?:[{_MARKS}]+[^\W_]*)*"
_TOKEN = re.compile(rf"{_WORD}(?:{_JOINTS}{{1,2}}{_WORD})*")
_PART = re.compile(_WORD)
_RUN = re.compile(rf"\d+|[^\W\d_]+(?:[{_MARKS}]+[^\W\d_]*)*")
_IS_WHOLE = re.compile(r"[-‐‑.@_\d]")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d)")
_PUNCTUATION = re.compile(rf"(?!(?<=\d)\.(?=\d))(?![{_MARKS}])[\W_]")
_POSSESSIVE = re.compile(r"(?<=\w)['’]s\b")
_MOST_RUNS = 3
"""A code of more stretches of letters and digits is more likely a digest, which nobody asks for in parts."""
_LONGEST = 40
"""Characters of a term."""
_stemming = threading.Lock()


@dataclass(frozen=True, slots=True)
class AnalysedDocument:
    """What is found in a document by its words."""

    language: str
    words: frozenset[str]
    """As they stand in it, in small letters."""
    terms: tuple[str, ...]
    """What the index holds of each passage, with a space in between."""


def analysed(passages: Sequence[str]) -> AnalysedDocument:
    """Analyse a document by all its passages."""
    words = Counter(word for passage in passages for word in words_of(passage))
    language = language_of(words.elements())
    return AnalysedDocument(language, frozenset(words), tuple(" ".join(terms_of(each, language)) for each in passages))


def words_of(text: str) -> list[str]:
    """The words of a text in small letters, numbers among them, in order."""
    return _PART.findall(_small(text))


def terms_of(text: str, language: str) -> list[str]:
    """What the index holds of a passage of a document in ``language``, in order."""
    found: list[str] = []
    for word, is_code in _pieces(_small(text), SMALL_WORDS[language]):
        if is_code:
            found.append(_folded(word))
        elif word not in SMALL_WORDS[language]:
            found.append(_stem(word, language))
    return found


def question_terms(question: str, languages: Collection[str]) -> list[str]:
    """What a library with documents in ``languages`` is searched for, each term once.

    A small word is left out in its own language, and in all of them where the question is in that language.
    """
    text = _small(question)
    small = SMALL_WORDS[language_of(_PART.findall(text), languages)]
    found: dict[str, None] = {}
    for word, is_code in _pieces(text, small):
        if is_code:
            found[_folded(word)] = None
        elif word not in small:
            found.update(dict.fromkeys(sorted(forms_of(word, languages))))
    return list(found)


def forms_of(word: str, languages: Iterable[str]) -> set[str]:
    """What a word in small letters may stand as in the index; nothing where it is small in all these languages."""
    return {_stem(word, language) for language in languages if word not in SMALL_WORDS[language]}


def phrase_pattern(phrase: str) -> re.Pattern[str]:
    """What finds the words of a phrase in a ``plain`` text, side by side, in this order and in these forms."""
    between = r"[\W_]+"
    return re.compile(rf"(?<![^\W_]){between.join(_PART.findall(plain(phrase)))}(?![^\W_]|[{_MARKS}])")


def plain(text: str) -> str:
    """A text in small letters without accents and possessive endings."""
    return _without_accents(_small(text))


def _pieces(text: str, small: Collection[str]) -> Iterator[tuple[str, bool]]:
    """Every word of a text, and every code made of several; whether it is a code."""
    before, end = "", 0
    for token in _TOKEN.finditer(text):
        whole, parts = token.group(), _PART.findall(token.group())
        yield from ((part, False) for part in parts)
        codes = list(_codes(whole, parts))
        yield from codes
        joined = codes[0][0] if codes and len(parts) > 1 else whole
        if before and whole[0].isdigit() and not text[end : token.start()].strip(" .\u00a0\n"):
            yield before + joined, True
        before, end = (whole if whole.isalpha() and whole not in small else ""), token.end()


def _codes(whole: str, parts: list[str]) -> Iterator[tuple[str, bool]]:
    """What is told by punctuation, or by letters next to digits: without punctuation as a whole, and in parts."""
    if len(parts) > 1 and _IS_WHOLE.search(whole):
        yield _without_punctuation(whole), not whole.replace("-", "").isalpha()
    for part in parts:
        if not part.isalpha() and not part.isdigit() and 1 < len(runs := _RUN.findall(part)) <= _MOST_RUNS:
            yield from ((run, False) for run in runs)


def _without_punctuation(code: str) -> str:
    """The code as it is compared: 1,000 is 1000, AB-1234/5 is ab12345, and 4.2 stays what it is."""
    return _PUNCTUATION.sub("", _DECIMAL_COMMA.sub(".", _THOUSANDS.sub("", code)))


def _small(text: str) -> str:
    """In small letters, each letter spelled in one way, without possessive endings."""
    return _POSSESSIVE.sub("", unicodedata.normalize("NFKC", text).casefold())


@lru_cache(maxsize=1 << 16)
def _stem(word: str, language: str) -> str:
    """The stem, without accents; what has digits stays whole."""
    if not word.isalpha():
        return _folded(word)
    if language == DEFAULT:
        word = _without_accents(word)  # it has none of its own, and takes no letter with one for a vowel
    with _stemming:  # a stemmer works in its own fields
        return _folded(_stemmer(language).stemWord(word))


def _folded(word: str) -> str:
    """Without accents, and no longer than a term may be."""
    return _without_accents(word)[:_LONGEST]


def _without_accents(text: str) -> str:
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


@cache
def _stemmer(language: str) -> Any:  # noqa: ANN401  (the package ships no types)
    """Snowball's stemmer for a language: the package's own.

    ``snowballstemmer.stemmer`` would give PyStemmer's where that is installed, of whatever version; then a library
    would be stemmed in one way, and the questions asked of it after such an installation in another.
    """
    return getattr(import_module(f"snowballstemmer.{language}_stemmer"), f"{language.title()}Stemmer")()
