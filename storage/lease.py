"""Whose turn it is to write a library in a bucket, and which of its states is the present one: one small object.

A bucket has no locks. It can replace an object only if nobody has replaced it meanwhile, and that is all this rests on:
``head`` names the present catalogue and who is writing, and is changed in no other way. Whoever wants to write puts a
name there, which fails if another one stands there; puts it there anew every few seconds, by which all see that the
writer lives; and takes it away in the end. A writer whose entry has not changed for ``LEASE`` seconds, by the clock of
the one who waits (no two clocks are compared), is taken for dead, and another name put in the place. A new state of the
library is published by the same kind of change. So whoever was taken over, and does not know it, cannot publish: what
it saw of ``head`` is not what is there.

Owns ``head`` and the waiting; what a catalogue is, it does not know.
"""

from __future__ import annotations

import json
import logging
import threading
import time
import uuid
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING

from storage.bucket import Outrun
from storage.errors import BucketUnreachable, LibraryLocked, LibraryTooNew, StorageError, TurnLost
from storage.lock import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.bucket import Bucket, Mark
    from storage.lock import WriterLock

__all__ = ["HEAD", "LEASE", "Head", "Lease"]

_log = logging.getLogger(__name__)

HEAD = "head"
"""The object's key."""
FORMAT = 1

LEASE = 20.0
"""Seconds without a sign of life after which a writer is taken for dead."""
_BEATS = 4
"""Signs of life in that time."""
_TRUSTED = 0.75
"""The part of it for which a writer may trust its last sign of life: then it stops, before another one begins."""
_NEVER = (float("-inf"), float("-inf"))
_LOOK = 1.0
"""Seconds between two looks at whoever is writing."""


@dataclass(frozen=True, slots=True)
class Head:
    """What the object says."""

    origin: str = ""
    """Which library this is: another one may be begun at the same address."""
    number: int = 0
    """Rises with each state of the library."""
    catalogue: str = ""
    """The key of the catalogue of that state."""
    writer: str = ""
    """Which computer writes, by a name that only it has; empty where none does."""
    person: str = ""
    """Who that is, for people."""
    change: str = ""
    """Never the same twice: a bucket tells one state of an object from another by what is in it."""
    format: int = FORMAT


