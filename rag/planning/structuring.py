"""What a question says of where to look, put into fields by a language model: a document, a year, a kind of file."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from rag.planning.naming import documents_of_year
from rag.planning.plan import Filter, FilterKind
from rag.planning.tasks import Task, lines_in
from rag.reading import FORMATS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.records import Document

__all__ = ["TASK", "facts", "filters_in"]

_KINDS = tuple(dict.fromkeys(each.family for each in FORMATS))
TASK = Task(
    instruction="Say where the question wants to be looked up: lines of “document: NAME”, “year: YEAR” and "
    "“kind: KIND”, each only if the question says so. If it says nothing of it, write: none. "
    f"Kinds are: {', '.join(_KINDS)}.",
    example="Documents:\nLease agreement.pdf\nCosts 2023.xlsx\n\nWhat did the spreadsheet of 2023 say about gas?",
    done="year: 2023\nkind: Excel",
    tokens=60,
)
_MOST_NAMES = 40
"""Of more documents a small model loses sight."""


def facts(documents: Sequence[Document]) -> str:
    """What the model has to know."""
    return "\n".join(("Documents:", *(each.name for each in documents[:_MOST_NAMES])))


def filters_in(question: str, written: str, documents: Sequence[Document]) -> tuple[Filter, ...]:
    """The filters that a model's lines are good for: of documents there are, and of a year that the question names."""
    found: list[Filter | None] = []
    for line in lines_in(written):
        field, _, value = line.partition(":")
        value = value.strip().casefold()
        match field.strip().casefold():
            case "document":
                found.append(_document(value, documents))
            case "year" if value in question:
                found.append(documents_of_year(value, documents))
            case "kind":
                found.append(_kind(value, documents))
    return tuple(each for each in found if each is not None)


def _document(name: str, documents: Sequence[Document]) -> Filter | None:
    named = [each for each in documents if name in {each.name.casefold(), PurePath(each.name).stem.casefold()}]
    ids = tuple(each.id for each in named)
    return Filter(FilterKind.DOCUMENT, named[0].name, ids) if 0 < len(ids) < len(documents) else None


def _kind(kind: str, documents: Sequence[Document]) -> Filter | None:
    types = {each.media_type for each in FORMATS if each.family.casefold() == kind}
    ids = tuple(each.id for each in documents if each.media_type in types)
    family = next((each for each in _KINDS if each.casefold() == kind), kind)
    return Filter(FilterKind.FORMAT, family, ids) if 0 < len(ids) < len(documents) else None
