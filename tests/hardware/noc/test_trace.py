"""Recorded packets from files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.noc.trace import read_trace


def test_csv_is_sorted_and_flits_default_to_one(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("time,source,target\n5,0,1\n2,3,0\n5,2,2\n")
    packets = read_trace(path, 4)
    assert packets.time.tolist() == [2, 5, 5]
    assert packets.source.tolist() == [3, 0, 2]
    assert packets.target.tolist() == [0, 1, 2]
    assert packets.flits.tolist() == [1, 1, 1]
    assert all(column.flags.c_contiguous for column in packets)


def test_npz_equals_csv(tmp_path: Path) -> None:
    text, arrays = tmp_path / "t.csv", tmp_path / "t.npz"
    text.write_text("time,source,target,flits\n1,0,1,4\n3,1,0,2\n")
    np.savez(arrays, time=[1, 3], source=[0, 1], target=[1, 0], flits=[4, 2])
    for a, b in zip(read_trace(text, 2), read_trace(arrays, 2), strict=True):
        assert np.array_equal(a, b) and a.dtype == b.dtype


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "line 1"),
        ("a,b,c\n", "line 1: header is 'a,b,c'"),
        ("time,source,target\n1,0,1\n1,x,1\n", "line 3"),
        ("time,source,target\n1,0\n", "line 2"),
        ("time,source,target\n1,0,1\n1,0,4\n", "line 3: target 4 lies outside 0 to 3"),
        ("time,source,target\n-1,0,1\n", "line 2: time -1"),
        ("time,source,target,flits\n1,0,1,0\n", "line 2: flits 0"),
    ],
)
def test_errors_name_the_line(tmp_path: Path, text: str, word: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(HardwareError, match=word):
        read_trace(path, 4)


def test_missing_file_and_array(tmp_path: Path) -> None:
    with pytest.raises(HardwareError, match="cannot read"):
        read_trace(tmp_path / "none.csv", 4)
    with pytest.raises(HardwareError, match="cannot read"):
        read_trace(tmp_path / "none.npz", 4)
    np.savez(tmp_path / "t.npz", time=[1], source=[0])
    with pytest.raises(HardwareError, match="no array 'target'"):
        read_trace(tmp_path / "t.npz", 4)


@pytest.mark.parametrize("content", [b"", b"time,source,target\n", b"PK\x03\x04 cut off"])
def test_a_file_that_is_no_npz(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "t.npz"
    path.write_bytes(content)
    with pytest.raises(HardwareError, match=r"t.npz is no .npz file"):
        read_trace(path, 4)


@pytest.mark.parametrize("time", [[1.5], [None], [[1]], 1])
def test_arrays_that_are_no_lists_of_whole_numbers(tmp_path: Path, time: object) -> None:
    np.savez(tmp_path / "t.npz", time=np.array(time), source=[0], target=[1])
    with pytest.raises(HardwareError, match="'time' must hold whole numbers"):
        read_trace(tmp_path / "t.npz", 4)


def test_a_mark_of_byte_order_is_no_part_of_the_header(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("time,source,target\n4,0,1\n", encoding="utf-8-sig")
    assert read_trace(path, 2).time.tolist() == [4]
