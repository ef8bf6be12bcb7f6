"""What the page needs of the program behind it, as one protocol: ``rag.assistant.Assistant`` has it, and so do doubles.

Naming it here keeps the page honest: it knows no tables, models or files beyond these calls, and nothing is drawn that
cannot be had through them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
    from pathlib import Path

    from rag.events import AnswerEvent, IngestEvent
    from rag.evidence import Answer, Mode, Span
    from rag.ollama import PullProgress, ServerState
    from rag.pdfium_messages import PageImage
    from rag.settings import RetrievalSettings
    from storage.records import Conversation, Document, Page, Turn

__all__ = ["Backend"]


class Backend(Protocol):
    """The library, the conversations, the answers and the models, as the page sees them."""

    settings: RetrievalSettings
    """How questions are searched for where nobody has chosen."""

    def ingest(
        self, paths: Sequence[Path], *, names: Mapping[Path, str] | None = None, uploaded: bool = False
    ) -> AsyncGenerator[IngestEvent, None]:
        """Read files and folders into the library; closing the iterator cancels what is not done yet."""

    def documents(self) -> tuple[Document, ...]:
        """Every document of the library."""

    async def remove(self, document_id: str, *, keep_quotes: bool = False) -> int:
        """Remove a document, with what answers quote of it unless ``keep_quotes``; return the bytes that this freed."""

    def page_text(self, document_id: str, page: int | None) -> Page:
        """Return the stored text of a page; raise PageNotFound or DocumentNotFound."""

    async def page_image(self, document_id: str, page: int, spans: Sequence[Span]) -> PageImage:
        """Draw a page; raise FootnoteError where the document has no pictures of its pages."""

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
        model: str | None = None,
    ) -> str:
        """Begin to answer in a task of its own; return the id of the turn."""

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

    def suggestions(self) -> tuple[str, ...]:
        """Questions worth asking of the documents that are there."""
