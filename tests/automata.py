"""The words of a full-text dictionary as LanceDB stores it: a finite state transducer of the Rust crate ``fst``.

Prefixes and endings that words share are stored once, so a word cannot be looked for among the bytes. Owns the reading
of version 3 of that format and knows nothing of the file it stands in. Nodes are written leaves first and read
backwards: the byte at a node's address says of which kind it is, and what belongs to it lies below.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["words_of"]

VERSION = 3
FOOTER = 20
"""Bytes: how many words, where the root is, and a checksum."""
COMMON = b"te/oasripcnw.hlm-du012g=:bf3y5&_4v9678k%?xCDASFIBEjPTzRNM+LOqHG"
"""Letters that are so frequent that a node with one way on names them by their place here, from 1."""
INDEXED_FROM = 33
"""A node with so many ways on has a table of 256 bytes to find them by."""


@dataclass(frozen=True, slots=True)
class _Node:
    """One state: whether a word may end here, and where each letter leads."""

    ends: bool
    ways: tuple[tuple[int, int], ...]


def words_of(automaton: bytes) -> set[bytes]:
    """Every word of a dictionary; complains where the bytes are of another form."""
    version = int.from_bytes(automaton[:8], "little")
    footer = automaton[-FOOTER:]
    count, root = (int.from_bytes(footer[start : start + 8], "little") for start in (0, 8))
    if version != VERSION:
        raise ValueError(f"a dictionary of version {version}")
    words = set(_spelled(automaton, root))
    if len(words) != count:
        raise ValueError(f"{len(words)} words read of {count}")
    return words


def _spelled(data: bytes, root: int) -> Iterator[bytes]:
    waiting = [(root, b"")]
    while waiting:
        address, word = waiting.pop()
        node = _node(data, address)
        if node.ends:
            yield word
        waiting += [(target, word + bytes([letter])) for letter, target in node.ways]


def _node(data: bytes, address: int) -> _Node:
    if not address:
        return _Node(ends=True, ways=())
    kind = data[address] >> 6
    if kind > 1:
        return _with_one_way(data, address, follows=kind == 3)
    return _with_many_ways(data, address)


def _with_one_way(data: bytes, address: int, *, follows: bool) -> _Node:
    """``follows`` says that the next node lies right below this one, and then nothing says where."""
    place = data[address] & 0b111111
    below = address - (0 if place else 1)
    letter = COMMON[place - 1] if place else data[below]
    if follows:
        return _Node(ends=False, ways=((letter, below - 1),))
    sizes = data[below - 1]
    start = below - 1 - (sizes >> 4)
    return _Node(ends=False, ways=((letter, _target(data, start, sizes >> 4, start - (sizes & 0xF))),))


def _with_many_ways(data: bytes, address: int) -> _Node:
    count, below = data[address] & 0b111111, address
    if not count:
        below -= 1
        count = 256 if data[below] == 1 else data[below]
    sizes = data[below - 1]
    wide, output = sizes >> 4, sizes & 0xF
    letters = below - 1 - (256 if count >= INDEXED_FROM else 0)
    targets = letters - count
    ends = bool(data[address] & 0b1000000)
    end = targets - count * wide - count * output - (output if ends else 0)
    return _Node(
        ends,
        tuple((data[letters - 1 - way], _target(data, targets - (way + 1) * wide, wide, end)) for way in range(count)),
    )


def _target(data: bytes, start: int, size: int, end: int) -> int:
    """Return an address, written as how far below the end of the node it lies; 0 is the common last node."""
    delta = int.from_bytes(data[start : start + size], "little")
    return end - delta if delta else 0
