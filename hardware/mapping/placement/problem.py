"""What there is to place: cores, the messages between them, and the tiles of a mesh."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.mapping.placement.paths import fill, snake
from polychrony.hardware.mapping.placement.units import Units, gather
from polychrony.hardware.mesh import Mesh

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PlacementProblem:
    """Cores that exchange messages, to be laid on the tiles of a mesh.

    Args:
        traffic: messages per inference from core to core, [C, C], source first; anything of which
            `scipy.sparse.csr_array` can be made.
        host: messages per inference that enter from the host for each core, [C].
        mesh: the tiles.
        cores_per_tile: cores that one tile holds.
        io_tile: tile at which the host's messages enter.
        groups: label of each core, [C]; cores of one label share a tile. None: all are free.
        cost_east_west: cost of a hop between columns; 1 for plain distance, or joules.
        cost_north_south: cost of a hop between rows, in the same unit.

    Raises:
        HardwareError: shapes disagree, a number is negative or not finite, or the cores do not fit.
    """

    traffic: Any
    host: FloatArray
    mesh: Mesh
    cores_per_tile: int
    io_tile: int
    groups: IntArray | None = None
    cost_east_west: float = 1.0
    cost_north_south: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "traffic", sparse.csr_array(self.traffic, dtype=np.float64))
        object.__setattr__(self, "host", np.asarray(self.host, dtype=np.float64))
        self._check_numbers()
        self.mesh.coordinates(self.io_tile)
        # Raises where the cores do not fit.
        fill(np.arange(len(self.units.size)), snake(self.mesh), self.units)

    def _check_numbers(self) -> None:
        n = self.n_cores
        if self.host.ndim != 1 or n == 0:
            raise HardwareError(f"host must be [C] with at least 1 core, not {self.host.shape}")
        if self.traffic.shape != (n, n):
            raise HardwareError(f"traffic of {n} cores must be {(n, n)}, not {self.traffic.shape}")
        if self.groups is not None and np.shape(self.groups) != (n,):
            raise HardwareError(
                f"groups must give each of the {n} cores a label, not {np.shape(self.groups)}"
            )
        if self.cores_per_tile < 1:
            raise HardwareError(f"cores_per_tile is {self.cores_per_tile}; it must be at least 1")
        costs = np.array([self.cost_east_west, self.cost_north_south])
        values = {"traffic": self.traffic.data, "host": self.host, "the cost of a hop": costs}
        for name, numbers in values.items():
            if not (np.isfinite(numbers).all() and (numbers >= 0).all()):
                raise HardwareError(f"{name} must be finite and at least 0")

    @property
    def n_cores(self) -> int:
        """Number of cores, C."""
        return len(self.host)

    @cached_property
    def unit_of_core(self) -> IntArray:
        """The unit to which each core belongs: its group, or itself, [C]."""
        if self.groups is None:
            return np.arange(self.n_cores)
        labels = np.unique(self.groups, return_index=True, return_inverse=True)
        # Units are numbered in the order in which their first cores come.
        rank = np.argsort(np.argsort(labels[1]))
        return np.asarray(rank[labels[2]], dtype=np.int64)

    @cached_property
    def units(self) -> Units:
        """What is moved as a whole, with the messages between."""
        return gather(
            self.traffic,
            self.host,
            self.unit_of_core,
            mesh=self.mesh,
            capacity=self.cores_per_tile,
            io_tile=self.io_tile,
            costs=(self.cost_east_west, self.cost_north_south),
        )
