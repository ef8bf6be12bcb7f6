"""Leaves no byte of documents that are gone: what no query finds can still be read by whoever has the files.

Deleting is not erasing. LanceDB keeps a deleted row where it stands among many that stay, its words in the index, and
for ever the files that a program had begun when it died in a compaction; SQLite overwrites what is deleted, but leaves
copies behind where it has moved rows from one page to another. So both are written anew. That this is owed stands in
the catalogue from the moment in which a document ceases to exist until nothing is left of it; a program that dies in
between leaves it to the next one. Owns that order; which documents go, and their files, is not known here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.chunk_queries import one_of

if TYPE_CHECKING:
    from storage.admission import Admission
    from storage.catalogue import Catalogue
    from storage.chunk_table import ChunkTable
    from storage.database import Database

__all__ = ["Erasure"]


class Erasure:
    """What one data folder owes to documents that are gone; all but ``owed`` is called under the writer's lock."""

    def __init__(self, database: Database, catalogue: Catalogue, admission: Admission, table: ChunkTable) -> None:
        self._database = database
        self._catalogue = catalogue
        self._admission = admission
        self._table = table

    @property
    def owed(self) -> bool:
        """Whether bytes of documents that are gone may still be on the disk."""
        return self._catalogue.erasing()

    def complete(self) -> None:
        """Write anew what may hold such bytes; what cannot be deleted now stays owed.

        Readers go over to the new chunk table when the catalogue names it; what they were about to read of the old one
        they begin again.
        """
        try:
            self._renew_chunks()
        finally:
            swept = self._table.sweep()
        if self._database.erase() and swept:
            self._admission.mark_erased()

    def _renew_chunks(self) -> None:
        """Put a table of what exists, all of it indexed, in the place of the present one."""
        ready = self._catalogue.snapshot().ready
        if ready:
            self._table.prepare()
            self._admission.mark_indexed(self._table.rewrite(one_of("document_id", ready)))
        else:
            self._table.drop()
