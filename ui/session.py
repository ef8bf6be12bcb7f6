"""What one tab of the browser looks at. It holds ids and choices, no documents and no answers."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from rag.evidence import Mode

if TYPE_CHECKING:
    from storage.records import Document
    from ui.turnstile import Turnstile

__all__ = ["Session", "Tab"]


class Tab(StrEnum):
    """What the right pane shows."""

    EVIDENCE = "evidence"
    PAGE = "page"
    TRACE = "trace"


@dataclass(slots=True)
class Session:
    """One tab of the browser: it lasts until the page is left or loaded anew, and ``memo`` carries it over."""

    conversation_id: str | None = None
    """None before the first question of a new conversation."""
    mode: Mode | None = None
    """How thoroughly is searched; None until the person chooses, and then the setting holds."""
    excluded: set[str] = field(default_factory=set)
    """Ids of the documents whose check-box is off."""
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
    asking: bool = False
    """Whether a question is being handed over: a second click must not hand it over again."""
    notice: str = ""
    """A sentence about the last thing that was asked for and could not be done."""
    turnstile: Turnstile | None = None
    """Lets one stream of repaints at a time through; made when the first begins."""
    shown: dict[str, str] = field(default_factory=dict)
    """What each panel shows, so that only changes are sent."""

    def scope(self, documents: tuple[Document, ...]) -> frozenset[str] | None:
        """Return the ids of the documents to search; None for all of them."""
        ids = frozenset(each.id for each in documents)
        return ids - self.excluded if ids & self.excluded else None

    def look_at(self, turn_id: str | None, chunk_id: str | None = None) -> None:
        """Show the evidence of a turn, with one passage open."""
        self.turn_id, self.chunk_id, self.page = turn_id, chunk_id, None

    def memo(self) -> str:
        """Return what must outlast a reload, as the browser keeps it."""
        kept = {
            "conversation": self.conversation_id,
            "mode": self.mode,
            "excluded": sorted(self.excluded),
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
        self.tab = Tab(tab) if tab in set(Tab) else Tab.EVIDENCE
        self.look_at(_text(kept.get("turn")), _text(kept.get("chunk")))
        self.page = page if isinstance(page, int) and page > 0 else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
