"""A network laid out on a chip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.hardware.chip import Chip
from polychrony.hardware.errors import HardwareError
from polychrony.hardware.mapping.partition import CoreSlice, partition
from polychrony.hardware.mapping.placement import Placement, place_in_order
from polychrony.snn.graph import NetworkGraph

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Mapping:
    """Slices of a network and the tile of each.

    Inputs take no core: their spikes enter from the host at `chip.io_tile`.

    Args:
        graph: the network.
        chip: the chip.
        slices: one per core in use, in the order in which spikes flow.
        tile: tile of each core, [len(slices)].

    Raises:
        HardwareError: a tile is given to more cores than it has.
    """

    graph: NetworkGraph
    chip: Chip
    slices: tuple[CoreSlice, ...]
    tile: IntArray

    def __post_init__(self) -> None:
        if self.tile.shape != (len(self.slices),):
            raise HardwareError(
                f"{len(self.slices)} cores need as many tiles, not {self.tile.shape}"
            )
        self.chip.mesh.coordinates(self.tile)
        shared = np.bincount(self.tile, minlength=1)
        if shared.max() > self.chip.cores_per_tile:
            raise HardwareError(
                f"tile {shared.argmax()} is given {shared.max()} cores, but a tile of "
                f"{self.chip.name} has {self.chip.cores_per_tile}"
            )

    @property
    def n_cores(self) -> int:
        """Cores in use."""
        return len(self.slices)

    @property
    def n_tiles(self) -> int:
        """Tiles in use."""
        return len(np.unique(self.tile))

    def report(self) -> dict[str, Any]:
        """Resources in use, with the fullest core under each limit as a fraction of the limit."""
        chip = self.chip
        bits = chip.synapse_bits / chip.synaptic_memory_bits
        fractions = {
            "neurons": [s.n_neurons / chip.neurons_with_delay(s.max_delay) for s in self.slices],
            "axons_in": [s.axons_in / chip.axons_in_per_core for s in self.slices],
            "axons_out": [s.axons_out / chip.axons_out_per_core for s in self.slices],
            "synaptic_memory": [s.synapses * bits for s in self.slices],
        }
        names = dict.fromkeys(s.population for s in self.slices)
        return {
            "cores": self.n_cores,
            "cores_of_chip": chip.n_cores,
            "tiles": self.n_tiles,
            "tiles_of_chip": chip.mesh.n_tiles,
            "cores_per_population": {
                name: sum(s.population == name for s in self.slices) for name in names
            },
            "fullest_core_fraction": {key: max(values) for key, values in fractions.items()},
        }


def map_network(graph: NetworkGraph, chip: Chip, place: Placement = place_in_order) -> Mapping:
    """Cut a network into cores and give each a tile.

    Args:
        graph: the network.
        chip: the chip.
        place: rule that chooses the tiles.

    Returns:
        The layout.

    Raises:
        HardwareError: the network does not fit on the chip.
    """
    slices = partition(graph, chip)
    if not slices:
        raise HardwareError("the network has inputs only; nothing of it runs on the chip")
    return Mapping(graph, chip, slices, place(graph, slices, chip))
