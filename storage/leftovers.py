"""Takes away what is left of documents that are half-way in or out.

Files go first, which needs no room on a full disk, and the catalogue row last: while it stands, a crash loses no trace,
and a file in use is tried again with the next change. Which documents those are is the catalogue's to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.chunk_queries import one_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from storage.admission import Admission
    from storage.catalogue import Catalogue
    from storage.chunk_table import ChunkTable
    from storage.coming_vectors import ComingVectors
    from storage.originals import Originals
    from storage.token_files import TokenFiles

__all__ = ["Leftovers"]


@dataclass(frozen=True, slots=True, eq=False)
class Leftovers:
    """What one data folder may hold of them; all of it is called under the writer's lock."""

    catalogue: Catalogue
    admission: Admission
    table: ChunkTable
    tokens: TokenFiles
    coming: ComingVectors
    originals: Originals

    def clear(self, keeping: Collection[str] = ()) -> None:
        """Leave nothing of them but the originals of those in ``keeping``."""
        gone = self.catalogue.leftovers()
        if not gone:
            return
        without_files = [document_id for document_id in gone if self._clear_files(document_id, keeping)]
        self.table.delete(one_of("document_id", gone))
        if without_files:
            self.admission.forget(without_files)

    def _clear_files(self, document_id: str, keeping: Collection[str]) -> bool:
        """Delete a document's files; False where one of them cannot be deleted now."""
        deleted = self.tokens.delete(document_id) and self.coming.delete(document_id)
        if document_id in keeping:
            return deleted
        strays = self.originals.discard_strays(document_id)
        return self.originals.discard(document_id) and strays and deleted
