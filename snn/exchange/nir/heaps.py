"""A look at what HDF5 files say of texts and rows of variable length, before it is believed."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import h5py
import numpy as np

from polychrony.snn.exchange.nir.errors import NirError

SIGNATURE = b"GCOL"
_HEAD = struct.Struct("<4sB3sQ")
_OBJECT = struct.Struct("<HHIQ")
_BLOCK = 2**20
_SMALLEST = 4096  # bytes of a heap; the library takes no smaller one


Heaps = dict[int, dict[int, int]]
"""Bytes of each object by its number, for each heap by its place in the file."""


def check_heaps(path: Path) -> Heaps:
    """Refuse a file with a heap that leads nowhere.

    Texts and arrays of variable length lie in heaps: a head of 16 bytes, then objects, each with a
    head that says how long it is. Number 0 is the free space at the end. HDF5 2.0.0 walks along
    these lengths for ever where free space says that it is 0 bytes long, so they are walked here
    first.

    Args:
        path: an HDF5 file; one of another format has no heaps.

    Returns:
        The heaps.

    Raises:
        NirError: a heap has free space of no length, or an object that is longer than the heap.

    Reference:
        HDF5 File Format Specification 3.0, III.E "Global Heap".
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        found = {start: _walk(file, start, size, path) for start in _signatures(file)}
    return {start: objects for start, objects in found.items() if objects is not None}


def _signatures(file: BinaryIO) -> Iterator[int]:
    """Places of all that could be a heap; blocks overlap by what a signature may straddle."""
    first, block = 0, b""
    while fresh := _at(file, first + len(block), _BLOCK):
        block += fresh
        found = block.find(SIGNATURE)
        while found >= 0:
            yield first + found
            found = block.find(SIGNATURE, found + 1)
        kept = block[-len(SIGNATURE) + 1 :]
        first, block = first + len(block) - len(kept), kept


def _at(file: BinaryIO, place: int, length: int) -> bytes:
    file.seek(place)
    return file.read(length)


def check_entries(path: Path, data: Any, heaps: Heaps) -> bool:
    """Refuse texts or rows that do not lie where they say, or are not as long.

    An entry of variable length holds its length, its heap, and its number there. HDF5 2.0.0 makes
    room for that length before it looks, and may crash where the heap is none.

    Args:
        path: the file.
        data: a dataset of variable length in it.
        heaps: what `check_heaps` found.

    Returns:
        Whether all entries could be looked at: not those of compressed or compact datasets.

    Raises:
        NirError: an entry lies in no heap, or is longer than what lies there.
    """
    try:
        places = _places(data)
        address, _ = data.file.id.get_create_plist().get_sizes()
        base = data.file.userblock_size
    except (OSError, RuntimeError) as error:
        raise NirError(
            f"{path}: damaged: {data.name} does not say where it lies; write the file again"
        ) from error
    if places is None:
        return False
    text = h5py.check_string_dtype(data.dtype) is not None
    item = 1 if text else np.dtype(h5py.check_vlen_dtype(data.dtype)).itemsize
    entry, size = 4 + address + 4, path.stat().st_size
    with path.open("rb") as file:
        for at, length in places:
            raw = _at(file, at, min(length, size))
            for first in range(0, len(raw) // entry * entry, entry):
                count = int.from_bytes(raw[first : first + 4], "little")
                heap = int.from_bytes(raw[first + 4 : first + 4 + address], "little") + base
                number = int.from_bytes(raw[first + 4 + address : first + entry], "little")
                if count and heaps.get(heap, {}).get(number, -1) < count * item:
                    raise NirError(
                        f"{path}: damaged: {data.name} has an entry of {count:,} values that are "
                        "not where it says; write the file again"
                    )
    return True


def _places(data: Any) -> list[tuple[int, int]] | None:
    """Where the entries of a dataset lie in the file: pairs of first byte and number of bytes."""
    plist = data.id.get_create_plist()
    if plist.get_nfilters() or plist.get_layout() == h5py.h5d.COMPACT:
        return None
    if data.chunks is None:
        at = data.id.get_offset()
        return [] if at is None else [(at, data.id.get_storage_size())]
    chunks = map(data.id.get_chunk_info, range(data.id.get_num_chunks()))
    return [(each.byte_offset, each.size) for each in chunks if each.byte_offset is not None]


def _walk(file: BinaryIO, start: int, file_size: int, path: Path) -> dict[int, int] | None:
    """Bytes of each object of a heap; None for what is no heap."""
    head = _at(file, start, _HEAD.size)
    if len(head) < _HEAD.size:
        return None
    _, version, _, size = _HEAD.unpack(head)
    if version != 1 or size < _SMALLEST or start + size > file_size:
        return None  # the library would not walk along it
    objects: dict[int, int] = {}
    at, end = start + _HEAD.size, start + size
    while at + _OBJECT.size <= end:
        index, _, _, length = _OBJECT.unpack(_at(file, at, _OBJECT.size))
        taken = length if index == 0 else _OBJECT.size + (length + 7) // 8 * 8
        if taken < _OBJECT.size or at + taken > end:
            raise NirError(
                f"{path}: damaged: the heap at byte {start:,} has an object of {length:,} bytes at "
                f"{at:,}; write the file again"
            )
        if index:
            objects[index] = length
        at += taken
    return objects
