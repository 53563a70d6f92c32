"""A look at HDF5's heaps of strings, before the library follows what they say of themselves."""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

from polychrony.snn.exchange.nir.errors import NirError

SIGNATURE = b"GCOL"
_HEAD = struct.Struct("<4sB3sQ")
_OBJECT = struct.Struct("<HHIQ")
_SMALLEST = 4096  # bytes of a heap; the library takes no smaller one


def check_heaps(path: Path) -> None:
    """Refuse a file with a heap that leads nowhere.

    Texts and arrays of variable length lie in heaps: a head of 16 bytes, then objects, each with a
    head that says how long it is. Number 0 is the free space at the end. HDF5 2.0.0 walks along
    these lengths for ever where free space says that it is 0 bytes long, so they are walked here
    first.

    Args:
        path: an HDF5 file; one of another format passes.

    Raises:
        NirError: a heap has free space of no length, or an object that is longer than the heap.

    Reference:
        HDF5 File Format Specification 3.0, III.E "Global Heap".
    """
    if not path.stat().st_size:
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        at = content.find(SIGNATURE)
        while at >= 0:
            _walk(content, at, path)
            at = content.find(SIGNATURE, at + 1)


def _walk(content: mmap.mmap, start: int, path: Path) -> None:
    if start + _HEAD.size > len(content):
        return
    _, version, _, size = _HEAD.unpack_from(content, start)
    if version != 1 or size < _SMALLEST or start + size > len(content):
        return  # no heap that the library would walk along
    at, end = start + _HEAD.size, start + size
    while at + _OBJECT.size <= end:
        index, _, _, length = _OBJECT.unpack_from(content, at)
        taken = length if index == 0 else _OBJECT.size + (length + 7) // 8 * 8
        if taken < _OBJECT.size or at + taken > end:
            raise NirError(
                f"{path}: damaged: the heap at byte {start:,} has an object of {length:,} bytes at "
                f"{at:,}; write the file again"
            )
        at += taken
