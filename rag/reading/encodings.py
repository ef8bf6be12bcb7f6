"""Bytes to text: which encoding a file is in, found by what its bytes can and cannot be.

It tries what is certain before what is likely: byte order marks, escape sequences, UTF-8 and UTF-16, what the file
says of itself, and only then the statistics of old encodings. It knows nothing of formats.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter

from charset_normalizer import from_bytes

from rag.errors import DamagedFile, NothingToRead, UnknownEncoding
from rag.reading.cleaning import clean

__all__ = ["decode"]

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ESCAPES = (
    (b"\x1b$)C", "iso2022_kr"),
    (b"\x1b$B", "iso2022_jp_2"),
    (b"\x1b$@", "iso2022_jp_2"),
    (b"\x1b(J", "iso2022_jp_2"),
    (b"~{", "hz"),
)
"""How seven-bit encodings of East Asia switch between alphabets."""
_SAMPLE = 60_000
_ASCII = 127
_SPARSE = 0.3
_NEARLY_ALL = 0.9
_MARKS_OF_ALL = frozenset("“”‘’„‚«»‹›–—…•·°§€£©®™½²³×¿¡\xa0")
_NO_MARK = re.compile(r"(?<=[^\W\d_])[„‚«»‹›•°§€£©®™½²³×¿¡](?=[^\W\d_])")
_HEBREW = frozenset(range(0xE0, 0xFB))
_NEVER_HEBREW = frozenset({0xA8, 0xB8, *range(0xC0, 0xE0), *range(0xFB, 0x100)})
"""Letters of the other encodings in which the Hebrew ones are small Russian or Greek letters."""
_WEST = ("cp1252", "mac_roman", "cp850")
_CENTRE = ("cp1250", "iso8859_2", "cp852")
_LETTERS = (
    (_WEST, "äöüß", "àâæçéèêëîïôœùûüÿ", "áéíóúüñª", "áâãàçéêíóôõú", "àèéìîòóùº", "àçèéíïòóúü", "èéëïöüáó", "æøåéöä"),
    (_WEST, "áðéíóúýþæö", "äöõüšž"),
    (_CENTRE, "ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "ăâîşţ", "čćđšž"),
    (("cp1254",), "çğıöşüâîİ"),
    (("cp1257",), "ąčęėįšųūž", "āčēģīķļņšūž"),
    (_WEST[:1], "äöüßàâæçéèêëîïôœùûüÿáíóúñãõìòåø"),
)
"""Encodings of Latin letters, and the letters beyond ASCII of each language written in them; last, of several."""
_BINARY = re.compile(r"[\x01-\x08\x0e-\x1a\x1c-\x1f]")
_SMALL_LETTERS = b" abcdefghijklmnopqrstuvwxyz"
_MOST_BINARY = 0.02
_COLOURS = re.compile(r"\x1b(?:\[[\d;?]*[A-Za-z]|\][^\x07\x1b]{0,500}(?:\x07|\x1b\\))")
"""What programs write into logs to colour a terminal."""
_NULS = re.compile("\x00+")
_DECLARED = re.compile(rb"(?:charset|encoding|coding)\s*[:=]\s*[\"']?\s*([A-Za-z][\w.:-]{2,30})", re.IGNORECASE)
_HEAD = 1_024
_WIDER = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
}
"""Encodings that files declare and exceed: what is meant is the wider one of the same family."""
_UTF_8 = re.compile(
    rb"(?P<good>[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}"
    rb"|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2})"
    rb"|(?P<pair>\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf])"
    rb"|(?P<bad>[\xc0\xc1][\x80-\xbf]|\xe0[\x80-\x9f][\x80-\xbf]|\xf0[\x80-\x8f][\x80-\xbf]{2}|\xed[\xa0-\xbf][\x80-\xbf])"
    rb"|(?P<cut>[\xc2-\xf4][\x80-\xbf]{0,2}\Z)"
    rb"|(?P<stray>[\x80-\xff])"
)
"""UTF-8 beyond ASCII as it occurs: right, as a pair of surrogates, malformed, cut off, or not UTF-8 at all."""
_MISLEADING = ["utf_7", "mac_latin2", "mac_iceland", "mac_turkish", "cp037", "cp500"]
"""Encodings that hardly any file is in, and that win by accident."""


def decode(data: bytes, name: str) -> str:
    """The bytes as clean text.

    DamagedFile where they are no text, UnknownEncoding where no encoding makes sense of them, NothingToRead where they
    are only white space. A NUL parts words, as it does where programs write lists.
    """
    text = _COLOURS.sub("", _decoded(data, name))
    if _is_binary(text[:_SAMPLE]):
        raise DamagedFile(name, "binary data")
    text = clean(_NULS.sub(" ", text))
    if not text.strip():
        raise NothingToRead(name, "only white space")
    return text


def _decoded(data: bytes, name: str) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace")
    certain = _wide(data[:_SAMPLE]) or _escaped(data)
    if certain:
        return data.decode(certain, errors="replace")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        sample = _around(data, error.start)
    declared = _declared(data)
    if declared:
        return data.decode(declared, errors="replace")
    if _is_nearly_utf_8(sample):
        return _mended(data)
    return data.decode(_guessed(sample, name), errors="replace")


def _is_binary(sample: str) -> bool:
    return len(_BINARY.findall(sample)) > _MOST_BINARY * len(sample)


def _around(data: bytes, place: int) -> bytes:
    """A sample that holds the place where UTF-8 ends, from the beginning of a line on."""
    begin = data.rfind(b"\n", 0, max(place - _SAMPLE // 2, 0)) + 1
    return data[begin : place + _SAMPLE // 2]


def _wide(sample: bytes) -> str:
    """UTF-16 or UTF-32 without a mark; empty where it is not that."""
    if b"\0" not in sample:
        return ""
    for encoding, zeros in (("utf-32-le", (2, 3)), ("utf-32-be", (0, 1))):
        if all(sample[at::4].count(0) * 10 > len(sample[at::4]) * 9 for at in zeros) and sample.count(0) < len(sample):
            return encoding
    for parity, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros_here, others = sample[parity::2].count(0), sample[1 - parity :: 2].count(0)
        if zeros_here * 2 > len(sample[parity::2]) and others * 10 < zeros_here:
            return encoding
    small = sum(sample.count(letter) for letter in _SMALL_LETTERS)
    if small < _SPARSE * len(sample) and (not sample.isascii() or _is_binary(sample.decode("latin-1"))):
        return next((encoding for encoding in ("utf-16-le", "utf-16-be") if _reads_as(sample, encoding)), "")
    return ""


def _reads_as(sample: bytes, encoding: str) -> bool:
    """Whether nearly all of it is letters and blanks in this encoding, as chance does not make them."""
    try:
        text = sample[: len(sample) & ~1].decode(encoding)
    except UnicodeDecodeError:
        return False
    return sum(c.isalnum() or c.isspace() or c in ".,;:!?-()'\"" for c in text) > _NEARLY_ALL * len(text)


def _escaped(data: bytes) -> str:
    """An encoding that switches alphabets by escape sequences; empty where none does or it does not hold."""
    if not data.isascii():
        return ""
    for escape, encoding in _ESCAPES:
        if escape in data:
            try:
                data.decode(encoding)
            except UnicodeDecodeError:
                continue
            return encoding
    return ""


def _declared(data: bytes) -> str:
    """The encoding that the file's first lines name, where it is known and fits; UTF-8 is known not to."""
    found = _DECLARED.search(data, 0, _HEAD)
    try:
        known = codecs.lookup(found[1].decode("ascii").lower().removeprefix("x-")).name if found else "utf-8"
        if not known.startswith("utf"):
            data[:_SAMPLE].decode(_WIDER.get(known, known), errors="ignore")
            return _WIDER.get(known, known)
    except (LookupError, UnicodeError):
        pass
    return ""


