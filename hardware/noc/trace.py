"""Recorded packets from files."""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path

import numpy as np

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.noc.packets import Packets

COLUMNS = ("time", "source", "target", "flits")
MOST_FLITS = 1_000_000  # of a packet, which are simulated one by one


def read_trace(path: Path, nodes: int) -> Packets:
    """Packets from a CSV file with the header `time,source,target[,flits]`, or such an .npz.

    Args:
        path: file; `time` in cycles, `source` and `target` nodes, `flits` 1 unless given.
        nodes: nodes of the mesh.

    Returns:
        Packets, sorted by time; packets of one cycle keep the order of the file.

    Raises:
        HardwareError: the file cannot be read, or a packet in it cannot be.
    """
    try:
        table = _read_npz(path) if path.suffix == ".npz" else _read_csv(path)
    except (OSError, EOFError, UnicodeDecodeError, zipfile.BadZipFile) as error:
        raise HardwareError(f"cannot read trace {path}: {error}") from None
    _check(path, table, nodes)
    time, source, target, flits = table[:, np.argsort(table[0], kind="stable")]
    # A row of a sorted table is not contiguous, and would have everything compiled once more.
    return Packets(
        np.ascontiguousarray(time), *(column.astype(np.int32) for column in (source, target, flits))
    )


def _read_csv(path: Path) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Columns in the order of COLUMNS, [4, M]."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.reader(file)
        header = tuple(name.strip() for name in next(rows, []))
        if header not in (COLUMNS, COLUMNS[:3]):
            raise HardwareError(
                f"{path} line 1: header is '{','.join(header)}'; write time,source,target[,flits]"
            )
        values = [_numbers(path, number, row, len(header)) for number, row in enumerate(rows, 2)]
    return np.array(values, dtype=np.int64).reshape(-1, 4).T


def _numbers(path: Path, line: int, row: list[str], width: int) -> list[int]:
    try:
        numbers = [int(cell) for cell in row]
    except ValueError:
        numbers = []
    if len(numbers) != width or max(map(abs, numbers)) >= 2**62:
        raise HardwareError(f"{path} line {line}: '{','.join(row)}' is not {width} whole numbers")
    return numbers if width == 4 else [*numbers, 1]


def _read_npz(path: Path) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    with path.open("rb") as content:
        if not zipfile.is_zipfile(content):
            raise HardwareError(f"{path} is no .npz file; write one with numpy.savez")
    with np.load(path) as file:
        missing = [name for name in COLUMNS[:3] if name not in file]
        if missing:
            raise HardwareError(
                f"{path} has no array '{missing[0]}': it needs time, source, target"
            )
        try:
            columns = [file[name] for name in COLUMNS if name in file]
        except ValueError:  # objects, which numpy does not read from a file it need not trust
            columns = [np.empty(0, object)]
    shape = columns[0].shape
    for name, column in zip(COLUMNS, columns, strict=False):
        if column.shape != shape or column.ndim != 1 or column.dtype.kind not in "iu":
            raise HardwareError(f"{path}: '{name}' must hold whole numbers, one for each packet")
    if len(columns) == 3:
        columns.append(np.ones(shape, np.int64))
    return np.stack([column.astype(np.int64) for column in columns])


def _check(path: Path, table: np.ndarray[tuple[int, int], np.dtype[np.int64]], nodes: int) -> None:
    most = MOST_FLITS
    limits = {"time": (0, 2**62), "source": (0, nodes - 1), "target": (0, nodes - 1)}
    for name, column in zip(COLUMNS, table, strict=True):
        low, high = limits.get(name, (1, most))
        wrong = np.flatnonzero((column < low) | (column > high))
        if len(wrong):
            # The header is line 1 of a CSV; an array has entries, counted from 0.
            where = f"entry {wrong[0]}" if path.suffix == ".npz" else f"line {wrong[0] + 2}"
            raise HardwareError(
                f"{path} {where}: {name} {column[wrong[0]]} lies outside {low} to {high}"
            )
