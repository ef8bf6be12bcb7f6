"""The nouns that are remembered: documents, their pages, chunks and vectors, and what was asked about them.

Plain frozen values. They know nothing of files, tables or models; what is computed for one question (scores, evidence,
answers) belongs to ``rag``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "BUILT_IN",
    "Chunk",
    "Citation",
    "Collection",
    "Conversation",
    "Document",
    "EncodedChunk",
    "Feedback",
    "FileMark",
    "ModelVector",
    "NamedModel",
    "NewDocument",
    "Page",
    "PageUnit",
    "QueuedFile",
    "TokenVectors",
    "Turn",
    "WatchedFolder",
    "WordBox",
]


class PageUnit(StrEnum):
    """What a format calls its pages."""

    PAGE = "page"
    SLIDE = "slide"
    SHEET = "sheet"
    CHAPTER = "chapter"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class Document:
    """One source file, identified by its bytes."""

    id: str
    """SHA-256 of the file's bytes, 64 hexadecimal digits."""
    name: str
    """The file's name, which need not be unique."""
    title: str
    """What the document calls itself, or its name without the ending."""
    media_type: str
    size: int
    """Of the original file, in bytes."""
    unit: PageUnit | None
    """What its pages are, or None where the format has none."""
    pages: int | None
    """How many, or None where the format has none."""
    chunks: int
    added_at: str
    """ISO 8601, UTC."""
    source: str | None = None
    """The absolute path it was added from, or None where a browser handed over a copy."""
    collection: str | None = None
    """Id of the collection it is in, or None where it is in none."""
    unread: tuple[int, ...] = ()
    """The numbers of its pages that are pictures which could not be read."""


@dataclass(frozen=True, slots=True)
class Collection:
    """A named set of documents; the library is all of them."""

    id: str
    name: str
    created_at: str
    """ISO 8601, UTC."""


@dataclass(frozen=True, slots=True)
class Page:
    """The stored text of one page, slide or sheet: what every offset of the document's chunks counts in."""

    number: int
    """1-based; a format without pages has the single page 1."""
    label: str
    """The label printed on it ("iv", "12"), or the slide's or sheet's name; may be empty."""
    text: str
    words: bytes = b""
    """Where the words of a page stand that was read from its picture: see ``storage/word_boxes.py``.

    Known while the page is on its way in; a library that is asked for the page leaves it out.
    """
    unread: bool = False
    """Whether it is a picture that could not be read, as nothing was there to do it; likewise."""


@dataclass(frozen=True, slots=True)
class WordBox:
    """A word ``page.text[start:end]``, or a part of one, and where it stands: fractions of the page's picture."""

    start: int
    end: int
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Chunk:
    """The unit of retrieval: a stretch of one page, with the words that say what it belongs to."""

    id: str
    document_id: str
    ordinal: int
    """0-based position among the document's chunks."""
    page: int | None
    """1-based; None where the format has no pages."""
    place: str
    """Where it stands, as a person says it: "p. 6", "Sheet Costs, rows 4–12", "§ Termination"."""
    heading: str
    """The heading path, joined by " › "; may be empty."""
    prefix: str
    """Title and heading path, encoded and indexed before the text but never shown; may be empty."""
    text: str
    """Exactly ``page.text[char_start:char_end]``."""
    char_start: int
    char_end: int

    @property
    def indexed_text(self) -> str:
        """What is encoded and what the full-text index sees."""
        return f"{self.prefix}\n{self.text}" if self.prefix else self.text


@dataclass(frozen=True, slots=True, eq=False)
class TokenVectors:
    """One chunk's token vectors for late interaction, in few bytes; ``rag/token_vectors.py`` knows what they mean."""

    codes: NDArray[np.uint8]
    """Shape (tokens, bytes of each)."""
    scales: NDArray[np.float16]
    """Shape (tokens,)."""


@dataclass(frozen=True, slots=True)
class NamedModel:
    """An embedding model that finds passages in the place of the built-in one."""

    name: str
    """Its fingerprint: what it is called, and what tells its weights and its use from others."""
    dimension: int
    """Of its vectors."""


BUILT_IN = NamedModel("", 0)
"""Nobody named another: passages are found by the vectors that every chunk has."""


@dataclass(frozen=True, slots=True, eq=False)
class ModelVector:
    """What an embedding model made of a text that is not the built-in one."""

    model: str
    """The model's fingerprint: vectors of another one cannot be compared."""
    vector: NDArray[np.float32]
    """Shape (the model's dimension,), unit length."""


@dataclass(frozen=True, slots=True, eq=False)
class EncodedChunk:
    """A chunk with everything the encoder made of it."""

    chunk: Chunk
    vector: NDArray[np.float32]
    """Of the built-in model: shape (384,), unit length."""
    tokens: TokenVectors | None
    """None where they are not kept, or cannot be read: who needs them computes them from the text."""
    named: ModelVector | None = None
    """Of the model that finds passages by their meaning; None where that is the built-in one."""


@dataclass(frozen=True, slots=True, eq=False)
class NewDocument:
    """A document on its way into the library, with everything that was made of it."""

    document: Document
    pages: Sequence[Page]
    chunks: Sequence[EncodedChunk]
    has_original: bool = False
    """Whether a copy was kept among the originals, which then has to be there still when the document comes in."""
    replaces: str | None = None
    """The id of a document that goes when this one comes, wherever it came from."""


@dataclass(frozen=True, slots=True)
class QueuedFile:
    """A file that is to be read, as it is remembered until that is done."""

    key: str
    """What tells it from every other."""
    path: str
    """Where its bytes lie."""
    name: str
    """What people call it."""
    folder: str
    """The folder inside the one that was handed over ("Contracts/2024"); empty for a file by itself."""
    state: str = "waiting"
    """"waiting", "asking" (a document has its name) or "locked"."""
    decision: str = ""
    """What was decided where a document has its name: "replace" or "keep"; empty before."""
    collection: str | None = None
    """Id of the collection it is to come into."""
    from_folder: str = ""
    """Id of the folder of this computer that it lies in; empty for a copy, which goes when it has been read."""


@dataclass(frozen=True, slots=True)
class FileMark:
    """What tells without reading it whether a file has changed."""

    size: int
    """Bytes."""
    changed: int
    """When it was last written, in nanoseconds, as its file system says."""


@dataclass(frozen=True, slots=True)
class WatchedFolder:
    """A folder of this computer whose files are to be in the library."""

    id: str
    path: str
    """Absolute, without links on the way."""
    collection: str | None
    """Id of the collection its new files come into."""
    watched: bool
    """Whether it is kept in sight; else it is looked through when the person says so."""
    added_at: str
    """ISO 8601, UTC."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A named thread of turns."""

    id: str
    title: str
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True)
class Citation:
    """One marker of an answer, and the exact words of the page it stands for."""

    marker: int
    chunk_id: str
    document_id: str
    document: str
    page: int | None
    place: str
    quote: str
    """Exactly ``page.text[char_start:char_end]``."""
    char_start: int
    char_end: int


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and what came of it, as kept on disk."""

    id: str
    conversation_id: str
    question: str
    outcome: str | None
    """None while the answer is still being written."""
    text: str
    """The written answer so far."""
    citations: tuple[Citation, ...]
    answer: str
    """The whole answer as JSON, in the form ``rag.serialize`` reads; empty until there is one."""
    asked_at: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """What the person said of an answer: helpful or not."""

    turn_id: str
    helpful: bool
    given_at: str
