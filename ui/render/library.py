"""The left pane: what is in the library, what is being read, and the conversations."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from markupsafe import Markup

from rag.sentences import SAME_NAME, sentence_for_unread
from ui.render import icons
from ui.render.collections import Shelf, library_head, move_form
from ui.render.words import about_document, count, origin, seconds

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from storage.records import Conversation, Document
    from ui.file_rows import FileRow

__all__ = ["conversation_list", "document_list", "drop_zone"]

_WHOLE_LIBRARY = Shelf()
_WAITING_SHOWN = 40
_ROWS_KEPT = 10_000
"""Of documents and of notes: drawn anew for every repaint, thousands would keep the page from everything else."""

DROP_ZONE = Markup(
    '<h1 class="brand">Footnote<sup aria-hidden="true">1</sup></h1>'
    '<button type="button" class="drop" data-pick="files" aria-describedby="drop-about">Drop documents here'
    '<small id="drop-about">{about}</small></button>'
    '<p class="drop-more">or <button type="button" class="linklike" data-pick="folder">choose a folder</button>'
    "{of_disk}</p>"
    '<input type="file" id="pick-files" multiple hidden aria-label="Documents to add">'
    '<input type="file" id="pick-folder" webkitdirectory hidden aria-label="Folder to add">'
    '<p class="copying" id="copying" role="status"></p>'
)
_OF_DISK = Markup(
    ' · <button type="button" class="linklike" data-action="folder-choose" title="Add a folder of this computer and'
    ' read what changes in it">watch a folder</button>'
)
_HEAD = Markup("<h2><span>{}</span><span>{}</span></h2>")
_DOCUMENT = Markup(
    '<li class="doc" data-key="{id}"><button type="button" class="cb" role="checkbox" aria-checked="{checked}"'
    ' data-action="scope" data-document="{id}" aria-label="Search {name}">{tick}</button>'
    '<div class="what"><a class="name" href="/originals/{id}" target="_blank" rel="noopener" title="Open'
    ' {name}">{name}</a>'
    '<div class="m">{about}</div>{unread}</div>'
    '<span class="minis">{move}<button type="button" class="mini" data-action="remove-ask" data-document="{id}"'
    ' aria-label="Remove {name}">{cross}</button></span>{confirm}</li>'
)
_UNREAD = Markup('<div class="m skipped">{}</div>')
_MOVE = Markup(
    '<button type="button" class="mini" data-action="move-ask" data-document="{id}" aria-label="Move {name} to a'
    ' collection" aria-expanded="{is_open}" title="Move to…">{folder}</button>'
)
_EMPTY_COLLECTION = Markup(
    '<p class="hollow in-list">No document is in this collection yet. Drop some above, or <button type="button"'
    ' class="linklike" data-action="collection" data-value="">show all documents</button> and move some here.</p>'
)
_CONFIRM = Markup(
    '<div class="confirm" role="group" aria-label="Remove {name}?"><span>{question}</span>{also}'
    '<button type="button" class="chip danger" data-action="{action}" data-{kind}="{id}" data-focus>{yes}</button>'
    '<button type="button" class="chip" data-action="confirm-no">Keep</button></div>'
)
_ALSO = Markup(
    '<button type="button" class="also" role="checkbox" aria-checked="{checked}" data-action="remove-quotes">'
    '<i class="cb{off}" aria-hidden="true">{tick}</i>also remove its quotes from earlier answers</button>'
)
_REMOVING = Markup(
    '<li class="doc reading" data-key="removing-{id}"><span class="cb off" aria-hidden="true"></span>'
    '<div class="what"><div class="name">{name}</div><div class="m">removing</div>'
    '<div class="bar" role="progressbar" aria-label="Removing {name}"><i class="busy"></i></div></div></li>'
)
_READING = Markup(
    '<li class="doc reading" data-key="file-{key}"><span class="cb off" aria-hidden="true"></span><div class="what">'
    '<div class="name">{file}</div><div class="m">{state}</div>'
    '<div class="bar" role="progressbar" aria-label="Reading {file}" aria-valuemin="0"'
    ' aria-valuemax="100"{now}><i{style}></i></div></div>{close}</li>'
)
_WAITING = Markup(
    '<li class="doc reading waiting" data-key="file-{key}"><span class="cb off" aria-hidden="true"></span>'
    '<div class="what"><div class="name" title="{file}">{file}</div><div class="m">waiting</div></div>{close}</li>'
)
_NOTED = Markup(
    '<li class="doc trouble" data-key="file-{key}"><span class="cb {kind}" aria-hidden="true">!</span><div'
    ' class="what"><div class="name">{file}</div><div class="m {kind}">{reason}</div>{ways}</div>{close}</li>'
)
_CLOSE = Markup(
    '<button type="button" class="mini" data-action="cancel-reading" data-row="{key}" aria-label="{what} {file}">'
    "{cross}</button>"
)
_DECIDE = Markup(
    '<div class="ways"><button type="button" class="chip" data-action="decide" data-row="{key}"'
    ' data-decision="replace" aria-label="Replace the other {file}">Replace</button>'
    '<button type="button" class="chip" data-action="decide" data-row="{key}" data-decision="keep"'
    ' aria-label="Keep both documents called {file}">Keep both</button></div>'
)
_UNLOCK = Markup(
    '<form class="ways" data-action="unlock" data-row="{key}"><input type="password" name="value" required'
    ' autocomplete="off" aria-label="Password of {file}"><button class="chip">Unlock</button></form>'
)
_BEHIND = Markup('<li class="stop m" data-key="behind">and {} waiting</li>')
_FOR_ALL = Markup(
    '<li class="stop" data-key="{action}"><button type="button" class="chip" data-action="{action}">{what}</button>'
    "</li>"
)
_CONVERSATION = Markup(
    '<li class="doc talk{state}" data-key="{id}"><button type="button" class="name" data-action="open-conversation"'
    ' data-conversation="{id}"{current}>{title}</button>'
    '<button type="button" class="mini" data-action="delete-ask" data-conversation="{id}" aria-label="Delete'
    ' {title}">{cross}</button>{confirm}</li>'
)


def drop_zone(*, empty: bool, local: bool = False) -> Markup:
    """Return the brand, the place to drop documents on, and where nobody else reaches the page the way to folders."""
    kinds = "PDF, Word, Excel, slides, scans, web pages, e-mails, books, text and more"
    about = "or click to choose files" if empty else kinds
    return DROP_ZONE.format(about=about, of_disk=_OF_DISK if local else "")


def document_list(  # noqa: PLR0913  (all that the list tells, each under its name)
    documents: Sequence[Document],
    files: Sequence[FileRow],
    excluded: Collection[str],
    confirming: str | None,
    shelf: Shelf = _WHOLE_LIBRARY,
    *,
    read_in: Mapping[str, float] = MappingProxyType({}),
    removing: Sequence[Document] = (),
    keep_quotes: bool = False,
    shared: bool = False,
) -> Markup:
    """Return the files being read and those that could not be, what is being removed, then the documents to tick.

    ``read_in`` says how many seconds it took to read those that have come just now; a ``shared`` library is a team's.
    """
    nothing = not documents and not files and not removing
    head = library_head(shelf, len(documents), empty=nothing and shelf.chosen is None)
    if nothing and shelf.chosen is not None:
        return head + _EMPTY_COLLECTION
    if nothing:
        where = "and kept where all of your team find them" if shared else "and stay on it"
        hollow = f"Your documents will be listed here. They are read on this computer {where}."
        return head + Markup('<p class="hollow in-list">{}</p>').format(hollow)
    namesakes = {name for name, number in Counter(each.name for each in documents).items() if number > 1}
    rows = _files(files) + _for_all(files)
    rows += [_REMOVING.format(id=each.id, name=each.name) for each in removing]
    for each in documents:
        confirm = _confirm(each, keep_quotes=keep_quotes) if confirming == each.id else _moving(each, shelf)
        about, move = _about(each, shelf, namesakes, read_in), _way_to_move(each, shelf)
        rows.append(_document(each, about, move, confirm, searched=each.id not in excluded))
    hint = _EMPTY_COLLECTION if shelf.chosen is not None and not documents else Markup("")
    return head + Markup('<ul class="docs" aria-label="Documents">{}</ul>{}').format(Markup("").join(rows), hint)


def conversation_list(conversations: Sequence[Conversation], current: str | None, confirming: str | None) -> Markup:
    """Return the conversations, the open one marked, with the way to a new one."""
    new = Markup('<button type="button" class="new" data-action="new-conversation">{} New</button>').format(icons.PLUS)
    rows = (_conversation(each, current, confirming) for each in conversations)
    return _HEAD.format("Conversations", new) + Markup('<ul class="docs" aria-label="Conversations">{}</ul>').format(
        Markup("").join(rows)
    )


def _about(document: Document, shelf: Shelf, namesakes: Collection[str], read_in: Mapping[str, float]) -> str:
    """Its size and collection; of namesakes which is which, and of one that has just come how long it took."""
    parts = [about_document(document), shelf.name_of(document)]
    if document.name in namesakes:
        parts.append(origin(document))
    if document.id in read_in:
        parts.append(f"in {seconds(read_in[document.id])}")
    return " · ".join(filter(None, parts))


@lru_cache(_ROWS_KEPT)
def _document(document: Document, about: str, move: Markup, confirm: Markup, *, searched: bool) -> Markup:
    return _DOCUMENT.format(
        id=document.id,
        checked="true" if searched else "false",
        name=document.name,
        tick=icons.CHECK if searched else "",
        about=about,
        unread=_UNREAD.format(sentence_for_unread(document.unread)) if document.unread else "",
        move=move,
        cross=icons.CLOSE,
        confirm=confirm,
    )


def _way_to_move(document: Document, shelf: Shelf) -> Markup:
    """A button, where there is a collection to move it to."""
    if not shelf.collections:
        return Markup("")
    return _move(document, is_open=shelf.moving == document.id)


@lru_cache(_ROWS_KEPT)
def _move(document: Document, *, is_open: bool) -> Markup:
    said = "true" if is_open else "false"
    return _MOVE.format(id=document.id, name=document.name, is_open=said, folder=icons.FOLDER)


def _moving(document: Document, shelf: Shelf) -> Markup:
    return move_form(shelf, document) if shelf.moving == document.id else Markup("")


def _confirm(document: Document, *, keep_quotes: bool) -> Markup:
    return _CONFIRM.format(
        name=document.name,
        question="Remove from the library?",
        also=_ALSO.format(
            checked="false" if keep_quotes else "true",
            off=" off" if keep_quotes else "",
            tick="" if keep_quotes else icons.CHECK,
        ),
        action="remove",
        kind="document",
        id=document.id,
        yes="Remove",
    )


def _files(files: Sequence[FileRow]) -> list[Markup]:
    """A row for each, but for those far back in a long queue: a folder may bring thousands."""
    waiting = [each.key for each in files if each.state == "waiting"][_WAITING_SHOWN:]
    behind = frozenset(waiting)
    more = [_BEHIND.format(count(len(waiting), "more file"))] if waiting else []
    return [_file(each) for each in files if each.key not in behind] + more


@lru_cache(_ROWS_KEPT)
def _note(row: FileRow) -> Markup:
    close = _CLOSE.format(key=row.key, file=row.file, what="Dismiss the note on", cross=icons.CLOSE)
    reason = SAME_NAME if row.state == "asking" else row.reason
    return _NOTED.format(key=row.key, file=row.file, kind=row.state, reason=reason, ways=_ways(row), close=close)


def _file(row: FileRow) -> Markup:
    if not row.busy:
        return _note(row)
    close = _CLOSE.format(key=row.key, file=row.file, what="Cancel reading", cross=icons.CLOSE)
    if row.state == "waiting":
        return _WAITING.format(key=row.key, file=row.file, close=close)
    share = row.share
    return _READING.format(
        key=row.key,
        file=row.file,
        state=_progress(row),
        now=Markup(' aria-valuenow="{:.0f}"').format(100 * share) if share is not None else "",
        style=Markup(' style="width:{:.0f}%"').format(100 * share) if share is not None else Markup(' class="busy"'),
        close=close,
    )


def _ways(row: FileRow) -> Markup:
    """What the person can do about a file that waits for them."""
    match row.state:
        case "asking":
            return _DECIDE.format(key=row.key, file=row.file)
        case "locked":
            return _UNLOCK.format(key=row.key, file=row.file)
        case _:
            return Markup("")


def _for_all(files: Sequence[FileRow]) -> list[Markup]:
    """One button where there is much to cancel or to dismiss."""
    busy = sum(row.busy for row in files)
    notes = sum(row.state in {"unchanged", "skipped", "failed"} for row in files)
    cancel = [_FOR_ALL.format(action="cancel-all", what=f"Cancel all {busy}")] if busy > 1 else []
    return cancel + ([_FOR_ALL.format(action="dismiss-all", what=f"Dismiss all {notes} notes")] if notes > 1 else [])


def _progress(row: FileRow) -> str:
    if row.pages_total and row.pages_read < row.pages_total:
        left = row.seconds_left
        return f"reading page {row.pages_read} of {row.pages_total}" + (f" · about {seconds(left)}" if left else "")
    if row.chunks:
        return f"making it searchable · {count(row.chunks, 'passage')} so far"
    return "reading"


def _conversation(conversation: Conversation, current: str | None, confirming: str | None) -> Markup:
    is_open = conversation.id == current
    confirm = ""
    if confirming == conversation.id:
        confirm = _CONFIRM.format(
            name=conversation.title,
            question="Delete this conversation?",
            also="",
            action="delete-conversation",
            kind="conversation",
            id=conversation.id,
            yes="Delete",
        )
    return _CONVERSATION.format(
        state=" on" if is_open else "",
        id=conversation.id,
        current=Markup(' aria-current="true"') if is_open else "",
        title=conversation.title,
        cross=icons.CLOSE,
        confirm=confirm,
    )
