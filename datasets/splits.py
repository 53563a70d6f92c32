"""Which recordings train and which test."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from polychrony.datasets.errors import DataError

Indices = NDArray[np.int64]


def stratified_split(labels: ArrayLike, sizes: Sequence[int], *, seed: int) -> tuple[Indices, ...]:
    """Splits at random so that every part holds every class in proportion.

    Each class is shuffled and spread evenly over [0, 1); the recordings in the order of that place
    are cut into the parts. No two parts overlap and every part has exactly its size.

    Args:
        labels: label of each recording, [n].
        sizes: recordings of each part; they add up to n.
        seed: the same seed gives the same parts.

    Returns:
        One ascending index array for each part.

    Raises:
        DataError: the sizes are negative or do not add up to n.
    """
    label = np.asarray(labels)
    if sum(sizes) != len(label) or min(sizes, default=0) < 0:
        raise DataError(f"parts of {list(sizes)} do not add up to {len(label)} recordings")
    rng = np.random.default_rng(seed)
    place = np.empty(len(label))
    for value in np.unique(label):
        members = rng.permutation(np.flatnonzero(label == value))
        place[members] = (np.arange(len(members)) + rng.random()) / len(members)
    order = np.argsort(place, kind="stable")
    cuts = np.cumsum(sizes)[:-1]
    return tuple(np.sort(part).astype(np.int64) for part in np.split(order, cuts))


def hold_out_speakers(speakers: ArrayLike, held_out: Iterable[int]) -> tuple[Indices, Indices]:
    """Splits by who speaks: a held-out speaker is never heard in the rest.

    Args:
        speakers: speaker of each recording, [n].
        held_out: speakers to hold out.

    Returns:
        Ascending indices of the rest and of the held-out recordings.

    Raises:
        DataError: a speaker does not occur, or nobody is left.
    """
    speaker = np.asarray(speakers)
    wanted = sorted({int(s) for s in held_out})
    present = [int(s) for s in np.unique(speaker)]
    if missing := [s for s in wanted if s not in present]:
        raise DataError(f"speakers {missing} do not occur; those that do are {present}")
    held = np.isin(speaker, wanted)
    if len(held) and held.all():
        raise DataError(f"holding out speakers {wanted} leaves nobody; present are {present}")
    return np.flatnonzero(~held).astype(np.int64), np.flatnonzero(held).astype(np.int64)
