"""How a library goes over to another embedding model while it is being asked.

Only the vectors that passages are found by change; text, words, token vectors and the built-in model's own vectors stay
what they are. New vectors are gathered beside the library (``storage/coming_vectors.py``), for as long as that takes
and however often the program is ended. When every document has its own, a new chunk table is written with them, and one
SQLite transaction makes it the present one. Readers see one model or the other, never both. How vectors are made is not
known here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from storage.chunk_queries import one_of
from storage.errors import FolderUnusable, VectorsReplaced
from storage.records import BUILT_IN, ModelVector
from storage.upgrade import lots_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    import numpy as np
    from numpy.typing import NDArray

    from storage.admission import Admission
    from storage.catalogue import Catalogue
    from storage.chunk_table import ChunkTable
    from storage.coming_vectors import ComingVectors
    from storage.records import Chunk, Document, NamedModel, NewDocument
    from storage.schema import Row

__all__ = ["Changeover"]


@dataclass(frozen=True, slots=True, eq=False)
class Changeover:
    """The models that one library is found by, and the way from one to the next."""

    catalogue: Catalogue
    admission: Admission
    table: ChunkTable
    coming: ComingVectors
    changing: Callable[[], AbstractContextManager[None]]
    """Be the only writer."""

    def present(self) -> NamedModel:
        """The model whose vectors passages are found by."""
        return self.catalogue.named()

    def progress(self, to: NamedModel) -> tuple[int, int]:
        """How many chunks have vectors of ``to``, and how many there are."""
        sizes = self.catalogue.snapshot().sizes
        if to == BUILT_IN:
            return sum(sizes.values()), sum(sizes.values())
        done = (min(size, self.coming.count(to, document_id)) for document_id, size in sizes.items())
        return sum(done), sum(sizes.values())

    def remaining(self, to: NamedModel) -> tuple[Document, ...]:
        """Documents that lack vectors of ``to``, oldest first; the built-in model's are always there."""
        if to == BUILT_IN:
            return ()
        documents = reversed(self.catalogue.documents())
        return tuple(each for each in documents if self.coming.count(to, each.id) < each.chunks)

    def encoded(self, to: NamedModel, document_id: str) -> int:
        """How many of a document's chunks, in order, have vectors of ``to``; what came to the disk in part goes."""
        whole = len(self.coming.read(to, document_id))
        if whole < self.coming.count(to, document_id):
            with self.changing():
                self.coming.cut(to, document_id, whole)
        return whole

    def keep(self, to: NamedModel, chunks: Sequence[Chunk], vectors: NDArray[np.float32], *, behind: int) -> bool:
        """Keep vectors of some chunks of one document, which has ``behind`` before them; False where that is no more.

        The document has gone meanwhile, say, or was added again and is cut otherwise, or another program has been at
        it, or even done with it.
        """
        document_id = chunks[0].document_id
        with self.changing():
            there = document_id in self.catalogue.snapshot().ready and self.present() != to
            if not there or self.coming.count(to, document_id) != behind or not self._are_there(chunks):
                return False
            self.coming.append(to, document_id, vectors, behind=behind)
        return True

    def complete(self, to: NamedModel) -> bool:
        """Find passages by ``to`` from now on; False, and nothing is changed, where vectors of it are missing yet.

        Takes seconds for some ten thousand chunks, in which nobody else can write.
        """
        with self.changing():
            if self.present() == to:
                return True
            if self.remaining(to) or not self._all_whole(to):
                return False
            if documents := self.catalogue.documents():
                self.table.prepare()
                name = self.table.renew(self._lots(documents, to), to)
            else:
                name = self.table.next_name()
            self.admission.go_over(name, to)
            self._clear_away()
        return True

    def give_up(self, but: NamedModel | None = None) -> None:
        """Forget vectors that were gathered for other models than ``but``, and what a program left that died."""
        if self.coming.holds_others(but):
            with self.changing():
                self._clear_away(but)

    def require_present(self, arriving: Iterable[NewDocument]) -> None:
        """Complain about documents whose vectors are not of the present model. Raises VectorsReplaced."""
        present = self.present().name
        for new in arriving:
            named = new.chunks[0].named if new.chunks else None
            given = present if not new.chunks else "" if named is None else named.model
            if given != present:
                raise VectorsReplaced(present, given)

    def _are_there(self, chunks: Sequence[Chunk]) -> bool:
        """Whether the library still holds these, as they are."""
        found = {row.chunk.id: row.chunk for row in self.table.rows(one_of("id", [chunk.id for chunk in chunks]))}
        return all(found.get(chunk.id) == chunk for chunk in chunks)

    def _clear_away(self, but: NamedModel | None = None) -> None:
        """Delete what is not needed any more; the table before, first, as the rest tells that there is something."""
        self.table.sweep()
        self.coming.keep_only(but)

    def _all_whole(self, to: NamedModel) -> bool:
        """Whether what is there can be read; of a file that is damaged, what is behind that is to be made anew."""
        if to == BUILT_IN:
            return True
        found = [(each, len(self.coming.read(to, each.id))) for each in self.catalogue.documents()]
        damaged = [(document, whole) for document, whole in found if whole < document.chunks]
        for document, whole in damaged:
            self.coming.cut(to, document.id, whole)
        return not damaged

    def _lots(self, documents: tuple[Document, ...], to: NamedModel) -> Iterator[list[Row]]:
        """All rows with their new vectors."""
        for lot in lots_of(documents):
            yield [self._renewed(row, to, vectors) for row, vectors in self._with_vectors(lot, to)]

    def _with_vectors(self, lot: list[str], to: NamedModel) -> Iterator[tuple[Row, NDArray[np.float32] | None]]:
        made = {} if to == BUILT_IN else {document_id: self.coming.read(to, document_id) for document_id in lot}
        for row in self.table.rows(one_of("document_id", lot), ["terms"]):
            yield row, made.get(row.chunk.document_id)

    def _renewed(self, row: Row, to: NamedModel, vectors: NDArray[np.float32] | None) -> Row:
        if vectors is None:
            return replace(row, named=None)
        if row.chunk.ordinal >= len(vectors):
            raise FolderUnusable(self.table.folder, f"vectors of {row.chunk.document_id} are missing")
        return replace(row, named=ModelVector(to.name, vectors[row.chunk.ordinal]))