def _is_nearly_utf_8(sample: bytes) -> bool:
    """Whether what is UTF-8 outweighs what cannot be, which no old encoding comes to by chance."""
    kinds = Counter(match.lastgroup for match in _UTF_8.finditer(sample))
    return 0 < kinds["good"] + kinds["pair"] + kinds["bad"] >= kinds["stray"]


def _mended(data: bytes) -> str:
    """UTF-8 with pieces of Windows' Western encoding in it, with pairs of surrogates joined; bad forms are marked."""
    return "".join(_mended_parts(data))


def _mended_parts(data: bytes) -> list[str]:
    parts: list[str] = []
    done = 0
    for match in _UTF_8.finditer(data):
        if match.lastgroup == "good":
            continue
        parts += (data[done : match.start()].decode(), _mended_piece(match))
        done = match.end()
    return [*parts, data[done:].decode()]


def _mended_piece(match: re.Match[bytes]) -> str:
    if match.lastgroup == "pair":
        return match[0].decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass").decode("utf-16")
    return match[0].decode("cp1252", errors="replace") if match.lastgroup == "stray" else "\N{REPLACEMENT CHARACTER}"


def _guessed(sample: bytes, name: str) -> str:
    """The likeliest old encoding: by the letters of the languages that share one alphabet, else by statistics."""
    latin = _latin(sample)
    if latin:
        return latin
    high = Counter(byte for byte in sample if byte > _ASCII)
    if not _NEVER_HEBREW & set(high) and sum(high[byte] for byte in _HEBREW) > _NEARLY_ALL * high.total():
        return "cp1255"
    best = from_bytes(sample, cp_exclusion=_MISLEADING).best()
    if best is not None:
        return _WIDER.get(codecs.lookup(best.encoding).name, best.encoding)
    if _is_binary(sample.decode("latin-1")):
        raise DamagedFile(name, "binary data")
    if sum(byte > _ASCII for byte in sample) > _SPARSE * len(sample):
        raise UnknownEncoding(name, "no known encoding makes text of it")
    return "cp1252"


def _latin(sample: bytes) -> str:
    """The encoding in which one language has nearly all letters beyond ASCII; the first of several; else empty."""
    likeliest, most = "", _NEARLY_ALL
    for encodings, *languages in _LETTERS:
        for encoding in encodings:
            beyond = _beyond_ascii(sample, encoding)
            for letters in languages:
                share = _share(beyond, letters)
                if share > most:
                    likeliest, most = encoding, share
    return likeliest


def _beyond_ascii(sample: bytes, encoding: str) -> Counter[str]:
    """What there is beyond ASCII; a mark in the middle of a word is none. Nothing where it is more than Latin has."""
    text = _NO_MARK.sub("\N{REPLACEMENT CHARACTER}", sample.decode(encoding, errors="replace"))
    beyond = Counter(character for character in text if ord(character) > _ASCII)
    return beyond if beyond.total() < _SPARSE * len(text) else Counter()


def _share(beyond: Counter[str], letters: str) -> float:
    known = {*letters, *letters.upper(), *_MARKS_OF_ALL}
    return sum(count for character, count in beyond.items() if character in known) / max(beyond.total(), 1)
