"""Small sets in the public layouts."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from polychrony.datasets.vision.cifar import CIFAR10_CLASSES

GestureEvent = tuple[int, int, int, int]  # t (microseconds), x, y, p


def write_aedat3(path: Path, events: Sequence[GestureEvent], per_packet: int = 3) -> None:
    """AEDAT 3.1 as DVS Gesture was recorded, with a packet of another kind between."""
    parts = [b"#!AER-DAT3.1\r\n#Format: RAW\r\n#!END-HEADER\r\n"]
    for first in range(0, len(events), per_packet):
        packet = events[first : first + per_packet]
        count = len(packet)
        parts.append(struct.pack("<HHIIIIII", 1, 1, 8, 4, 0, count, count, count))
        parts += [struct.pack("<II", x << 17 | y << 2 | p << 1 | 1, t) for t, x, y, p in packet]
        parts.append(struct.pack("<HHIIIIII", 0, 1, 8, 4, 0, 1, 1, 1) + b"\0" * 8)
    path.write_bytes(b"".join(parts))


@pytest.fixture
def gestures(tmp_path: Path) -> Path:
    """Three trials that train, of subjects 1, 2 and 23, and one that tests; two gestures each."""
    folder = tmp_path / "DvsGesture"
    folder.mkdir()
    names = ["user01_lab", "user02_led", "user23_led", "user24_natural"]
    for number, name in enumerate(names):
        events = [(1000 * k, k, number, k % 2) for k in range(100)]
        write_aedat3(folder / f"{name}.aedat", events)
        lines = ["class,startTime_usec,endTime_usec", "1,10000,20000", "11,50000,75000", ""]
        (folder / f"{name}_labels.csv").write_text("\n".join(lines))
    (folder / "trials_to_train.txt").write_text("".join(f"{n}.aedat\n" for n in names[:3]) + "\n")
    (folder / "trials_to_test.txt").write_text(f"{names[3]}.aedat\n")
    return tmp_path


@pytest.fixture
def dvs_images(tmp_path: Path) -> Path:
    """Ten recordings of each class in AEDAT 2.0; the event of number k lies at x = k, y = class."""
    for label, name in enumerate(CIFAR10_CLASSES):
        (tmp_path / name).mkdir()
        for k in range(10):
            address = (127 - k) << 8 | (127 - label) << 1
            body = struct.pack(">4I", address | 1, 900, address, 400)
            content = b"#!AER-DAT2.0\r\n# This is a raw AE data file\r\n" + body
            (tmp_path / name / f"cifar10_{name}_{k}.aedat").write_bytes(content)
    return tmp_path


@pytest.fixture
def write_images() -> Callable[..., None]:
    """Writes a file of records: labels, then 3,072 bytes that all name the record."""

    def write(path: Path, labels: Sequence[Sequence[int]], first: int = 0) -> None:
        records = [
            bytes(label) + np.full(3072, first + k, np.uint8).tobytes()
            for k, label in enumerate(labels)
        ]
        path.write_bytes(b"".join(records))

    return write


@pytest.fixture
def images(tmp_path: Path, write_images: Callable[..., None]) -> Path:
    """CIFAR-10 with 20 images in each of six files, CIFAR-100 with 100 in each of two."""
    folder = tmp_path / "cifar-10-batches-bin"
    folder.mkdir()
    for k in range(1, 6):
        labels = [[i % 10] for i in range(20)]
        write_images(folder / f"data_batch_{k}.bin", labels, 20 * (k - 1))
    write_images(folder / "test_batch.bin", [[i % 10] for i in range(20)], 200)
    (folder / "batches.meta.txt").write_text("\n".join(CIFAR10_CLASSES) + "\n\n")
    folder = tmp_path / "cifar-100-binary"
    folder.mkdir()
    for name in ("train", "test"):
        write_images(folder / f"{name}.bin", [[i // 5, i] for i in range(100)])
    (folder / "fine_label_names.txt").write_text("".join(f"class {i}\n" for i in range(100)))
    return tmp_path
