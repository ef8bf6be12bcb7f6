"""The folders of this computer as a person walks through them to choose one.

It lists names of folders, and opens no file. Who may ask for that is the page's business.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from rag.errors import FolderClosed, FolderMissing
from rag.source import is_hidden, speakable

__all__ = ["FolderView", "look_into"]

_MOST_SHOWN = 300
"""A longer list is not one that people choose from."""


@dataclass(frozen=True, slots=True)
class FolderView:
    """One folder, and where one can go from there."""

    path: str
    """Absolute, without links on the way."""
    up: str | None
    """The folder it lies in; None where it lies in none."""
    home: str
    folders: tuple[str, ...] = ()
    """The names of the folders in it."""
    more: int = 0
    """How many others there are."""
    trouble: FolderClosed | None = None
    """Why it cannot be looked into."""


def look_into(asked: str) -> FolderView:
    """Look into a folder; nothing asked stands for the person's own. Raises FolderMissing."""
    home = Path.home()
    try:
        path = Path(os.path.realpath(home / _expanded(asked.strip())))
        up = None if path.parent == path else str(path.parent)
        names = sorted(_folders(path), key=str.casefold)
    except PermissionError as error:
        return FolderView(str(path), up, str(home), trouble=FolderClosed(str(path), error.strerror or ""))
    except (OSError, ValueError) as error:  # a name that no file system takes is a ValueError
        raise FolderMissing(speakable(asked.strip()), str(error)) from error
    return FolderView(str(path), up, str(home), tuple(names[:_MOST_SHOWN]), max(0, len(names) - _MOST_SHOWN))


def _expanded(asked: str) -> Path:
    """Understand “~”; a “~somebody” whom nobody knows is the name of a folder like any other."""
    try:
        return Path(asked).expanduser()
    except RuntimeError:
        return Path(asked)


def _folders(path: Path) -> list[str]:
    """The folders that people see; one whose name is no text cannot be asked for by the browser."""
    with os.scandir(path) as entries:
        return [
            each.name
            for each in entries
            if not is_hidden(Path(each.name)) and speakable(each.name) == each.name and os.path.isdir(each)  # noqa: PTH112
        ]
