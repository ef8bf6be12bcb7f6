"""Office files that are locked with a password: opened with it into a copy beside them, which goes once it is read.

How Office encrypts is msoffcrypto's to know (ECMA-376 standard and agile encryption, and the older ones).
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import msoffcrypto
from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError, ParseError

from rag.errors import DamagedFile, PasswordNeeded
from rag.reading.archives import unlocked_copy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from rag.reading.blocks import Reading, ReadPage

__all__ = ["read_unlocked"]

_BROKEN = (DecryptionError, FileFormatError, ParseError, OSError, ValueError, KeyError, AttributeError)
"""What msoffcrypto lets out where a file is not what it should be."""


def read_unlocked(path: Path, name: str, password: str, read: Callable[[Path], Reading]) -> Reading:
    """Have ``read`` read what the password opens; PasswordNeeded where it is a wrong one."""
    copy = unlocked_copy(path, os.getpid())
    try:
        _unlock(path, name, password, copy)
        reading = read(copy)
    except BaseException:
        copy.unlink(missing_ok=True)
        raise
    return replace(reading, pages=_pages(reading.pages, copy))


def _unlock(path: Path, name: str, password: str, copy: Path) -> None:
    try:
        with path.open("rb") as locked, copy.open("wb") as target:
            file = msoffcrypto.OfficeFile(locked)
            file.load_key(password=password, verify_password=True)
            file.decrypt(target)
    except InvalidKeyError as error:
        raise PasswordNeeded(name, str(error)) from error
    except _BROKEN as error:
        raise DamagedFile(name, f"{type(error).__name__}: {error}") from error


def _pages(pages: Iterator[ReadPage], copy: Path) -> Iterator[ReadPage]:
    try:
        yield from pages
    finally:
        copy.unlink(missing_ok=True)
