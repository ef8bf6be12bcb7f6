"""The collections that a question belongs to, chosen by a language model from their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.planning.plan import Filter, FilterKind
from rag.planning.tasks import Task, lines_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from storage.records import Collection, Document

__all__ = ["TASK", "collection_in", "facts"]

TASK = Task(
    instruction="Choose the one collection of documents that the question is about, and write its name. If several "
    "might be, or none, write: none.",
    example="Collections:\nHouse move\nTaxes\n\nHow much did the removal van cost?",
    done="House move",
    tokens=40,
)


def facts(collections: Iterable[Collection]) -> str:
    """What the model has to know."""
    return "\n".join(("Collections:", *(each.name for each in collections)))


def collection_in(written: str, collections: Iterable[Collection], documents: Sequence[Document]) -> tuple[Filter, ...]:
    """The filter for the collection that a model's first line names; nothing where it names none that there is."""
    name = next(iter(lines_in(written)), "").rstrip(".").casefold()
    chosen = [each for each in collections if each.name.casefold() == name]
    held = tuple(each.id for each in documents if chosen and each.collection == chosen[0].id)
    return (Filter(FilterKind.COLLECTION, chosen[0].name, held),) if held else ()
