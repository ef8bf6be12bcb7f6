"""Rich text as its program wrote it, brought down to the little that striprtf has to decode.

It keeps words, characters and groups, drops formatting, pictures and lists of fonts and styles, and takes notes,
headers and text boxes out of the running text. What it puts in are marks, characters that no text has, where a heading,
an item, a cell or a row is. One pass, token by token: neither depth nor length of a file can make it slow.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field

from striprtf.striprtf import charset_map

__all__ = ["CELL", "HEADING", "ITEM", "LINE", "NEXT", "ROW", "ROW_BEGINS", "RtfSource", "take_apart"]

CELL, ROW_BEGINS, ROW, HEADING, ITEM, NEXT = "\ufdd0", "\ufdd1", "\ufdd2", "\ufdd3", "\ufdd4", "\ufdd5"
"""A heading's mark is followed by its rank, one digit; the last one parts the texts beside the running one."""
LINE = "\u2028"

_BINARY = re.compile(rb"\\bin(\d{1,10}) ?")
_LONG_HEX = re.compile(rb"[0-9a-fA-F\r\n]{400,}")
"""The bytes of a picture or of an embedded file."""
_HIGH = re.compile(rb"[\x80-\xff]")
_TOKEN = re.compile(r"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|(\\'[0-9a-fA-F]{2}|\\[^a-zA-Z])|([{}])|([^\\{}\r\n]+)")
_HEADING_STYLE = re.compile(r"\s*(?:heading (\d)|(title))\b", re.IGNORECASE)

_KEPT = re.compile(r"par|tab|page|sect|e[mn](dash|space)|qmspace|bullet|[lr](dbl)?quote|uc?|f")
_DROPPED = re.compile(
    r"colortbl|filetbl|info|pict|xe|tc|txe|rxe|shp|shprslt|do|nonshppict|nonesttables|a?ftn(sepc?|cn)|template"
    r"|list(level|\w*table)?"
)
"""Groups whose words no person reads; those that begin with an asterisk are dropped without being listed."""
_ASIDES = {
    **dict.fromkeys(("footnote", "annotation", "shptxt", "dptxbxtext", "title", "atnauthor")),
    **dict.fromkeys(("header", "headerl", "headerr", "headerf"), "header"),
    **dict.fromkeys(("footer", "footerl", "footerr", "footerf"), "footer"),
}
_BOXES = {"shptxt": "box", "dptxbxtext": "box"}
_TEXT_OF_ITEM = {"listtext", "pntext"}
_ENCODINGS = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}
_DEEPEST_OUTLINE = 8
_MARKS = {"cell": CELL, "row": ROW, "nestcell": " ", "nestrow": " ", "line": LINE}


@dataclass(slots=True)
class _Group:
    """One pair of braces: where its words go (nowhere, if None), and what is hidden in it."""

    sink: list[str] | None
    table: str = ""
    """"fonttbl" or "stylesheet", inside those."""
    hidden: bool = False
    opening: bool = True
    """Whether no word has come yet, so that the next may say what kind of group this is."""


@dataclass(frozen=True, slots=True)
class RtfSource:
    """What was found: the running text and what stands beside it, each as rich text of its own."""

    body: list[str] = field(default_factory=list)
    asides: list[tuple[str, list[str]]] = field(default_factory=list)
    """Kind ("footnote", "annotation", "atnauthor", "box", "header", "footer", "title") and words, in their order."""
    fonts: dict[str, str] = field(default_factory=dict)
    """The character sets of fonts, by the fonts' numbers."""
    defaults: dict[str, str] = field(default_factory=dict)
    """"encoding" of the file and number of the usual "font", as far as it says."""

    @property
    def usual_font(self) -> str:
        """The control word for it."""
        return f"\\f{self.defaults['font']} " if "font" in self.defaults else ""

    def running(self) -> str:
        """The running text as a whole document with its fonts."""
        return self._document("".join(self.body))

    def beside(self) -> str:
        """All texts beside it in one document, with marks between."""
        return self._document(f"{{}}{NEXT}".join(f"{{{''.join(words)}}}" for _, words in self.asides))

    def _document(self, words: str) -> str:
        fonts = "".join(f"{{\\f{number}\\fcharset{charset} x;}}" for number, charset in self.fonts.items())
        return f"{{{{\\fonttbl{fonts}}}{self.usual_font}{words}}}"


def take_apart(data: bytes) -> RtfSource:
    """Go through a whole file once."""
    pass_ = _Pass()
    for token in _TOKEN.finditer(_as_text(data)):
        pass_.take(token)
    return pass_.source


