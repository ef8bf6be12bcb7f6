"""The command ``collections``: which sets of documents there are, made, renamed, deleted and filled.

It lies between the words that were typed and the assistant; names are understood by the library, and what is printed
stands in ``ui/terminal.py`` and ``ui/json_lines.py``.
"""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

from rag.sentences import COLLECTIONS_USAGE, NO_COLLECTIONS, sentence_for
from storage.errors import FootnoteError
from ui import json_lines
from ui.flags import DONE, NOT_DONE, WRONG_USAGE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag.assistant import Assistant
    from storage.records import Collection
    from ui.terminal import Terminal

__all__ = ["collections"]

_ANY = sys.maxsize
_NAMES = {"list": (0, 0), "create": (1, 1), "rename": (2, 2), "delete": (1, 1), "move": (2, _ANY), "release": (1, _ANY)}
"""How many names each action takes, at least and at most."""


async def collections(assistant: Assistant, terminal: Terminal, action: str, names: Sequence[str]) -> int:
    """Do one thing with the collections. Raises what the library says of names that are unknown, taken or unfit."""
    fewest, most = _NAMES[action]
    if not fewest <= len(names) <= most:
        terminal.note(COLLECTIONS_USAGE)
        return WRONG_USAGE
    if action == "list":
        return _list(assistant, terminal)
    if action in {"move", "release"}:
        into = assistant.library.collections.resolve(names[0]) if action == "move" else None
        return await _move(assistant, terminal, names[1:] if into else names, into)
    collection, done = await _changed(assistant, action, names)
    if terminal.as_json:
        terminal.row(json_lines.collection_change_row(collection, done))
    else:
        terminal.note(f"The collection “{collection.name}” is {done}.")
    return DONE


async def _changed(assistant: Assistant, action: str, names: Sequence[str]) -> tuple[Collection, str]:
    """Make, rename or delete a collection; return it, and what was done, in a word."""
    if action == "create":
        return await assistant.create_collection(names[0]), "created"
    collection = assistant.library.collections.resolve(names[0])
    if action == "rename":
        return await assistant.rename_collection(collection.id, names[1]), "renamed"
    await assistant.delete_collection(collection.id)
    return collection, "deleted"


def _list(assistant: Assistant, terminal: Terminal) -> int:
    held = Counter(document.collection for document in assistant.documents())
    found = assistant.collections()
    if not found:
        terminal.note(NO_COLLECTIONS)
    for collection in found:
        if terminal.as_json:
            terminal.row(json_lines.collection_row(collection, held[collection.id]))
        else:
            terminal.collection(collection, held[collection.id])
    return DONE


async def _move(assistant: Assistant, terminal: Terminal, names: Sequence[str], into: Collection | None) -> int:
    """Move documents; a name that is unknown or ambiguous leaves the others to be moved all the same."""
    code, place = DONE, into.name if into else None
    for name in names:
        try:
            document = assistant.library.resolve(name)
            await assistant.move([document.id], into.id if into else None)
        except FootnoteError as error:
            terminal.note(sentence_for(error))
            code = NOT_DONE
            continue
        if terminal.as_json:
            terminal.row(json_lines.moved_row(document, place))
        else:
            terminal.note(
                f"{document.name} is in “{place}” now." if place else f"{document.name} is in no collection now."
            )
    return code
