"""What one tab of the browser looks at. It holds ids and choices, no documents and no answers."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from rag.evidence import Mode

if TYPE_CHECKING:
    from rag.folder_chooser import FolderView
    from storage.records import Collection, Document
    from ui.turnstile import Turnstile

__all__ = ["Arranging", "Session", "Tab"]


class Tab(StrEnum):
    """What the right pane shows."""

    EVIDENCE = "evidence"
    PAGE = "page"
    TRACE = "trace"


class Arranging(StrEnum):
    """What is being done with collections, as one small form in the left pane."""

    MENU = "menu"
    CREATE = "create"
    RENAME = "rename"
    DELETE = "delete"
    MOVE = "move"


@dataclass(slots=True)
class Session:
    """One tab of the browser: it lasts until the page is left or loaded anew, and ``memo`` carries it over."""

    conversation_id: str | None = None
    """None before the first question of a new conversation."""
    mode: Mode | None = None
    """How thoroughly is searched; None until the person chooses, and then the setting holds."""
    excluded: set[str] = field(default_factory=set)
    """Ids of the documents whose check-box is off."""
    collection: str | None = None
    """Id of the collection that is looked at and searched; None for the whole library."""
    chosen_in: dict[str, str] = field(default_factory=dict)
    """The collection that each conversation was last asked in, where it was one."""
    arranging: Arranging | None = None
    """Which form about collections is open."""
    moving: str | None = None
    """Id of the document that is being moved; None where it is the ticked ones."""
    objection: str = ""
    """Why the last change to a collection, or the choice of a folder, could not be made."""
    advice: str = ""
    """What to do next in choosing a folder, where nothing is wrong."""
    tab: Tab = Tab.EVIDENCE
    turn_id: str | None = None
    """Whose evidence is shown; None for the latest."""
    chunk_id: str | None = None
    """The passage that is open."""
    page: int | None = None
    """The page turned to, where it is not the passage's own."""
    confirming: str | None = None
    """The document or conversation whose removal waits for a second click."""
    keep_quotes: bool = False
    """Whether what earlier answers quote of that document stays."""
    setup_open: bool = False
    choosing: FolderView | None = None
    """The folder of this computer that is looked at while one is chosen; None where none is being chosen."""
    keep_watching: bool = True
    """Whether the chosen one is to be kept in sight."""
    asking: bool = False
    """Whether a question is being handed over: a second click must not hand it over again."""
    notice: str = ""
    """A sentence about the last thing that was asked for and could not be done."""
    turnstile: Turnstile | None = None
    """Lets one stream of repaints at a time through; made when the first begins."""
    shown: dict[str, str] = field(default_factory=dict)
    """What each panel shows, so that only changes are sent."""

    def among(self, collections: tuple[Collection, ...]) -> Collection | None:
        """Return the collection that is looked at; None for the whole library, and where it was deleted meanwhile."""
        return next((each for each in collections if each.id == self.collection), None)

    def listed(self, documents: tuple[Document, ...], collections: tuple[Collection, ...] = ()) -> tuple[Document, ...]:
        """Return the documents that are looked at: those of the collection, or all."""
        if (chosen := self.among(collections)) is None:
            return documents
        return tuple(each for each in documents if each.collection == chosen.id)

    def scope(self, documents: tuple[Document, ...], collections: tuple[Collection, ...] = ()) -> frozenset[str] | None:
        """Return the ids of the documents to search, the ticked ones that are looked at; None for the whole library."""
        ids = frozenset(each.id for each in self.listed(documents, collections))
        return None if len(ids) == len(documents) and not ids & self.excluded else ids - self.excluded

    def choose(self, collection_id: str | None) -> None:
        """Look at a collection from now on, and whenever this conversation is opened again."""
        self.collection = collection_id
        self.notice = ""  # which may have been about the one before
        if self.conversation_id is not None:
            self.note_collection(self.conversation_id)

    def note_collection(self, conversation_id: str) -> None:
        """Remember for a conversation which collection is looked at."""
        if self.collection is None:
            self.chosen_in.pop(conversation_id, None)
        else:
            self.chosen_in[conversation_id] = self.collection

    def put_away(self) -> None:
        """Close the form about collections that is open."""
        self.arranging, self.moving, self.objection, self.advice = None, None, "", ""

    def look_at(self, turn_id: str | None, chunk_id: str | None = None) -> None:
        """Show the evidence of a turn, with one passage open."""
        self.turn_id, self.chunk_id, self.page = turn_id, chunk_id, None

    def memo(self) -> str:
        """Return what must outlast a reload, as the browser keeps it."""
        kept = {
            "conversation": self.conversation_id,
            "mode": self.mode,
            "excluded": sorted(self.excluded),
            "collection": self.collection,
            "collections": self.chosen_in,
            "tab": self.tab,
            "turn": self.turn_id,
            "chunk": self.chunk_id,
            "page": self.page,
        }
        return json.dumps(kept, separators=(",", ":"))

    def recall(self, memo: str) -> None:
        """Take over what an earlier page of this tab kept; what cannot be read is forgotten."""
        try:
            kept = json.loads(memo)
        except ValueError:
            return
        if not isinstance(kept, dict):
            return
        mode, tab, page, excluded = kept.get("mode"), kept.get("tab"), kept.get("page"), kept.get("excluded")
        self.conversation_id = _text(kept.get("conversation"))
        self.mode = Mode(mode) if mode in set(Mode) else None
        self.excluded = {each for each in excluded if isinstance(each, str)} if isinstance(excluded, list) else set()
        self.collection, self.chosen_in = _text(kept.get("collection")), _texts(kept.get("collections"))
        self.tab = Tab(tab) if tab in set(Tab) else Tab.EVIDENCE
        self.look_at(_text(kept.get("turn")), _text(kept.get("chunk")))
        self.page = page if isinstance(page, int) and page > 0 else None


def _texts(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {name: text for name, text in value.items() if isinstance(text, str)}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
