"""What an engine sees on a picture: lines of words with their boxes, in the order in which a person reads them.

Values only, and what every engine has to be able to do. Nothing here knows a particular engine or a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["Engine", "EngineFailed", "SeenLine", "SeenWord"]


class EngineFailed(Exception):
    """The engine came to no end with a picture; the page stays unread, and the file's others do not suffer."""


@dataclass(frozen=True, slots=True)
class SeenWord:
    """A word, and where it stands in pixels from the picture's top left corner."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    confidence: float
    """How sure the engine is of it, 0 to 1."""


@dataclass(frozen=True, slots=True)
class SeenLine:
    """The words of one line; lines that follow each other with one ``paragraph`` belong together."""

    words: tuple[SeenWord, ...]
    paragraph: int


class Engine(Protocol):
    """Whatever can read pictures."""

    @property
    def name(self) -> str:
        """What people call it."""

    def read(self, picture: Image) -> tuple[SeenLine, ...]:
        """The lines of an upright or turned picture; EngineFailed where that is not possible."""
