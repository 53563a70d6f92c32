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
    size = path.stat().st_size
    with path.open("rb") as file:
        for start in _signatures(file):
            _walk(file, start, size, path)


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


def check_lengths(path: Path, data: Any) -> bool:
    """Refuse texts or rows that say they are longer than the file they lie in.

    An entry of variable length holds its length and its place in a heap. HDF5 makes room for that
    length before it looks for the place. Heaps are not compressed, so no entry is longer than the
    file.

    Args:
        path: the file.
        data: a dataset of variable length in it.

    Returns:
        Whether all entries could be looked at: not those of compressed or compact datasets.

    Raises:
        NirError: an entry is longer than the file.
    """
    places = _places(data)
    if places is None:
        return False
    text = h5py.check_string_dtype(data.dtype) is not None
    item = 1 if text else np.dtype(h5py.check_vlen_dtype(data.dtype)).itemsize
    address, _ = data.file.id.get_create_plist().get_sizes()
    entry, size = 4 + address + 4, path.stat().st_size  # length, heap, number in the heap
    with path.open("rb") as file:
        for at, length in places:
            file.seek(at)
            raw = np.frombuffer(file.read(min(length, size)), np.uint8)
            heads = raw[: len(raw) // entry * entry].reshape(-1, entry)[:, :4]
            lengths = np.ascontiguousarray(heads).view("<u4")
            if lengths.size and int(lengths.max()) * item > size:
                raise NirError(
                    f"{path}: damaged: {data.name} has an entry of {int(lengths.max()):,} values, "
                    f"and the file {size:,} bytes; write the file again"
                )
    return True


def _places(data: Any) -> Iterator[tuple[int, int]] | None:
    """Where the entries of a dataset lie in the file: pairs of first byte and number of bytes."""
    plist = data.id.get_create_plist()
    if plist.get_nfilters() or plist.get_layout() == h5py.h5d.COMPACT:
        return None
    if data.chunks is None:
        at = data.id.get_offset()
        return iter([] if at is None else [(at, data.id.get_storage_size())])
    chunks = map(data.id.get_chunk_info, range(data.id.get_num_chunks()))
    return ((chunk.byte_offset, chunk.size) for chunk in chunks if chunk.byte_offset is not None)


def _walk(file: BinaryIO, start: int, file_size: int, path: Path) -> None:
    head = _at(file, start, _HEAD.size)
    if len(head) < _HEAD.size:
        return
    _, version, _, size = _HEAD.unpack(head)
    if version != 1 or size < _SMALLEST or start + size > file_size:
        return  # no heap that the library would walk along
    at, end = start + _HEAD.size, start + size
    while at + _OBJECT.size <= end:
        index, _, _, length = _OBJECT.unpack(_at(file, at, _OBJECT.size))
        taken = length if index == 0 else _OBJECT.size + (length + 7) // 8 * 8
        if taken < _OBJECT.size or at + taken > end:
            raise NirError(
                f"{path}: damaged: the heap at byte {start:,} has an object of {length:,} bytes at "
                f"{at:,}; write the file again"
            )
        at += taken