def _as_text(data: bytes) -> str:
    """The file in ASCII: without embedded bytes, other bytes as their codes."""
    parts: list[bytes] = []
    at = 0
    while match := _BINARY.search(data, at):
        parts.append(data[at : match.start()])
        at = match.end() + int(match[1])
    parts.append(data[at:])
    without_hex = _LONG_HEX.sub(b"", b"".join(parts))
    return _HIGH.sub(lambda byte: b"\\'%02x" % byte[0][0], without_hex).decode("ascii").replace("\0", "")


class _Pass:
    """One way through the tokens of a file."""

    def __init__(self) -> None:
        self.source = RtfSource()
        self._groups = [_Group(self.source.body)]
        self._heading_styles: dict[str, int] = {}
        self._number = ""
        self._in_row = False

    def take(self, token: re.Match[str]) -> None:
        """The next token."""
        word, argument, character, brace, text = token.groups()
        if brace == "{":
            self._open()
        elif brace:
            self._close()
        elif word:
            self._word(word, argument or "")
        elif character == "\\*":
            self._groups[-1].sink = None
        elif character:
            self._say("\\par " if character in {"\\\n", "\\\r"} else character)
        else:
            self._text(text)

    def _open(self) -> None:
        outer = self._groups[-1]
        self._groups.append(_Group(outer.sink, outer.table, outer.hidden))
        if outer.sink is not None:
            outer.sink.append("{")

    def _close(self) -> None:
        if len(self._groups) > 1:
            self._groups.pop()
            if (sink := self._groups[-1].sink) is not None:
                sink.append("}")

    def _text(self, text: str) -> None:
        group = self._groups[-1]
        group.opening = False
        if group.table == "stylesheet" and (match := _HEADING_STYLE.match(text)):
            self._heading_styles[self._number] = int(match[1] or 0)
        self._say(text)

    def _say(self, words: str) -> None:
        group = self._groups[-1]
        if group.sink is not None and not group.hidden and not group.table:
            group.sink.append(words)

    def _word(self, word: str, argument: str) -> None:
        group = self._groups[-1]
        if group.table:
            self._word_of_table(word, argument)
        elif group.opening and self._begins(group, word):
            group.opening = False
            return
        group.opening = False
        if word in {"fonttbl", "stylesheet"}:
            group.table = word
        elif word in {"v", "deleted"}:
            group.hidden = argument != "0"
        elif word == "plain":
            group.hidden = False
            self._say(self.source.usual_font)
        elif word in {"deff", "ansicpg", *_ENCODINGS}:
            self._keep_default(word, argument)
        elif _KEPT.fullmatch(word):
            self._say(f"\\{word}{argument} ")
        else:
            self._mark(word, argument)

    def _keep_default(self, word: str, argument: str) -> None:
        """What the file says once for all of its text."""
        if word == "deff":
            self.source.defaults["font"] = argument
        elif (encoding := _ENCODINGS.get(word, f"cp{argument}")) and _is_known(encoding):
            self.source.defaults["encoding"] = encoding

    def _begins(self, group: _Group, word: str) -> bool:
        """Whether the first word of a group sends it elsewhere."""
        if word in _ASIDES:
            group.sink = []
            self.source.asides.append((_BOXES.get(word) or _ASIDES[word] or word, group.sink))
        elif _DROPPED.fullmatch(word):
            group.sink = None
        elif word in _TEXT_OF_ITEM:
            self._say(f"{{}}{ITEM}")
        else:
            return False
        return True

    def _word_of_table(self, word: str, argument: str) -> None:
        """What the lists of fonts and styles say about one of them."""
        if word in {"f", "s"}:
            self._number = argument
        elif word == "fcharset" and _is_known(charset_map.get(int(argument or -1), "")):
            self.source.fonts[self._number] = argument

    def _mark(self, word: str, argument: str) -> None:
        """A mark where the text's structure is, shielded by an empty group from what precedes it."""
        rank = self._heading_styles.get(argument) if word == "s" else None
        if word == "outlinelevel" and argument.isdecimal() and int(argument) <= _DEEPEST_OUTLINE:
            rank = int(argument) + 1
        if rank is not None:
            self._say(f"{{}}{HEADING}{rank}")
        elif word == "trowd" and not self._in_row:
            self._in_row = True
            self._say(f"{{}}{ROW_BEGINS}")
        elif word in _MARKS:
            self._in_row = self._in_row and word != "row"
            self._say(f"{{}}{_MARKS[word]}")


def _is_known(encoding: str) -> bool:
    """Whether there is a way to decode it; the usual one serves for others."""
    try:
        codecs.lookup(encoding)
    except (LookupError, ValueError):
        return False
    return True
