"""Everything that can go wrong, as types: the root of the one error tree and the part of it that storage raises.

    FootnoteError                 anything a person should read a sentence about
    ├── StorageError              the library on disk
    │   ├── DocumentNotFound      no document of that name or id
    │   ├── AmbiguousName         several documents carry that name
    │   ├── PageNotFound          the document has no such page
    │   ├── ConversationNotFound  it was deleted meanwhile
    │   ├── TurnNotFound          its conversation was deleted meanwhile
    │   ├── CollectionNotFound    no collection of that name or id
    │   ├── CollectionNameTaken   another collection is called so
    │   ├── CollectionNameUnfit   a name without a letter, or too long a one
    │   ├── FolderNotListed       the folder was taken off the list meanwhile
    │   ├── LibraryLocked         another program has been writing for too long
    │   ├── LibraryTooNew         written by a later version of this program
    │   ├── OtherModel            encoded with another embedding model
    │   ├── VectorsReplaced       another model finds by meaning since a moment ago
    │   ├── FolderUnusable        the data folder cannot be read or written
    │   └── BucketUnusable        the same of a library in a bucket, by its reason:
    │       ├── BucketPartMissing     the client library is not installed
    │       ├── BucketMissing         there is no such bucket
    │       ├── BucketForbidden       the credentials do not let us
    │       ├── BucketElsewhere       the bucket is in another region
    │       ├── BucketCareless        the store cannot keep two writers apart
    │       ├── BucketUnreachable     no answer, or one that makes no sense
    │       └── TurnLost              somebody else took over while we were out of reach
    └── (rag/errors.py)           reading, encoding and answering

An error carries its facts and no prose for people: the sentence for it stands in ``rag/sentences.py``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "AmbiguousName",
    "BucketCareless",
    "BucketElsewhere",
    "BucketForbidden",
    "BucketMissing",
    "BucketPartMissing",
    "BucketUnreachable",
    "BucketUnusable",
    "CollectionNameTaken",
    "CollectionNameUnfit",
    "CollectionNotFound",
    "ConversationNotFound",
    "DocumentNotFound",
    "FolderNotListed",
    "FolderUnusable",
    "FootnoteError",
    "LibraryLocked",
    "LibraryTooNew",
    "OtherModel",
    "PageNotFound",
    "StorageError",
    "TurnLost",
    "TurnNotFound",
    "VectorsReplaced",
]


_WHOLE_ID = re.compile(r"[0-9a-f]{64}")
_COLLECTION_ID = re.compile(r"[0-9a-f]{32}")


class FootnoteError(Exception):
    """Trouble that has a sentence for people; ``str()`` of it is for logs."""


class StorageError(FootnoteError):
    """The library on disk cannot do what was asked."""


class DocumentNotFound(StorageError):
    """No document carries this name, id or beginning of an id."""

    def __init__(self, asked: str) -> None:
        super().__init__(f"no document {asked!r}")
        self.asked = asked

    @property
    def called(self) -> str:
        """The document as people call it: by its name, but never by a whole id."""
        return "This document" if _WHOLE_ID.fullmatch(self.asked) else f"“{self.asked}”"


class AmbiguousName(StorageError):
    """Several documents carry this name; ``ids`` tells them apart."""

    def __init__(self, asked: str, ids: tuple[str, ...]) -> None:
        super().__init__(f"{asked!r} is the name of {len(ids)} documents")
        self.asked = asked
        self.ids = ids

    @property
    def count(self) -> int:
        """How many documents carry the name."""
        return len(self.ids)

    @property
    def listed(self) -> str:
        """Their ids, as one string."""
        return ", ".join(self.ids)


class PageNotFound(StorageError):
    """The document exists, this page of it does not; ``last`` is its highest page number."""

    def __init__(self, name: str, number: int, last: int) -> None:
        super().__init__(f"{name!r} has no page {number}, only {last}")
        self.name = name
        self.number = number
        self.last = last


class ConversationNotFound(StorageError):
    """The conversation was deleted, perhaps in another window."""

    def __init__(self, conversation_id: str) -> None:
        super().__init__(f"no conversation {conversation_id!r}")
        self.conversation_id = conversation_id


class TurnNotFound(StorageError):
    """The conversation was deleted, perhaps in another window."""

    def __init__(self, turn_id: str) -> None:
        super().__init__(f"no turn {turn_id!r}")
        self.turn_id = turn_id


class CollectionNotFound(StorageError):
    """No collection carries this name or id; it may have been deleted in another window."""

    def __init__(self, asked: str) -> None:
        super().__init__(f"no collection {asked!r}")
        self.asked = asked

    @property
    def called(self) -> str:
        """The collection as people call it: by its name, but never by its id."""
        return "This collection" if _COLLECTION_ID.fullmatch(self.asked) else f"“{self.asked}”"


class CollectionNameTaken(StorageError):
    """Another collection is called so, in whatever capitals."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is a collection {name!r}")
        self.name = name


