"""Which neuron runs on which core, and where that core lies."""

from __future__ import annotations

from polychrony.hardware.mapping.mapping import Mapping, map_network
from polychrony.hardware.mapping.partition import CoreSlice, partition
from polychrony.hardware.mapping.placement import Placement, place_in_order

__all__ = ["CoreSlice", "Mapping", "Placement", "map_network", "partition", "place_in_order"]
