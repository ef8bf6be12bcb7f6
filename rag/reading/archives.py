"""Office files are ZIP archives: whether one is sound, of which kind, and not a bomb, before a library opens it."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from rag.errors import DamagedFile, FileTooLarge, PasswordNeeded
from rag.sentences import megabytes

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["OLE_SIGNATURE", "ZIP_SIGNATURE", "archive_suffix", "check_archive", "is_locked", "unlocked_copy"]

ZIP_SIGNATURE = b"PK"
OLE_SIGNATURE = b"\xd0\xcf\x11\xe0"
"""How old Office files begin, and new ones that are locked with a password."""
_LOCKED = "EncryptedPackage".encode("utf-16-le")
_LARGEST = 2 << 30
_SUSPICIOUS = 200 << 20
_MOST_DENSE = 100
_MOST_ENTRIES = 20_000
_MAIN_FOLDERS = {"word": ".docx", "ppt": ".pptx", "xl": ".xlsx"}
_BINARY_WORKBOOK = "xl/workbook.bin"
_ODF_KINDS = {"text": ".odt", "presentation": ".odp", "spreadsheet": ".ods"}
_ODF = "application/vnd.oasis.opendocument."
_LONGEST_TYPE = 100
_UNSOUND = (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError)
"""What the standard library lets out for archives that are none, or are cut short, locked or packed unusually."""


def is_locked(path: Path) -> bool:
    """Whether it is an Office file that opens only with a password."""
    return _is_ole(path) and _LOCKED in path.read_bytes()


def unlocked_copy(path: Path, process: int) -> Path:
    """Where a process puts what a password has opened: one at a time, known to whoever has to clear up after it.

    It is named as what is on its way into the library, which is swept in the end even where the computer goes off.
    """
    return path.with_name(f"arriving-{process}-unlocked")


def check_archive(path: Path, name: str) -> None:
    """Raise PasswordNeeded, DamagedFile or FileTooLarge where a library had better not open the file."""
    if _is_ole(path):
        raise (PasswordNeeded if is_locked(path) else DamagedFile)(name, "not a ZIP archive but OLE")
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except _UNSOUND as error:
        raise DamagedFile(name, str(error)) from error
    unpacked = sum(entry.file_size for entry in entries)
    dense = unpacked > _SUSPICIOUS and unpacked > _MOST_DENSE * path.stat().st_size
    if unpacked > _LARGEST or dense:
        raise FileTooLarge(name, f"{megabytes(unpacked)} when unpacked")
    if len(entries) > _MOST_ENTRIES:
        raise FileTooLarge(name, f"{len(entries):,} parts")


def _is_ole(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(OLE_SIGNATURE)) == OLE_SIGNATURE


def archive_suffix(path: Path) -> str:
    """The ending that tells the kind of Office file, or "" for any other archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            declared = archive.open("mimetype").read(_LONGEST_TYPE).decode("latin-1") if "mimetype" in names else ""
    except _UNSOUND:
        return ""
    if declared.startswith(_ODF):
        return _ODF_KINDS.get(declared.removeprefix(_ODF).strip().removesuffix("-template"), "")
    if _BINARY_WORKBOOK in names:
        return ".xlsb"
    folders = {entry.split("/")[0] for entry in names}
    return next((suffix for folder, suffix in _MAIN_FOLDERS.items() if folder in folders), "")
