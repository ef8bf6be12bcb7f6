"""Old Office files are disks in small: sectors that form chains. Whether any of them runs in a circle.

Some libraries follow such a chain until no memory is left. It knows nothing of what the sectors hold.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from rag.errors import DamagedFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["check_chains"]

_FIRST_SPECIAL = 0xFFFFFFFA
"""From here on a number is no sector but says that there is none."""
_SIZE_AT, _SMALL_AT, _MORE_AT, _TABLE_AT, _HEADER = 30, 60, 68, 76, 512
"""Where the header says how large sectors are, where the tables of small sectors and of tables go on, and its end."""
_LARGEST_SHIFT = 20


def check_chains(path: Path, name: str) -> None:
    """Raise DamagedFile where a chain of sectors never ends; every other fault is left to those who read the file."""
    if any(_has_circle(table) for table in _tables(path.read_bytes())):
        raise DamagedFile(name, "a chain of sectors runs in a circle")


def _tables(data: bytes) -> Iterator[Sequence[int]]:
    """For each sector the one that follows it: of the large ones, then of the small ones inside them."""
    shift = int.from_bytes(data[_SIZE_AT : _SIZE_AT + 2], "little")
    if shift > _LARGEST_SHIFT or len(data) < _HEADER:
        return
    large: list[int] = []
    for sector in _table_sectors(data, shift):
        large += _numbers(data, sector, shift)
    yield large
    small: list[int] = []
    sector = _number(data, _SMALL_AT)
    while sector < len(large) and len(small) <= len(data):
        small += _numbers(data, sector, shift)
        sector = large[sector]
    yield small


def _table_sectors(data: bytes, shift: int) -> Iterator[int]:
    """The sectors that hold the table of large ones: the header lists the first, and a chain of its own the others."""
    yield from (sector for sector in _words(data[_TABLE_AT:_HEADER]) if sector < _FIRST_SPECIAL)
    more, left = _number(data, _MORE_AT), len(data) >> shift
    while more < _FIRST_SPECIAL and left and (listed := _numbers(data, more, shift)):
        yield from (sector for sector in listed[:-1] if sector < _FIRST_SPECIAL)
        more, left = listed[-1], left - 1


def _numbers(data: bytes, sector: int, shift: int) -> Sequence[int]:
    return _words(data[(sector + 1) << shift : (sector + 2) << shift])


def _number(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")


def _words(data: bytes) -> Sequence[int]:
    return struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4])


def _has_circle(following: Sequence[int]) -> bool:
    """Whether somebody who goes from each to the one that follows it comes by the same place twice."""
    seen = [0] * len(following)
    for start in range(len(following)):
        at = start
        while at < len(following) and not seen[at]:
            seen[at] = start + 1
            at = following[at]
        if at < len(following) and seen[at] == start + 1:
            return True
    return False
