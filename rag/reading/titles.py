"""What a document is called: by itself where it says so sensibly, else by its file, else by its first large words."""

from __future__ import annotations

import re
from pathlib import PurePath

from rag.labels import is_nameless
from rag.reading.cleaning import one_line

__all__ = ["choose_title", "title_from_name"]

_LONGEST = 200
_LEFT_BY_PROGRAMS = re.compile(
    r"microsoft (word|powerpoint|excel)\s*-\s*"
    r"|(untitled\b.*|(word )?document ?\d*|(powerpoint )?presentation ?\d*|(excel )?workbook ?\d*|slide 1)$",
    re.IGNORECASE,
)
_FILE_NAME = re.compile(
    r"\.(docx?|pptx?|xlsx?|pdf|indd|qxd|txt|html?|rtf|odt|tex|dvi|ps|eps|cdr)$|_{2,}", re.IGNORECASE
)


def title_from_name(name: str) -> str:
    """The file's name without its ending, nor marks that turn the direction of writing."""
    return one_line(PurePath(name).stem) or name


def choose_title(declared: str, name: str, first_words: str = "") -> str:
    """The first of these that tells something: what the document declares, the file's name, its first large words."""
    declared = " ".join(_without_program(declared).split())
    stem = title_from_name(name)
    candidates = (
        (declared, not _FILE_NAME.search(declared)),
        (stem, _is_mostly_words(stem)),
        (" ".join(first_words.split()), True),
    )
    return next((title for title, sensible in candidates if sensible and _tells(title)), stem)[:_LONGEST]


def _without_program(declared: str) -> str:
    """The declared title without what programs put there by themselves."""
    left = _LEFT_BY_PROGRAMS.match(declared.strip())
    return declared.strip()[left.end() :] if left else declared


def _tells(title: str) -> bool:
    return len(title) > 1 and not is_nameless(title)


def _is_mostly_words(stem: str) -> bool:
    """Whether most of the name is words, rather than "x__1a12ef3f11a64e92eeca39e493a17d28"."""
    words = [word for word in re.split(r"[\s_-]+", stem) if word]
    return sum(len(word) for word in words if not is_nameless(word)) * 2 > sum(map(len, words))
