"""What the page needs of the program behind it, as one protocol: ``rag.assistant.Assistant`` has it, and so do doubles.

Naming it here keeps the page honest: it knows no tables, models or files beyond these calls, and nothing is drawn that
cannot be had through them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
    from pathlib import Path

    from rag.events import AnswerEvent, IngestEvent, ReencodingEvent
    from rag.evidence import Answer, Mode, Span
    from rag.folders import Folders
    from rag.ollama import PullProgress, ServerState
    from rag.planning.plan import Plan
    from rag.reading_messages import PageImage
    from rag.settings import RetrievalSettings
    from storage.records import Collection, Conversation, Document, Page, QueuedFile, Turn

__all__ = ["Backend"]


class Backend(Protocol):
    """The library, the conversations, the answers and the models, as the page sees them."""

    settings: RetrievalSettings
    """How questions are searched for where nobody has chosen."""
    folders: Folders
    """The folders of this computer whose files are read."""
    shared_at: str
    """The address of a library that others see as well; nothing for one that is on this computer."""

    def waiting(self) -> tuple[QueuedFile, ...]:
        """Return the files that were handed over and have not been read, in order."""

    async def hand_over(
        self, files: Sequence[tuple[Path, str, str]], *, collection: str | None = None
    ) -> tuple[QueuedFile, ...]:
        """Remember files that are to be read: where each lies, its name, and its folder inside what was handed over."""

    def read_waiting(self) -> AsyncGenerator[IngestEvent, None]:
        """Read what waits until nothing does; closing the iterator leaves the rest waiting."""

    async def cancel_reading(self, *keys: str) -> None:
        """Give up files that wait or are being read."""

    async def decide(self, key: str, decision: str) -> None:
        """Say whether a file is to "replace" the document that has its name, or both are to "keep"."""

    async def unlock(self, key: str, password: str) -> None:
        """Give the password of a locked file."""

    def reencode(self) -> AsyncGenerator[ReencodingEvent, None]:
        """Go over to the embedding model of the settings; closing the iterator leaves the rest for another time."""

    def documents(self) -> tuple[Document, ...]:
        """Every document of the library."""

    async def remove(self, document_id: str, *, keep_quotes: bool = False) -> int:
        """Remove a document, with what answers quote of it unless ``keep_quotes``; return the bytes that this freed."""

    def collections(self) -> tuple[Collection, ...]:
        """Every collection, in order of name."""

    async def create_collection(self, name: str) -> Collection:
        """Make an empty collection; raise CollectionNameTaken or CollectionNameUnfit."""

    async def rename_collection(self, collection_id: str, name: str) -> Collection:
        """Call a collection otherwise; raise CollectionNotFound as well."""

    async def delete_collection(self, collection_id: str) -> None:
        """Forget a collection; its documents stay. Raise CollectionNotFound."""

    async def move(self, document_ids: Iterable[str], collection_id: str | None) -> None:
        """Move documents into a collection, or out of any; raise CollectionNotFound or DocumentNotFound."""

    def page_text(self, document_id: str, page: int | None) -> Page:
        """Return the stored text of a page; raise PageNotFound or DocumentNotFound."""

    async def page_image(self, document_id: str, page: int, spans: Sequence[Span]) -> PageImage:
        """Draw a page; raise PasswordNeeded, or FootnoteError where the document has no pictures of its pages."""

    def unlock_document(self, document_id: str, password: str) -> None:
        """Give the password of a document that is there; drawing a page tries it."""

    def has_password(self, document_id: str) -> bool:
        """Whether a password has been given for a document since the program started, right or wrong."""

    def original(self, document_id: str) -> Path:
        """Return where the original file lies; raise DocumentNotFound."""

    def conversations(self) -> tuple[Conversation, ...]:
        """Every conversation, the latest first."""

    def new_conversation(self) -> Conversation:
        """Begin a conversation."""

    async def delete_conversation(self, conversation_id: str) -> None:
        """Forget a conversation with all its turns."""

    def turns(self, conversation_id: str) -> tuple[Turn, ...]:
        """Return the turns of a conversation, the oldest first."""

    def answer_of(self, turn: Turn) -> Answer:
        """Return the whole answer of a turn, or as much of it as there is."""

    async def start(
        self,
        question: str,
        *,
        conversation_id: str,
        scope: frozenset[str] | None,
        mode: Mode,
        plan: Plan | None = None,
    ) -> str:
        """Begin to answer in a task of its own; return the id of the turn. ``plan`` says what to search for."""

    def watch(self, turn_id: str) -> AsyncIterator[AnswerEvent]:
        """Everything that has happened to a turn and will, up to its one terminal event."""

    async def stop(self, turn_id: str) -> None:
        """Interrupt an answer; everyone who watches it still gets its terminal event."""

    async def server_state(self) -> ServerState:
        """Ask Ollama what is there."""

    def choose_model(self, name: str) -> None:
        """Let this model write the answers from now on."""

    def pull(self, name: str) -> AsyncIterator[PullProgress]:
        """Download a model; closing the iterator stops it."""

    async def remove_model(self, name: str) -> None:
        """Remove a model from Ollama."""

    def suggestions(self, collection: str | None = None) -> tuple[str, ...]:
        """Questions worth asking of the documents that are there, or of those of a collection."""
