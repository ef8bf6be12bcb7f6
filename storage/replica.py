"""This computer's copy of the catalogue of a library in a bucket, and the way of a change into everybody's.

SQLite cannot live in a bucket. So every computer has a database of its own, laid out like that of a library on a disk,
and everything that reads reads there. Of it, documents and collections are everybody's, pages and words go with their
documents, and the rest is one person's own and never leaves the computer: conversations, preferences, files that wait,
watched folders, and the paths that documents were added from.

What everybody shares is one immutable object per state of the library, named by ``head`` (``storage/lease.py``). Before
anything is read, at most once a second, it is asked whether there is a newer one, which then takes the place of what
stands here in one transaction. A change is made here, published while its transaction is open, and committed when that
has succeeded: what could not be published has never been. The text of pages is an object for each document, named by
what is in it, so that a change costs what it changes and not what the library holds.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from storage.catalogue_objects import (
    Here,
    Texts,
    apply,
    dump,
    encoded_anew,
    forget_everything,
    lay_out,
    load,
    missing_texts,
    note_texts,
    pack_texts,
    present,
    settle_sources,
    touched_documents,
    watch_texts,
)
from storage.database import Database
from storage.errors import BucketUnreachable, StorageError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from storage.bucket import Bucket, Mark
    from storage.lease import Head, Lease

__all__ = ["CATALOGUES", "Replica"]

_log = logging.getLogger(__name__)

CATALOGUES = "catalogue/"
"""How the keys of all catalogues begin."""

FRESH = 1.0
"""Seconds for which what was read of the bucket is taken for the present."""
HOLD = 2.0
"""Seconds that a reader waits for the bucket at most, before it goes on with what is here."""
PAUSE = 10.0
"""The same after the bucket could not be reached: until then what is here has to do."""
_ATTEMPTS = 5


class Replica(Database):
    """The database of a library in a bucket; ``reading`` and ``writing`` mean what they mean for one on a disk."""

    def __init__(self, file: Path, bucket: Bucket, lease: Lease) -> None:
        """``file`` has been laid out as any library's (``storage/migrations.py``)."""
        super().__init__(file)
        self._bucket, self._lease = bucket, lease
        self._looking = threading.Lock()
        self._next_look = 0.0
        self._mark: Mark | None = None
        self.on_change: Callable[[frozenset[str], frozenset[str]], object] = lambda *_: None
        """Called with the ids of documents that somebody else has removed, and of those encoded anew, before it counts.

        Files go before the rows do, so that a program that dies in between is given the same ids again.
        """
        with super().writing() as connection:
            lay_out(connection)

    @contextmanager
    def held(self, seconds: float | None = None) -> Iterator[None]:
        """Be the only writer anywhere, and know what all others wrote. Raises LibraryLocked and BucketUnusable."""
        with self._lease.held(seconds) as head, self._looking:
            self._follow(head)
            yield

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One moment of the library, of a second ago at most where the bucket can be reached."""
        self.look()
        with super().reading() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """All of the block or nothing of it, published to everybody when the block ends. Raises TurnLost."""
        if not self._lease.is_mine:
            with self.held(), self.writing() as connection:
                yield connection
            return
        before = self._here().catalogue
        with super().writing() as connection:
            watch_texts(connection)
            unchanged = connection.total_changes
            yield connection
            if connection.total_changes == unchanged:
                return
            self._publish(connection)
        self._forget_catalogue(before)

    def erase(self) -> bool:
        """Leave no byte of what was deleted here, nor any catalogue but the present one in the bucket."""
        named = self._here().catalogue
        self._bucket.delete([key for key in self._bucket.keys(CATALOGUES) if key != named])
        return super().erase()

    def look(self, *, now: bool = False) -> None:
        """Bring what is here up to date, if it has not been a moment ago; whoever writes is.

        A bucket that is slow or out of reach holds nobody up for long, unless what is there ``now`` has to be known.
        """
        if self._lease.is_mine:
            return
        if now:
            with self._looking:
                self._catch_up()
        elif time.monotonic() >= self._next_look and self._looking.acquire(blocking=False):
            self._next_look = time.monotonic() + FRESH
            looking = threading.Thread(target=self._look_behind, name="look", daemon=True)
            looking.start()
            looking.join(HOLD)

    def _look_behind(self) -> None:
        """Catch up if that can be, and let the next one look."""
        try:
            self._catch_up()
        except StorageError:
            self._next_look = time.monotonic() + PAUSE
            _log.warning("the bucket cannot be read; going on with what is known", exc_info=True)
        finally:
            self._looking.release()

    def _catch_up(self) -> None:
        """Take over the present state of the bucket, if it is not the one that is here."""
        found = self._lease.look(self._mark)
        if found is not None:
            head, mark = found
            self._follow(head)
            self._mark = mark

    def _follow(self, head: Head) -> None:
        """Take over the state that ``head`` names; a newer one where that has been replaced meanwhile."""
        for _ in range(_ATTEMPTS):
            here = self._here()
            if here.is_that_of(head):
                return
            if not here.is_before(head):
                # What is here was published before it was written here, so that a look from now on is no older.
                head = self._lease.look_again()
                if here.is_that_of(head):
                    return
                if not here.is_before(head):
                    self._begin_anew(here, head)
            if not head.catalogue:
                return
            with suppress(FileNotFoundError):
                self._take_over(head)
                return
            head = self._lease.look_again()
        raise BucketUnreachable(self._bucket.url, f"{head.catalogue} is named and not there")

    def _begin_anew(self, here: Here, head: Head) -> None:
        """Give up what is here: the bucket has another library now, or was put back to what it held before."""
        with super().writing() as connection:
            if present(connection) != here:
                return
            gone = forget_everything(connection, head.origin)
            self.on_change(gone, frozenset())
        self._let_go(gone)

    def _take_over(self, head: Head) -> None:
        """Read a catalogue and the pages that are not here yet, then change everything at once."""
        found = self._bucket.get(head.catalogue)
        assert found is not None  # noqa: S101  (nothing was known)
        state = load(found.data, self._bucket.url)
        with super().reading() as connection:
            missing = missing_texts(connection, state)
        texts = dict(zip(missing, self._bucket.each(self._text, missing), strict=True))
        with super().writing() as connection:
            if not present(connection).is_before(head):
                return
            anew = encoded_anew(connection, state)
            gone = apply(connection, state, texts, (head.number, head.catalogue))
            self.on_change(gone, anew)
        self._let_go(gone)

    def _let_go(self, gone: frozenset[str]) -> None:
        """Leave no byte here of documents that somebody else has removed."""
        if gone:
            with suppress(StorageError):
                super().erase()

    def _text(self, texts: Texts) -> bytes:
        found = self._bucket.get(texts.key)
        assert found is not None  # noqa: S101  (nothing was known)
        return found.data

    def _publish(self, connection: sqlite3.Connection) -> None:
        """Store what the open transaction has changed, then make it the present state."""
        changed = [pack_texts(connection, document_id) for document_id in touched_documents(connection)]
        self._bucket.each(lambda each: self._bucket.put(each[0].key, each[1]), changed)
        note_texts(connection, [texts for texts, _ in changed])
        settle_sources(connection)
        here = present(connection)
        number = here.number + 1
        key = f"{CATALOGUES}{number:09d}-{uuid.uuid4().hex[:12]}"
        self._bucket.put(key, dump(connection))
        connection.execute("UPDATE replica SET number = ?, catalogue = ?", (number, key))
        self._lease.publish(here.origin, number, key)

    def _forget_catalogue(self, key: str) -> None:
        """Delete a catalogue that nobody needs any more; what cannot be deleted now, ``erase`` deletes."""
        with suppress(StorageError):
            self._bucket.delete([key] if key else [])

    def number(self) -> int:
        """Which state of the library is here."""
        return self._here().number

    def _here(self) -> Here:
        with super().reading() as connection:
            return present(connection)
