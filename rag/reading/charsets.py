"""Which encoding a declared one really means, as browsers and mail programs take it. It guesses nothing by itself."""

from __future__ import annotations

import codecs

__all__ = ["declared_text"]

_TAKEN_AS = {
    "ascii": "cp1252",
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
_NO_TEXT = frozenset({"base64", "bz2", "hex", "quopri", "rot13", "uu", "zlib", "idna", "punycode", "undefined", "mbcs"})
"""What Python calls codecs, too, though no text is written in them."""


def declared_text(data: bytes, declared: str) -> str | None:
    """The bytes in the encoding they declare; None where there is no such one, or where it does not fit."""
    try:
        known = codecs.lookup(declared.strip().strip("\"'")).name
        return None if known in _NO_TEXT else data.decode(_TAKEN_AS.get(known, known))
    except (LookupError, UnicodeError, ValueError):
        return None
