import struct
import sys
from pathlib import Path

import numpy as np
import pytest

from polychrony.datasets import DataError, SensorSize, check_events, from_structured, read_events

FIELDS = [("x", "i2"), ("y", "i2"), ("t", "i8"), ("p", "?")]


def test_structured_arrays_count_microseconds() -> None:
    array = np.array([(1, 2, 1_500_000, True), (3, 0, 20, False)], FIELDS)
    events = from_structured(array)
    assert events.t == pytest.approx([20e-6, 1.5])
    assert (events.x.tolist(), events.y.tolist(), events.p.tolist()) == ([3, 1], [0, 2], [0, 1])
    assert from_structured(array, 1e-3).t.tolist() == [0.02, 1500.0]


def test_structured_arrays_may_lack_rows_and_polarity_but_not_time() -> None:
    events = from_structured(np.array([(5, 10)], [("t", "i8"), ("x", "i2")]))
    assert (events.x.tolist(), events.y.tolist(), events.p.tolist()) == ([10], [0], [0])
    with pytest.raises(DataError, match=r"lacks \['t'\]"):
        from_structured(np.zeros(2, [("x", "i2")]))


def nmnist_bytes(x: int, y: int, p: int, t: int) -> bytes:
    return bytes([x, y, p << 7 | t >> 16, t >> 8 & 255, t & 255])


def test_nmnist_files_are_five_bytes_an_event(tmp_path: Path) -> None:
    pytest.importorskip("tonic")
    path = tmp_path / "a.bin"
    path.write_bytes(nmnist_bytes(33, 2, 1, 100) + nmnist_bytes(4, 5, 0, 300_000))
    events, size = read_events(path)
    assert size == SensorSize(34, 34, 2)
    assert events.t == pytest.approx([1e-4, 0.3])
    assert (events.x.tolist(), events.y.tolist(), events.p.tolist()) == ([33, 4], [2, 5], [1, 0])


def test_aedat2_files_of_a_davis_are_read(tmp_path: Path) -> None:
    pytest.importorskip("tonic")
    address = [(345 - x) << 12 | (259 - y) << 22 | p << 11 for x, y, p in [(0, 0, 1), (345, 7, 0)]]
    body = struct.pack(">4I", address[0], 1000, address[1], 3000)
    path = tmp_path / "a.aedat"
    path.write_bytes(b"#!AER-DAT2.0\r\n# made by a test\r\n" + body)
    events, size = read_events(path)
    assert size == SensorSize(346, 260, 2)
    assert events.t == pytest.approx([0.0, 2e-3])
    assert (events.x.tolist(), events.y.tolist(), events.p.tolist()) == ([0, 345], [0, 7], [1, 0])


def test_aedat3_files_of_dvs_gesture_are_read(tmp_path: Path) -> None:
    pytest.importorskip("tonic")
    address = [x << 17 | y << 2 | p << 1 | 1 for x, y, p in [(127, 3, 1), (0, 126, 0)]]
    packet = struct.pack("<HHIIIIII", 1, 0, 8, 4, 0, 2, 2, 2)
    body = packet + struct.pack("<4I", address[0], 500, address[1], 700)
    path = tmp_path / "a.aedat"
    path.write_bytes(b"#!AER-DAT3.1\r\n#!END-HEADER\r\n" + body)
    events, size = read_events(path)
    assert size == SensorSize(128, 128, 2)
    assert events.t == pytest.approx([0.0, 2e-4])
    assert (events.x.tolist(), events.y.tolist(), events.p.tolist()) == ([127, 0], [3, 126], [1, 0])


def test_paths_that_are_no_event_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no event file"):
        read_events(tmp_path / "a.bin")
    (tmp_path / "a.txt").write_text("")
    with pytest.raises(DataError, match=r"a.txt has a suffix no reader knows; known are \.bin"):
        read_events(tmp_path / "a.txt")


@pytest.mark.parametrize("suffix", [".bin", ".aedat", ".dat", ".mat"])
def test_damaged_files_are_one_line(tmp_path: Path, suffix: str) -> None:
    pytest.importorskip("tonic")
    path = tmp_path / f"a{suffix}"
    path.write_bytes(b"\x01\x02\x03")
    with pytest.raises(DataError, match=f"cannot be decoded as {suffix}") as caught:
        read_events(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("suffix", "module"),
    [(".bin", "tonic"), (".aedat4", "aedat"), (".dat", "expelliarmus"), (".mat", "scipy.io")],
)
def test_a_missing_decoder_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, module: str
) -> None:
    pytest.importorskip("tonic")
    monkeypatch.setitem(sys.modules, module, None)
    path = tmp_path / f"a{suffix}"
    path.write_bytes(b"")
    with pytest.raises(DataError, match=r"pip install 'polychrony\[events\]'"):
        read_events(path)


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "count", "size"),
    [
        ("sample_nmnist.bin", 4325, (34, 34, 2)),
        ("sample_ncars.dat", 2009, (120, 100, 2)),
        ("sample_stmnist.mat", 2346, (10, 10, 2)),
        ("sample_aedat_header.aedat", 0, (346, 260, 2)),
        ("sample.aedat4", 111_954, (320, 240, 2)),
    ],
)
def test_recorded_files_are_read(
    recorded_data: Path, name: str, count: int, size: tuple[int, int, int]
) -> None:
    pytest.importorskip("tonic")
    if name.endswith(".aedat4"):
        pytest.importorskip("aedat")
    events, found = read_events(recorded_data / "event-files" / name)
    check_events(events, found)
    assert (len(events), tuple(found)) == (count, size)
    if count:
        assert set(events.p) == {0, 1}
        assert 0.05 < events.t[-1] < 1.0
