"""The left pane: what is in the library, what is being read, and the conversations."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from markupsafe import Markup

from ui.render import icons
from ui.render.words import about_document, count, origin, seconds

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from storage.records import Conversation, Document
    from ui.file_rows import FileRow

__all__ = ["conversation_list", "document_list", "drop_zone"]

DROP_ZONE = Markup(
    '<h1 class="brand">Footnote<sup aria-hidden="true">1</sup></h1>'
    '<button type="button" class="drop" data-pick="files" aria-describedby="drop-about">Drop documents here'
    '<small id="drop-about">{about}</small></button>'
    '<p class="drop-more">or <button type="button" class="linklike" data-pick="folder">choose a folder</button></p>'
    '<input type="file" id="pick-files" multiple hidden aria-label="Documents to add">'
    '<input type="file" id="pick-folder" webkitdirectory hidden aria-label="Folder to add">'
    '<p class="copying" id="copying" role="status"></p>'
)
_HEAD = Markup("<h2><span>{}</span><span>{}</span></h2>")
_DOCUMENT = Markup(
    '<li class="doc" data-key="{id}"><button type="button" class="cb" role="checkbox" aria-checked="{checked}"'
    ' data-action="scope" data-document="{id}" aria-label="Search {name}">{tick}</button>'
    '<div class="what"><a class="name" href="/originals/{id}" target="_blank" rel="noopener" title="Open'
    ' {name}">{name}</a>'
    '<div class="m">{about}</div></div>'
    '<button type="button" class="mini" data-action="remove-ask" data-document="{id}" aria-label="Remove'
    ' {name}">{cross}</button>{confirm}</li>'
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
    ' aria-valuemax="100"{now}><i{style}></i></div>'
    "</div></li>"
)
_TROUBLE = Markup(
    '<li class="doc trouble" data-key="file-{key}"><span class="cb {kind}" aria-hidden="true">!</span><div'
    ' class="what">'
    '<div class="name">{file}</div><div class="m {kind}">{reason}</div></div>'
    '<button type="button" class="mini" data-action="dismiss" data-row="{key}" aria-label="Dismiss the note on'
    ' {file}">{cross}</button></li>'
)
_STOP = Markup(
    '<li class="stop" data-key="stop-{drop}"><button type="button" class="chip" data-action="stop-reading"'
    ' data-drop="{drop}" aria-label="Stop reading {left}">Stop reading</button></li>'
)
_CONVERSATION = Markup(
    '<li class="doc talk{state}" data-key="{id}"><button type="button" class="name" data-action="open-conversation"'
    ' data-conversation="{id}"{current}>{title}</button>'
    '<button type="button" class="mini" data-action="delete-ask" data-conversation="{id}" aria-label="Delete'
    ' {title}">{cross}</button>{confirm}</li>'
)


def drop_zone(*, empty: bool) -> Markup:
    """Return the brand and the place to drop documents on."""
    about = "or click to choose files" if empty else "PDF, Word, PowerPoint, Excel, CSV, web pages, Markdown, text"
    return DROP_ZONE.format(about=about)


def document_list(  # noqa: PLR0913  (what the pane shows, each under its name)
    documents: Sequence[Document],
    files: Sequence[FileRow],
    excluded: Collection[str],
    confirming: str | None,
    *,
    removing: Sequence[Document] = (),
    keep_quotes: bool = False,
) -> Markup:
    """Return the files being read and those that could not be, what is being removed, then the documents to tick."""
    head = _HEAD.format("Library", count(len(documents), "doc") if documents or files else "empty")
    if not documents and not files and not removing:
        hollow = "Your documents will be listed here. They are read on this computer and stay on it."
        return head + Markup('<p class="hollow in-list">{}</p>').format(hollow)
    namesakes = {name for name, number in Counter(each.name for each in documents).items() if number > 1}
    rows = [_file(each) for each in files] + _ways_to_stop(files)
    rows += [_REMOVING.format(id=each.id, name=each.name) for each in removing]
    for each in documents:
        confirm = _confirm(each, keep_quotes=keep_quotes) if confirming == each.id else ""
        rows.append(_document(each, excluded, confirm, alone=each.name not in namesakes))
    return head + Markup('<ul class="docs" aria-label="Documents">{}</ul>').format(Markup("").join(rows))


def conversation_list(conversations: Sequence[Conversation], current: str | None, confirming: str | None) -> Markup:
    """Return the conversations, the open one marked, with the way to a new one."""
    new = Markup('<button type="button" class="new" data-action="new-conversation">{} New</button>').format(icons.PLUS)
    rows = (_conversation(each, current, confirming) for each in conversations)
    return _HEAD.format("Conversations", new) + Markup('<ul class="docs" aria-label="Conversations">{}</ul>').format(
        Markup("").join(rows)
    )


def _document(document: Document, excluded: Collection[str], confirm: str, *, alone: bool) -> Markup:
    """``alone`` says that no other document has its name; of namesakes it is said which is which."""
    searched = document.id not in excluded
    return _DOCUMENT.format(
        id=document.id,
        checked="true" if searched else "false",
        name=document.name,
        tick=icons.CHECK if searched else "",
        about=about_document(document) if alone else f"{about_document(document)} · {origin(document)}",
        cross=icons.CLOSE,
        confirm=confirm,
    )


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


def _file(row: FileRow) -> Markup:
    if not row.busy:
        return _TROUBLE.format(key=row.key, file=row.file, kind=row.state, reason=row.reason, cross=icons.CLOSE)
    share = row.share
    return _READING.format(
        key=row.key,
        file=row.file,
        state=_progress(row),
        now=Markup(' aria-valuenow="{:.0f}"').format(100 * share) if share is not None else "",
        style=Markup(' style="width:{:.0f}%"').format(100 * share) if share is not None else Markup(' class="busy"'),
    )


def _ways_to_stop(files: Sequence[FileRow]) -> list[Markup]:
    """One for each handful of files that is being read: what is done of it stays."""
    left = Counter(row.drop for row in files if row.busy)
    return [_STOP.format(drop=drop, left=count(number, "file")) for drop, number in left.items()]


def _progress(row: FileRow) -> str:
    if row.state == "waiting":
        return "waiting"
    if row.pages_total and row.pages_read < row.pages_total:
        left = row.seconds_left
        return f"reading page {row.pages_read} of {row.pages_total}" + (f" · about {seconds(left)}" if left else "")
    if row.chunks:
        return f"{count(row.chunks, 'passage')} so far"
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