class Lease:
    """The right to change one library, between computers; on this one, ``here`` sees to it that one at a time asks."""

    def __init__(self, bucket: Bucket, here: WriterLock, computer: str, person: str, seconds: float = LEASE) -> None:
        """``computer`` is a name that only this one has, ``person`` what others read; ``seconds`` the lease."""
        self._bucket, self._here = bucket, here
        self._computer, self._person = computer, person
        self._seconds = seconds
        self._changing = threading.Lock()
        self._head = Head()
        self._mark: Mark | None = None
        self._watched: tuple[Mark | None, float] = (None, 0.0)
        self._holder: int | None = None
        self._sign_of_life = _NEVER

    @property
    def is_mine(self) -> bool:
        """Whether this thread is the writer."""
        return self._holder == threading.get_ident()

    @contextmanager
    def held(self, seconds: float | None = None) -> Iterator[Head]:
        """Be the only writer anywhere for the length of a ``with`` block, which is given the present state.

        Raises LibraryLocked when the wait grows longer than ``seconds`` (where not as usual), and BucketUnusable.
        """
        patience = PATIENCE if seconds is None else seconds
        deadline = time.monotonic() + patience
        with self._here.held(seconds):
            self._take(deadline, patience)
            ended = threading.Event()
            beating = threading.Thread(target=self._beat, args=(ended,), name="lease", daemon=True)
            beating.start()
            self._holder = threading.get_ident()
            try:
                yield self._head
            finally:
                self._holder = None
                ended.set()
                beating.join()
                self._leave()

    def require(self) -> None:
        """Make sure that nobody can have taken over yet. Raises TurnLost."""
        passed = max(now - then for now, then in zip(_clocks(), self._sign_of_life, strict=True))
        if passed > self._seconds * _TRUSTED:
            raise TurnLost(self._bucket.url)

    def publish(self, origin: str, number: int, catalogue: str) -> None:
        """Make the next state the present one. Raises TurnLost where somebody has taken over.

        It must follow the one that was there when the turn began: what was made of anything else is published never.
        """
        with self._changing:
            if (origin, number) != (self._head.origin, self._head.number + 1):
                raise TurnLost(self._bucket.url)
            self._write(replace(self._head, number=number, catalogue=catalogue))

    def look(self, known: Mark | None = None) -> tuple[Head, Mark | None] | None:
        """Return the present state and its mark, which is None where none is there yet; None where it is ``known``."""
        try:
            found = self._bucket.get(HEAD, known)
        except FileNotFoundError:
            return Head(), None
        return None if found is None else (self._parsed(found.data), found.mark)

    def look_again(self) -> Head:
        """Return the present state, whatever was known of it."""
        found = self.look()
        return Head() if found is None else found[0]

    def _parsed(self, data: bytes) -> Head:
        try:
            said = json.loads(data)
            head = Head(**{field.name: said[field.name] for field in fields(Head)})
        except (ValueError, KeyError, TypeError) as error:
            raise BucketUnreachable(self._bucket.url, f"{HEAD} cannot be read: {error}") from error
        if head.format > FORMAT:
            raise LibraryTooNew(self._bucket.url, head.format, FORMAT)
        return head

    def _take(self, deadline: float, patience: float) -> None:
        """Put our name there, when nobody else's is or its owner shows no sign of life.

        What was watched is kept for the next time: who waits a second at a time sees it as well.
        """
        while True:
            found = self.look()
            self._head, self._mark = found or (Head(), None)
            if self._mark != self._watched[0]:
                self._watched = self._mark, time.monotonic()
            # Our own name was left by a program that died here: the lock of this computer is ours.
            free = self._head.writer in {"", self._computer}
            if free or time.monotonic() - self._watched[1] > self._seconds:
                with suppress(TurnLost), self._changing:
                    if self._mark is None:
                        self._bucket.require_care()
                    origin = self._head.origin or uuid.uuid4().hex
                    self._write(replace(self._head, origin=origin, writer=self._computer, person=self._person))
                    return
            if time.monotonic() >= deadline:
                raise LibraryLocked(self._bucket.url, patience, self._head.person)
            time.sleep(min(_LOOK, max(0.0, deadline - time.monotonic())))

    def _beat(self, ended: threading.Event) -> None:
        """Give a sign of life every few seconds, until the turn has ended or was lost."""
        while not ended.wait(self._seconds / _BEATS):
            try:
                with self._changing:
                    self._write(self._head)
            except TurnLost:
                self._sign_of_life = _NEVER
                return
            except StorageError:
                _log.warning("no sign of life could be given", exc_info=True)

    def _leave(self) -> None:
        """Take our name away; where that cannot be, others wait until they take us for dead."""
        with suppress(StorageError), self._changing:
            self._write(replace(self._head, writer="", person=""))

    def _write(self, head: Head) -> None:
        """Replace the object if it is as we know it. Raises TurnLost."""
        changed = replace(head, change=uuid.uuid4().hex)
        began = _clocks()
        try:
            self._mark = self._bucket.swap(HEAD, json.dumps(asdict(changed)).encode(), self._mark)
        except Outrun as error:
            # It may have been ourselves: the answer to a first attempt was lost, and the client tried again.
            found = self.look()
            if found is None or found[0] != changed:
                raise TurnLost(self._bucket.url) from error
            self._mark = found[1]
        self._head, self._sign_of_life = changed, began


def _clocks() -> tuple[float, float]:
    """Seconds by two clocks: one that is never set, and one that goes on while a computer sleeps."""
    return time.monotonic(), time.time()
