"""Messages as Outlook saves them (MSG): put into the shape of an ordinary e-mail, which the e-mail reader then reads.

The file is an OLE container with one stream for each property of the message ([MS-OXMSG]).
"""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from email.encoders import encode_base64
from email.mime.base import MIMEBase
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.parser import HeaderParser
from email.utils import format_datetime
from typing import TYPE_CHECKING

import olefile

from rag.errors import DamagedFile, PasswordNeeded
from rag.reading.archives import OLE_SIGNATURE
from rag.reading.cleaning import one_line
from rag.reading.html_tree import decode_html
from rag.reading.mail import reading_of
from rag.reading.mail_headers import text_in

if TYPE_CHECKING:
    from email.message import Message
    from pathlib import Path

    from rag.reading.blocks import Reading

__all__ = ["read_outlook"]

_BROKEN = (OSError, ValueError, IndexError, KeyError, TypeError, struct.error, RecursionError)
"""What olefile lets out when a file is not what it should be; its own errors are OSErrors."""
_PROPERTIES = "__properties_version1.0"
_SUBJECT, _BODY, _HTML, _HEAD = "0037", "1000", "1013", "007D"
_TO, _CC, _BCC = "0E04", "0E03", "0E02"
_FROM = (("0042", ("5D02", "0065")), ("0C1A", ("5D01", "0C1F")))
"""Names, each with where its address may be: on whose behalf it was sent, and by whom."""
_DATA, _LONG_NAME, _SHORT_NAME, _SHOWN_NAME = "3701", "3707", "3704", "3001"
_SENT, _RECEIVED, _CODE_PAGES, _LANGUAGE = 0x0039, 0x0E06, (0x3FFD, 0x3FDE), 0x3FF1
_TIME, _NUMBER = 0x0040, 0x0003
_HEADER_OF_PROPERTIES = {0: 32, 1: 24}
_RECORD = struct.Struct("<HHIQ")
_DEEPEST = 8
_OF_LANGUAGE = {
    "cp1250": (5, 14, 21, 24, 26, 27, 28),
    "cp1251": (2, 25, 34, 35, 47),
    "cp1253": (8,),
    "cp1254": (31, 44),
    "cp1255": (13,),
    "cp1256": (1, 32, 41),
    "cp1257": (37, 38, 39),
    "cp874": (30,),
    "cp932": (17,),
    "cp949": (18,),
    "gb18030": (4,),
}
"""Windows's old encodings by the lower ten bits of its language numbers; the others are Western."""


def read_outlook(path: Path, name: str) -> Reading:
    """Open a message that was saved from Outlook."""
    with path.open("rb") as file:
        if file.read(len(OLE_SIGNATURE)) != OLE_SIGNATURE:
            raise DamagedFile(name, "not an OLE file")
    try:
        with olefile.OleFileIO(path) as ole:
            if not ole.exists(_PROPERTIES):
                raise (PasswordNeeded if ole.exists("EncryptedPackage") else DamagedFile)(name, "not a message")
            message = _Storage(ole, ()).message()
    except _BROKEN as error:
        raise DamagedFile(name, f"{type(error).__name__}: {error}") from error
    return reading_of(message, name)


