"""Brings a data folder of an earlier version of the program up to date, in place, where a step in SQLite does not do.

Documents that came in before words were analysed by their language are analysed now, and the chunk table is written
anew with what was found. A program that dies in it leaves everything as it was. How far it is stands in a note beside
the library, for programs that wait for it: they give up only where nothing happens any more.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from storage.analysis import analysed
from storage.chunk_queries import one_of
from storage.errors import LibraryLocked
from storage.lock import PATIENCE
from storage.vocabulary import pack

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from storage.admission import Admission
    from storage.catalogue import Catalogue
    from storage.chunk_table import ChunkTable
    from storage.records import Document
    from storage.schema import Row

__all__ = ["LONGEST_STEP", "Tell", "Upgrading", "bring_up_to_date", "lots_of", "upgrade_under_way"]

_CHUNKS_AT_ONCE = 4000
_NOTE = "upgrading"
_LOOK = 1.0
"""Seconds between two looks at how far another program is."""
LONGEST_STEP = 5 * PATIENCE
"""Seconds that it may take without a word: at the end, the table's indexes are made in one go."""


@dataclass(frozen=True, slots=True)
class Upgrading:
    """How far it is."""

    done: int
    total: int
    """Chunks."""
    by_another: bool = False
    """Another program does it, and is waited for."""

    @property
    def over(self) -> bool:
        """Whether there is nothing more to be said of it."""
        return not self.total


Tell = Callable[[Upgrading], object]
"""Who is told how far it is."""
_OVER = Upgrading(0, 0)


def upgrade_under_way(folder: Path) -> Upgrading | None:
    """How far another program is, as it has noted in the data folder; None where none is at it, and none has died."""
    try:
        done, total = map(int, (folder / _NOTE).read_text(encoding="utf-8").split())
    except (OSError, ValueError):
        return None
    return Upgrading(done, total, by_another=True)


def bring_up_to_date(
    folder: Path,
    parts: tuple[Catalogue, Admission, ChunkTable],
    changing: Callable[[float], AbstractContextManager[None]],
    tell: Tell,
) -> None:
    """Do what is to be done, or wait until another program has; ``changing`` waits so many seconds for its turn.

    Raises LibraryLocked where another program has the lock and nothing is heard of it.
    """
    catalogue = parts[0]
    if not catalogue.unanalysed():
        _forget(folder)  # of one that died when it had just done
        return
    heard, since = None, time.monotonic()
    while catalogue.unanalysed():
        try:
            with changing(_LOOK), _noted(folder, tell) as note:
                _analyse_anew(*parts, note)
        except LibraryLocked:
            if (seen := upgrade_under_way(folder)) != heard:
                heard, since = seen, time.monotonic()
            if time.monotonic() - since > (PATIENCE if seen is None else LONGEST_STEP):
                raise
            if seen is not None:
                tell(seen)
    tell(_OVER)


@contextmanager
def _noted(folder: Path, tell: Tell) -> Iterator[Tell]:
    """Let others know as well, for the length of a block; where that cannot be, they wait all the same."""

    def note(upgrading: Upgrading) -> None:
        with suppress(OSError):
            (folder / _NOTE).write_text(f"{upgrading.done} {upgrading.total}", encoding="utf-8")
        tell(upgrading)

    try:
        yield note
    finally:
        _forget(folder)


def _forget(folder: Path) -> None:
    with suppress(OSError):
        (folder / _NOTE).unlink(missing_ok=True)


def _analyse_anew(catalogue: Catalogue, admission: Admission, table: ChunkTable, tell: Tell) -> None:
    """Analyse every document that exists, and make a table of the result the present one; not where that was done."""
    if not catalogue.unanalysed():
        return
    documents = catalogue.documents()
    total = sum(document.chunks for document in documents)
    nothing = analysed(())
    vocabularies = {document.id: (nothing.language, pack(nothing.words)) for document in documents}

    def analysed_lots() -> Iterator[list[Row]]:
        done = 0
        for lot in lots_of(documents):
            tell(Upgrading(done, total))
            rows = sorted(table.rows(one_of("document_id", lot)), key=_position)
            analysed_rows: list[Row] = []
            for document_id, group in groupby(rows, lambda row: row.chunk.document_id):
                of_one = list(group)
                found = analysed([row.chunk.indexed_text for row in of_one])
                vocabularies[document_id] = found.language, pack(found.words)
                pairs = zip(of_one, found.terms, strict=True)
                analysed_rows += (replace(row, terms=terms) for row, terms in pairs)
            yield analysed_rows
            done += len(analysed_rows)
            tell(Upgrading(done, total))

    name = table.renew(analysed_lots())
    admission.mark_indexed(name, ((id_, *vocabulary) for id_, vocabulary in vocabularies.items()))
    table.sweep()


def lots_of(documents: Iterable[Document]) -> Iterator[list[str]]:
    """Ids of documents, as many at once as have so many chunks together."""
    lot: list[str] = []
    chunks = 0
    for document in documents:
        lot.append(document.id)
        chunks += document.chunks
        if chunks >= _CHUNKS_AT_ONCE:
            yield lot
            lot, chunks = [], 0
    if lot:
        yield lot


def _position(row: Row) -> tuple[str, int]:
    """Where a row stands: document by document, in order."""
    return row.chunk.document_id, row.chunk.ordinal
