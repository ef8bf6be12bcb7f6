"""What a library stands on: its database, its files, its chunk table and whose turn it is, on a disk or in a bucket.

Owns which parts belong together, and nothing of what they do. On a disk all of them are in one folder. In a bucket the
chunk table and files are objects, and the folder of this computer holds what is one person's own, a copy of the
catalogue, and files that were used (``storage/replica.py``); the modules for that are imported only then.
"""

from __future__ import annotations

import getpass
import hashlib
import platform
import re
import uuid
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Self

from storage.chunk_table import ChunkTable
from storage.coming_vectors import ComingVectors
from storage.database import Database
from storage.errors import FolderUnusable
from storage.files import size_of, write_atomically
from storage.lock import WriterLock
from storage.migrations import migrate, up_to_date
from storage.originals import Originals
from storage.token_files import TokenFiles

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from storage.lock import Turns
    from storage.records import NamedModel

__all__ = ["Foundation", "Team", "foundation"]

_COMPUTER = "computer.id"
_COMING = "coming"


@dataclass(frozen=True, slots=True)
class Team:
    """A library in a bucket, as one person opens it."""

    url: str
    """Such as ``s3://bucket/prefix``."""
    folder: Path
    """Where this computer keeps what is the person's own."""
    person: str
    """What others read where they have to wait for this one."""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Where credentials are looked for."""

    @classmethod
    def at(cls, url: str, folders: Path, environment: Mapping[str, str]) -> Self:
        """Open the library at an address as whoever is at this computer, with a folder of its own in ``folders``."""
        digest = hashlib.sha256(url.rstrip("/").encode()).hexdigest()[:8]
        spoken = re.sub("[^a-zA-Z0-9]+", "-", url.partition("://")[2]).strip("-")[:40]
        try:
            person = getpass.getuser()
        except (OSError, KeyError):
            person = "Somebody"
        return cls(url, folders / f"{spoken}-{digest}", f"{person} on {platform.node() or 'a computer'}", environment)

    def __str__(self) -> str:
        """The address."""
        return self.url


@dataclass(frozen=True, slots=True, eq=False)
class Foundation:
    """The parts of one library."""

    place: str
    """Where the library is, for people."""
    folder: Path
    """A folder of this computer."""
    catalogue: Database
    """Documents and collections."""
    own: Database
    """What is one person's own; in a data folder, the same."""
    turns: Turns
    originals: Originals
    tokens: TokenFiles
    coming: ComingVectors
    """On this computer, wherever the library is."""
    table: Callable[[str, Callable[[], str], Callable[[], NamedModel]], ChunkTable]
    """Makes the chunk table, of the model's fingerprint and what says which is the present one, and its other model."""
    size: Callable[[], int]
    """Bytes of all of it."""

    @property
    def shared_at(self) -> str:
        """The address of a library that others see as well; nothing for one on a disk."""
        return self.place if self.place != str(self.folder) else ""


def foundation(place: Path | Team) -> Foundation:
    """Bring the parts together, making what is not there. Raises FolderUnusable, LibraryTooNew and BucketUnusable."""
    return _in_bucket(place) if isinstance(place, Team) else _on_disk(place)


def _on_disk(folder: Path) -> Foundation:
    database, lock = _laid_out(folder)
    return Foundation(
        place=str(folder),
        folder=folder,
        catalogue=database,
        own=database,
        turns=lock,
        originals=Originals(folder / "originals", folder / "uploads"),
        tokens=TokenFiles(folder / "tokens"),
        coming=ComingVectors(folder / _COMING),
        table=partial(ChunkTable, folder / "vectors"),
        size=partial(size_of, folder),
    )


def _in_bucket(team: Team) -> Foundation:
    from storage.bucket import Bucket
    from storage.bucket_table import BucketTable
    from storage.lease import Lease
    from storage.replica import Replica
    from storage.shared_files import SharedOriginals, SharedTokens

    bucket = Bucket(team.url, team.environment)
    own, lock = _laid_out(team.folder)
    lease = Lease(bucket, lock, _computer(team.folder), team.person)
    replica = Replica(team.folder / "footnote.db", bucket, lease)
    originals = SharedOriginals(team.folder / "originals", team.folder / "uploads", bucket, own, lease)
    tokens = SharedTokens(team.folder / "tokens", bucket, own, lease)

    coming = ComingVectors(team.folder / _COMING)

    def drop(gone: frozenset[str], encoded_anew: frozenset[str]) -> None:
        for document_id in gone:
            originals.drop(document_id)
        for document_id in gone | encoded_anew:
            tokens.drop(document_id)
            coming.delete(document_id)

    replica.on_change = drop
    replica.look(now=True)
    return Foundation(
        place=team.url,
        folder=team.folder,
        catalogue=replica,
        own=own,
        turns=replica,
        originals=originals,
        tokens=tokens,
        coming=coming,
        table=partial(BucketTable, (team.folder, bucket, replica, lease)),
        size=bucket.size,
    )


def _laid_out(folder: Path) -> tuple[Database, WriterLock]:
    """Make a folder and bring its database up to date."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FolderUnusable(folder, str(error)) from error
    database, lock = Database(folder / "footnote.db"), WriterLock(folder)
    if not up_to_date(database):
        with lock.held():
            migrate(database)
    return database, lock


def _computer(folder: Path) -> str:
    """A name that no other folder of any computer has, also where one is a copy of another."""
    file = folder / _COMPUTER
    if not file.exists():
        with write_atomically(file) as new:
            new.write(uuid.uuid4().hex.encode())
    told = f"{file.read_text()} {platform.node()} {folder.resolve()}"
    return hashlib.sha256(told.encode()).hexdigest()[:24]
