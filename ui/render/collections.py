"""The head of the library: which collection is looked at and searched, and the small forms that change collections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from ui.render.words import count
from ui.session import Arranging

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.records import Collection, Document

__all__ = ["Shelf", "library_head", "move_form"]

_HEAD = Markup("<h2><span>Library</span><span>{}</span></h2>")
_CHOOSER = Markup(
    '<h2><span class="shelf"><span class="said">Library</span><span class="said" aria-hidden="true">·</span>'
    '<label class="choose"><span class="unseen">Collection to look at and to search</span>'
    '<select data-action="collection" name="collection">{options}</select></label></span>'
    '<span class="docs-count">{count}</span></h2>'
)
_TOOLS = Markup('<div class="tools" role="group" aria-label="Documents and collections">{ticks}{arrange}</div>')
_TICKS = Markup(
    '<span>Tick <button type="button" class="linklike" data-action="scope-all" data-value="all" aria-label="Tick all'
    ' documents">all</button> · <button type="button" class="linklike" data-action="scope-all" data-value="none"'
    ' aria-label="Tick none of the documents">none</button></span>'
)
_ARRANGE = Markup(
    '<button type="button" class="linklike" data-action="arrange" data-what="{what}"'
    ' aria-expanded="{is_open}">Collections…</button>'
)
_MENU = Markup('<div class="confirm menu" role="group" aria-label="Collections">{}</div>')
_DO = Markup('<button type="button" class="chip" data-action="arrange" data-what="{what}">{words}</button>')
_CANCEL = Markup('<button type="button" class="chip" data-action="arrange" data-what="">{}</button>')
_NAME = Markup(
    '<form class="confirm" data-key="{action}" data-action="{action}"><label><span>{words}</span><input type="text"'
    ' name="name" value="{name}" maxlength="60" required autocomplete="off" spellcheck="false" data-focus></label>'
    '<button type="submit" class="chip">{yes}</button>{cancel}</form>'
)
_DELETE = Markup(
    '<div class="confirm" role="group" aria-label="Delete the collection {name}?"><span>Delete the collection “{name}”?'
    " {stays}</span>"
    '<button type="button" class="chip danger" data-action="collection-delete" data-collection="{id}"'
    " data-focus>Delete</button>{cancel}</div>"
)
_MOVE = Markup(
    '<form class="confirm" data-key="move-{document}" data-action="move" data-document="{document}"><label><span>Move'
    ' {what} to</span><select name="to" data-keep data-focus>{options}</select></label>'
    '<button type="submit" class="chip">Move</button>{cancel}</form>'
)
_OBJECTION = Markup('<p class="objection" role="alert">{}</p>')
_OPTION = Markup('<option value="{}"{}>{}</option>')
_ALL = "All documents"
_NONE = "No collection"


@dataclass(frozen=True, slots=True)
class Shelf:
    """What the left pane shows of collections."""

    collections: tuple[Collection, ...] = ()
    chosen: Collection | None = None
    """The one that is looked at; None for the whole library."""
    arranging: Arranging | None = None
    """Which form is open."""
    moving: str | None = None
    """The document that is to be moved; None for the ticked ones."""
    ticked: int = 0
    objection: str = ""
    """Why the last change could not be made."""

    def name_of(self, document: Document) -> str:
        """Return the name of the collection a document is in; empty where that need not be said."""
        if self.chosen is not None:
            return ""
        return next((each.name for each in self.collections if each.id == document.collection), "")


def library_head(shelf: Shelf, documents: int, *, empty: bool) -> Markup:
    """Return the heading with the chooser, the ways to tick and to arrange, and the form that is open.

    ``documents`` is how many are listed; ``empty`` says that the library has none and is reading none.
    """
    counted = "empty" if empty else count(documents, "doc")
    if empty and not shelf.collections:
        return _HEAD.format(counted)
    options = [_option("", _ALL, chosen=shelf.chosen is None)]
    options += [_option(each.id, each.name, chosen=each == shelf.chosen) for each in shelf.collections]
    head = _CHOOSER.format(options=Markup("").join(options), count=counted)
    objection = _OBJECTION.format(shelf.objection) if shelf.objection else ""
    return head + _tools(shelf, documents) + _form(shelf, documents) + objection


def move_form(shelf: Shelf, document: Document | None) -> Markup:
    """Return the question where to: for one document, or for the ticked ones."""
    here = document.collection if document is not None else shelf.chosen and shelf.chosen.id
    options = [_option(each.id, each.name) for each in shelf.collections if each.id != here]
    if here is not None or document is None:
        options.append(_option("", _NONE))
    what = "it" if document is not None else count(shelf.ticked, "ticked document")
    return _MOVE.format(
        document=document.id if document is not None else "",
        what=what,
        options=Markup("").join(options),
        cancel=_CANCEL.format("Cancel"),
    )


def _tools(shelf: Shelf, documents: int) -> Markup:
    is_open = shelf.arranging is Arranging.MENU
    arrange = _ARRANGE.format(what="" if is_open else Arranging.MENU, is_open="true" if is_open else "false")
    return _TOOLS.format(ticks=_TICKS if documents > 1 else "", arrange=arrange)


def _form(shelf: Shelf, documents: int) -> Markup:
    chosen = shelf.chosen
    match shelf.arranging:
        case Arranging.MENU:
            return _MENU.format(Markup("").join(_ways(shelf)))
        case Arranging.CREATE:
            return _named("collection-create", "Name of the new collection", "", "Create")
        case Arranging.RENAME if chosen is not None:
            return _named("collection-rename", f"New name for “{chosen.name}”", chosen.name, "Rename")
        case Arranging.DELETE if chosen is not None:
            keep = _CANCEL.format("Keep")
            return _DELETE.format(name=chosen.name, id=chosen.id, stays=_what_stays(documents), cancel=keep)
        case Arranging.MOVE if shelf.moving is None and shelf.ticked:
            return move_form(shelf, None)
        case _:
            return Markup("")


def _ways(shelf: Shelf) -> Sequence[Markup]:
    """What can be done with collections, as things are."""
    ways = [(Arranging.CREATE, "New collection…")]
    if shelf.collections and shelf.ticked:
        ways.append((Arranging.MOVE, "Move ticked documents…"))
    if shelf.chosen is not None:
        ways += [(Arranging.RENAME, "Rename…"), (Arranging.DELETE, "Delete…")]
    return [_DO.format(what=what, words=words) for what, words in ways]


def _named(action: str, words: str, name: str, yes: str) -> Markup:
    return _NAME.format(action=action, words=words, name=name, yes=yes, cancel=_CANCEL.format("Cancel"))


def _what_stays(documents: int) -> str:
    if not documents:
        return "It holds no document."
    if documents == 1:
        return "Its document stays in the library."
    return f"Its {count(documents, 'document')} stay in the library."


def _option(value: str, words: str, *, chosen: bool = False) -> Markup:
    return _OPTION.format(value, Markup(" selected") if chosen else "", words)
