"""Office files are ZIP archives: whether one is sound, of which kind, and not a bomb, before a library opens it."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from rag.errors import DamagedFile, FileTooLarge, PasswordNeeded

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["OLE_SIGNATURE", "ZIP_SIGNATURE", "check_archive", "main_folder"]

ZIP_SIGNATURE = b"PK"
OLE_SIGNATURE = b"\xd0\xcf\x11\xe0"
"""How old Office files begin, and new ones that are locked with a password."""
_LOCKED = "EncryptedPackage".encode("utf-16-le")
_LARGEST = 2 << 30
_SUSPICIOUS = 200 << 20
_MOST_DENSE = 100


def check_archive(path: Path, name: str) -> None:
    """Raise PasswordNeeded, DamagedFile or FileTooLarge where a library had better not open the file."""
    with path.open("rb") as file:
        beginning = file.read(len(OLE_SIGNATURE))
    if beginning == OLE_SIGNATURE:
        raise (PasswordNeeded if _LOCKED in path.read_bytes() else DamagedFile)(name, "not a ZIP archive but OLE")
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise DamagedFile(name, str(error)) from error
    dense = unpacked > _SUSPICIOUS and unpacked > _MOST_DENSE * path.stat().st_size
    if unpacked > _LARGEST or dense:
        raise FileTooLarge(name, f"{unpacked:,} bytes when unpacked")


def main_folder(path: Path) -> str:
    """The folder that tells the kind of Office file: "word", "ppt", "xl", or "" for any other archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            folders = {entry.split("/")[0] for entry in archive.namelist()}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return ""
    return next((folder for folder in ("word", "ppt", "xl") if folder in folders), "")
