"""Whether a page's text is of use: there is some, and it is not mostly signs that stand for no character.

Fonts without a way back to characters give private-use signs, control characters or the names of their glyphs; what a
person reads on such a page only its picture tells. Pure. It knows nothing of files or of how pictures are read.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["is_unusable"]

_GLYPH_NAME = re.compile(r"\(cid:\d+\)|/(?:g|G|C|c|uni|cid|glyph)\d[\dA-Fa-f]*")
_NO_CHARACTER = frozenset({"Cc", "Co", "Cn", "Cs"})
_CONTROL = "Cc"
_MOST_CONTROL = 0.05
"""Text has hardly any control characters; where they stand for spaces, letters are not what they seem either."""
_REPLACEMENT = "\ufffd"
_LINE_END_HYPHEN = "\ufffe"
_MOST = 0.4
"""Share of signs that stand for nothing from which on a page is better read from its picture."""


def is_unusable(text: str) -> bool:
    """Whether the text of a page, as the reader finds it, tells a person nothing: none at all, or mostly rubbish."""
    signs = [sign for sign in _GLYPH_NAME.sub(_REPLACEMENT, text) if not sign.isspace() and sign != _LINE_END_HYPHEN]
    if sum(unicodedata.category(sign) == _CONTROL for sign in signs) > _MOST_CONTROL * len(signs):
        return True
    return sum(map(_says_nothing, signs)) >= _MOST * len(signs)


def _says_nothing(sign: str) -> bool:
    return sign == _REPLACEMENT or unicodedata.category(sign) in _NO_CHARACTER
