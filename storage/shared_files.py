"""Originals and token vectors of a library in a bucket: objects there, and files here of those that were used.

An object never changes: the token vectors of a document have a new name whenever they are made, which stands in the
catalogue, so that a file here is never an old one. Owns their keys, and that of what is gone nothing is left, here or
there. What came here because it was used stays until its document goes.
"""

from __future__ import annotations

import uuid
from contextlib import suppress
from typing import TYPE_CHECKING

from storage.catalogue_objects import DOCUMENTS, note_tokens, tokens_of
from storage.errors import DocumentNotFound
from storage.files import delete
from storage.originals import SPEAKABLE, Originals
from storage.token_files import SUFFIX, TokenFiles

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from storage.bucket import Bucket
    from storage.database import Database
    from storage.lease import Lease
    from storage.records import Document, TokenVectors
    from storage.token_files import TokenSpan

__all__ = ["SharedOriginals", "SharedTokens"]

_ORIGINAL = "original"


class SharedOriginals(Originals):
    """The originals of everybody's documents."""

    def __init__(self, folder: Path, handed_over: Path, bucket: Bucket, database: Database, lease: Lease) -> None:
        """``database`` is this computer's, read as it stands here."""
        super().__init__(folder, handed_over)
        self._bucket, self._database, self._lease = bucket, database, lease

    def secure(self, document: Document) -> None:
        """Bring a document's file to where everybody finds it, before the document exists. Raises DocumentNotFound."""
        copy = self.at_hand(document.id)
        key = f"{DOCUMENTS}{document.id}/{_ORIGINAL}{copy.suffix}"
        if key not in self._bucket.keys(key):
            self._bucket.put(key, copy)

    def path_of(self, document: Document) -> Path:
        """Where the file lies here, fetched when it is first asked for. Raises DocumentNotFound and BucketUnusable."""
        with suppress(DocumentNotFound):
            return self.at_hand(document.id)
        for key in self._bucket.keys(f"{DOCUMENTS}{document.id}/{_ORIGINAL}"):
            suffix = key.rpartition(_ORIGINAL)[2]
            place = self._folder / document.id[:2] / f"{document.id}{suffix if SPEAKABLE.fullmatch(suffix) else ''}"
            try:
                self._bucket.fetch(key, place)
            except FileNotFoundError:
                break
            return place
        raise DocumentNotFound(document.id)

    def discard(self, document_id: str) -> bool:
        """Delete everything that the bucket holds of a document, and its file here."""
        self._lease.require()
        self._bucket.delete(self._bucket.keys(f"{DOCUMENTS}{document_id}/"))
        return super().discard(document_id)

    def drop(self, document_id: str) -> bool:
        """Delete a document's file here; others have it still."""
        return super().discard(document_id)

    def sweep(self, known: Collection[str], given_up: Collection[str] = ()) -> None:
        """Delete here what never came to be a document, and in the bucket every object that no catalogue names."""
        super().sweep(known, given_up)
        with self._database.reading() as connection:
            rows = connection.execute("SELECT document_id, texts, tokens FROM replica_documents").fetchall()
        names = {id_: {f"{texts}.texts", f"{tokens}{SUFFIX}"} for id_, texts, tokens in rows}
        self._lease.require()
        self._bucket.delete([key for key in self._bucket.keys(DOCUMENTS) if not _is_named(key, names)])


class SharedTokens(TokenFiles):
    """The token vectors of everybody's documents; here, a file is called by its document's id and its own name."""

    def __init__(self, folder: Path, bucket: Bucket, database: Database, lease: Lease) -> None:
        """``database`` is this computer's, read and written as it stands here."""
        super().__init__(folder)
        self._bucket, self._database, self._lease = bucket, database, lease

    def write(self, document_id: str, tokens: Iterable[TokenVectors | None]) -> tuple[TokenSpan, ...]:
        """Write a document's vectors, here and in the bucket; everybody finds them when the document exists."""
        name = uuid.uuid4().hex[:12]
        spans = super().write(_local(document_id, name), tokens)
        self._lease.require()
        self._bucket.put(_key(document_id, name), self._path(_local(document_id, name)))
        with self._database.writing() as connection:
            note_tokens(connection, document_id, name)
        return spans

    def expect(self, document_ids: Collection[str]) -> None:
        """Fetch what is not here of these documents, side by side."""
        with self._database.reading() as connection:
            names = tokens_of(connection, document_ids)
        missing = [item for item in names.items() if not self._path(_local(*item)).exists()]
        if missing:
            self._bucket.each(self._fetch, missing)

    def read(self, document_id: str, spans: Sequence[TokenSpan]) -> tuple[TokenVectors | None, ...]:
        """Read some chunks' vectors. Raises FileNotFoundError where the document has none, and BucketUnusable."""
        with self._database.reading() as connection:
            name = tokens_of(connection, [document_id]).get(document_id)
        if name is None:
            raise FileNotFoundError(document_id)
        try:
            return super().read(_local(document_id, name), spans)
        except FileNotFoundError:
            self._bucket.fetch(_key(document_id, name), self._path(_local(document_id, name)))
        return super().read(_local(document_id, name), spans)

    def delete(self, document_id: str) -> bool:
        """Delete a document's vectors, here and in the bucket."""
        self._lease.require()
        found = self._bucket.keys(f"{DOCUMENTS}{document_id}/")
        self._bucket.delete([key for key in found if key.endswith(SUFFIX)])
        return self.drop(document_id)

    def drop(self, document_id: str) -> bool:
        """Delete a document's files here; others have theirs still."""
        files = sorted((self._folder / document_id[:2]).glob(f"{document_id}*{SUFFIX}"))
        return all(list(map(delete, files)))

    def _fetch(self, item: tuple[str, str]) -> None:
        """Bring one file here; it may have gone meanwhile, which ``read`` will find out."""
        try:
            self._bucket.fetch(_key(*item), self._path(_local(*item)))
        except FileNotFoundError:
            return


def _local(document_id: str, name: str) -> str:
    return f"{document_id}-{name}"


def _key(document_id: str, name: str) -> str:
    return f"{DOCUMENTS}{document_id}/{name}{SUFFIX}"


def _is_named(key: str, names: dict[str, set[str]]) -> bool:
    """Whether an object belongs to a document that there is."""
    document_id, _, name = key.removeprefix(DOCUMENTS).partition("/")
    return document_id in names and (name.startswith(_ORIGINAL) or name in names[document_id])
