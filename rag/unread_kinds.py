"""Kinds of file that are not read, and the sentence that says so with a way out; a part of ``rag/sentences.py``."""

from __future__ import annotations

__all__ = ["MADE_BY", "sentence_for_kind"]

_ARCHIVE = "This is an archive: files packed into one. Unpack it, then add the files or the folder that come out."
MADE_BY = (
    ("an archive", ".zip .gz .tgz .bz2 .xz .zst .7z .tar .rar .cab .jar .iso .dmg", ""),
    ("a Pages document", ".pages", "Open it in Pages or on iCloud.com, export it as Word or PDF"),
    ("a Keynote presentation", ".key", "Open it in Keynote or on iCloud.com, export it as PowerPoint or PDF"),
    ("a Numbers spreadsheet", ".numbers", "Open it in Numbers or on iCloud.com, export it as Excel"),
    ("a OneNote section", ".one .onetoc2 .onepkg", "Open it in OneNote, export it as PDF or Word"),
    ("a Publisher document", ".pub", "Open it in Publisher or LibreOffice Draw, save it as PDF"),
    ("a Visio drawing", ".vsd .vsdx .vss .vst", "Open it in Visio or LibreOffice Draw, save it as PDF"),
    ("a WordPerfect document", ".wpd .wp .wp5 .wp6", "Open it in WordPerfect or LibreOffice, save it as .docx or PDF"),
    ("a Works document", ".wps", "Open it in LibreOffice, save it as .docx"),
    ("a DjVu book", ".djvu .djv", "Open it in a DjVu reader, print or export it as PDF"),
    ("an XPS document", ".xps .oxps", "Open it in the XPS viewer, print it as PDF"),
    ("a PostScript file", ".ps .eps", "Open it in a PostScript viewer, export it as PDF"),
    ("a Kindle book", ".mobi .azw .azw3 .kfx", "Open it in Calibre, convert it to EPUB or PDF"),
    ("an Access database", ".mdb .accdb", "Open it in Access, export its tables as Excel or CSV"),
    ("a recording or film", ".mp3 .m4a .wav .ogg .flac .mp4 .mov .avi .mkv .webm", "Have it written down as text"),
)
"""Kinds of file that are not read: what each is, its endings, and what to do with it before it can be added."""


def sentence_for_kind(suffix: str) -> str | None:
    """Return what a file of this ending is and what to do with it; None where no more is known than its ending."""
    for kind, suffixes, advice in MADE_BY:
        if suffix in suffixes.split():
            return f"This is {kind}, which cannot be read as it is. {advice}, and add that." if advice else _ARCHIVE
    return None
