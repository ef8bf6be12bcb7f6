"""Which documents a question names, by the names of their files and their titles, and which a year in it leaves out.

A name counts where the question has all its words in a row and looks into what is called so: two words or more behind
"according to" or before "say", or behind "in" where they name a kind of document ("in the lease agreement"); any with
the file's ending, in quotation marks, or beside a word like "document". A name alone may be what is asked about, and
"in" may lead into a war. Of two names of which one is inside the other, the longer is meant.
It is told which documents there are, and knows nothing of what stands in them. How they are called is made ready once
for the same documents, not for each question: for all of a library, which most are asked of.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePath
from typing import TYPE_CHECKING, Self

from rag.leaning import content_words
from rag.planning.plan import Filter, FilterKind
from rag.planning.wording import quoted_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from storage.records import Document

__all__ = ["documents_named", "documents_of_year", "named_in"]

_WORD = re.compile(r"[^\W_]+")
_YEAR = re.compile(r"(?<!\d)(?:1[5-9]|20)\d\d(?!\d)")
_KIND = frozenset(
    """
    document file report pdf spreadsheet workbook sheet presentation slides email letter
    dokument datei bericht tabelle brief fichier rapport documento archivo informe
    """.split()  # noqa: SIM905  (quotation marks would hide the words)
)
_LOOKS_INTO = frozenset("in from within under inside im aus dans en nel nella".split())  # noqa: SIM905
_GOES_BY = frozenset("per laut gemäß selon según secondo".split())  # noqa: SIM905
_PAPERS = frozenset(
    """
    agreement agreements contract contracts lease report reports policy policies manual handbook guide minutes invoice
    invoices statement statements inventory list letter letters notes rules regulations terms budget form certificate
    proposal plan memo paper summary overview specification instructions faq bill receipt
    vertrag mietvertrag bericht handbuch anleitung rechnung protokoll liste ordnung hausordnung satzung richtlinie
    contrat rapport manuel facture contrato informe factura contratto rapporto fattura
    """.split()  # noqa: SIM905
)
_SMALL = frozenset(
    """
    the a an my our your this that his her their der die das den dem mein meinem meiner unser unserem unserer
    le la les l mon ma notre el los las mi nuestro nuestra il lo i gli mio nostra
    """.split()  # noqa: SIM905
)
_TELLS = frozenset(
    """
    say says state states mention mentions tell tells specify specifies contain contains cover covers
    sagt steht regelt erwähnt dit mentionne dice menciona
    """.split()  # noqa: SIM905
)
_SHORTEST = 3
"""Characters of a name; "T" is in too many questions."""
_NAMES_KEPT = 100_000


@dataclass(frozen=True, slots=True, eq=False)
class _Names:
    """How documents are called."""

    documents: tuple[Document, ...]
    places: Mapping[tuple[str, ...], Sequence[int]]
    """For the words of each name, the places of the documents that are called so."""
    lengths: frozenset[int]
    """How many words names have."""

    @classmethod
    def of(cls, documents: tuple[Document, ...]) -> Self:
        """Make the names ready; a millisecond for each thousand."""
        places: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
        for place, each in enumerate(documents):
            for name in _called(each.name, each.title):
                places[name].append(place)
        return cls(documents, dict(places), frozenset(map(len, places)))


_latest = [_Names.of(())]
"""Those asked about last: nearly always the whole library, which is the same from question to question."""


def documents_named(question: str, documents: Iterable[Document]) -> Filter | None:
    """The filter that lets only the documents pass that ``question`` names; None where it names none, or all."""
    documents = tuple(documents)
    named = named_in(question, documents)
    if not named or len(named) == len(documents):
        return None
    names = tuple(dict.fromkeys(each.name for each in named))
    return Filter(FilterKind.DOCUMENT, ", ".join(names), tuple(each.id for each in named))


def documents_of_year(year: str, documents: Iterable[Document]) -> Filter | None:
    """The filter that leaves out the documents named for other years; None where none is, or none for this one."""
    if not year:
        return None
    years = {each.id: _years(each.name) | _years(each.title) for each in documents}
    passing = tuple(id_ for id_, named in years.items() if not named or year in named)
    if len(passing) == len(years) or not any(year in named for named in years.values()):
        return None
    return Filter(FilterKind.YEAR, year, passing)


def named_in(question: str, documents: Sequence[Document]) -> tuple[Document, ...]:
    """The documents whose name or title stands in ``question``, in the order given."""
    names = _names_of(documents)
    asked = _words(question)
    quoted = frozenset(map(_words, quoted_in(question)))
    runs = {asked[start:end]: start for start, end in _runs(len(asked), names.lengths)}
    places = sorted({place for name in runs for place in names.places.get(name, ())})
    found = {
        place: max(spans, key=lambda span: span[1] - span[0])
        for place in places
        if (spans := [(runs[name], runs[name] + len(name)) for name in _names(documents[place], asked, runs, quoted)])
    }
    return tuple(documents[place] for place, span in found.items() if not _is_inside(span, found.values()))


def _names_of(documents: Sequence[Document]) -> _Names:
    names = _latest[0]
    if names.documents is not documents:
        names = _latest[0] = _Names.of(tuple(documents))
    return names


def _names(
    document: Document, asked: tuple[str, ...], runs: dict[tuple[str, ...], int], quoted: frozenset[tuple[str, ...]]
) -> Iterator[tuple[str, ...]]:
    """The ways of calling a document that the question uses, as words."""
    for name in _called(document.name, document.title):
        if name in runs:
            before, after = asked[: runs[name]], asked[runs[name] + len(name) :]
            beside = {*before[-1:], *after[:1]}
            ending = PurePath(document.name).suffix[1:].casefold()
            if name in quoted or beside & (_KIND | {ending}) or _is_looked_into(name, before, after):
                yield name


def _is_looked_into(name: tuple[str, ...], before: tuple[str, ...], after: tuple[str, ...]) -> bool:
    """Whether the words around a name of several ask for what stands in what is called so."""
    if len(name) == 1 or not content_words(" ".join(name)):
        return False
    before = tuple(word for word in before if word not in _SMALL)
    if _GOES_BY & {*before[-1:]} or before[-2:] == ("according", "to") or _TELLS & {*after[:1]}:
        return True
    return bool(_LOOKS_INTO & {*before[-1:]} and _PAPERS & {*name})


@lru_cache(_NAMES_KEPT)
def _called(name: str, title: str) -> frozenset[tuple[str, ...]]:
    ways = (_words(PurePath(name).stem), _words(title))
    return frozenset(way for way in ways if len("".join(way)) >= _SHORTEST)


def _is_inside(span: tuple[int, int], others: Iterable[tuple[int, int]]) -> bool:
    return any(other != span and other[0] <= span[0] and span[1] <= other[1] for other in others)


def _runs(length: int, lengths: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Every stretch, as long as one of ``lengths``, of so many words, the earliest of equal ones last.

    Not every stretch whatever its length: of a page that is pasted as a question, these would take gigabytes.
    """
    return ((start, start + each) for each in lengths for start in reversed(range(length - each + 1)))


def _years(text: str) -> frozenset[str]:
    return frozenset(_YEAR.findall(text))


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.casefold() for word in _WORD.findall(text))
