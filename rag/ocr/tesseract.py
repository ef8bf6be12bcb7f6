"""Tesseract, where it is installed: one run of the program for each picture.

The picture goes in and the words come out through pipes, so that nothing of a document lies in a temporary file that
a process stopped in the middle would leave behind. It owns which of the installed languages are read.
"""

from __future__ import annotations

import io
import locale
import os
import shutil
import subprocess
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from rag.ocr.seen import EngineFailed, SeenLine, SeenWord

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from PIL.Image import Image

__all__ = ["Tesseract", "find_tesseract", "languages_to_read"]

_ELSEWHERE = (Path("C:/Program Files/Tesseract-OCR/tesseract.exe"),)
"""Where its installer puts it without saying so to the system."""
_TURNS = "osd"
"""The "language" that tells which way up a page is."""
_NO_LANGUAGES = frozenset({_TURNS, "equ", "snum"})
_MOST_LANGUAGES = 3
"""Each one costs time on every page, and errors where it is not the page's."""
_LANGUAGES = {
    "ar": "ara", "bg": "bul", "ca": "cat", "cs": "ces", "da": "dan", "de": "deu", "el": "ell", "en": "eng", "es": "spa",
    "et": "est", "eu": "eus", "fa": "fas", "fi": "fin", "fr": "fra", "gl": "glg", "he": "heb", "hi": "hin", "hr": "hrv",
    "hu": "hun", "id": "ind", "is": "isl", "it": "ita", "ja": "jpn", "ko": "kor", "lt": "lit", "lv": "lav", "nb": "nor",
    "nl": "nld", "nn": "nor", "no": "nor", "pl": "pol", "pt": "por", "ro": "ron", "ru": "rus", "sk": "slk", "sl": "slv",
    "sr": "srp", "sv": "swe", "th": "tha", "tr": "tur", "uk": "ukr", "vi": "vie", "zh": "chi_sim",
}  # fmt: skip
"""The system's names of languages, and Tesseract's."""
_DPI = 200
_WORD_LEVEL = "5"
_COLUMNS = 12
_SURE = 0.1
"""It has doubts about real words that no dictionary has; of stains taken for words it is less sure still."""
_SURE_OF_SIGNS = 0.6
"""Signs alone are mostly rules, boxes and dirt."""


def find_tesseract() -> Tesseract | None:
    """The program, where the system has one that starts and can read at least one language."""
    found = shutil.which("tesseract") or next((str(path) for path in _ELSEWHERE if path.is_file()), None)
    engine = Tesseract(found) if found else None
    try:
        return engine if engine and engine.languages else None
    except EngineFailed:  # parts of it are missing since something else was updated, say
        return None


class Tesseract:
    """The program at one place."""

    name = "Tesseract"

    def __init__(self, program: str) -> None:
        self._program = program

    @cached_property
    def installed(self) -> tuple[str, ...]:
        """The languages that it has, as it calls them."""
        listed = self._run(["--list-langs"]).decode("utf-8", "replace").splitlines()[1:]
        return tuple(name.strip() for name in listed if name.strip() and "/" not in name)

    @property
    def languages(self) -> tuple[str, ...]:
        """Those in which pictures are read."""
        return languages_to_read(self.installed, locale.getlocale()[0] or "")

    def read(self, picture: Image) -> tuple[SeenLine, ...]:
        """The lines in the order of its own blocks."""
        os.environ.update(OMP_THREAD_LIMIT="1")  # with more it spins: six times the work on two busy cores
        buffer = io.BytesIO()
        picture.convert("L").save(buffer, "PPM")
        # Finds columns, and which way up the page is where it can tell.
        layout = "1" if _TURNS in self.installed else "3"
        chosen = ["-l", "+".join(self.languages), "--psm", layout, "--dpi", str(_DPI), "-c", "tessedit_create_tsv=1"]
        table = self._run(["stdin", "stdout", *chosen], buffer.getvalue())
        return tuple(_lines(table.decode("utf-8", "replace").split("\n")))

    def _run(self, arguments: Sequence[str], given: bytes = b"") -> bytes:
        try:
            done = subprocess.run([self._program, *arguments], input=given, capture_output=True, check=False)  # noqa: S603
        except OSError as error:
            raise EngineFailed(str(error)) from error
        if done.returncode:
            raise EngineFailed(done.stderr.decode("utf-8", "replace").strip())
        return done.stdout


def languages_to_read(installed: Iterable[str], system: str) -> tuple[str, ...]:
    """All where they are few; else the system's language ("de_AT") and English, or what there is in their place."""
    languages = [name for name in installed if name not in _NO_LANGUAGES]
    if len(languages) <= _MOST_LANGUAGES:
        return tuple(languages)
    wanted = dict.fromkeys((_LANGUAGES.get(system.partition("_")[0], ""), "eng"))
    return tuple(name for name in wanted if name in languages) or tuple(languages[:_MOST_LANGUAGES])


def _lines(rows: Iterable[str]) -> Iterator[SeenLine]:
    """Rows of a table, one for each word, as lines; blocks and paragraphs are counted through."""
    cells = (row.split("\t") for row in rows)
    words = [row for row in cells if len(row) == _COLUMNS and row[0] == _WORD_LEVEL and row[11].strip()]
    for paragraph, (_, of_paragraph) in enumerate(groupby(words, lambda row: row[1:4])):
        for _, of_line in groupby(of_paragraph, lambda row: row[4]):
            seen = tuple(word for word in map(_word, of_line) if _counts(word))
            if seen:
                yield SeenLine(seen, paragraph)


def _counts(word: SeenWord) -> bool:
    return word.confidence >= (_SURE if any(map(str.isalnum, word.text)) else _SURE_OF_SIGNS)


def _word(row: Sequence[str]) -> SeenWord:
    left, top, width, height = map(float, row[6:10])
    return SeenWord(row[11].strip(), left, top, left + width, top + height, float(row[10]) / 100)
