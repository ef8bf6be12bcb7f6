"""The chunk table of a library in a bucket: LanceDB reads and writes it there.

What is searched, and how, is that of any library (``storage/chunk_table.py``). Owned here is what differs from a disk:
where LanceDB connects to, how a table's objects go, that a writer makes sure of its turn before it changes anything,
and what LanceDB's words about a bucket mean.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from storage.bucket import trouble_of
from storage.chunk_queries import one_of
from storage.chunk_table import ATTEMPTS, ChunkTable
from storage.lance import session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    import lancedb

    from storage.bucket import Bucket
    from storage.lease import Lease
    from storage.records import NamedModel
    from storage.replica import Replica
    from storage.schema import Row

__all__ = ["VECTORS", "BucketTable"]

_Found = TypeVar("_Found")

VECTORS = "vectors/"
"""How the keys of all tables begin."""
_STORE_SIGNS = ("Generic S3 error", "Generic GCS error", "Generic MicrosoftAzure error", "object_store", "object store")
"""What LanceDB's errors have in common that are about the bucket: they have no type of their own."""


class BucketTable(ChunkTable):
    """The present table, opened when it is first needed."""

    def __init__(
        self,
        place: tuple[Path, Bucket, Replica, Lease],
        model: str,
        name: Callable[[], str],
        named: Callable[[], NamedModel],
    ) -> None:
        """``place`` is this computer's folder, where nothing of it stands, and the bucket with what guards it."""
        folder, self._bucket, self._replica, self._lease = place
        super().__init__(folder, model, name, named)
        self._latest = -1

    def add(self, entries: Iterable[Row]) -> None:
        """Append rows in one commit, in the place of those that a writer left of these documents who was taken over."""
        arriving = list(entries)
        documents = {row.chunk.document_id for row in arriving}
        with self._disk_trouble():
            if documents and self._open().count_rows(one_of("document_id", documents)):
                self._open().delete(one_of("document_id", documents))
        super().add(arriving)

    def sweep(self) -> bool:
        """Delete every object that belongs to any table but the present one."""
        present = f"{VECTORS}{self._name()}.lance/"
        with self._disk_trouble():
            self._bucket.delete([key for key in self._bucket.keys(VECTORS) if not key.startswith(present)])
        return True

    def _open(self) -> lancedb.table.Table:
        """Return the table as it is in the present state of the library, or later.

        LanceDB could look for a later version at every call, which costs a question twenty requests: rows are written
        before the state is published that tells of them, so it is enough to look when there is another state.
        """
        table, number = super()._open(), self._replica.number()
        if number != self._latest:
            table.checkout_latest()  # type: ignore[no-untyped-call]
            self._latest = number
        return table

    def _connect(self, size: int = 0) -> lancedb.db.DBConnection:
        import lancedb

        return lancedb.connect(
            f"{self._bucket.url}/{VECTORS.rstrip('/')}",
            storage_options=self._bucket.options,
            read_consistency_interval=None,
            session=session(size),
        )

    def _exists(self) -> bool:
        """Whether there is a table at all; its name may have changed a moment ago."""
        self._replica.look(now=True)
        with self._store_trouble():
            return super()._exists()

    def _read(self, query: Callable[[lancedb.table.Table], list[_Found]], attempts: int = ATTEMPTS) -> list[_Found]:
        with self._store_trouble():
            return super()._read(query, attempts)

    def _make_room(self, name: str) -> None:
        self._bucket.delete(self._bucket.keys(f"{VECTORS}{name}.lance/"))

    def _settle(self, name: str) -> None:
        """What a bucket has taken, it keeps."""

    @contextmanager
    def _disk_trouble(self) -> Iterator[None]:
        """Change something, as long as it is our turn."""
        self._lease.require()
        with self._store_trouble():
            yield

    @contextmanager
    def _store_trouble(self) -> Iterator[None]:
        """Say what is wrong with the bucket, where LanceDB says so."""
        try:
            yield
        except (OSError, RuntimeError, ValueError) as error:
            if not any(sign in str(error) for sign in _STORE_SIGNS):
                raise
            raise trouble_of(self._bucket.url, str(error)) from error
