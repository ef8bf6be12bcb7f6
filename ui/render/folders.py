"""Folders of this computer: the panel to choose one, and the list of those that were added."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from markupsafe import Markup

from rag.sentences import sentence_for
from ui.render import icons
from ui.render.words import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag.folder_chooser import FolderView
    from ui.folder_bench import FolderRow

__all__ = ["folder_list", "folder_panel"]

_PANEL = Markup(
    '<div class="veil" data-modal><section class="setup folders" role="dialog" aria-modal="true"'
    ' aria-labelledby="folders-title"><div class="setup-head"><h2 id="folders-title">Add a folder of this computer</h2>'
    '<button type="button" class="mini" data-action="folder-close" aria-label="Close" data-close>{cross}</button></div>'
    '<p class="about">Its files are read where they lie, with those of the folders in it; only what has changed is read'
    " again. Hidden files are left out.</p>"
    '<form class="path" data-key="{path}" data-action="folder-go">'
    '<input type="text" name="place" value="{path}" aria-label="Path of the folder" autocomplete="off"'
    ' spellcheck="false" required>'
    '<button type="submit" class="chip">Go</button></form>{said}'
    '<div class="ways"><button type="button" class="chip" data-action="folder-go" data-place="{home}">Home</button>'
    "{up}</div>{inside}"
    '<button type="button" class="also" role="checkbox" aria-checked="{checked}" data-action="folder-tick">'
    '<i class="cb{off}" aria-hidden="true">{tick}</i>Keep watching it for changes</button>'
    '<div class="setup-foot"><button type="button" class="chip" data-action="folder-close">Cancel</button>'
    '<button type="button" class="primary" data-action="folder-add" data-form=".path"{barred}>Add “{name}”'
    "</button></div></section></div>"
)
_UP = Markup(
    '<button type="button" class="chip" data-action="folder-go" data-place="{path}"'
    ' aria-label="Up to {name}">↑ {name}</button>'
)
_INSIDE = Markup(
    '<ul class="inside" data-key="in {path}" aria-label="Folders in {name}" tabindex="-1" data-focus>{}</ul>'
)
_INTO = Markup(
    '<li><button type="button" data-action="folder-go" data-place="{path}" data-into="{name}">{icon}'
    " <span>{name}</span></button></li>"
)
_NOTE = Markup('<p class="note" data-key="in {path}" tabindex="-1" data-focus>{}</p>')
_MORE = Markup('<li class="note">and {} more; type the path of one of them above</li>')
_OBJECTION = Markup('<p class="objection" role="alert">{}</p>')
_ADVICE = Markup('<p class="advice" role="status">{}</p>')

_LIST = Markup('<h2><span>Folders</span></h2><ul class="kept-folders" aria-label="Folders">{}</ul>')
_ROW = Markup(
    '<li class="doc" data-key="folder-{id}"><span class="of-folder{away}">{icon}</span><div class="what">'
    '<div class="name" title="{path}">{name}</div><div class="m{away}">{state}</div><div class="m">{ways}</div></div>'
    '<span class="minis"><button type="button" class="mini" data-action="folder-forget" data-folder="{id}"'
    ' aria-label="Take {name} off the list; its documents stay" title="Take it off the list; its documents stay">'
    "{cross}</button></span></li>"
)
_WATCH = Markup(
    '<button type="button" class="linklike" data-action="folder-watch" data-folder="{id}" data-watched="{to}"'
    ' aria-label="{words} {name}">{words}</button>'
)
_AGAIN = Markup(
    '<button type="button" class="linklike" data-action="folder-again" data-folder="{id}"'
    ' aria-label="Look for changes in {name}">Look for changes</button>'
)


def folder_panel(view: FolderView, objection: str, advice: str, *, keep_watching: bool) -> Markup:
    """Return the whole panel: where one is, where one can go, and the way to add what is shown.

    ``objection`` says what went wrong, ``advice`` what to do next; either may be empty.
    """
    return _PANEL.format(
        cross=icons.CLOSE,
        path=view.path,
        home=view.home,
        up=_UP.format(path=view.up, name=_name(view.up)) if view.up is not None else "",
        inside=_inside(view),
        said=_OBJECTION.format(objection) if objection else _ADVICE.format(advice) if advice else "",
        checked="true" if keep_watching else "false",
        off="" if keep_watching else " off",
        tick=icons.CHECK if keep_watching else "",
        name=_name(view.path),
        barred=Markup(" disabled") if view.trouble is not None else "",
    )


def folder_list(rows: Sequence[FolderRow]) -> Markup:
    """Return the folders that were added, each with how it is with it and what can be done; nothing without any."""
    if not rows:
        return Markup("")
    return _LIST.format(Markup("").join(map(_row, rows)))


def _inside(view: FolderView) -> Markup:
    if view.trouble is not None:
        return _NOTE.format(sentence_for(view.trouble), path=view.path)
    if not view.folders:
        return _NOTE.format("No folders in this one.", path=view.path)
    rows = [_INTO.format(path=view.path, name=name, icon=icons.FOLDER) for name in view.folders]
    if view.more:
        rows.append(_MORE.format(count(view.more, "folder")))
    return _INSIDE.format(Markup("").join(rows), path=view.path, name=_name(view.path))


def _row(row: FolderRow) -> Markup:
    folder = row.folder
    name = _name(folder.path)
    return _ROW.format(
        id=folder.id,
        path=folder.path,
        name=name,
        icon=icons.FOLDER,
        cross=icons.CLOSE,
        away=" away" if row.news.missing else "",
        state=_state(row),
        ways=_ways(row, name),
    )


def _state(row: FolderRow) -> str:
    if row.trouble:
        return row.trouble
    if row.looking and not row.news.missing:
        return "looking through it"
    if row.news.missing:
        return "paused: cannot be found" if row.folder.watched else "cannot be found"
    parts = ["watched" if row.folder.watched else "not watched"]
    if row.news.not_read:
        parts.append(f"{count(row.news.not_read, 'file')} left out: kinds that cannot be read")
    if row.news.closed:
        parts.append(f"{count(len(row.news.closed), 'folder')} in it may not be opened")
    return " · ".join(parts)


def _ways(row: FolderRow, name: str) -> Markup:
    id_ = row.folder.id
    if row.folder.watched:
        return _WATCH.format(id=id_, name=name, to="no", words="Stop watching")
    watch = _WATCH.format(id=id_, name=name, to="yes", words="Watch")
    return _AGAIN.format(id=id_, name=name) + " · " + watch


def _name(path: str) -> str:
    """What people call a folder; one that lies in none by its path."""
    return PurePath(path).name or path
