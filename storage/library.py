"""The library on disk: documents, their chunks and vectors, their originals, and the conversations about them.

Owns the order in which the parts of the data folder change, so that a document is there whole or not at all whenever
the program dies, and what a reader sees while somebody writes:

    footnote.db    the catalogue (which documents exist, their pages), collections, conversations, preferences
    vectors/       the chunks in LanceDB
    tokens/        token vectors, one file per document
    coming/        vectors of the embedding model that it is going over to
    originals/     the files themselves
    writer.lock    held around each change

A batch comes in like this: rows in the catalogue that no reader sees; token files; chunks, in one LanceDB commit; and
then one SQLite transaction that makes the documents exist and what they replace cease to. What is left of documents
that came only half-way in or out is cleared away at the beginning of the next change. The library knows nothing of how
chunks and vectors are made.

A removal goes on until no byte of the document is left (``storage/erasure.py``); what a program that died in it owed is
done by the next opening, removal or ``tidy``.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager, suppress
from itertools import chain
from typing import TYPE_CHECKING, Self

from storage.admission import AddStatus, Admission, Arrival
from storage.analysis import analysed
from storage.catalogue import Catalogue, Snapshot
from storage.changeover import Changeover
from storage.chunk_queries import one_of
from storage.collections import CollectionStore
from storage.conversations import ConversationStore
from storage.erasure import Erasure
from storage.errors import FolderUnusable, LibraryLocked, OtherModel, StorageError
from storage.foundation import foundation
from storage.leftovers import Leftovers
from storage.preferences import Preferences
from storage.quotes import without_answer
from storage.schema import rows_of
from storage.search import Search, with_tokens
from storage.upgrade import bring_up_to_date
from storage.vocabulary import VocabularyStore
from storage.waiting_files import WaitingFiles
from storage.watched_folders import WatchedFolders

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from storage.foundation import Foundation, Team
    from storage.quotes import Retelling
    from storage.records import Chunk, Document, EncodedChunk, ModelVector, NewDocument, Page, WordBox
    from storage.search import WordHits
    from storage.upgrade import Tell
    from storage.vocabulary import Vocabulary

__all__ = ["AddStatus", "Library"]

_log = logging.getLogger(__name__)

MOST_FRESH_CHUNKS = 2000
"""Chunks that may wait for the full-text index: a thousand cost each question 15 ms, indexing takes a second."""
MOST_FRESH_SHARE = 0.05
"""The same as a part of all: indexing writes everything anew, which must not be done for every few of very many."""


class Library:
    """One data folder. Any number of these, in any number of processes, may read and write it at the same time."""

    def __init__(self, model: str, base: Foundation) -> None:
        """Put the parts together; ``Library.open`` is the way in."""
        self.folder, self.place, self.shared_at = base.folder, base.place, base.shared_at
        self.model = model
        self.collections = CollectionStore(base.catalogue)
        self.conversations = ConversationStore(base.own)
        self.preferences = Preferences(base.own)
        self.waiting_files = WaitingFiles(base.own)
        self.watched_folders = WatchedFolders(base.own)
        self.originals = base.originals
        self._base = base
        self._database = base.catalogue
        self._catalogue = Catalogue(base.catalogue)
        self._admission = Admission(base.catalogue)
        self._lock = base.turns
        self._table = base.table(model, self._catalogue.chunk_table, self._catalogue.named)
        self._erasure = Erasure(base.catalogue, self._catalogue, self._admission, self._table)
        self._tokens = base.tokens
        self._vocabularies = VocabularyStore(base.catalogue)
        parts = self._catalogue, self._admission, self._table
        self._leftovers = Leftovers(*parts, self._tokens, base.coming, self.originals)
        self.changeover = Changeover(*parts, base.coming, self._changing)

    @classmethod
    def open(cls, place: Path | Team, model: str, tell: Tell = lambda _: None) -> Self:
        """Open a data folder, or a team's bucket, for vectors of ``model`` (its fingerprint), making what is missing.

        ``tell`` is told how far it is where what an earlier version of the program left has to be brought up to date.
        Raises OtherModel where documents are there that another model encoded, LibraryTooNew, FolderUnusable, and
        BucketUnusable.
        """
        library = cls(model, foundation(place))
        found = library._catalogue.snapshot().model
        if found != model:
            with library._lock.held():
                found = library._admission.adopt(model)
        if found != model:
            library.close()
            raise OtherModel(library.place, found, model)
        parts = library._catalogue, library._admission, library._table
        bring_up_to_date(library.folder, parts, lambda seconds: library._changing(patience=seconds), tell)
        library._finish_erasing()
        return library

    @classmethod
    def rebuild(cls, place: Path | Team, model: str) -> Self:
        """Give up every vector in the folder and open it for ``model``.

        No document exists then; ``unencoded()`` names those to be added again from their originals, and goes on doing
        so until each has been, however often the program is interrupted.
        """
        library = cls(model, foundation(place))
        with library._lock.held():
            library._leftovers.clear()
            library.changeover.coming.keep_only(None)
            # Another program may have the table open: the next one of its name could have other columns.
            library._admission.give_up_vectors(model, library._table.next_name())
            library._table.sweep()
        return library

    def close(self) -> None:
        """Close the files; nothing needs saving."""
        self._base.own.close()
        self._database.close()

    def warm(self) -> None:
        """Load LanceDB, which takes a second, and what else the first question would wait for; mend its index."""
        snapshot = self._snapshot()
        if not snapshot.ready:
            return
        self._table.held(snapshot.revision)
        self.vocabulary()
        if self._table.wants_vector_index():
            with self._now_or_later(), suppress(LibraryLocked), self._changing(patience=0.0):
                self._table.index_vectors()

    # Documents --------------------------------------------------------------------------------------------------------

    def documents(self) -> tuple[Document, ...]:
        """All documents, the one added last first."""
        return self._catalogue.documents()

    def document(self, document_id: str) -> Document:
        """Return one document. Raises DocumentNotFound."""
        return self._catalogue.document(document_id)

    def resolve(self, name_or_id: str) -> Document:
        """Find a document by id, unique beginning of an id, or name. Raises DocumentNotFound and AmbiguousName."""
        return self._catalogue.resolve(name_or_id)

    def count(self) -> int:
        """How many documents there are."""
        return len(self._snapshot().ready)

    def count_chunks(self) -> int:
        """How many chunks they have together."""
        return self._catalogue.count_chunks()

    def holds(self, document_id: str) -> bool:
        """Whether the document exists."""
        return self._catalogue.holds(document_id)

    def unencoded(self) -> tuple[Document, ...]:
        """Documents to be added again from their originals after a ``rebuild``, oldest first."""
        return self._catalogue.unencoded()

    def source_of(self, path: str) -> str | None:
        """Id of the document last added from this absolute path, or None."""
        return self._catalogue.source_of(path)

    def page(self, document_id: str, number: int) -> Page:
        """Return one page's text. Raises DocumentNotFound and PageNotFound."""
        return self._catalogue.page(document_id, number)

    def pages(self, document_id: str) -> tuple[Page, ...]:
        """Every page's text, in order. Raises DocumentNotFound."""
        return self._catalogue.pages(document_id)

    def word_boxes(self, document_id: str, number: int) -> tuple[WordBox, ...]:
        """Where the words of a page stand on its picture; none where the page was not read from one."""
        return self._catalogue.word_boxes(document_id, number)

    def document_chunks(self, document_id: str) -> tuple[Chunk, ...]:
        """Every chunk of a document, in order. Raises DocumentNotFound."""
        self.document(document_id)
        found = (row.chunk for row in self._table.rows(one_of("document_id", [document_id])))
        return tuple(sorted(found, key=lambda chunk: chunk.ordinal))

    # Search -----------------------------------------------------------------------------------------------------------

    def dense(
        self,
        vector: NDArray[np.float32] | ModelVector,
        limit: int,
        scope: frozenset[str] | None = None,
        among: frozenset[str] | None = None,
        *,
        exact: bool = False,
    ) -> list[tuple[str, float]]:
        """Chunks nearest to ``vector``, the built-in model's or another's: id and cosine similarity, best first.

        ``scope`` is the documents to search, ``among`` the only chunks; None for all, and applied before the search.
        In a large library an index does it, which may overlook one in a thousand, unless it is to be ``exact``.
        Raises VectorsReplaced where the other model is not the one that passages are found by.
        """
        return Search(self._table, self._snapshot()).dense(vector, limit, scope, among, exact=exact)

    def keyword(
        self, question: str, limit: int, scope: frozenset[str] | None = None, among: Collection[str] | None = None
    ) -> list[tuple[str, float]]:
        """Chunks that hold any of the question's words: id and BM25, best first; one that holds none is left out.

        ``among`` looks only at these chunks. As long as the library does not change, a chunk's score is one number
        whatever ``limit``, ``scope`` and ``among`` are.
        """
        return Search(self._table, self._snapshot()).keyword(question, limit, scope, among)

    def words(
        self, question: str, limit: int, scope: frozenset[str] | None = None, among: frozenset[str] | None = None
    ) -> WordHits:
        """What ``keyword`` finds, with a way to the scores of chunks that are not among the best."""
        return Search(self._table, self._snapshot()).words(question, limit, scope, among)

    def holding(self, phrase: str, scope: frozenset[str] | None = None) -> frozenset[str]:
        """Ids of the chunks that hold a phrase word for word, whatever the punctuation and the size of the letters."""
        return Search(self._table, self._snapshot()).holding(phrase, scope)

    def vocabulary(self) -> Vocabulary:
        """The words of all documents."""
        return self._vocabularies.of(self._snapshot())

    def languages(self) -> frozenset[str]:
        """The languages of all documents."""
        return self._snapshot().languages

    def fetch(self, ids: Iterable[str]) -> dict[str, EncodedChunk]:
        """Whole chunks by id, in one read; one whose document has gone is left out."""
        wanted, ready = frozenset(ids), self._snapshot().ready
        if not wanted or not ready:
            return {}
        rows = [row for row in self._table.fetch(wanted) if row.chunk.document_id in ready]
        self._tokens.expect({row.chunk.document_id for row in rows})
        return {encoded.chunk.id: encoded for encoded in with_tokens(rows, self._tokens, self.holds)}

    # Changes ----------------------------------------------------------------------------------------------------------

    def add(self, batch: Sequence[NewDocument]) -> tuple[AddStatus, ...]:
        """Add documents in one commit: on return all of them are there, or an error was raised and none is.

        A document whose bytes are there already is ``unchanged``. One from a path that gave another document before is
        ``replaced``, unless the other one also came from elsewhere, and then stays. Each is brought into the collection
        that it names; one that names none takes the place of what it replaces. Raises OtherModel where the library was
        rebuilt for another model meanwhile, VectorsReplaced where it has gone over to another, DocumentNotFound where
        a document's original has gone meanwhile, LibraryLocked, and FolderUnusable.
        """
        arriving = {new.document.id: new for new in batch}
        with self._changing(keeping=arriving):
            self._require_originals(batch)
            fresh = [new for id_, new in arriving.items() if not self.holds(id_)]
            self.changeover.require_present(fresh)
            self._write(fresh)
            statuses = self._admission.admit(Arrival.of(new.document, new.replaces) for new in batch)
            with self._now_or_later():
                self._leftovers.clear()
                if self._catalogue.fresh_chunks() > max(MOST_FRESH_CHUNKS, MOST_FRESH_SHARE * self.count_chunks()):
                    self._optimize()
        return statuses

    def remember_source(self, document_id: str, path: str | None, collection: str | None = None) -> AddStatus:
        """Note that a document that is there was found again, at ``path`` or as a copy: no need to encode it first.

        ``unchanged``, or ``replaced`` where the path gave another before, which goes. Raises DocumentNotFound.
        """
        with self._changing(keeping=[document_id]):
            (status,) = self._admission.admit([Arrival(document_id, path, collection)])
            with self._now_or_later():
                self._leftovers.clear()
        return status

    def remove(self, *document_ids: str, keep_quotes: bool = False, retell: Retelling = without_answer) -> int:
        """Remove documents so that nothing of them can be read on the disk; returns the bytes that it got back.

        That is their originals, pages, chunks and vectors, and unless ``keep_quotes`` what answers quote of them:
        ``retell`` gives a turn without their words. It takes a second for some ten thousand chunks, and no query finds
        the documents from the first moment on. Raises DocumentNotFound, and then none of them is removed.
        """
        with self._changing():
            before = self.size_on_disk()
            self._admission.dismiss(document_ids, None if keep_quotes else retell)
            self._leftovers.clear()
            self._tokens.sweep()
            self._erasure.complete()
            self._database.shrink()
            return max(0, before - self.size_on_disk())

    def tidy(self, given_up: Collection[str] = ()) -> None:
        """Index what is not indexed yet and give back what is not needed any more; call it when an ingest has ended.

        ``given_up`` are ids whose originals were kept for nothing: they go, unless a document came of them elsewhere.
        """
        with self._changing():
            self._tokens.sweep()
            self.originals.sweep(self._catalogue.known(), given_up)
            if self._erasure.owed:
                self._erasure.complete()
            elif self._snapshot().fresh:
                self._optimize()
            self._table.index_vectors()
            self._database.shrink()

    def size_on_disk(self) -> int:
        """Bytes of everything that is kept, where it is kept."""
        return self._base.size()

    # ------------------------------------------------------------------------------------------------------------------

    def _snapshot(self) -> Snapshot:
        """What exists now. Raises OtherModel where the library was rebuilt for another model meanwhile."""
        snapshot = self._catalogue.snapshot()
        self._require_ours(snapshot.model)
        return snapshot

    def _require_ours(self, model: str | None) -> None:
        if model != self.model:
            raise OtherModel(self.place, str(model), self.model)

    @contextmanager
    def _changing(self, keeping: Collection[str] = (), patience: float | None = None) -> Iterator[None]:
        """Be the only writer of a library that is ours and holds nothing half-way in or out."""
        with self._lock.held(patience):
            self._require_ours(self._catalogue.model())
            try:
                self._leftovers.clear(keeping)
                yield
            except OSError as error:
                raise FolderUnusable(self.folder, str(error)) from error

    @contextmanager
    def _now_or_later(self) -> Iterator[None]:
        """Do what follows upon a change that is made already; what cannot be done now, the next change does."""
        try:
            yield
        except (OSError, RuntimeError, StorageError):  # LanceDB's errors have no type of their own
            _log.warning(
                "not everything could be cleared away after a change; it will be after the next", exc_info=True
            )

    def _require_originals(self, batch: Sequence[NewDocument]) -> None:
        """Complain about a copy that is gone: another program may have removed a document of the same bytes."""
        for new in batch:
            if new.has_original:
                self.originals.secure(new.document)

    def _write(self, arriving: Sequence[NewDocument]) -> None:
        """Write everything of some documents that no reader sees yet."""
        if not arriving:
            return
        found = [analysed([encoded.chunk.indexed_text for encoded in new.chunks]) for new in arriving]
        self._admission.announce((new.document, new.pages, its) for new, its in zip(arriving, found, strict=True))
        self._table.prepare()
        ids = {new.document.id for new in arriving}
        if again := ids & {document.id for document in self.unencoded()}:
            self._table.delete(one_of("document_id", again))  # what an attempt that was cut short has left
        spans = [self._tokens.write(new.document.id, (encoded.tokens for encoded in new.chunks)) for new in arriving]
        self._table.add(chain.from_iterable(map(rows_of, arriving, spans, (its.terms for its in found))))

    def _optimize(self) -> None:
        """Bring the chunk table into its best shape, and say so in the catalogue."""
        self._table.prepare()
        self._table.optimize()
        self._admission.mark_indexed(self._catalogue.chunk_table())

    def _finish_erasing(self) -> None:
        """Do what a program that died owed to what it removed; whatever prevents that must not prevent the opening."""
        if self._erasure.owed:
            # Whoever holds the lock is at it already.
            with self._now_or_later(), suppress(LibraryLocked), self._changing(patience=0.0):
                self._erasure.complete()
