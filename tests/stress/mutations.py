"""Ways to damage a file."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

Edit = Callable[[Path, random.Random], None]


def damaged(
    seeds: Sequence[bytes], chance: random.Random, path: Path, edit: Edit | None = None
) -> Path:
    """Write a good file, damaged in one of several ways.

    Args:
        seeds: contents of good files.
        chance: what is drawn.
        path: the file to write.
        edit: changes values inside; half of all files are damaged that way, some of them twice.

    Returns:
        The path.
    """
    path.write_bytes(chance.choice(seeds))
    inside = edit is not None and chance.random() < 0.5
    if inside and edit is not None:  # before bytes are: libraries may crash where they edit those
        for _ in range(chance.randint(1, 3)):
            with contextlib.suppress(Exception):  # what cannot be edited stays as it is
                edit(path, chance)
    if not inside or chance.random() < 0.2:
        content = bytearray(path.read_bytes())
        chance.choice(BYTES)(content, chance, seeds)
        path.write_bytes(content)
    return path


def _flip(content: bytearray, chance: random.Random, seeds: Sequence[bytes]) -> None:
    for _ in range(chance.choice([1, 1, 2, 4, 16, 64])):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)


def _overwrite(content: bytearray, chance: random.Random, seeds: Sequence[bytes]) -> None:
    length = chance.choice([1, 2, 4, 8, 8, 64])
    at = chance.randrange(len(content))
    value = chance.choice([b"\xff" * length, b"\0" * length, chance.randbytes(length)])
    content[at : at + length] = value


def _cut(content: bytearray, chance: random.Random, seeds: Sequence[bytes]) -> None:
    del content[chance.randrange(len(content)) :]


def _drop(content: bytearray, chance: random.Random, seeds: Sequence[bytes]) -> None:
    at = chance.randrange(len(content))
    del content[at : at + chance.randint(1, 64)]


def _repeat(content: bytearray, chance: random.Random, seeds: Sequence[bytes]) -> None:
    at, length = chance.randrange(len(content)), chance.randint(1, 512)
    content[at:at] = content[at : at + length]


def _splice(content: bytearray, chance: random.Random, seeds: Sequence[bytes]) -> None:
    other = chance.choice(seeds)
    at, length = chance.randrange(min(len(content), len(other))), chance.randint(1, 2048)
    content[at : at + length] = other[at : at + length]


BYTES = (_flip, _flip, _overwrite, _overwrite, _cut, _drop, _repeat, _splice)

VALUES: tuple[Any, ...] = (
    *(np.nan, np.inf, -1.0, 0.0, 1e300, -1e-300, 2**31, -(2**63), True, "text", b"\xff\xfe"),
    *(np.zeros(0), np.zeros((0, 3)), np.full((3, 3), np.nan), np.full(3, -1), np.arange(1000.0)),
    *(np.array(["a", "b"], "S1"), np.array([(1, 2.0)], [("a", "i4"), ("b", "f8")]), 1 + 2j),
    *(np.full((1, 1, 1, 1, 1), 3), np.array([10**9, 10**9]), np.float16(3), np.uint64(2**64 - 1)),
)


def edit_hdf5(path: Path, chance: random.Random) -> None:
    """Change one thing inside an HDF5 file."""
    with h5py.File(path, "r+") as file:
        names: list[str] = []
        file.visit(names.append)
        name = chance.choice(names)
        kind = chance.choice(["value", "value", "value", "drop", "move", "huge", "link", "shape"])
        if kind == "move":
            file.move(name, chance.choice(names) + chance.choice(["x", "/x", ".x"]))
            return
        old = file[name]
        small = isinstance(old, h5py.Dataset) and old.size is not None and old.size < 10_000
        value = old[()] if small else None
        if kind == "link":
            file[f"{name}_again"] = file[chance.choice(names)]
            return
        del file[name]
        if kind == "value":
            file[name] = chance.choice(VALUES)
        elif kind == "huge":
            shape = chance.choice([(2**31, 2**20), (2**20, 2**10), (2**40,)])
            file.create_dataset(name, shape, chance.choice(["f4", "i8"]), chunks=True)
        elif kind == "shape" and isinstance(value, np.ndarray) and value.dtype.kind in "fiu":
            made = np.array(value)
            made.reshape(-1)[chance.randrange(value.size)] = chance.choice([0, -1, 7])
            file[name] = made if chance.random() < 0.5 else made[: max(1, len(made) // 2)]