class CollectionNameUnfit(StorageError):
    """Nothing of this name can be seen, or it has more than ``longest`` characters."""

    def __init__(self, name: str, longest: int) -> None:
        super().__init__(f"{name!r} is no name for a collection")
        self.name = name
        self.longest = longest


class FolderNotListed(StorageError):
    """The folder was taken off the list of folders, perhaps in another window."""

    def __init__(self, folder_id: str) -> None:
        super().__init__(f"no folder {folder_id!r} on the list")
        self.folder_id = folder_id


class LibraryLocked(StorageError):
    """Another program held the writer's lock for longer than ``seconds``; ``holder`` is who, where that is known."""

    def __init__(self, folder: Path | str, seconds: float, holder: str = "") -> None:
        super().__init__(f"{folder} was locked for {seconds:.0f} s by {holder or 'another program'}")
        self.folder = folder
        self.seconds = seconds
        self.holder = holder or "Another Footnote"


class LibraryTooNew(StorageError):
    """The data folder was written by a later version of this program."""

    def __init__(self, folder: Path | str, found: int, known: int) -> None:
        super().__init__(f"{folder} has version {found}, this program knows {known}")
        self.folder = folder
        self.found = found
        self.known = known


class OtherModel(StorageError):
    """The library's vectors come from ``found``; this program encodes with ``expected``."""

    def __init__(self, folder: Path | str, found: str, expected: str) -> None:
        super().__init__(f"{folder} was encoded with {found}, not {expected}")
        self.folder = folder
        self.found = found
        self.expected = expected


class VectorsReplaced(StorageError):
    """Vectors of the model ``given`` came to a library that finds by those of ``present``: encode them anew."""

    def __init__(self, present: str, given: str) -> None:
        super().__init__(f"vectors of {given or 'the built-in model'}, wanted: {present or 'the built-in model'}")
        self.present = present
        self.given = given


class FolderUnusable(StorageError):
    """The data folder cannot be made, read or written; ``reason`` is the operating system's word."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(f"{folder}: {reason}")
        self.folder = folder
        self.reason = reason


class BucketUnusable(StorageError):
    """The library at ``url`` cannot be read or written now."""

    def __init__(self, url: str, reason: str = "") -> None:
        super().__init__(f"{url}: {reason or type(self).__name__}")
        self.url = url
        self.reason = reason


class BucketPartMissing(BucketUnusable):
    """The optional part that speaks to buckets is not installed."""


class BucketMissing(BucketUnusable):
    """There is no such bucket."""


class BucketForbidden(BucketUnusable):
    """The credentials are missing, wrong or out of date, or do not allow this."""


class BucketElsewhere(BucketUnusable):
    """The bucket is in another region than the one that was named."""


class BucketUnreachable(BucketUnusable):
    """The store does not answer, or not in a way that is understood; ``reason`` is what the library said."""


class BucketCareless(BucketUnusable):
    """The store writes over what has changed meanwhile, though it was asked not to: two writers would collide."""


class TurnLost(BucketUnusable):
    """We were out of reach for so long that somebody else may have taken over; the change was not made."""