class _Storage:
    """A message in the container: the file's own, or one that is attached to another."""

    def __init__(self, ole: olefile.OleFileIO, folder: tuple[str, ...]) -> None:
        self._ole = ole
        self._folder = folder
        self._numbers = self._fixed()
        self._encoding = self._old_encoding()

    def message(self) -> Message:
        """It as an e-mail."""
        whole = MIMEMultipart("mixed")
        given = HeaderParser().parsestr(self._text(_HEAD).lstrip())
        for name, value in (
            ("From", self._sender() or str(given.get("From", ""))),
            ("To", self._text(_TO) or str(given.get("To", ""))),
            ("Cc", self._text(_CC)),
            ("Bcc", self._text(_BCC)),
            ("Date", self._date() or str(given.get("Date", ""))),
            ("Subject", self._text(_SUBJECT)),
        ):
            if one_line(value):
                whole[name] = one_line(value)
        whole.attach(self._body())
        for part in self._attached():
            whole.attach(part)
        return whole

    def _body(self) -> Message:
        versions = MIMEMultipart("alternative")
        html = self._bytes(_HTML + "0102")
        page = decode_html(html, "") if html and html.strip() else self._text(_HTML)
        for text, kind in ((self._text(_BODY), "plain"), (page, "html")):
            if text.strip():
                versions.attach(MIMEText(text, kind, "utf-8"))
        return versions

    def _attached(self) -> list[Message]:
        folders = {
            entry[len(self._folder)]
            for entry in self._ole.listdir(streams=True, storages=False)
            if len(entry) > len(self._folder) + 1 and tuple(entry[: len(self._folder)]) == self._folder
        }
        found = (
            self._attachment(folder) for folder in sorted(folders) if folder.lower().startswith("__attach_version1.0")
        )
        return [part for part in found if part is not None]

    def _attachment(self, folder: str) -> Message | None:
        place = (*self._folder, folder)
        inner = (*place, f"__substg1.0_{_DATA}000D")
        if self._ole.exists([*inner, _PROPERTIES]) and len(inner) < _DEEPEST * 2:
            return MIMEMessage(_Storage(self._ole, inner).message())
        data = self._bytes(f"{_DATA}0102", place)
        if data is None:
            return None
        part = MIMEBase("application", "octet-stream")
        part.set_payload(data)
        encode_base64(part)
        names = (self._text(mark, place) for mark in (_LONG_NAME, _SHORT_NAME, _SHOWN_NAME))
        name = next((name for name in names if name), "")
        part.add_header("Content-Disposition", "attachment", filename=("utf-8", "", one_line(name)))
        return part

    def _sender(self) -> str:
        for name_mark, address_marks in _FROM:
            name = self._text(name_mark)
            addresses = (self._text(mark) for mark in address_marks)
            address = next((address for address in addresses if "@" in address and address != name), "")
            if name or address:
                return f"{name} <{address}>" if name and address else name or address
        return ""

    def _date(self) -> str:
        ticks = self._numbers.get((_SENT, _TIME)) or self._numbers.get((_RECEIVED, _TIME))
        if not ticks:
            return ""
        try:
            return format_datetime(datetime(1601, 1, 1, tzinfo=UTC) + timedelta(microseconds=ticks // 10))
        except OverflowError:
            return ""

    def _text(self, mark: str, folder: tuple[str, ...] | None = None) -> str:
        """A property that is text, in either of its two encodings."""
        wide = self._bytes(f"{mark}001F", folder)
        if wide is not None:
            return wide.decode("utf-16-le", "replace").rstrip("\0")
        return text_in((self._bytes(f"{mark}001E", folder) or b"").rstrip(b"\0"), self._encoding)

    def _bytes(self, mark: str, folder: tuple[str, ...] | None = None) -> bytes | None:
        place = [*(self._folder if folder is None else folder), f"__substg1.0_{mark}"]
        return bytes(self._ole.openstream(place).read()) if self._ole.exists(place) else None

    def _fixed(self) -> dict[tuple[int, int], int]:
        """The properties that are numbers or moments, by their mark and type."""
        data = self._ole.openstream([*self._folder, _PROPERTIES]).read()
        start = _HEADER_OF_PROPERTIES[bool(self._folder)]
        whole = start + (len(data) - start) // _RECORD.size * _RECORD.size
        return {(mark, kind): value for kind, mark, _, value in _RECORD.iter_unpack(data[start:whole])}

    def _old_encoding(self) -> str:
        """What text that is not Unicode is written in; empty where the message does not say."""
        for mark in _CODE_PAGES:
            page = self._numbers.get((mark, _NUMBER), 0) & 0xFFFF
            if page:
                return {65001: "utf-8", 20127: "ascii", 28591: "cp1252"}.get(page, f"cp{page}")
        language = self._numbers.get((_LANGUAGE, _NUMBER), 0) & 0x3FF
        return next((encoding for encoding, languages in _OF_LANGUAGE.items() if language in languages), "")
