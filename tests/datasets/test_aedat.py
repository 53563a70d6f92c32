"""AEDAT 2 and 3, byte by byte."""

from __future__ import annotations

import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from polychrony.datasets import DataError
from polychrony.datasets.aedat import aedat_header, read_aedat2, read_aedat3

HEADER2 = b"#!AER-DAT2.0\r\n# made by a test\r\n"
HEADER3 = b"#!AER-DAT3.1\r\n#Format: RAW\r\n#!END-HEADER\r\n"


def packet(
    words: list[tuple[int, int]], kind: int = 1, overflow: int = 0, size: int = 8, **changed: int
) -> bytes:
    numbers = {"capacity": len(words), "number": len(words), "valid": len(words)} | changed
    head = struct.pack("<HHIIII", kind, 1, size, 4, overflow, numbers["capacity"])
    head += struct.pack("<II", numbers["number"], numbers["valid"])
    return head + b"".join(struct.pack("<II", *word) for word in words)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "a.aedat"


def test_version_2_is_big_endian_pairs(file: Path) -> None:
    file.write_bytes(HEADER2 + struct.pack(">4I", 7, 100, 2**32 - 1, 2**31 + 5))
    raw = read_aedat2(file)
    assert raw.address.tolist() == [7, 2**32 - 1]
    assert raw.t.tolist() == [100, 2**31 + 5]
    assert (raw.t.dtype, raw.address.dtype) == (np.int64, np.uint32)


def test_events_of_version_2_may_begin_with_the_byte_of_a_line_break(file: Path) -> None:
    body = struct.pack(">2I", 0x0A0D0A0D, 0x0A0A0A0A)
    file.write_bytes(HEADER2 + body)
    assert read_aedat2(file).address.tolist() == [0x0A0D0A0D]


def test_version_3_counts_overflows_and_passes_over_other_packets(file: Path) -> None:
    file.write_bytes(
        HEADER3
        + packet([(3, 10), (5, 11)])
        + packet([(9, 9), (9, 9), (9, 9)], kind=0)
        + packet([], kind=1)
        + packet([(7, 2)], overflow=2)
    )
    raw = read_aedat3(file)
    assert raw.address.tolist() == [3, 5, 7]
    assert raw.t.tolist() == [10, 11, 2 * 2**31 + 2]


def test_invalid_events_are_left_out(file: Path) -> None:
    file.write_bytes(HEADER3 + packet([(3, 10), (4, 11), (1, 12)], valid=2))
    assert read_aedat3(file).t.tolist() == [10, 12]


def test_events_of_version_3_may_begin_with_a_hash(file: Path) -> None:
    file.write_bytes(HEADER3 + packet([(1, 1)] * 3, kind=ord("#")) + packet([(1, 5)]))
    assert read_aedat3(file).t.tolist() == [5]


def test_a_file_without_events_is_empty(file: Path) -> None:
    for header, read in [(HEADER2, read_aedat2), (HEADER3, read_aedat3)]:
        file.write_bytes(header)
        assert len(read(file).t) == 0


@pytest.mark.parametrize("cut", range(1, 28 + 16))
def test_any_cut_of_the_last_packet_is_told(file: Path, cut: int) -> None:
    whole = HEADER3 + packet([(1, 1)]) + packet([(3, 10), (5, 11)])
    file.write_bytes(whole[:-cut])
    with pytest.raises(DataError, match=rf"packet at byte {len(HEADER3) + 36}: .*fetch it again"):
        read_aedat3(file)


def test_half_an_event_of_version_2_is_told(file: Path) -> None:
    file.write_bytes(HEADER2 + b"\0" * 12)
    with pytest.raises(DataError, match="12 bytes after its header are no whole events of 8"):
        read_aedat2(file)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (packet([(1, 1)], size=16), "events of 16 bytes"),
        (packet([(1, 1)], valid=2), "2 of 1 events valid"),
        (
            packet([(1, 1)], number=2**32 - 1),
            r"4,294,967,295 events of 8 bytes are more",
        ),
        (packet([], kind=2, size=2**32 - 1, number=2**32 - 1), "cut off or damaged"),
    ],
)
def test_damaged_packets_are_told_and_ask_for_no_memory(
    file: Path, body: bytes, message: str
) -> None:
    file.write_bytes(HEADER3 + body)
    tracemalloc.start()
    with pytest.raises(DataError, match=message):
        read_aedat3(file)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


@pytest.mark.parametrize("content", [b"", b"#", b"\x01\x02\x03", b"#!AER-DATx\r\n", b"\n" * 99])
def test_other_files_are_no_aedat(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(DataError, match="no AEDAT file"):
        aedat_header(file)


def test_a_header_without_end_and_a_missing_file_are_told(file: Path) -> None:
    file.write_bytes(b"#!AER-DAT3.1\r\n#" + b"x" * 100_000)
    with pytest.raises(DataError, match="cut off or damaged in its header"):
        read_aedat3(file)
    with pytest.raises(DataError, match="cannot be read"):
        read_aedat3(file.with_name("b.aedat"))


def test_each_version_refuses_the_other(file: Path) -> None:
    file.write_bytes(HEADER2)
    with pytest.raises(DataError, match=r"AEDAT 2\.0, expected is AEDAT 3\.1"):
        read_aedat3(file)
    file.write_bytes(HEADER3)
    with pytest.raises(DataError, match=r"AEDAT 3\.1, expected is AEDAT 2\.0"):
        read_aedat2(file)


def test_tonic_reads_the_same(file: Path) -> None:
    io = pytest.importorskip("tonic.io")
    rng = np.random.default_rng(0)
    words = rng.integers(0, 2**31, (500, 2)) | [1, 0]
    rows = [(int(a), int(t)) for a, t in words]
    file.write_bytes(HEADER3 + packet(rows[:200]) + packet(rows[200:]))
    raw = read_aedat3(file)
    theirs = io.get_aer_events_from_file(str(file), 3.1, len(HEADER3))
    assert np.array_equal(raw.t, theirs["timeStamp"])
    assert np.array_equal(raw.address, theirs["address"])
