"""Files of the AEDAT formats 2 and 3: addresses and times, before any camera gives them meaning."""

from __future__ import annotations

import re
import struct
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from polychrony.datasets.errors import DataError

LONGEST_LINE = 10_000  # of a header; anything longer is no text
PACKET_HEADER = struct.Struct("<HHIIIIII")
POLARITY = 1  # type of the packets that hold events of pixels
END = b"#!END-HEADER"
TIME_BITS = 31  # of a time within a packet; the packet's header counts the overflows


class RawEvents(NamedTuple):
    """Events as a file holds them.

    Args:
        t: times, microseconds since whatever the camera counts from, int64 [E], as written.
        address: 32 bits that the camera lays out, uint32 [E].
    """

    t: NDArray[np.int64]
    address: NDArray[np.uint32]


def read_aedat2(path: Path) -> RawEvents:
    """Reads AEDAT 2.0: big-endian pairs of address and time after lines that begin with `#`.

    Args:
        path: the file.

    Returns:
        All of its events, whatever sensor they came from.

    Raises:
        DataError: the file is of another version, or does not end with a whole event.
    """
    version, start = aedat_header(path)
    if not 2 <= version < 3:
        raise DataError(f"{path} is AEDAT {version}, expected is AEDAT 2.0")
    size = path.stat().st_size - start
    if size % 8:
        raise DataError(
            f"{path} is cut off or damaged: {size} bytes after its header are no whole events of 8"
        )
    pairs = np.fromfile(path, ">u4", offset=start).reshape(-1, 2)
    return RawEvents(pairs[:, 1].astype(np.int64), pairs[:, 0].astype(np.uint32))


def read_aedat3(path: Path) -> RawEvents:
    """Reads the events of pixels of AEDAT 3.1, packet by packet; other packets are passed over.

        t = overflow 2^31 + t_32

    Events that the camera called invalid are left out. Nothing is set aside before it is known that
    the file holds it.

    Args:
        path: the file.

    Returns:
        Its events: x in bits 17 to 31 of the address, y in 2 to 16, polarity in 1.

    Raises:
        DataError: the file is of another version, or a packet is cut off or damaged.
    """
    version, start = aedat_header(path)
    if not 3 <= version < 4:
        raise DataError(f"{path} is AEDAT {version}, expected is AEDAT 3.1")
    if path.stat().st_size == start:
        return RawEvents(np.zeros(0, np.int64), np.zeros(0, np.uint32))
    content = np.memmap(path, np.uint8, mode="r", offset=start)
    times, addresses = [np.zeros(0, np.int64)], [np.zeros(0, np.uint32)]
    at = 0
    while at < len(content):
        kind, overflow, packet, valid = _packet(path, content, at, start)
        at += PACKET_HEADER.size + packet.nbytes
        if kind == POLARITY:
            words = packet.view("<u4").reshape(-1, 2)
            if valid < len(words):
                words = words[(words[:, 0] & 1).astype(bool)]
            addresses.append(words[:, 0].astype(np.uint32))
            times.append(words[:, 1].astype(np.int64) + (overflow << TIME_BITS))
    return RawEvents(np.concatenate(times), np.concatenate(addresses))


def aedat_header(path: Path) -> tuple[float, int]:
    """Version of an AEDAT file, and where its header ends.

    Args:
        path: the file.

    Returns:
        Version, and bytes before the first event or packet.

    Raises:
        DataError: the file is missing, or does not begin as AEDAT files do.
    """
    try:
        with path.open("rb") as file:
            first = file.readline(LONGEST_LINE)
            found = re.match(rb"#!AER-DAT(\d+\.\d+)\s*$", first)
            if not found:
                raise DataError(f"{path} is no AEDAT file: it does not begin with #!AER-DAT")
            version, end = float(found[1]), file.tell()
            # Version 3 says where its header ends; in version 2 it ends where a line has no #.
            while (line := file.readline(LONGEST_LINE)).startswith(b"#"):
                if not line.endswith(b"\n"):
                    raise DataError(f"{path} is cut off or damaged in its header")
                end = file.tell()
                if line.startswith(END):
                    break
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error
    return version, end


def _packet(
    path: Path, content: NDArray[np.uint8], at: int, start: int
) -> tuple[int, int, NDArray[np.uint8], int]:
    """Type, overflows, bytes of the events, and valid events of the packet at a place."""
    where = f"{path}, packet at byte {start + at}"
    head = content[at : at + PACKET_HEADER.size].tobytes()
    if len(head) < PACKET_HEADER.size:
        raise DataError(f"{where}: the file is cut off in the packet's header; fetch it again")
    kind, _, size, _, overflow, _, number, valid = PACKET_HEADER.unpack(head)
    if kind == POLARITY and size != 8:
        raise DataError(f"{where}: events of {size} bytes, where 8 are the format; it is damaged")
    first = at + PACKET_HEADER.size
    if number * size > len(content) - first:
        raise DataError(
            f"{where}: {number:,} events of {size:,} bytes are more than the "
            f"{len(content) - first:,} bytes left; the file is cut off or damaged, fetch it again"
        )
    if valid > number:
        raise DataError(f"{where}: {valid:,} of {number:,} events valid; the file is damaged")
    return kind, overflow, content[first : first + number * size], valid
