"""Writer of a compound file ([MS-CFB] version 3): the little file system in which Office keeps a VBA project."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

SECTOR = 512
MINI_SECTOR = 64
MINI_LIMIT = 4096
"""Streams shorter than this lie in the mini stream."""

_FREE, _END, _FAT_SECTOR = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_MOST_FAT_SECTORS = 109
_ENTRY = "<64sHBBIII16sIQQIQ"
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_RED, _BLACK = 0, 1


@dataclass(slots=True)
class _Entry:
    """An entry of the directory, filled in as sectors are laid out."""

    name: str
    kind: int
    data: bytes = b""
    children: list[int] = field(default_factory=list)
    left: int = _FREE
    right: int = _FREE
    child: int = _FREE
    colour: int = _BLACK
    start: int = 0
    size: int = 0


class _Sectors:
    """Sectors in order, and the table that chains them."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.content = bytearray()
        self.chain: list[int] = []

    def put(self, data: bytes) -> int:
        """Append data as a chain of sectors and return the first of them."""
        if not data:
            return _END
        first = len(self.chain)
        count = -(-len(data) // self.size)
        self.content += data.ljust(count * self.size, b"\0")
        self.chain += [*range(first + 1, first + count), _END]
        return first


def compound_file(streams: Mapping[str, bytes]) -> bytes:
    """Return a compound file with the streams given; ``VBA/dir`` lies in the storage ``VBA``.

    Raises:
        ValueError: where the streams are larger than about 7 MB together, for which this writer has no table.
    """
    entries = _directory(streams)
    sectors, mini = _Sectors(SECTOR), _Sectors(MINI_SECTOR)
    for entry in entries:
        if entry.kind == _STREAM:
            entry.size = len(entry.data)
            entry.start = (sectors if entry.size >= MINI_LIMIT else mini).put(entry.data)
    root = entries[0]
    root.start, root.size = sectors.put(bytes(mini.content)), len(mini.content)
    mini_table = sectors.put(_table(mini.chain))
    directory = sectors.put(_directory_bytes(entries))
    fat_count = 1
    while (len(sectors.chain) + fat_count) * 4 > fat_count * SECTOR:
        fat_count += 1
    if fat_count > _MOST_FAT_SECTORS:
        raise ValueError("The VBA project is too large for this writer (about 7 MB).")
    fat_start = len(sectors.chain)
    fat = _table([*sectors.chain, *[_FAT_SECTOR] * fat_count])
    mini_count = -(-len(mini.chain) * 4 // SECTOR)
    header = _header(directory, mini_table, mini_count, range(fat_start, fat_start + fat_count))
    return header + bytes(sectors.content) + fat


def _directory(streams: Mapping[str, bytes]) -> list[_Entry]:
    """Return root, storages and streams, each storage with its children as a balanced search tree."""
    entries = [_Entry("Root Entry", _ROOT)]
    storages = {"": 0}
    for path, data in streams.items():
        parent, _, name = path.rpartition("/")
        if parent not in storages:
            storages[parent] = len(entries)
            entries[0].children.append(len(entries))
            entries.append(_Entry(parent, _STORAGE))
        entries[storages[parent]].children.append(len(entries))
        entries.append(_Entry(name, _STREAM, data))
    for entry in entries:
        if entry.children:
            ordered = sorted(entry.children, key=lambda at: (len(entries[at].name), entries[at].name.upper()))
            count = len(ordered)
            full = (count + 1) & count == 0
            entry.child = _tree(entries, ordered, 0, None if full else count.bit_length() - 1)
    return entries


def _tree(entries: list[_Entry], ordered: Sequence[int], depth: int, red_depth: int | None) -> int:
    """Link siblings as a balanced tree and return its root; the deepest, incomplete level is red, all others black."""
    if not ordered:
        return _FREE
    middle = len(ordered) // 2
    entry = entries[ordered[middle]]
    entry.colour = _RED if depth and depth == red_depth else _BLACK
    entry.left = _tree(entries, ordered[:middle], depth + 1, red_depth)
    entry.right = _tree(entries, ordered[middle + 1 :], depth + 1, red_depth)
    return ordered[middle]


def _directory_bytes(entries: Sequence[_Entry]) -> bytes:
    """Return the directory, filled up to whole sectors with unused entries."""
    out = bytearray()
    for entry in entries:
        name = entry.name.encode("utf-16-le") + b"\0\0"
        links = (entry.left, entry.right, entry.child)
        out += struct.pack(
            _ENTRY, name, len(name), entry.kind, entry.colour, *links, b"", 0, 0, 0, entry.start, entry.size
        )
    unused = struct.pack(_ENTRY, b"", 0, 0, 0, _FREE, _FREE, _FREE, b"", 0, 0, 0, 0, 0)
    while len(out) % SECTOR:
        out += unused
    return bytes(out)


def _table(chain: Sequence[int]) -> bytes:
    """Return an allocation table, filled up to whole sectors."""
    filled = [*chain, *[_FREE] * (-len(chain) % (SECTOR // 4))]
    return struct.pack(f"<{len(filled)}I", *filled)


def _header(directory: int, mini_table: int, mini_count: int, fat: range) -> bytes:
    """Return the first sector: where directory and tables begin."""
    magic = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(16)
    shape = struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    places = struct.pack(
        "<IIIIIIIII", 0, len(fat), directory, 0, MINI_LIMIT, mini_table if mini_count else _END, mini_count, _END, 0
    )
    listed = [*fat, *[_FREE] * (_MOST_FAT_SECTORS - len(fat))]
    return magic + shape + places + struct.pack(f"<{_MOST_FAT_SECTORS}I", *listed)
