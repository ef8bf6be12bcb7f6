"""Which encoding a declared one really means, as browsers and mail programs take it. It guesses nothing by itself."""

from __future__ import annotations

import codecs

__all__ = ["declared_text"]

_TAKEN_AS = {
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
"""By Python's names: old standards whose files in truth hold the larger sets that grew from them."""
_OFTEN_WRONG = "iso8859-1"
"""What programs declare that have not looked."""
_NO_TEXT = frozenset({"base64", "bz2", "hex", "quopri", "rot13", "uu", "zlib", "idna", "punycode", "undefined", "mbcs"})
"""What Python calls codecs, too, though no text is written in them."""


def declared_text(data: bytes, declared: str) -> str | None:
    """The bytes in the encoding they declare; None where there is no such one, or where it does not fit."""
    try:
        known = codecs.lookup(declared.strip().strip("\"'")).name
        if known in _NO_TEXT or (known == _OFTEN_WRONG and _is_utf8(data)):
            return None
        return data.decode(_TAKEN_AS.get(known, known))
    except (LookupError, UnicodeError, ValueError):
        return None


def _is_utf8(data: bytes) -> bool:
    """Whether there are characters beyond ASCII and all are well-formed, which no Latin text is by chance."""
    try:
        return not data.isascii() and bool(data.decode())
    except UnicodeDecodeError:
        return False
